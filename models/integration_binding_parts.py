# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import fields, models


class IntegrationBinding(models.Model):
    """What an object that is told as a whole needs: which of its parts is which."""

    _inherit = "integration.binding"

    parts = fields.Json(
        readonly=True,
        help="By kind of part, the remote key of each and the ids of the Odoo records that stand for it.",
    )
