# Part of Integration Hub. License LGPL-3.0 or later.
"""Two ways to confirm orders of one stocked product: messages that say that they are paid, and a bare loop."""

from functools import partial

from odoo import api, fields, models
from odoo.addons.integration_hub.connectors.connector import Notification
from odoo.service.model import retrying

TOPIC = "bench/paid"
MESSAGE = {
    "format": 1, "name": "bench.order.in", "source": "bench.order", "target": "order",
    "lines": [
        {"source": "id", "target": "id", "required": True},
        {"source": "number", "target": "number", "required": True},
        {"source": "currency", "target": "currency", "required": True},
        {"source": "lines", "target": "lines", "required": True},
    ],
}  # fmt: skip
PAYMENT = {
    "format": 1, "name": "order.hub.bench.payment.in", "source": "order", "target": "hub.bench.payment",
    "lines": [
        {
            "source": "number",
            "transforms": [{"lookup": {"model": "sale.order", "by": "client_order_ref"}}],
            "target": "order_id",
            "required": True,
        },
    ],
}  # fmt: skip


class Payment(models.Model):
    """What confirms an order."""

    _name = "hub.bench.payment"
    _description = "Benchmark: payment"

    order_id = fields.Many2one("sale.order", required=True)

    @api.model_create_multi
    def create(self, vals_list):
        payments = super().create(vals_list)
        payments.order_id.action_confirm()
        return payments


class Target(models.AbstractModel):
    _name = "integration.target.hub.bench.payment"
    _inherit = "integration.target"
    _description = "Benchmark: target of payments"
    _model = "hub.bench.payment"
    _is_plain = False


class Contended(models.AbstractModel):
    _inherit = "hub.bench.pipeline"

    def _enqueue_shop(self):
        """The flow of payments, a customer, and a product that never runs out."""
        endpoint, flow = self._shop()
        entity = self.env["integration.entity"].search([("code", "=", "order")])
        Mapping = self.env["integration.mapping"]
        same = {"direction": "inbound", "entity": entity}
        system_hop = Mapping._install(MESSAGE, side="system", connector="shopify", object_type="order", **same)
        record_hop = Mapping._install(PAYMENT, side="record", model="hub.bench.payment", **same)
        flow.copy(
            {
                "name": "Payments",
                "template_key": False,
                "entity_id": entity.id,
                "object_type": "order",
                "mapping_id": system_hop.id,
                "record_mapping_id": record_hop.id,
                "model_id": self.env["ir.model"]._get_id("hub.bench.payment"),
                "topics": TOPIC,
                "state": "on",
            }
        )
        self.env["res.partner"].create({"name": "Contended", "ref": "CONTENDED"})
        product = self.env["product.product"].create(
            {"name": "Contended", "default_code": "CONTENDED", "type": "consu", "is_storable": True}
        )
        stock = self.env["stock.warehouse"].search([("company_id", "=", endpoint.company_id.id)], limit=1).lot_stock_id
        self.env["stock.quant"]._update_available_quantity(product, stock, 1_000_000)

    def _enqueue_orders(self, numbers):
        """Quotations, one piece each."""
        product = self.env["product.product"].search([("default_code", "=", "CONTENDED")])
        partner = self.env["res.partner"].search([("ref", "=", "CONTENDED")])
        line = [fields.Command.create({"product_id": product.id, "product_uom_qty": 1})]
        self._service()["sale.order"].create(
            [{"partner_id": partner.id, "client_order_ref": number, "order_line": line} for number in numbers]
        )

    def _enqueue_paid(self, numbers):
        """A message for each order."""
        endpoint, _flow = self._shop()
        documents = [{"id": number, "number": number, "currency": "EUR", "lines": []} for number in numbers]
        messages = [
            Notification(TOPIC, "order", document["id"], f"order:{document['id']}", document, True)
            for document in documents
        ]
        self._store(endpoint, self.env["integration.flow"]._route(endpoint.id, TOPIC), messages)

    def _enqueue_loop(self, numbers, processes):
        """One job a process, which confirms its share."""
        for place in range(processes):
            self._later()._confirm_each(numbers[place::processes])

    def _confirm_each(self, numbers):
        for number in numbers:
            with self.env.registry.cursor() as cr:
                env = self.with_env(self.env(cr=cr))._service()
                retrying(partial(self._confirm, env, number), env)

    def _confirm(self, env, number):
        order = env["sale.order"].search([("client_order_ref", "=", number)])
        env["hub.bench.payment"].create({"order_id": order.id})
