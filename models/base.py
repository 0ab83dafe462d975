# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import api, models

from .capture import capture


class Base(models.AbstractModel):
    _inherit = "base"

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        capture(records)
        return records

    def write(self, vals):
        result = super().write(vals)
        capture(self, vals.keys())
        return result
