# Part of Integration Hub. License LGPL-3.0 or later.
import json
from pathlib import Path

import pytest
from integration_hub_connectors import entities
from integration_hub_connectors.entities.identity import identity_mapping
from integration_hub_connectors.mapping import compile_mapping
from integration_hub_connectors.vendors.shopify import Shopify

FIXTURES = Path(str(Shopify.folder())) / "fixtures"


@pytest.mark.parametrize("entity", entities.ENTITIES)
def test_every_field_is_mapped_to_itself(entity):
    compiled = compile_mapping(identity_mapping(entity, "x", "X", inward=True))
    wanted = {path.replace("[]", "") for path in entities.fields(entity)}
    assert set(compiled.targets) == wanted
    outward = compile_mapping(identity_mapping(entity, "x", "X", inward=False))
    assert set(outward.targets) == wanted - {"id"}


def test_a_canonical_order_comes_back_whole():
    payload = json.loads((FIXTURES / "orders__create.json").read_text())
    order = compile_mapping(Shopify.mapping("order")).apply(payload)
    again = compile_mapping(identity_mapping("order", "x", "X", inward=True)).apply(order)
    assert again == order


def test_the_id_may_stand_elsewhere():
    compiled = compile_mapping(identity_mapping("contact", "x", "X", inward=True, id_path="meta.uuid"))
    assert compiled.apply({"meta": {"uuid": 7}, "name": "Ada"}) == {"id": "7", "name": "Ada"}
