# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import api, models


class IntegrationRestPartMixin(models.AbstractModel):
    """A part of an API's description: whatever changes, the whole description is checked and told in the chatter."""

    _name = "integration.rest.part.mixin"
    _description = "Part of an API's Description"
    _inherit = ["integration.cached.mixin"]

    @api.model_create_multi
    def create(self, vals_list):
        parts = super().create(vals_list)
        parts.system_id._rest_changed()
        return parts

    def write(self, vals):
        systems = self.system_id
        result = super().write(vals)
        (systems | self.system_id)._rest_changed()
        return result

    def unlink(self):
        systems = self.system_id
        result = super().unlink()
        systems._rest_changed()
        return result
