# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """What the hub's own service user needs for payments and deliveries, whose apps are loaded by then."""
    api.Environment(cr, SUPERUSER_ID, {})["integration.flow"]._grant_service_rights()
