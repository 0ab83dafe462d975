# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import models
from odoo.fields import Command

from .integration_target import RecordError

OPEN = ("draft", "sent")


class IntegrationTargetSaleOrder(models.AbstractModel):
    """Orders become sales orders whose totals are the vendor's, to the cent, or they do not come in.

    A document says the whole order as it is now, so the record is brought in step with it, whatever was told before:
    its lines, then what became of it. Each part asks who decides (:meth:`_may`), and says plainly what is left undone.
    """

    _name = "integration.target.sale.order"
    _inherit = "integration.target"
    _description = "Integration Target: Sales Order"
    _model = "sale.order"
    _is_plain = False
    _shown_as = {
        "_currency_id": "currency_id",
        "_pricelist_id": "pricelist_id",
        "_billing": "partner_invoice_id",
        "_shipping": "partner_shipping_id",
        "_lines": "order_line",
        "_lines.key": "order_line",
        "_lines.product_id": "order_line.product_id",
        "_lines.name": "order_line.name",
        "_lines.quantity": "order_line.product_uom_qty",
        "_lines.price": "order_line.price_unit",
        "_lines.discount": "order_line.discount",
        "_lines.tax_ids": "order_line.tax_ids",
        "_deliveries": "order_line",
        "_deliveries.key": "order_line",
        "_deliveries.name": "order_line.name",
        "_deliveries.price": "order_line.price_unit",
        "_deliveries.discount": "order_line.discount",
        "_deliveries.tax_ids": "order_line.tax_ids",
    }
    _lists = {"order_line": "_lines"}

    def _prepare_values(self, arrival, record):
        given = arrival.values
        self._check_document(arrival)
        partner = self._customer(arrival)
        currency = self._currency(arrival)
        values = super()._prepare_values(arrival, record)
        values |= {
            "company_id": arrival.system.company_id.id,
            "pricelist_id": self._pricelist(arrival, currency).id,
            "partner_invoice_id": self._address(arrival.system, partner, given.get("_billing"), "invoice").id,
            "partner_shipping_id": self._address(arrival.system, partner, given.get("_shipping"), "delivery").id,
        }
        values.setdefault("origin", f"{arrival.system.name} {given.get('client_order_ref') or ''}")
        if record:
            return self._prepare_changes(arrival, record, values)
        values.setdefault("user_id", partner.user_id.id)
        given["_wanted"] = self._wanted_lines(arrival, record, currency)
        self._check_products(arrival, given["_wanted"])
        values["order_line"] = [Command.create(line) for line in given["_wanted"].values()]
        return values

    def _prepare_changes(self, arrival, record, values):
        """Return what is to be written of an order that exists: what is confirmed keeps whom and in what it is sold."""
        if record.state in OPEN:
            return values
        kept = ("company_id", "pricelist_id", "partner_id", "partner_invoice_id", "partner_shipping_id")
        if record.state == "cancel":
            kept = (*kept, "date_order")
        return {name: value for name, value in values.items() if name not in kept}

    def _after(self, arrival, record, created):
        """Bring the order in step with its document. Each step asks by itself whether there is anything to do."""
        parts = arrival.values["_parts"] = self._parts(arrival)
        if created:
            self._note_lines(parts, arrival.values["_wanted"], record.order_line)
        if record.state != "cancel" and (created or self._follows(arrival, record)):
            if not created:
                self._bring_lines(arrival, record, parts)
            self._settle_cents(arrival, record, parts)
            self._check_totals(arrival, record)
        if record.state != "cancel" and not arrival.document.get("cancelled_at"):
            self._confirm(arrival, record)
            self._ship(arrival, record)
            self._take_back(arrival, record)
        self._invoice(arrival, record)
        self._pay(arrival, record, parts)
        self._cancel(arrival, record)
        self._tell_undone(arrival, record, parts)

    def _follows(self, arrival, record):
        """Tell whether an order's lines follow its document: one that is cancelled there stays as it was."""
        return not self._is_void(arrival, record) and self._may(arrival, record, "order_line")

    # --- what belongs to what ---

    def _parts(self, arrival):
        """Return ``{kind: {key: ids}}``: which of the order's parts are here already."""
        return dict(self._binding(arrival).parts or {})

    def _link_values(self, arrival):
        return {"parts": arrival.values["_parts"]} if "_parts" in arrival.values else {}

    # --- what was not done ---

    def _leave_undone(self, arrival, what):
        """Note in words what the document asks for and nobody did here; it is told with the message."""
        arrival.values.setdefault("_undone", []).append(what)

    def _tell_undone(self, arrival, record, parts):
        """Say in the order's chatter what was left to a person, each time that it is something else."""
        words = arrival.values.get("_undone", [])
        if words and words != parts.get("undone"):
            record.message_post(
                body=self.env._("%(system)s: %(what)s", system=arrival.system.name, what="; ".join(words))
            )
        parts["undone"] = words

    def _undone(self, arrival):
        return arrival.values.get("_undone", ())

    # --- whom, and in what ---

    def _customer(self, arrival):
        partner = self.env["res.partner"].browse(arrival.values.get("partner_id"))
        if partner:
            return partner
        raise RecordError(
            self.env._("Order %(number)s has no customer", number=arrival.values.get("client_order_ref")),
            code="no-customer",
            hint=self.env._(
                "Give the order a customer in %(system)s; it is sent again then.", system=arrival.system.name
            ),
        )

    def _currency(self, arrival):
        currency = self.env["res.currency"].browse(arrival.values.get("_currency_id"))
        if currency:
            return currency
        raise RecordError(
            self.env._("Order %(number)s has no currency", number=arrival.values.get("client_order_ref")),
            code="no-currency",
            hint=self.env._("Have the mapping say in which currency the order is, and retry."),
        )

    def _pricelist(self, arrival, currency):
        """Return a pricelist in the order's currency: an order's currency is its pricelist's."""
        Pricelist = self.env["product.pricelist"]
        company = arrival.system.company_id
        found = Pricelist.search(
            [("currency_id", "=", currency.id), ("company_id", "in", (False, company.id))], limit=1
        )
        return found or Pricelist.create({"name": currency.name, "currency_id": currency.id, "company_id": company.id})
