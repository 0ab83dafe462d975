# Part of Integration Hub. License LGPL-3.0 or later.
from decimal import Decimal

from odoo import models
from odoo.fields import Command

from ..connectors.entities import orders
from .integration_target import RecordError


class IntegrationTargetSaleOrder(models.AbstractModel):
    """An order's total is the vendor's, to the cent."""

    _inherit = "integration.target.sale.order"

    def _settle_cents(self, arrival, record, parts):
        """Settle the rounding difference, of a cent a line at most, that two ways of rounding taxes can make."""
        rounding = self._rounding_line(record, parts)
        difference = self._difference(arrival, record)
        tolerance = record.currency_id.rounding * len(record.order_line)
        if not difference or abs(difference) > tolerance:
            return
        if rounding:
            price = Decimal(str(round(rounding.price_unit, 6))) + difference
            record.write(
                {"order_line": [Command.update(rounding.id, {"price_unit": float(price), "product_uom_qty": 1.0})]}
            )
            return
        product = self._service(arrival, "rounding", self.env._("Rounding"))
        line = self._service_line(product, self.env._("Rounding"), float(difference))
        before = record.order_line
        record.write({"order_line": [Command.create(line)]})
        key = f"rounding:{len(before)}" if "rounding" in parts.get("lines", {}) else "rounding"
        self._note_lines(parts, {key: line}, record.order_line - before)

    def _rounding_line(self, record, parts):
        """Return the line that rounds this order, unless it was invoiced as it is: then there will be another one."""
        ids = {line_id for key, line_id in parts.get("lines", {}).items() if key.startswith("rounding")}
        return record.order_line.filtered(lambda line: line.id in ids and not line.qty_invoiced)[:1]

    def _difference(self, arrival, record):
        """Return what is missing from the vendor's total."""
        wanted = self._vendors_total(arrival, record)
        return wanted - Decimal(str(round(record.amount_total, 6))) if wanted is not None else Decimal(0)

    def _vendors_total(self, arrival, record):
        document = arrival.document
        if self._is_void(arrival, record):
            total = (document.get("totals") or {}).get("total")
            return None if total is None else Decimal(total)
        return orders.worth(document, refunds=self._may(arrival, record, "refund"))

    def _check_totals(self, arrival, record):
        if not record.currency_id.is_zero(float(self._difference(arrival, record))):
            raise RecordError(
                self.env._(
                    "The lines of order %(number)s add up to %(ours)s %(currency)s, %(system)s says %(theirs)s",
                    number=record.client_order_ref,
                    ours=f"{record.amount_total:.{record.currency_id.decimal_places}f}",
                    theirs=self._vendors_total(arrival, record),
                    currency=record.currency_id.name,
                    system=arrival.system.name,
                ),
                code="totals-differ",
                hint=self._why_totals_differ(arrival, record),
            )
        self._check_taxes(arrival, record)

    def _why_totals_differ(self, arrival, record):
        ours = self._lines_of_ours(arrival, record).filtered("price_total")
        if ours:
            return self.env._(
                "%(lines)s were added in Odoo. Take them off the order: what waits for it is taken in by itself.",
                lines=", ".join(f"“{line.name}”" for line in ours),
            )
        return self.env._("Compare lines and taxes with the original, correct the mapping, and retry.")

    def _lines_of_ours(self, arrival, record):
        """Return the lines that stand for nothing in the document: a person added them here."""
        theirs = set(arrival.values["_parts"].get("lines", {}).values())
        return record.order_line.filtered(lambda line: line.product_id and line.id not in theirs)

    def _check_taxes(self, arrival, record):
        """Raise where the total is right and the taxes in it are not, as can be where prices include them."""
        document = arrival.document
        if self._is_void(arrival, record):
            document = {**document, "refunds": []}
        told = orders.tax(document, refunds=self._may(arrival, record, "refund"))
        taxes = sum(len(line.tax_ids) for line in record.order_line)
        tolerance = record.currency_id.rounding * (len(record.order_line) + taxes)
        ours = Decimal(str(round(record.amount_tax, 6)))
        if told is not None and abs(ours - told) > tolerance:
            raise RecordError(
                self.env._(
                    "The taxes of order %(number)s add up to %(ours)s %(currency)s, %(system)s says %(theirs)s",
                    number=record.client_order_ref,
                    ours=f"{record.amount_tax:.{record.currency_id.decimal_places}f}",
                    theirs=told,
                    currency=record.currency_id.name,
                    system=arrival.system.name,
                ),
                code="taxes-differ",
                hint=self.env._("Compare the taxes in Odoo with those there: rates, and whether prices include them."),
            )
