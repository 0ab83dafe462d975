# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import api, models

from ..models.integration_target_merged import KEPT


class PartnerMerge(models.TransientModel):
    """Contacts that a person merges in Odoo keep their links with other systems."""

    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_reference_fields(self, src_partners, dst_partner):
        """The links of the contacts that go lead to the one that remains; nobody is asked to merge them any more."""
        (src_partners | dst_partner).sudo().activity_unlink([KEPT])
        links = self.env["integration.binding"].sudo()
        links.search([("res_model", "=", "res.partner"), ("res_id", "in", src_partners.ids)]).write(
            {"res_id": dst_partner.id}
        )
        return super()._update_reference_fields(src_partners, dst_partner)
