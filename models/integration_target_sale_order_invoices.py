# Part of Integration Hub. License LGPL-3.0 or later.
from decimal import Decimal

from odoo import models
from odoo.fields import Command


class IntegrationTargetSaleOrder(models.AbstractModel):
    """Invoices are accounting's: an order is invoiced here only where Odoo's own setting *Automatic Invoice* is on, and
    it is paid. What is refunded of an invoiced order is credited."""

    _inherit = "integration.target.sale.order"

    def _is_invoiced(self, record):
        """Tell whether something of the order was invoiced for good."""
        return any(move.state == "posted" for move in record.invoice_ids)

    def _invoice(self, arrival, record):
        if record.state != "sale" or not self._invoiceable(record):
            return
        if self._is_invoiced(record):
            credited = any(line.qty_to_invoice < 0 or line.price_unit < 0 for line in self._invoiceable(record))
            if not credited or not self._may(arrival, record, "refund"):
                return
        elif arrival.document.get("cancelled_at") or not self._is_paid_at_once(arrival, record):
            return
        moves = record._create_invoices(final=True)
        self._settle_invoices(arrival, record, moves)
        moves.action_post()

    def _invoiceable(self, record):
        return record._get_invoiceable_lines(final=True)

    def _is_paid_at_once(self, arrival, record):
        """Tell whether the order is paid, and Odoo invoices what is paid by itself."""
        automatic = self.env["ir.config_parameter"].sudo().get_param("sale.automatic_invoice")
        return bool(automatic) and self._received(arrival) >= Decimal(str(round(record.amount_total, 6)))

    def _settle_invoices(self, arrival, record, moves):
        """Have all invoices and credit notes together come to the order's total, where taxes are rounded otherwise."""
        if self._invoiceable(record) or len(moves) != 1:
            return  # something is still to be invoiced: the last invoice settles it
        posted = record.invoice_ids.filtered(lambda move: move.state == "posted" or move in moves)
        signed = sum(
            Decimal(str(round(move.amount_total, 6))) * (-1 if move.move_type == "out_refund" else 1) for move in posted
        )
        difference = Decimal(str(round(record.amount_total, 6))) - signed
        tolerance = record.currency_id.rounding * len(moves.invoice_line_ids)
        if difference and abs(difference) <= tolerance:
            price = -difference if moves.move_type == "out_refund" else difference
            moves.write(
                {
                    "invoice_line_ids": [
                        Command.create(
                            {
                                "product_id": self._service(arrival, "rounding", self.env._("Rounding")).id,
                                "name": self.env._("Rounding"),
                                "quantity": 1.0,
                                "price_unit": float(price),
                                "tax_ids": [Command.clear()],
                            }
                        )
                    ]
                }
            )
