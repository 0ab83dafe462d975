# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import models


class IntegrationTargetResPartner(models.AbstractModel):
    """Contacts and companies become partners."""

    _name = "integration.target.res.partner"
    _inherit = "integration.target"
    _description = "Integration Target: Partner"
    _model = "res.partner"

    def _identities(self, arrival):
        company = [("company_id", "in", (False, arrival.system.company_id.id))]
        kind = [("is_company", "=", arrival.entity.code == "company"), ("type", "=", "contact")]
        email, vat = arrival.document.get("email"), arrival.document.get("vat")
        if vat:
            yield "vat", vat, [*kind, *company]
        if email:
            yield "email_normalized", email.strip().lower(), [*kind, *company]
