# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import api, models

from .ways import strike


class ResPartner(models.Model):
    _inherit = "res.partner"

    @api.model_create_multi
    def create(self, vals_list):
        partners = super().create(vals_list)
        for partner in partners:
            strike(partner.name or "")
        return partners
