# Part of Integration Hub. License LGPL-3.0 or later.
"""What tests of shipments that go out start from: orders of the shop, delivered here."""

from .order_cases import ShopOrderCase


class ShippingCase(ShopOrderCase):
    """A connected shop to which deliveries go."""

    @classmethod
    def set_up_hub(cls):  # pylint: disable=missing-return
        super().set_up_hub()
        cls.api = cls.shop._endpoint("outbound")
        cls.flow = cls.shop.flow_ids.filtered(lambda flow: flow.template_key == "shipments_out")
        cls.flow.action_switch_on()

    def ship(self, order, **quantities):
        """Validate what is open of an order's delivery, or these quantities; returns the delivery."""
        picking = self.deliveries(order).filtered(lambda each: each.state not in ("done", "cancel"))
        for move in picking.move_ids:
            sku = move.product_id.default_code
            move.quantity = quantities.get(sku, 0) if quantities else move.product_uom_qty
            move.picked = bool(move.quantity)
        picking.with_context(skip_backorder=True).button_validate()
        self.commit()
        self.drain()
        return picking

    def sent(self):
        return self.events(self.api, ("flow_id", "=", self.flow.id))

    def shipments(self, document):
        return [
            (one.get("tracking_number"), {line["sku"]: line["quantity"] for line in one["line_items"]})
            for one in self.there(document)["fulfillments"]
        ]
