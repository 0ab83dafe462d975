# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import models

from ..connectors.entities import orders
from .integration_target import RecordError
from .integration_target_sale_order import OPEN


class IntegrationTargetSaleOrder(models.AbstractModel):
    """An order is confirmed when the vendor carries it out, and cancelled when it is cancelled."""

    _inherit = "integration.target.sale.order"

    def _confirm(self, arrival, record):
        if record.state in OPEN and orders.is_carried_out(arrival.document) and self._may(arrival, record, "confirm"):
            ordered_at = record.date_order
            record.action_confirm()
            if record.date_order != ordered_at:
                self._date_back(record, ordered_at)

    def _date_back(self, record, ordered_at):
        """Have a confirmed order be of when it was placed there, not of when we heard of it.

        What is to be delivered has its deadline from that, or Odoo would not merge later changes into it.
        """
        record.date_order = ordered_at
        for line in record.order_line if "picking_ids" in record._fields else ():
            line.customer_lead = line.customer_lead

    def _cancel(self, arrival, record):
        if not arrival.document.get("cancelled_at") or record.state == "cancel":
            return
        if record.state not in OPEN:
            self._check_may_cancel(arrival, record)
        record.action_cancel()
        if self._is_invoiced(record):
            posted = record.invoice_ids.filtered(lambda move: move.state == "posted")
            names = ", ".join(posted.mapped("name"))
            words = self.env._("%(invoices)s is to be credited, since the order is cancelled", invoices=names)
            self._leave_undone(arrival, words)

    def _check_may_cancel(self, arrival, record):
        if record.locked:
            raise RecordError(
                self.env._(
                    "Order %(number)s was cancelled in %(system)s, but is locked here",
                    number=record.client_order_ref,
                    system=arrival.system.name,
                ),
                code="locked-order",
                hint=self.env._("Unlock it: what waits for it is taken in by itself."),
            )
        if not self._may(arrival, record, "cancel"):
            raise RecordError(
                self.env._(
                    "Order %(number)s was cancelled in %(system)s, but is confirmed here",
                    number=record.client_order_ref,
                    system=arrival.system.name,
                ),
                code="cancelled-after-confirmation",
                hint=self.env._("Cancel it here, with what was delivered and invoiced, and retry."),
            )
        goods = record.order_line.filtered(lambda line: line.product_id.type != "service")
        delivered = goods.filtered(lambda line: line.qty_delivered > 0)
        if delivered:
            raise RecordError(
                self.env._(
                    "Order %(number)s was cancelled in %(system)s, but “%(line)s” was delivered",
                    number=record.client_order_ref,
                    system=arrival.system.name,
                    line=delivered[0].name,
                ),
                code="cancelled-after-delivery",
                hint=self.env._("Take back what was delivered, then retry."),
            )
