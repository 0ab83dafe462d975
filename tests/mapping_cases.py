# Part of Integration Hub. License LGPL-3.0 or later.
"""Mappings as the screen calls for them: a shop, the people who edit and approve, and a light sample."""

import json

from .common import HubCase

# An order that finds or creates nothing, so that trying it is quick.
LIGHT = {
    "label": "Mine",
    "document": {
        "id": 1,
        "name": "#1",
        "currency": "EUR",
        "created_at": "2025-11-14T09:30:10+01:00",
        "note": "Please ring twice",
        "line_items": [
            {"quantity": 1, "price": "5.00", "vendor": "A"},
            {"quantity": 2, "price": "7.00", "vendor": "B"},
        ],
        "note_attributes": [{"name": "Gift wrapping", "value": "yes"}],
    },
}
# What a company added to Odoo itself.
FIELDS = (
    ("sale.order", "x_gift", "char"),
    ("sale.order", "x_land", "many2one"),
    ("sale.order.line", "x_maker", "char"),
    ("res.partner", "x_level", "char"),
    *(("sale.order", f"x_{kind}", kind) for kind in ("integer", "float", "boolean", "date")),
)


class ScreenCase(HubCase):
    added = ()

    @classmethod
    def set_up_hub(cls):
        if "sale.order" not in cls.env:
            raise cls.skipTest(cls, "needs the app Sales")
        cls.env.ref("base.EUR").active = True
        tax = {"amount": 15.0, "type_tax_use": "sale", "price_include_override": "tax_excluded"}
        cls.env["account.tax"].create({"name": "VAT of the sample", **tax})
        cls.env["ir.model.fields"].create(
            [
                {
                    "model_id": cls.env["ir.model"]._get_id(model),
                    "name": name,
                    "field_description": name.removeprefix("x_").capitalize(),
                    "ttype": kind,
                    "relation": "res.country" if kind == "many2one" else False,
                }
                for model, name, kind in cls.added
            ]
        )
        cls.shop = cls.connect_shopify(wanted=("orders_in", "products_in", "customers_in", "customers_out"))
        cls.users = {name: cls.user(name) for name in ("user", "consultant", "operator", "approver")}
        cls.consultant, cls.approver = cls.users["consultant"], cls.users["approver"]

    def flow(self, key, user=None):
        flow = self.shop.flow_ids.filtered(lambda flow: flow.template_key == key)
        return flow.with_user(user or self.consultant)

    def call(self, flow, method, *arguments):
        """Call what the screen calls; what is tried has a transaction of its own, as in life."""
        self.env.flush_all()
        with self.engine_mode():
            return json.loads(json.dumps(getattr(flow, method)(*arguments)))  # what goes over the wire

    def screen(self, key="orders_in", sample=LIGHT, user=None):
        return self.call(self.flow(key, user), "mapping_screen", sample)

    def approve(self, key="orders_in", sample=LIGHT):
        """Approve what the screen shows now."""
        shown = self.screen(key, sample, self.approver)["digest"]
        return self.call(self.flow(key, self.approver), "mapping_approve", shown, sample)

    def row(self, screen, target, half="first"):
        (row,) = [each for each in screen["rows"] if (each["target"], each["half"]) == (target, half)][:1]
        return row
