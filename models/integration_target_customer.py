# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import models

NAMED = ("customer", "contact", "company")  # the members of business objects that say whose they are


class IntegrationTarget(models.AbstractModel):
    """Whose a record or a business object is: who waits when it does not arrive."""

    _inherit = "integration.target"

    def _customer_of(self, record):
        """Hook: return whose a record is, as a contact; empty where it is nobody's."""
        partner = record if record._name == "res.partner" else self.env["res.partner"]
        if "partner_id" in record._fields:
            partner = record.partner_id
        return partner.commercial_partner_id or partner

    def _customer_there(self, document):
        """Hook: return by what the other system knows whose a business object is; ``None`` where it is nobody's."""
        whose = next((document[name] for name in NAMED if isinstance(document.get(name), dict)), {})
        if not whose and self._model == "res.partner":
            whose = document
        return whose.get("id") or whose.get("email")
