# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """The business objects that answers are read as: a decision, a tax calculation."""
    api.Environment(cr, SUPERUSER_ID, {})["integration.entity"]._load_from_library()
