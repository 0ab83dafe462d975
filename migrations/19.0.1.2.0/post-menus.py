# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import SUPERUSER_ID, Command, api


def migrate(cr, version):
    """The app is for those who work with it; its users have what is on records. Data adds groups and removes none."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    menu = env.ref("integration_hub.integration_menu_root", raise_if_not_found=False)
    if menu:
        menu.group_ids = [Command.unlink(env.ref("integration_hub.group_user").id)]
