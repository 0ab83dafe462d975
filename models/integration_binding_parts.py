# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import fields, models


class IntegrationBinding(models.Model):
    """Which of a linked record's parts stands for which part of the remote object: lines, payments."""

    _inherit = "integration.binding"

    parts = fields.Json(
        readonly=True,
        help="By kind of part, the remote key of each and the ids of the Odoo records that stand for it.",
    )
