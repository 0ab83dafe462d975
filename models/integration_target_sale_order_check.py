# Part of Integration Hub. License LGPL-3.0 or later.
from decimal import Decimal

from odoo import models

from ..connectors.entities import orders
from .integration_target import RecordError


class IntegrationTargetSaleOrder(models.AbstractModel):
    """What an order's document cannot say: it is refused in words, and nothing is changed."""

    _inherit = "integration.target.sale.order"

    def _check_document(self, arrival):
        document = arrival.document
        for line in document["lines"]:
            self._check_quantity(arrival, line)
            if orders.refunded(document, line["id"]) > orders.number(line["quantity"]):
                raise self._too_much_refunded(arrival)
            gone = orders.shipped(document, line["id"]) + orders.taken_off(document, line["id"])
            if gone > orders.number(line["quantity"]):
                raise self._refusal(
                    arrival,
                    "shipped-and-removed",
                    self.env._(
                        "Order %(number)s: more of “%(line)s” was shipped than is left of it",
                        number=document["number"],
                        line=line.get("name"),
                    ),
                )
        for name, parts in (("fulfilments", self.env._("shipped")), ("refunds", self.env._("refunded"))):
            if unknown := orders.unknown_lines(document, name):
                raise self._refusal(
                    arrival,
                    "unknown-line",
                    self.env._(
                        "Order %(number)s: what was %(what)s is none of its lines (%(lines)s)",
                        number=document["number"],
                        what=parts,
                        lines=", ".join(sorted(unknown)),
                    ),
                )
        total = (document.get("totals") or {}).get("total")
        if total is not None and orders.money_back(document) > Decimal(total):
            raise self._too_much_refunded(arrival)

    def _check_quantity(self, arrival, line):
        if orders.number(line["quantity"]) < 0:
            raise self._refusal(
                arrival,
                "bad-quantity",
                self.env._(
                    "Order %(number)s: the quantity of “%(line)s” is %(quantity)s",
                    number=arrival.document["number"],
                    line=line.get("name"),
                    quantity=line["quantity"],
                ),
            )

    def _too_much_refunded(self, arrival):
        return self._refusal(
            arrival,
            "refund-exceeds-order",
            self.env._("Order %(number)s: more was refunded than was ordered", number=arrival.document["number"]),
        )

    def _refusal(self, arrival, code, message):
        hint = self.env._("Correct the order in %(system)s; it is sent again then.", system=arrival.system.name)
        return RecordError(message, code=code, hint=hint)
