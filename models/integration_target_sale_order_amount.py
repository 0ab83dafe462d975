# Part of Integration Hub. License LGPL-3.0 or later.
from decimal import Decimal

from odoo import models

from ..connectors.entities import orders
from .integration_target_amount import Part


class IntegrationTargetSaleOrder(models.AbstractModel):
    """An order counts on the day it was placed, with what it is worth now; its refunds on the days they were made."""

    _inherit = "integration.target.sale.order"

    def _amount_of(self, record):
        return record.amount_total, record.currency_id

    def _amount_there(self, arrival, record):
        worth = self._vendors_total(arrival, record)
        return None if worth is None else (worth, arrival.document.get("currency"))

    def _dated_by(self):
        return "date_order"

    def _set_aside(self, arrival, record):
        if arrival.document.get("cancelled_at") and (not record or record.state == "cancel"):
            return self.env._("Cancelled in %(system)s", system=arrival.system.name)
        return None

    def _at_odds(self, arrival, record):
        cancelled = arrival.document.get("cancelled_at")
        if cancelled and record.state != "cancel":
            return self.env._("Cancelled in %(system)s, not in Odoo", system=arrival.system.name)
        if record.state == "cancel" and not cancelled:
            return self.env._("Cancelled in Odoo, not in %(system)s", system=arrival.system.name)
        return None

    def _parts_of(self, arrival, record, link):
        """Return refunds, and payments that say when they were made: what Odoo registers of them, where it may."""
        if "account.payment" not in self.env or not self._may(arrival, record or None, "pay"):
            return []
        document, known = arrival.document, (link.parts or {}) if record else {}
        told = [("refund", "outbound", each, each.get("refunded_at")) for each in document.get("refunds") or ()]
        told += [("payment", "inbound", each, each.get("paid_at")) for each in document.get("payments") or ()]
        found = []
        for kind, way, each, at in told:
            there = orders.number(each.get("amount"))
            if at and there > 0:
                here = self._registered(known, way, each["id"])
                sums = sum((Decimal(str(round(amount, 6))) for amount in here.mapped("amount")), Decimal(0))
                found.append(Part(kind, each["id"], at, document["currency"], there, sums if here else None))
        return found
