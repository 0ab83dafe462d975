# Part of Integration Hub. License LGPL-3.0 or later.
from decimal import ROUND_HALF_UP, Decimal

from odoo import models
from odoo.fields import Command
from odoo.tools import float_compare

from ..connectors.entities import orders
from .integration_target import RecordError
from .integration_target_lookup import looked_for
from .integration_target_sale_order import OPEN

OURS = ("product_id", "name", "product_uom_qty", "price_unit", "discount", "tax_ids")  # what every line is given
EXACTLY = 6  # decimals to which quantities, prices and percentages are compared


class IntegrationTargetSaleOrder(models.AbstractModel):
    """The lines of an order, each known by the key of what it stands for: goods, discount, shipping, refund."""

    _inherit = "integration.target.sale.order"

    # --- what there is to be ---

    def _wanted_lines(self, arrival, record, currency):
        """Return ``{key: values}`` of the lines that the order is to have, in their order."""
        document, wanted = arrival.document, {}
        as_ordered = self._is_void(arrival, record)
        refunds = not as_ordered and self._may(arrival, record, "refund")
        told = {line["id"]: line for line in document["lines"]}
        for line in arrival.values.get("_lines", ()):
            ordered = orders.number(line["quantity"])
            left = ordered if as_ordered else orders.left(document, told[line["key"]], refunds=refunds)
            if left:
                wanted |= self._line(arrival, line["key"], line, line["product_id"], ordered, left, currency)
        for delivery in arrival.values.get("_deliveries", ()):
            product = self._service(arrival, "shipping", self.env._("Shipping"))
            wanted |= self._line(
                arrival, f"shipping:{delivery['key']}", delivery, product.id, Decimal(1), Decimal(1), currency
            )
        if refunds:
            wanted |= self._refund_lines(arrival)
        return wanted

    def _line(self, arrival, key, line, product_id, ordered, left, currency):
        """Return a line, with its discount as a percentage where that is exact, else as a line of its own."""
        price, discount = Decimal(line["price"]), Decimal(line["discount"])
        gross = price * ordered
        values = {
            "product_id": product_id,
            "name": line.get("name") or "/",
            "product_uom_qty": float(left),
            "price_unit": float(price),
            "discount": 0.0,
            "tax_ids": [Command.set(line.get("tax_ids") or [])],
            **self._added(line, "sale.order.line"),
        }
        if not discount:
            return {key: values}
        cent = Decimal(1).scaleb(-currency.decimal_places)
        percent = (100 * discount / gross).quantize(Decimal("0.01"), ROUND_HALF_UP) if gross else Decimal(0)
        if (gross * (1 - percent / 100)).quantize(cent, ROUND_HALF_UP) == gross - discount:
            return {key: values | {"discount": float(percent)}}
        taken_off = self._service_line(
            self._service(arrival, "discount", self.env._("Discount")),
            self.env._("Discount: %(line)s", line=values["name"]),
            -float(discount / ordered),
            line.get("tax_ids"),
        )
        return {key: values, f"{key}:discount": taken_off | {"product_uom_qty": float(left)}}

    def _refund_lines(self, arrival):
        """Return what was given back of what was shipped, as lines of their own: so the order is worth what is left."""
        by_key = {line["key"]: line for line in arrival.values.get("_lines", ())}
        shipping = (arrival.values.get("_deliveries") or [{}])[0]
        found = {}
        for credit in orders.given_back(arrival.document):
            line = by_key.get(credit.line, shipping)
            product = self._service(arrival, "refund", self.env._("Refund"))
            name = self.env._("Refund: %(line)s", line=line.get("name") or self.env._("Shipping"))
            if not credit.taxed:
                name = self.env._("Refund: what it differs from goods and shipping")
            found[f"refund:{credit.key}"] = self._service_line(
                product, name, -float(credit.amount), line.get("tax_ids") if credit.taxed else None
            )
        return found

    def _service_line(self, product, name, price, tax_ids=None):
        return {
            "product_id": product.id,
            "name": name,
            "product_uom_qty": 1.0,
            "price_unit": price,
            "discount": 0.0,
            "tax_ids": [Command.set(tax_ids or [])],
        }

    def _is_void(self, arrival, record):
        """Tell whether the order is cancelled there and nothing of it was invoiced here: it stays as it was ordered."""
        return bool(arrival.document.get("cancelled_at")) and not self._is_invoiced(record)

    # --- what there is ---

    def _note_lines(self, parts, wanted, lines):
        """Keep which line stands for which key; *lines* were made of *wanted*, in that order."""
        made = zip(wanted, lines.sorted("id"), strict=True)
        parts["lines"] = parts.get("lines", {}) | {key: line.id for key, line in made}

    def _lines_by_key(self, record, parts, wanted):
        """Return ``{key: line}`` of those that are there.

        Of an order that was linked without its lines, those with the same product, in their order.
        """
        if "lines" in parts:
            there = {line.id: line for line in record.order_line}
            return {key: there[line_id] for key, line_id in parts["lines"].items() if line_id in there}
        rest, found = list(record.order_line), {}
        for key, values in wanted.items():
            line = next((each for each in rest if each.product_id.id == values["product_id"]), None)
            if line:
                rest.remove(line)
                found[key] = line
        return found | {f"other:{line.id}": line for line in rest if line.product_id}

    # --- bringing one in step with the other ---

    def _bring_lines(self, arrival, record, parts):
        """Change, add and take away lines until they are those wanted; rounding is settled afterwards."""
        wanted = self._wanted_lines(arrival, record, record.currency_id)
        known = self._lines_by_key(record, parts, wanted)
        gone = [key for key in known if key not in wanted and not key.startswith("rounding")]
        changed = {key: values for key, values in wanted.items() if key in known and self._changes(known[key], values)}
        new = {key: values for key, values in wanted.items() if key not in known}
        parts["lines"] = {key: line.id for key, line in known.items()}
        if not (gone or changed or new):
            return
        self._check_may_change(arrival, record, known, gone, changed, new)
        self._check_products(arrival, new)
        self._note_draft_invoices(arrival, record)
        commands = [self._without(record, known[key]) for key in gone]
        commands += [Command.update(known[key].id, values) for key, values in changed.items()]
        commands += [Command.create(values) for values in new.values()]
        if record.state in OPEN:
            parts["lines"] = {key: line for key, line in parts["lines"].items() if key not in gone}
        before = record.order_line
        record.write({"order_line": commands})
        self._note_lines(parts, new, record.order_line - before)

    def _changes(self, line, values):
        """Tell whether a line is other than it is to be; its words may have been improved here."""
        return (
            line.product_id.id != values["product_id"]
            or any(
                float_compare(line[name], values[name], precision_digits=EXACTLY)
                for name in ("product_uom_qty", "price_unit", "discount")
            )
            or set(line.tax_ids.ids) != set(values["tax_ids"][0][2])
            or any(self._differs(line, name, values[name]) for name in values.keys() - set(OURS))
        )

    def _without(self, record, line):
        """Return the command that takes a line away; of a confirmed order a line stays, with nothing to deliver."""
        if record.state in OPEN:
            return Command.delete(line.id)
        return Command.update(line.id, {"product_uom_qty": 0.0, "price_unit": line.price_unit})

    # --- services that stand for what is no product ---

    def _service(self, arrival, key, name):
        """Return the service product that stands for what is no product at the vendor, made on first use."""
        target, service = self._of_model("product.product"), self._service_arrival(arrival, key, name)
        product = target._found(service, target._binding(service))
        if not product:
            product = self.env["product.product"].create(
                {"name": name, "type": "service", "invoice_policy": "order", "taxes_id": [Command.clear()]}
            )
            target._link(service, product)
        return product

    def _service_arrival(self, arrival, key, name=""):
        entity = self.env["integration.entity"].sudo().search([("code", "=", "product")], limit=1)
        return arrival._replace(entity=entity, document={"id": f"hub:{key}", "name": name})

    # --- what may not be ---

    def _check_products(self, arrival, new):
        """Raise where a line is to be added of a product that is not sold any more."""
        products = self.env["product.product"].browse({values["product_id"] for values in new.values()})
        archived = products.filtered(lambda product: not product.active)
        if archived:
            raise RecordError(
                self.env._("Product “%(product)s” is archived in Odoo", product=archived[0].display_name),
                code="archived-product",
                hint=self.env._(
                    "Restore it: what waits for it is taken in by itself. Or link its remote product to another one, "
                    "and retry."
                ),
                params=looked_for(
                    "product.product", archived[0].id, called=self._called_there(arrival, new, archived[0])
                ),
            )

    def _called_there(self, arrival, new, product):
        """Return what the system calls a product in the lines that are to be added."""
        lines = {line["id"]: line.get("product") or {} for line in arrival.document["lines"]}
        asked = (lines[key] for key, values in new.items() if key in lines and values["product_id"] == product.id)
        return next((told.get("sku") or told.get("id") for told in asked), None)

    def _check_may_change(self, arrival, record, known, gone, changed, new):
        """Raise where lines are to become what Odoo cannot make of them any more."""
        if record.locked and record.state not in OPEN:
            raise RecordError(
                self.env._(
                    "Order %(number)s was changed in %(system)s, but is locked here",
                    number=record.client_order_ref,
                    system=arrival.system.name,
                ),
                code="locked-order",
                hint=self.env._("Unlock it: what waits for it is taken in by itself."),
            )
        for key in [*gone, *changed]:
            line, left = known[key], changed.get(key, {}).get("product_uom_qty", 0.0)
            if record.state == "sale" and line.qty_delivered > left and line.product_id.type != "service":
                raise RecordError(
                    self.env._(
                        "Order %(number)s: %(delivered)s of “%(line)s” were delivered, %(left)s are left in %(system)s",
                        number=record.client_order_ref,
                        delivered=f"{line.qty_delivered:g}",
                        line=line.name,
                        system=arrival.system.name,
                        left=f"{left:g}",
                    ),
                    code="delivered-already",
                    hint=self.env._("Take back what was delivered too much, then retry."),
                )
        if self._is_invoiced(record):
            self._check_invoiced(arrival, record, known, gone, changed, new)

    def _check_invoiced(self, arrival, record, known, gone, changed, new):
        """Raise where an invoiced order is to become another one. Refunds are not: they are credited."""
        off = {
            line["id"]: float(orders.taken_off(arrival.document, line["id"]) - orders.edited(arrival.document, line))
            for line in arrival.document["lines"]
        }
        other = [key for key in new if not key.startswith("refund:")]
        for key in [*gone, *changed]:
            line, values = known[key], changed.get(key, {})
            only_fewer = not values or not self._changes(line, values | {"product_uom_qty": line.product_uom_qty})
            fewer = line.product_uom_qty - values.get("product_uom_qty", 0.0)
            if not only_fewer or not 0 < fewer <= off.get(key.removesuffix(":discount"), 0.0):
                other.append(key)
        if other:
            raise RecordError(
                self.env._(
                    "Order %(number)s was changed in %(system)s after it was invoiced here",
                    number=record.client_order_ref,
                    system=arrival.system.name,
                ),
                code="edited-after-invoicing",
                hint=self.env._("Credit the invoice: what waits for it is taken in by itself. Then invoice it anew."),
                params={"lines": sorted(other)},
            )
