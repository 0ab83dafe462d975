# Part of Integration Hub. License LGPL-3.0 or later.
"""What the tests of questions share: Order Desk in the sandbox, and people who confirm quotations."""

import json
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import UserError

from ..models import ask
from .common import HubCase, faults, requests_to, sandbox

API_KEY = "order-desk-sandbox"
DOWN = {"vendor": "order_desk", "kind": "status", "status": 503}
RATE = 8.0


class AskCase(HubCase):
    """A sales person's view, and the operator's. Its own transaction has an id long before a question is asked, so what
    a quiet one is has to be said here; ``test_ask_connections.py`` has real ones.
    """

    flows = ("tax", "credit", "fraud")

    @classmethod
    def set_up_hub(cls):
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=True))
        cls.desk = cls.connect_desk(wanted=[f"{name}_before_confirming" for name in cls.flows])
        cls.api = cls.desk._endpoint("outbound")
        cls.env.registry.registry_invalidated = False  # no other process runs these tests
        found = {flow.object_type: flow for flow in cls.desk.flow_ids}
        cls.tax, cls.credit, cls.fraud = (found[name] for name in ("tax", "credit", "fraud"))
        cls.seller = cls.user(login="seller@hub.example")
        cls.seller.group_ids |= cls.env.ref("sales_team.group_sale_salesman")
        cls.outside_tax = cls.env["account.tax"].create(
            {"name": "From outside", "amount": RATE, "type_tax_use": "sale", "price_include_override": "tax_excluded"}
        )
        cls.product = cls.env["product.product"].create({"name": "Tent", "default_code": "TENT", "taxes_id": False})
        cls.customer = cls.env["res.partner"].create({"name": "Ada King", "email": "ada@hub.example"})

    @classmethod
    def connect_desk(cls, **values):
        """Connect the sandbox's Order Desk."""
        return cls.connect("order_desk", api_key=API_KEY, api_url=f"{sandbox().url}/order_desk", **values)

    def setUp(self):
        super().setUp()
        self.addCleanup(faults)
        settings = sandbox().core.settings.order_desk
        self.addCleanup(vars(settings)["document"].update, dict(settings.document))
        self.settings = settings
        settings.tax_rates = [f"*:{RATE / 100}"]
        self.startPatcher(patch.object(ask, "_is_quiet", lambda cr: True))

    # --- what people do ---

    def quotation(self, *prices, **values):
        """Return a quotation of the seller's, a line for each price."""
        lines = [
            Command.create({"product_id": self.product.id, "product_uom_qty": 1, "price_unit": price, "tax_ids": False})
            for price in prices or (100.0,)
        ]
        order = (
            self.env["sale.order"]
            .with_user(self.seller)
            .create({"partner_id": self.customer.id, "order_line": lines, **values})
        )
        order.env.flush_all()
        return order

    def press(self, orders):
        """Press Confirm; returns the action that the browser does next."""
        with self.engine_mode():
            return orders.with_user(self.seller).action_confirm()

    def refusal(self, orders):
        """Press Confirm, and return the sentence of the dialog.

        Without a savepoint: what other cursors commit is part of the test's own transaction here.
        """
        try:
            self.press(orders)
        except UserError as error:
            return str(error)
        return self.fail("it was not refused")

    def again(self, order):
        """Let it be a quotation again, and press once more."""
        order.sudo().state = "draft"
        return self.press(order)

    # --- what came of it ---

    def asked(self, path=""):
        """Return what the vendor was asked."""
        return [one for one in requests_to("order_desk", "POST") if path in one["path"]]

    def log(self, *domain):
        """Return the messages of the log."""
        return self.events(self.api, *domain)

    def waits(self, order):
        """Return what an order waits for, as its seller sees it."""
        return order.activity_ids.filtered(
            lambda activity: activity.activity_type_id == self.env.ref("integration_hub.mail_activity_waiting")
        ).mapped("summary")

    def content(self, event):
        return json.loads(event.payload_ids.body)
