# Part of Integration Hub. License LGPL-3.0 or later.
"""What tests of first loads start from: a shop with products and customers, some of which Odoo has already."""

import json

from ..models.sync_run import SyncRun
from .common import own_payload, sandbox
from .deaths import Died
from .sync_cases import SyncCase, customer, moment

PRODUCTS = 9_200_000_001
__all__ = ["Died", "LoadCase", "customer", "dying", "product"]


def dying(point, page):
    """Return a run that dies before or after it takes a page, the first of its life being page 1."""
    taken = 0

    class Dying(SyncRun):
        def _take(self, *given):
            nonlocal taken
            taken += 1
            if (point, page) == ("before", taken):
                raise Died
            result = super()._take(*given)
            if (point, page) == ("after", taken):
                raise Died
            return result

    return Dying


def product(number, *skus, barcodes=(), at=-3600, **values):
    """Return a product of the shop with a variant for each SKU; those of one without have none."""
    identifier = PRODUCTS + number
    base = own_payload("shopify/products__create")
    skus = skus or (f"SKU-{number}",)
    variants = []
    for place, sku in enumerate(skus):
        several = len(skus) > 1
        variants.append(
            base["variants"][0]
            | {
                "id": identifier * 10 + place,
                "admin_graphql_api_id": f"gid://shopify/ProductVariant/{identifier * 10 + place}",
                "product_id": identifier,
                "title": f"Size {place}" if several else "Default Title",
                "option1": f"Size {place}" if several else "Default Title",
                "option2": None,
                "sku": sku,
                "barcode": (*barcodes, *[None] * len(skus))[place],
                "price": "10.00",
                "position": place + 1,
            }
        )
    option = {
        "id": identifier,
        "product_id": identifier,
        "name": "Size" if len(skus) > 1 else "Title",
        "position": 1,
        "values": [variant["option1"] for variant in variants],
    }
    return base | {
        "id": identifier,
        "admin_graphql_api_id": f"gid://shopify/Product/{identifier}",
        "title": f"Product {number}",
        "handle": f"product-{number}",
        "updated_at": moment(at),
        "variants": variants,
        "options": [option],
        **values,
    }


class LoadCase(SyncCase):
    """A first load is run as workers would, with its messages."""

    @classmethod
    def set_up_hub(cls):
        cls.operator = cls.user("operator")
        cls.shop = cls.connect_shopify(wanted=("customers_in", "products_in"))
        flows = {flow.template_key: flow for flow in cls.shop.flow_ids}
        cls.customers, cls.products = flows["customers_in"], flows["products_in"]
        cls.api, cls.hook = cls.shop._endpoint("outbound"), cls.shop._endpoint("inbound")

    def setUp(self):
        super().setUp()
        sandbox().control("POST", "/reset", {"seed": False})

    def there(self, **objects):
        """Put objects into the shop: ``customer=[…], product=[…]``."""
        sandbox().control("POST", "/seed", {"vendor": "shopify", "objects": objects})

    def begin(self):
        """Return a new first load of the shop, as an operator sees it."""
        load = self.env["integration.load"].with_user(self.operator)
        return load.browse(load._open(self.shop.with_user(self.operator))["res_id"])

    def work(self, load, *, turns=60, **options):
        """Let workers work until the step is over; returns the load."""
        for _turn in range(turns):
            self.env.invalidate_all()
            job = load.job_id
            self.assertNotEqual(job.state, "failed", f"{job.error_message}\n{job.sudo().error_technical}")
            if job.state != "running":
                return load
            self.turn(job, **options)
            self.drain(self.clock)
            self.clock.advance(5)
        raise AssertionError(f"{load.job_id.name} still runs: {load.job_id.state_reason}")

    def compared(self):
        load = self.begin()
        load.action_read()
        return self.work(load)

    def loaded(self):
        load = self.compared()
        load.action_load()
        return self.work(load)

    def rows(self, load, flow=None):
        """Return ``{title: row}`` of a load, as they are in the database now."""
        self.env.invalidate_all()
        lines = load.line_ids.filtered(lambda line: line.flow_id == (flow or line.flow_id))
        return {row.title: row for row in lines.row_ids}

    def statuses(self, load, flow=None):
        return {title: row.status for title, row in self.rows(load, flow).items()}

    def links(self):
        """Return ``{remote id: record id}`` of what is linked with the shop."""
        links = self.env["integration.binding"].search([("system_id", "=", self.shop.id)])
        return {link.external_id: (link.res_model, link.res_id) for link in links}

    def contents(self, records):
        """Return what records say, to be compared with later."""
        self.env.flush_all()  # or who looks first is taken for who changed them
        names = [name for name, field in records._fields.items() if field.store and field.type != "binary"]
        return {one["id"]: json.loads(json.dumps(one, default=str)) for one in records.read(names)}
