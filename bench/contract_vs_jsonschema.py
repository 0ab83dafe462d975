# Part of Integration Hub. License LGPL-3.0 or later.
"""How many times faster than `jsonschema` does a compiled contract say that a Shopify order is valid?

Both are built once, from the same contract (connectors/vendors/shopify/contracts/order.json), and agree on the order
and on each of its variants with one value broken (asserted). Pairs are interleaved and their medians compared, so that
a slow moment of the machine hits both. The row also has the same for the canonical order (`entity_ratio`).
"""

import copy
import json
import pathlib
from collections.abc import Iterator
from typing import Any

from integration_hub_connectors import entities
from integration_hub_connectors.contracts import compile_contract, reference
from integration_hub_connectors.mapping import compile_mapping
from integration_hub_connectors.vendors.shopify import Shopify
from mapping_vs_python import payload
from timing import medians, microseconds

BAR = 10.0
PAIRS = 15
DOCUMENTS = 200
PEER_DOCUMENTS = 10
ENTITIES = pathlib.Path(entities.__file__).parent


def broken(document: Any) -> Iterator[Any]:
    """The document with one of its values, at any depth, replaced by one of another type."""
    for path, value in _values(document, ()):
        variant = copy.deepcopy(document)
        parent = variant
        for step in path[:-1]:
            parent = parent[step]
        parent[path[-1]] = [] if isinstance(value, str) else "x"
        yield variant


def _values(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], Any]]:
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in members:
        yield (*path, key), member
        yield from _values(member, (*path, key))


def compare(schema: dict[str, Any], document: Any, resources: dict[str, Any]) -> tuple[float, float, float]:
    """µs of CPU a document, ours and the peer's, and how many times faster we are."""
    ours = compile_contract(schema, resources=resources).is_valid
    peer = reference.validator(schema, resources=resources).is_valid
    if not (ours(document) and peer(document)):
        raise AssertionError("the document does not keep the contract")
    refused = 0
    for variant in broken(document):
        refused += not ours(variant)
        if ours(variant) is not peer(variant):
            raise AssertionError("the contract and jsonschema differ")
    if not refused:
        raise AssertionError("the contract refuses nothing")
    pairs = [
        (microseconds(ours, document, calls=DOCUMENTS), microseconds(peer, document, calls=PEER_DOCUMENTS))
        for _ in range(PAIRS)
    ]
    mine, theirs, share = medians(pairs)
    return mine, theirs, 1 / share


def run() -> dict[str, Any]:
    """Measure; the result's `value` and `peer_value` are µs of CPU a document."""
    order = payload()
    schema = _read(Shopify.folder() / "contracts/order.json")
    ours, peer, ratio = compare(schema, order, {})
    resources = {contents["$id"]: contents for contents in map(_read, ENTITIES.glob("*.json"))}
    canonical = compile_mapping(Shopify.mapping("order")).apply(
        _read(Shopify.folder() / "fixtures/orders__create.json")
    )
    _ours, _peer, entity_ratio = compare(entities.load("order"), canonical, resources)
    return {
        "name": "contract_vs_jsonschema",
        "unit": "µs a Shopify order",
        "value": round(ours, 2),
        "peer": "jsonschema, built once",
        "peer_value": round(peer, 2),
        "ratio": round(ratio, 2),
        "entity_ratio": round(entity_ratio, 2),
        "bar": BAR,
        "ok": ratio >= BAR,
        "n": PAIRS,
    }


def _read(path: pathlib.Path) -> dict[str, Any]:
    contents: dict[str, Any] = json.loads(path.read_bytes())
    return contents


if __name__ == "__main__":
    print(json.dumps(run(), indent=2))
