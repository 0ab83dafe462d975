# Part of Integration Hub. License LGPL-3.0 or later.
from decimal import ROUND_HALF_UP, Decimal

from odoo import models
from odoo.fields import Command

from .integration_target import RecordError

OPEN = ("draft", "sent")
ADDRESS = ("name", "street", "street2", "city", "zip", "phone")
OURS = ("product_id", "name", "product_uom_qty", "price_unit", "discount", "tax_ids")  # what every line is given


class IntegrationTargetSaleOrder(models.AbstractModel):
    """Orders become sales orders whose totals are the vendor's, to the cent, or they do not come in."""

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
        partner = self.env["res.partner"].browse(given.get("partner_id"))
        if not partner:
            raise RecordError(
                self.env._("Order %(number)s has no customer", number=given.get("client_order_ref")),
                code="no-customer",
                hint=self.env._(
                    "Give the order a customer in %(system)s; it is sent again then.", system=arrival.system.name
                ),
            )
        currency = self.env["res.currency"].browse(given.get("_currency_id"))
        if not currency:
            raise RecordError(
                self.env._("Order %(number)s has no currency", number=given.get("client_order_ref")),
                code="no-currency",
                hint=self.env._("Have the mapping say in which currency the order is, and retry."),
            )
        values = super()._prepare_values(arrival, record)
        values |= {
            "company_id": arrival.system.company_id.id,
            "pricelist_id": self._pricelist(arrival, currency).id,
            "partner_invoice_id": self._address(partner, given.get("_billing"), "invoice").id,
            "partner_shipping_id": self._address(partner, given.get("_shipping"), "delivery").id,
        }
        values.setdefault("origin", f"{arrival.system.name} {given.get('client_order_ref') or ''}")
        lines = self._order_lines(arrival, currency)
        if not record:
            values.setdefault("user_id", partner.user_id.id)
            values["order_line"] = [Command.create(line) for line in lines]
        elif record.state in OPEN and self._lines_differ(arrival, record, lines):
            values["order_line"] = [Command.clear(), *(Command.create(line) for line in lines)]
        return values

    def _after(self, arrival, record, created):
        if record.state in OPEN:
            self._settle_cents(arrival, record)
        self._check_totals(arrival, record)
        if arrival.document.get("cancelled_at"):
            self._cancel(arrival, record)

    def _cancel(self, arrival, record):
        if record.state in OPEN:
            record.action_cancel()
        elif record.state != "cancel":
            raise RecordError(
                self.env._(
                    "Order %(number)s was cancelled in %(system)s, but is confirmed here",
                    number=record.client_order_ref,
                    system=arrival.system.name,
                ),
                code="cancelled-after-confirmation",
                hint=self.env._("Cancel it here, with what was delivered and invoiced, and retry."),
            )

    # --- lines ---

    def _order_lines(self, arrival, currency):
        lines = []
        for line in arrival.values.get("_lines", ()):
            lines += self._line(line, line["product_id"], Decimal(str(line["quantity"])), currency)
        for delivery in arrival.values.get("_deliveries", ()):
            product = self._service(arrival, "shipping", self.env._("Shipping"))
            lines += self._line(delivery, product.id, Decimal(1), currency)
        return lines

    def _line(self, line, product_id, quantity, currency):
        """Return the line, with its discount as a percentage where that is exact, else as a line of its own."""
        price, discount = Decimal(line["price"]), Decimal(line["discount"])
        gross = price * quantity
        values = {
            "product_id": product_id,
            "name": line.get("name") or "/",
            "product_uom_qty": float(quantity),
            "price_unit": float(price),
            "discount": 0.0,
            "tax_ids": [Command.set(line.get("tax_ids") or [])],
            **self._added(line, "sale.order.line"),
        }
        if not discount:
            return [values]
        cent = Decimal(str(currency.rounding))
        percent = (100 * discount / gross).quantize(Decimal("0.01"), ROUND_HALF_UP) if gross else Decimal(0)
        if (gross * (1 - percent / 100)).quantize(cent, ROUND_HALF_UP) == gross - discount:
            return [values | {"discount": float(percent)}]
        return [
            values,
            values
            | {
                "name": self.env._("Discount: %(line)s", line=values["name"]),
                "product_uom_qty": 1.0,
                "price_unit": -float(discount),
            },
        ]

    def _service(self, arrival, key, name):
        """Return the service product that stands for what is no product at the vendor, made on first use."""
        target, service = self._of_model("product.product"), self._service_arrival(arrival, key, name)
        product = target._found(service, target._binding(service))
        if not product:
            product = self.env["product.product"].create(
                {"name": name, "type": "service", "taxes_id": [Command.clear()]}
            )
            target._link(service, product)
        return product

    def _service_arrival(self, arrival, key, name=""):
        entity = self.env["integration.entity"].sudo().search([("code", "=", "product")], limit=1)
        return arrival._replace(entity=entity, document={"id": f"hub:{key}", "name": name})

    def _lines_differ(self, arrival, record, lines):
        """Tell whether the order's lines are other than those given; the rounding line is ours."""
        rounding = self._of_model("product.product")._binding(self._service_arrival(arrival, "rounding")).res_id
        kept = record.order_line.filtered(lambda line: line.product_id.id != rounding)
        ours = [
            (line.product_id.id, line.product_uom_qty, line.price_unit, line.discount, set(line.tax_ids.ids))
            for line in kept
        ]
        theirs = [
            (
                line["product_id"],
                line["product_uom_qty"],
                line["price_unit"],
                line["discount"],
                set(line["tax_ids"][0][2]),
            )
            for line in lines
        ]
        return ours != theirs or any(
            self._differs(line, name, values[name])
            for line, values in zip(kept, lines, strict=True)
            for name in values.keys() - set(OURS)
        )

    # --- money ---

    def _pricelist(self, arrival, currency):
        """Return a pricelist in the order's currency: an order's currency is its pricelist's."""
        Pricelist = self.env["product.pricelist"]
        company = arrival.system.company_id
        found = Pricelist.search(
            [("currency_id", "=", currency.id), ("company_id", "in", (False, company.id))], limit=1
        )
        return found or Pricelist.create({"name": currency.name, "currency_id": currency.id, "company_id": company.id})

    def _settle_cents(self, arrival, record):
        """Add the rounding difference of a cent a line that two ways of rounding taxes can make."""
        difference = self._difference(arrival, record)
        tolerance = record.currency_id.rounding * len(record.order_line)
        if difference and abs(difference) <= tolerance:
            record.write(
                {
                    "order_line": [
                        Command.create(
                            {
                                "product_id": self._service(arrival, "rounding", self.env._("Rounding")).id,
                                "name": self.env._("Rounding"),
                                "product_uom_qty": 1.0,
                                "price_unit": float(difference),
                                "tax_ids": [Command.clear()],
                            }
                        )
                    ]
                }
            )

    def _difference(self, arrival, record):
        total = (arrival.document.get("totals") or {}).get("total")
        return Decimal(total) - Decimal(str(round(record.amount_total, 6))) if total is not None else Decimal(0)

    def _check_totals(self, arrival, record):
        if not record.currency_id.is_zero(float(self._difference(arrival, record))):
            raise RecordError(
                self.env._(
                    "The lines of order %(number)s add up to %(ours)s %(currency)s, %(system)s says %(theirs)s",
                    number=record.client_order_ref,
                    ours=f"{record.amount_total:.2f}",
                    theirs=arrival.document["totals"]["total"],
                    currency=record.currency_id.name,
                    system=arrival.system.name,
                ),
                code="totals-differ",
                hint=self.env._("Compare lines and taxes with the original, correct the mapping, and retry."),
            )

    # --- addresses ---

    def _address(self, partner, address, kind):
        """Return the customer, or the address of theirs that equals the order's; a new one is added."""
        if not address:
            return partner
        wanted = {name: address.get(name) for name in ADDRESS}
        wanted["name"] = wanted["name"] or partner.name
        same = ("street", "city", "zip")
        for known in partner | partner.child_ids:
            if all((known[name] or "") == (wanted[name] or "") for name in same) and known.name == wanted["name"]:
                return known
        if not any(wanted[name] for name in same):
            return partner
        country = self.env["res.country"].search([("code", "=", address.get("country_code") or "")], limit=1)
        state = self._lookup_state(country.code, address.get("state_code")) if address.get("state_code") else None
        return self.env["res.partner"].create(
            {
                **{name: value for name, value in wanted.items() if value},
                "type": kind,
                "parent_id": partner.id,
                "country_id": country.id,
                "state_id": state.id if state else False,
            }
        )
