# Part of Integration Hub. License LGPL-3.0 or later.
from decimal import Decimal

from odoo import models
from odoo.fields import Command


class IntegrationTargetSaleOrder(models.AbstractModel):
    """Invoices are accounting's: an order is invoiced here only where Odoo's own setting *Automatic Invoice* is on, and
    it is paid. What is refunded of an invoiced order is credited."""

    _inherit = "integration.target.sale.order"

    def _is_invoiced(self, record):
        """Tell whether something of the order was invoiced for good, and not credited since."""
        return any(line.qty_invoiced_posted for line in record.order_line)

    def _invoice(self, arrival, record):
        if record.state != "sale" or not self._invoiceable(record):
            return
        if any(move.state == "posted" for move in record.invoice_ids):
            if not self._is_to_credit(arrival, record):
                return
        elif arrival.document.get("cancelled_at") or not self._is_paid_at_once(arrival, record):
            return
        moves = record._create_invoices(final=True)
        self._settle_invoices(arrival, record, moves)
        moves.action_post()

    def _invoiceable(self, record):
        return record._get_invoiceable_lines(final=True)

    def _is_to_credit(self, arrival, record):
        """Tell whether there is something to be credited, and nothing besides that accounting has yet to invoice."""
        made = {
            line_id
            for key, line_id in arrival.values["_parts"].get("lines", {}).items()
            if key.startswith(("refund:", "rounding"))
        }
        lines = self._invoiceable(record)
        refunds = lines.filtered(lambda line: line.qty_to_invoice < 0 or (line.id in made and line.price_unit < 0))
        if not refunds or not self._is_invoiced(record) or not self._may(arrival, record, "refund"):
            return False
        waiting = lines.filtered(lambda line: line.qty_to_invoice > 0 and line.price_unit > 0 and line.id not in made)
        if waiting:
            names = ", ".join(waiting.mapped("name"))
            words = self.env._("what was refunded is not credited: invoice %(lines)s, which credits it", lines=names)
            self._leave_undone(arrival, words)
        return not waiting

    def _note_draft_invoices(self, arrival, record):
        """Say that invoices that are drafts are of the order as it was."""
        drafts = record.invoice_ids.filtered(lambda move: move.state == "draft")
        if drafts:
            words = self.env._("%(invoices)s is of the order as it was: delete it, and invoice the order anew",
                               invoices=", ".join(drafts.mapped("display_name")))  # fmt: skip
            self._leave_undone(arrival, words)

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
