# Part of Integration Hub. License LGPL-3.0 or later.


def post_init_hook(env):
    """Give the service user the rights of what is installed now, so that the first flow finds them in place."""
    env["integration.entity"]._load_from_library()
    env["integration.flow"]._grant_service_rights()
