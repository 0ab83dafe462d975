# Part of Integration Hub. License LGPL-3.0 or later.
from functools import partial

from odoo import models

from ..engine import matching
from .integration_target_match import MatchRule


def sku_and_barcode(there, **up):
    """Return the rules of products; *there* gives the values of a business object under a name."""
    return [
        MatchRule(key, partial(there, name=key), (field,), normal, **up)
        for key, field, normal in (
            ("sku", "default_code", matching.code),
            ("barcode", "barcode", matching.barcode),
        )
    ]


class IntegrationTargetProductProduct(models.AbstractModel):
    """A product as an order names it: found by link, SKU or barcode, else made from what the order says."""

    _name = "integration.target.product.product"
    _inherit = "integration.target"
    _description = "Integration Target: Product Variant"
    _model = "product.product"

    def _identities(self, arrival):
        company = [("company_id", "in", (False, arrival.system.company_id.id))]
        for name, key in (("default_code", "sku"), ("barcode", "barcode")):
            if arrival.document.get(key):
                yield name, arrival.document[key], company
        if not arrival.external_id:
            yield "name", arrival.document.get("name"), [("default_code", "=", False), *company]

    def _prepare_values(self, arrival, record):
        values = super()._prepare_values(arrival, record)
        return values if record else values | {"type": "service" if arrival.document.get("ships") is False else "consu"}

    def _match_rules(self, system, entity):
        return sku_and_barcode(lambda document, name: [(document.get(name),)])
