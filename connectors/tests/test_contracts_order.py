# Part of Integration Hub. License LGPL-3.0 or later.
"""The contract of Shopify's orders on real orders: kept by each, and broken wherever jsonschema says so."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from integration_hub_connectors.contracts import compile_contract, reference
from integration_hub_connectors.vendors.shopify import Shopify

SCHEMA = json.loads((Shopify.folder() / "contracts/order.json").read_text(encoding="utf-8"))
FIXTURES = sorted(path.name for path in (Shopify.folder() / "fixtures").glob("orders__*.json"))


def broken(document: Any) -> Iterator[Any]:
    """The document with one of its values, at any depth, of another type."""
    for path, value in values(document, ()):
        variant = parent = copy.deepcopy(document)
        for step in path[:-1]:
            parent = parent[step]
        parent[path[-1]] = [] if isinstance(value, str) else "x"
        yield variant


def values(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], Any]]:
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in members:
        yield (*path, key), member
        yield from values(member, (*path, key))


@pytest.mark.parametrize("name", FIXTURES)
def test_our_fixtures_keep_the_contract(name: str) -> None:
    order = json.loads((Shopify.folder() / "fixtures" / name).read_text(encoding="utf-8"))
    assert compile_contract(SCHEMA, assert_formats=True).problems(order) == []


def test_shopifys_own_example_keeps_it_and_each_broken_value_is_judged_as_by_jsonschema(shared_fixtures: Path) -> None:
    order = json.loads((shared_fixtures / "payloads/shopify/order.json").read_bytes())["order"]
    contract, theirs = compile_contract(SCHEMA), reference.validator(SCHEMA)
    assert contract.problems(order) == []
    answers = [(contract.is_valid(variant), theirs.is_valid(variant)) for variant in broken(order)]
    assert [ours for ours, _their in answers] == [their for _ours, their in answers]
    assert sum(not ours for ours, _their in answers) > 100
