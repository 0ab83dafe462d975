# Part of Integration Hub. License LGPL-3.0 or later.
"""What tests of orders' lives start from: a shop in the sandbox where orders are placed and changed."""

from decimal import Decimal

from .common import HubCase, sandbox


class ShopOrderCase(HubCase):
    """A connected shop; an order is placed and changed in the sandbox, and its webhooks are told by hand."""

    @classmethod
    def set_up_hub(cls):
        if "sale.order" not in cls.env:
            raise cls.skipTest(cls, "needs the app Sales")
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=True))
        cls.env["res.currency"].with_context(active_test=False).search([("name", "in", ("USD", "EUR"))]).active = True
        cls.shop = cls.connect_shopify()
        cls.hook = cls.shop._endpoint("inbound")
        cls.taxes = {
            included: cls.env["account.tax"].create(
                {
                    "name": f"Fifteen {included}",
                    "amount": 15,
                    "type_tax_use": "sale",
                    "price_include_override": "tax_included" if included else "tax_excluded",
                    "company_id": cls.env.company.id,
                    "sequence": -1,
                }
            )
            for included in (False, True)
        }
        cls.tent = cls.goods("TENT-RIDGE-2")
        cls.mug = cls.goods("MUG-ENAMEL-GRN")

    @classmethod
    def goods(cls, sku):
        values = {"name": sku, "default_code": sku, "type": "consu", "invoice_policy": "order"}
        return cls.env["product.product"].create(values)

    @classmethod
    def decides(cls, step, who):
        """Have the shop (``system``) or Odoo decide a step."""
        cls.shop.ownership_ids.filtered(lambda rule: rule.transition == step).decided_by = who

    # --- the shop ---

    def place(self, *lines, **values):
        """Place an order: lines as ``(sku, quantity)`` or documents; returns it as it is there."""
        given = [{"sku": line[0], "quantity": line[1]} if isinstance(line, tuple) else line for line in lines]
        lines = given or [{"sku": "TENT-RIDGE-2", "quantity": 2}, {"sku": "MUG-ENAMEL-GRN", "quantity": 3}]
        values.setdefault("customer", {"email": "maya.okafor@example.com"})
        return sandbox().control("POST", "/shopify/orders", {"lines": lines, "webhook": False, **values})

    def change(self, order, **values):
        """Have something happen to an order; returns it as it is then."""
        return sandbox().control("PATCH", f"/shopify/orders/{order['id']}", {"webhook": False, **values})

    def there(self, order):
        """Return the order as it is in the shop."""
        return next(
            each for each in sandbox().control("GET", "/objects/shopify/order")["objects"] if each["id"] == order["id"]
        )

    # --- what is told ---

    def tell(self, document, topic="orders/updated"):
        """Deliver a webhook with this document and have it worked off; returns the message."""
        event = self.receive(self.shop, document, topic=topic)
        self.drain()
        return self.events(self.hook, ("id", "=", event.id))

    def told(self, document, topic="orders/updated"):
        """Tell it and return the sales order, which is done."""
        event = self.tell(document, topic)
        self.assertIn(event.state, ("done", "ignored"), (event.error_code, event.error_message, event.error_params))
        return self.env["sale.order"].browse(event.res_id)

    def refused(self, document, code, topic="orders/updated"):
        """Tell it and have it refused in words, with everything as it was; returns the message."""
        before = self.shape(document)
        event = self.tell(document, topic)
        self.assertEqual((event.state, event.error_code), ("dead", code), event.error_message)
        self.assertTrue(event.error_message and event.error_hint)
        self.assertNotIn("Traceback", event.error_message)
        self.assertEqual(self.shape(document), before)
        return event

    def shape(self, document):
        """Return all that a message of this order could have changed."""
        order = self.order_of(document)
        lines = [(line.id, line.product_uom_qty, line.price_unit, line.qty_delivered) for line in order.order_line]
        return (
            order.id, order.state, order.amount_total, lines,
            order.invoice_ids.mapped("amount_total"), self.money(order),
            [(picking.id, picking.state) for picking in self.deliveries(order)],
            self.env["sale.order"].search_count([]),
        )  # fmt: skip

    # --- Odoo ---

    def order_of(self, document):
        link = self.link_of(document)
        return self.env["sale.order"].browse(link.res_id if link else [])

    def link_of(self, document):
        entity = self.env["integration.entity"].search([("code", "=", "order")])
        return self.env["integration.binding"]._find(self.shop, entity, f"gid://shopify/Order/{document['id']}")

    def quantities(self, order):
        """Return ``{SKU: quantity}`` of what is to be delivered."""
        return {
            line.product_id.default_code: line.product_uom_qty
            for line in order.order_line
            if line.product_id.default_code and line.product_uom_qty
        }

    def deliveries(self, order):
        return order.picking_ids.sorted("id") if "picking_ids" in order._fields else []

    def money(self, order):
        """Return what is registered as paid and given back."""
        payments = self.env["account.payment"].search([("memo", "like", order.name)]) if order else ()
        return sorted((payment.payment_type, payment.amount) for payment in payments)

    def assert_worth(self, order, document):
        """Odoo's total is the shop's, to the cent."""
        self.assertEqual(Decimal(str(round(order.amount_total, 3))), Decimal(document["current_total_price"]))
