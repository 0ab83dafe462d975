# Part of Integration Hub. License LGPL-3.0 or later.
import json
from pathlib import Path
from typing import Any

import pytest
from integration_hub_connectors import entities
from integration_hub_connectors.errors import ConfigurationError
from jsonschema import Draft202012Validator

ORDER = {
    "id": "gid://shopify/Order/1",
    "number": "#1",
    "currency": "EUR",
    "lines": [
        {"id": "1", "quantity": 2, "unit_price": "19.99", "taxes": [{"title": "VAT", "rate": 0.06, "amount": "2.4"}]}
    ],
}


def test_there_are_ten_entities() -> None:
    names = "company contact deal decision location order product shipment stock_level tax_calculation"
    assert " ".join(entities.ENTITIES) == names


@pytest.mark.parametrize("path", sorted(Path(entities.__file__).parent.glob("*.json")), ids=lambda path: path.stem)
def test_every_schema_is_itself_valid(path: Path) -> None:
    schema = json.loads(path.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    assert schema["$id"].endswith(f"/{path.name}")


def test_an_unknown_entity_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ConfigurationError) as caught:
        entities.load("common")
    assert caught.value.code == "unknown-entity"
    assert "order" in caught.value.hint


def test_a_smallest_order_is_valid() -> None:
    assert entities.problems("order", ORDER) == []


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"currency": "euro"}, "currency"),
        ({"lines": None}, "lines"),
        ({"id": 12}, "id"),
        ({"ordered_at": "2025-11-14T09:30:10+01:00"}, "ordered_at"),
        ({"customer": {"email": 3}}, "customer.email"),
        ({"customer": {"adress": {}}}, "customer.adress"),
        ({"billing_address": {"country_code": "be"}}, "billing_address.country_code"),
        ({"lines": [{**ORDER["lines"][0], "unit_price": 19.99}]}, "lines[0].unit_price"),  # type: ignore[index, dict-item]
        ({"lines": [{**ORDER["lines"][0], "taxes": [{"rate": "6%"}]}]}, "lines[0].taxes[0].rate"),  # type: ignore[index, dict-item]
        ({"totals": {"grand": "1"}}, "totals.grand"),
    ],
)
def test_a_wrong_order_says_where(change: dict[str, Any], place: str) -> None:
    found = entities.problems("order", {**ORDER, **change})
    assert any(problem.startswith(f"{place} ") for problem in found), found


def test_problems_never_show_values() -> None:
    secret = "jane@private.example"
    found = entities.problems(
        "contact", {"id": "", "updated_at": secret, "tags": secret, "address": {"country_code": secret}}
    )
    assert len(found) == 4
    assert not any(secret in problem for problem in found)


def test_a_missing_key_is_named() -> None:
    found = entities.problems("order", {key: value for key, value in ORDER.items() if key != "currency"})
    assert found == ["currency is missing"]


def test_fields_lists_every_leaf_in_order() -> None:
    found = entities.fields("order")
    assert list(found)[:3] == ["id", "number", "ordered_at"]
    assert found["lines[].taxes[].rate"] == "number"
    assert found["lines[].unit_price"] == "money"
    assert found["customer.address.country_code"] == "country"
    assert found["tags[]"] == "string"
    assert found["shipping[].discount_total"] == "money"
