# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """At each new release, once all apps are loaded: what it exchanges and maps besides is offered to people."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    env["integration.entity"]._load_from_library()
    env["integration.flow"]._offer_shipped()
    env["integration.mapping"]._offer_shipped()
