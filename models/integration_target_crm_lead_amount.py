# Part of Integration Hub. License LGPL-3.0 or later.
from decimal import Decimal

from odoo import models


class IntegrationTargetCrmLead(models.AbstractModel):
    """An opportunity comes to its expected revenue, which is in the company's currency."""

    _inherit = "integration.target.crm.lead"

    def _amount_of(self, record):
        return record.expected_revenue, (record.company_id or self.env.company).currency_id

    def _amount_there(self, arrival, record):
        """Return the deal's amount; none of a deal in another currency: at which rate it was converted nobody knows."""
        amount, currency = arrival.document.get("amount"), arrival.system.company_id.currency_id.name
        if amount is None or arrival.document.get("currency") not in (None, currency):
            return None
        return Decimal(str(amount)), currency
