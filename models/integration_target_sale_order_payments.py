# Part of Integration Hub. License LGPL-3.0 or later.
from decimal import Decimal

from odoo import fields, models

from ..connectors.entities import orders


class IntegrationTargetSaleOrder(models.AbstractModel):
    """Money that came in or went out there is registered here, each sum once, and matched with the order's invoices."""

    _inherit = "integration.target.sale.order"

    def _pay(self, arrival, record, parts):
        document = arrival.document
        due = [("inbound", each["id"], each) for each in document.get("payments") or ()]
        due += [("outbound", each["id"], each) for each in document.get("refunds") or ()]
        due = [(*each, rest) for each in due if (rest := self._unregistered(parts, *each)) > 0]
        if due and self._may(arrival, record, "pay"):
            for kind, key, told, amount in due:
                if kind == "outbound" or not self._is_settled(arrival, record, amount):
                    self._register_payment(arrival, record, parts, kind, key, told, amount)
        self._match(record, parts)

    def _received(self, arrival):
        """Return what the customer has paid."""
        return sum((orders.number(each.get("amount")) for each in arrival.document.get("payments") or ()), Decimal(0))

    def _registered(self, parts, kind, key):
        """Return the payments of a key; one that a person has cancelled here stays so."""
        ids = parts.get("payments", {}).get(f"{kind}:{key}", [])
        return self.env["account.payment"].browse(ids).exists()

    def _unregistered(self, parts, kind, key, told):
        """Return what of a sum is not registered yet: a key's sum may grow."""
        here = sum(self._registered(parts, kind, key).mapped("amount"))
        return orders.number(told.get("amount")) - Decimal(str(round(here, 6)))

    def _is_settled(self, arrival, record, amount):
        """Tell whether so much is not open any more, since a person has registered it with the order's invoices."""
        invoices = record.invoice_ids.filtered(lambda move: move.state == "posted" and move.move_type == "out_invoice")
        if not invoices or self._invoiceable(record):
            return False
        rest = sum(invoices.mapped("amount_residual"))
        too_much = float(amount) - rest
        if too_much <= record.currency_id.rounding * len(record.order_line):
            return False
        self._leave_undone(
            arrival,
            self.env._(
                "%(amount)s %(currency)s came in, and %(rest)s are open on %(invoices)s: "
                "register what was not registered here yet",
                amount=amount,
                currency=record.currency_id.name,
                rest=f"{rest:.{record.currency_id.decimal_places}f}",
                invoices=", ".join(invoices.mapped("name")),
            ),
        )
        return True

    def _register_payment(self, arrival, record, parts, kind, key, told, amount):
        if not self.env["account.payment"].has_access("create"):
            words = self.env._("%(user)s may not register payments", user=self.env.user.name)
            self._leave_undone(arrival, words)
            return
        journal = self._journal(record, told.get("method"))
        if not journal:
            self._leave_undone(
                arrival,
                self.env._("%(amount)s %(currency)s are not registered: %(company)s has no bank journal",
                           amount=amount, currency=record.currency_id.name, company=record.company_id.name),
            )  # fmt: skip
            return
        at = told.get("paid_at") or told.get("refunded_at")
        payment = self.env["account.payment"].create(
            {
                "payment_type": kind,
                "partner_type": "customer",
                "partner_id": record.partner_invoice_id.commercial_partner_id.id,
                "company_id": record.company_id.id,
                "currency_id": record.currency_id.id,
                "amount": float(amount),
                "date": at[:10] if at else fields.Date.context_today(record),
                "journal_id": journal.id,
                "memo": " ".join(filter(None, [record.name, record.client_order_ref, told.get("method")])),
            }
        )
        payment.action_post()
        known = parts.setdefault("payments", {})
        known[f"{kind}:{key}"] = [*known.get(f"{kind}:{key}", []), payment.id]

    def _journal(self, record, method):
        """Return the journal that is named after the way of payment, else the company's first one of a bank."""
        journals = self.env["account.journal"].search(
            [("company_id", "parent_of", record.company_id.id), ("type", "in", ("bank", "cash", "credit"))]
        )
        named = journals.filtered(lambda journal: method and journal.name.casefold() == method.casefold())
        return (named or journals.filtered(lambda journal: journal.type == "bank") or journals)[:1]

    def _match(self, record, parts):
        """Match the order's payments with its invoices, as far as they go."""
        ids = [payment_id for known in parts.get("payments", {}).values() for payment_id in known]
        invoices = record.invoice_ids.filtered(lambda move: move.state == "posted")
        if not ids or not invoices:
            return
        moves = self.env["account.payment"].browse(ids).exists().move_id | invoices
        open_lines = moves.line_ids.filtered(
            lambda line: (
                line.account_id.account_type == "asset_receivable"
                and not line.reconciled
                and line.parent_state == "posted"
            )
        )
        for lines in open_lines.grouped("account_id").values():
            if len(lines) > 1:
                lines.reconcile()
