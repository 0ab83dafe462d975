# Part of Integration Hub. License LGPL-3.0 or later.
"""What tests of stock levels start from: a shop with two locations, one of them our warehouse, that knows our goods."""

from ..engine.database import Database
from ..models.sync_run import SyncRun
from .common import HubCase, requests_to, sandbox


class StockCase(HubCase):
    """A connected shop to which stock levels go; goods are moved in Odoo, and levels read in the sandbox."""

    @classmethod
    def set_up_hub(cls):
        if "stock.quant" not in cls.env:
            raise cls.skipTest(cls, "needs the app Inventory")
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=True))
        cls.warehouse = cls.env["stock.warehouse"].search([("company_id", "=", cls.env.company.id)], limit=1)
        cls.warehouse.name = "Larkfield Warehouse"
        cls.stock = cls.warehouse.lot_stock_id
        sandbox().control("POST", "/reset", {})
        cls.shop = cls.connect_shopify(wanted=())
        cls.api = cls.shop._endpoint("outbound")
        cls.variants = {
            variant["sku"]: variant
            for product in sandbox().control("GET", "/objects/shopify/product")["objects"]
            for variant in product["variants"]
        }
        cls.locations = {
            place["name"]: place for place in sandbox().control("GET", "/objects/shopify/location")["objects"]
        }
        cls.flow = cls.shop.flow_ids.filtered(lambda flow: flow.template_key == "stock_out")
        cls.place = cls.link("location", cls.warehouse, cls.locations["Larkfield Warehouse"])
        cls.tent, cls.mug = cls.goods("TENT-RIDGE-2"), cls.goods("MUG-ENAMEL-GRN")
        cls.flow.action_switch_on()

    # --- goods here ---

    @classmethod
    def goods(cls, sku, **values):
        """Return a new product that the shop knows by this SKU."""
        product = cls.env["product.product"].create(
            {"name": sku, "default_code": sku, "type": "consu", "is_storable": True, **values}
        )
        cls.link("product", product, cls.variants[sku])
        return product

    @classmethod
    def link(cls, entity, record, there):
        entity = cls.env["integration.entity"].search([("code", "=", entity)])
        return cls.env["integration.binding"]._link(cls.shop, entity, there["admin_graphql_api_id"], record)

    def count(self, product, quantity, location=None):
        """Count so much of a product, as a person does."""
        quant = self.env["stock.quant"].with_context(inventory_mode=True)
        quant.create(
            {
                "product_id": product.id,
                "location_id": (location or self.stock).id,
                "inventory_quantity": quantity,
            }
        ).action_apply_inventory()

    def order(self, product, quantity, **values):
        partner = self.env["res.partner"].create({"name": "Somebody"})
        line = {"product_id": product.id, "product_uom_qty": quantity}
        values = {"partner_id": partner.id, "warehouse_id": self.warehouse.id, **values}
        return self.env["sale.order"].create({**values, "order_line": [(0, 0, line)]})

    def work(self):
        """End a person's transaction, and have the messages worked off."""
        self.commit()
        self.drain()

    def sent(self, *domain):
        return self.events(self.api, ("flow_id", "=", self.flow.id), *domain)

    def compare(self):
        """Compare both sides; returns the job, which is over."""
        job = self.flow._compare()
        with self.engine_mode():
            SyncRun(Database(self.env.cr.dbname), job.id).turn()
        self.env.invalidate_all()
        self.drain()
        return job

    # --- the shop ---

    def levels(self, sku):
        """Return ``{name of a location: what may be sold there}``."""
        names = {place["id"]: name for name, place in self.locations.items()}
        return {
            names[level["location_id"]]: level["available"]
            for level in self.objects("inventory_level")
            if level["inventory_item_id"] == self.variants[sku]["inventory_item_id"]
        }

    def objects(self, kind):
        return sandbox().control("GET", f"/objects/shopify/{kind}")["objects"]

    def calls(self, operation):
        """Return how often the sandbox was asked to do this since its reset."""
        return sum(entry.get("operation") == operation for entry in requests_to("shopify"))
