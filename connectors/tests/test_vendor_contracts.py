# Part of Integration Hub. License LGPL-3.0 or later.
"""The vendors' contracts: every real document keeps to them, a tampered one does not; HubSpot describes the same."""

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from integration_hub_connectors.connector import Connector
from integration_hub_connectors.contracts import Contract, ContractViolation, compile_contract
from integration_hub_connectors.errors import ConfigurationError
from integration_hub_connectors.vendors.hubspot import HubSpot
from integration_hub_connectors.vendors.shopify import Shopify, resource

VENDORS: dict[str, type[Connector]] = {"shopify": Shopify, "hubspot": HubSpot}
OWN = {
    ("shopify", "order"): (
        "orders__create", "orders__create__tax_included", "orders__create__unknown_currency", "graphql__order",
    ),
    ("shopify", "customer"): ("customers__update", "graphql__customer"),
    ("shopify", "customer_out"): ("customer_out",),
    ("shopify", "fulfillment_out"): ("fulfillment_out",),
    ("shopify", "inventory_out"): ("inventory_out",),
    ("shopify", "location"): ("locations__update",),
    ("shopify", "product"): ("products__create", "products__update__no_options", "graphql__product"),
    ("shopify", "deleted"): ("products__delete",),
    ("hubspot", "contact"): ("contact",),
    ("hubspot", "company"): ("company",),
    ("hubspot", "deal"): ("deal",),
    ("hubspot", "webhook"): (
        "webhook__association", "webhook__changes", "webhook__deletion", "webhook__generic", "webhook__merge",
        "webhook__restore",
    ),
}  # fmt: skip
THEIRS = {
    ("shopify", "order"): ("order",),
    ("shopify", "customer"): ("customer",),
    ("shopify", "product"): ("product",),
    ("hubspot", "contact"): ("contact",),
    ("hubspot", "webhook"): ("webhook_batch", "webhook_contact_creation"),
}
NO_DOCUMENTS = {"error__conflict", "error__missing_scopes"}
NO_DOCUMENTS |= {"graphql__access_denied", "graphql__email_taken", "graphql__throttled"}
Case = tuple[str, str, str]


def cases(table: dict[tuple[str, str], tuple[str, ...]]) -> list[Case]:
    return [(vendor, name, fixture) for (vendor, name), fixtures in table.items() for fixture in fixtures]


def contract(vendor: str, name: str) -> Contract:
    return compile_contract(VENDORS[vendor].contract(name))


def document(vendor: str, name: str, fixture: str) -> Any:
    """The fixture as the mapping gets it: of a GraphQL answer, the webhook-shaped resource."""
    found = json.loads((VENDORS[vendor].folder() / "fixtures" / f"{fixture}.json").read_text(encoding="utf-8"))
    return resource.build(name, found["data"][name]) if fixture.startswith("graphql__") else found


def sites(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value of a document, the first of each list."""
    yield path
    if isinstance(value, dict):
        for key, found in value.items():
            yield from sites(found, (*path, key))
    elif isinstance(value, list) and value:
        yield from sites(value[0], (*path, 0))


def replaced(whole: Any, path: tuple[Any, ...], value: Any) -> Any:
    return changed(whole, path, lambda holder, key: holder.__setitem__(key, value)) if path else value


def changed(whole: Any, path: tuple[Any, ...], change: Callable[[Any, Any], None]) -> Any:
    copied = copy.deepcopy(whole)
    holder = copied
    for step in path[:-1]:
        holder = holder[step]
    change(holder, path[-1])
    return copied


def test_every_contract_and_every_fixture_is_covered() -> None:
    assert {(vendor, name) for vendor, kind in VENDORS.items() for name in kind.contract_names()} == set(OWN)
    for vendor, kind in VENDORS.items():
        covered = {fixture for owner, _name, fixture in cases(OWN) if owner == vendor}
        there = {path.stem for path in (kind.folder() / "fixtures").glob("*.json")}
        assert there - NO_DOCUMENTS == covered


@pytest.mark.parametrize(("vendor", "name"), OWN)
def test_contracts_are_json_schemas_that_explain_themselves(vendor: str, name: str) -> None:
    schema = VENDORS[vendor].contract(name)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["title"] and "https://" in schema["description"]


@pytest.mark.parametrize(("vendor", "name", "fixture"), cases(OWN))
def test_own_fixtures_keep_to_them(vendor: str, name: str, fixture: str) -> None:
    given = document(vendor, name, fixture)
    contract(vendor, name).check(given)
    jsonschema.Draft202012Validator(VENDORS[vendor].contract(name)).validate(given)


@pytest.mark.parametrize(("vendor", "name", "fixture"), cases(THEIRS))
def test_the_vendors_own_samples_keep_to_them(shared_fixtures: Path, vendor: str, name: str, fixture: str) -> None:
    given = json.loads((shared_fixtures / "payloads" / vendor / f"{fixture}.json").read_text(encoding="utf-8"))
    contract(vendor, name).check(given.get(name, given) if isinstance(given, dict) else given)


@pytest.mark.parametrize(("vendor", "name", "fixture"), cases(OWN))
def test_no_value_may_become_one_of_another_kind(vendor: str, name: str, fixture: str) -> None:
    """Each value of a real document is replaced by one that no vendor ever sends in its place."""
    given, made = document(vendor, name, fixture), contract(vendor, name)
    let_through = []
    for path in sites(given):
        value = given
        for step in path:
            value = value[step]
        wrong: Any = {"tampered": True} if isinstance(value, list) else [{"tampered": True}]
        if made.is_valid(replaced(given, path, wrong)):
            let_through.append(path)
    assert let_through == []


@pytest.mark.parametrize(("vendor", "name", "fixture"), cases(OWN))
def test_what_is_required_may_not_be_missing(vendor: str, name: str, fixture: str) -> None:
    given, made = document(vendor, name, fixture), contract(vendor, name)
    schema = VENDORS[vendor].contract(name)
    if schema["type"] == "array":
        prefix, required = (0,), schema["$defs"]["notification"]["required"]
    else:
        prefix, required = (), schema["required"]
    assert required
    for key in required:
        with pytest.raises(ContractViolation) as caught:
            made.check(changed(given, (*prefix, key), lambda holder, found: holder.pop(found)))
        assert key in str([problem.message + problem.path for problem in caught.value.problems])


@pytest.mark.parametrize(
    ("vendor", "name", "fixture", "path", "value"),
    [
        ("shopify", "order", "orders__create", ("total_price",), "19,99"),
        ("shopify", "order", "orders__create", ("total_price",), 19.99),
        ("shopify", "order", "orders__create", ("currency",), "euro"),
        ("shopify", "order", "orders__create", ("updated_at",), None),
        ("shopify", "order", "orders__create", ("updated_at",), "yesterday"),
        ("shopify", "order", "orders__create", ("updated_at",), "2025-11-14T08:30:11"),
        ("shopify", "order", "orders__create", ("line_items", 0, "quantity"), -1),
        ("shopify", "order", "orders__create", ("line_items", 0, "price"), None),
        ("shopify", "order", "orders__create", ("id",), "6120010001"),
        ("shopify", "order", "orders__create", ("id",), 0),
        ("shopify", "customer", "customers__update", ("default_address", "country_code"), "Belgium"),
        ("shopify", "customer_out", "customer_out", ("phone",), "02 555 01 23"),
        ("shopify", "customer_out", "customer_out", ("default_address", "country_code"), "Belgium"),
        ("shopify", "product", "products__create", ("variants", 0, "price"), "gratis"),
        ("shopify", "product", "products__create", ("variants",), None),
        ("shopify", "deleted", "products__delete", ("id",), "7900010004"),
        ("hubspot", "contact", "contact", ("id",), 70451),
        ("hubspot", "contact", "contact", ("id",), "70451/associations"),
        ("hubspot", "contact", "contact", ("updatedAt",), "2025-11-14"),
        ("hubspot", "contact", "contact", ("properties", "own_property"), 5),
        ("hubspot", "company", "company", ("properties", "numberofemployees"), "a dozen"),
        ("hubspot", "webhook", "webhook__changes", (0, "objectId"), "70451"),
        ("hubspot", "webhook", "webhook__changes", (0, "occurredAt"), 1.5),
        ("hubspot", "webhook", "webhook__changes", (0, "subscriptionType"), "everything"),
    ],
)
def test_a_tampered_value_is_refused_and_named(
    vendor: str, name: str, fixture: str, path: tuple[Any, ...], value: Any
) -> None:
    given = document(vendor, name, fixture)
    with pytest.raises(ContractViolation) as caught:
        contract(vendor, name).check(replaced(given, path, value))
    pointers = {problem.pointer for problem in caught.value.problems}
    assert "/" + "/".join(str(step) for step in path) in pointers


@pytest.mark.parametrize(
    ("fixture", "index", "key"),
    [
        ("webhook__changes", 1, "propertyName"),
        ("webhook__merge", 0, "mergedObjectIds"),
        ("webhook__generic", 0, "objectTypeId"),
    ],
)
def test_each_family_of_notifications_has_what_it_needs(fixture: str, index: int, key: str) -> None:
    given = document("hubspot", "webhook", fixture)
    assert not contract("hubspot", "webhook").is_valid(
        changed(given, (index, key), lambda holder, found: holder.pop(found))
    )
    assert not contract("hubspot", "webhook").is_valid([])


@pytest.mark.parametrize("kind", VENDORS.values())
def test_flows_name_their_contracts(kind: type[Connector]) -> None:
    for template in kind.flow_templates:
        if template.direction == "inbound":
            assert template.contract in kind.contract_names()
        else:
            assert template.contract == ""


def test_an_unknown_contract_is_named() -> None:
    with pytest.raises(ConfigurationError) as caught:
        Shopify.contract("../catalogue")
    assert caught.value.code == "unknown-contract" and "order" in caught.value.hint


# HubSpot's published descriptions


@pytest.mark.parametrize(("name", "plural"), [("contact", "contacts"), ("company", "companies"), ("deal", "deals")])
def test_hubspots_own_description_says_the_same(shared_specs: Path, name: str, plural: str) -> None:
    spec = json.loads((shared_specs / f"hubspot_{plural}_v3.json").read_text(encoding="utf-8"))
    theirs = spec["components"]["schemas"]["SimplePublicObjectWithAssociations"]
    ours = HubSpot.contract(name)
    assert set(theirs["required"]) == set(ours["required"])
    assert set(ours["properties"]) == set(theirs["properties"]), "all they have, and nothing else"
    for key, described in theirs["properties"].items():
        found = ours["properties"][key]
        found = ours["$defs"][found["$ref"].rpartition("/")[2]] if "$ref" in found else found
        assert found["type"] == described["type"], key
        assert found.get("format") == described.get("format"), key
    assert theirs["properties"]["properties"]["additionalProperties"]["type"] in ours["$defs"]["property"]["type"]


@pytest.mark.parametrize(("name", "plural"), [("contact", "contacts"), ("company", "companies"), ("deal", "deals")])
def test_what_hubspot_describes_keeps_to_ours_and_the_other_way_round(
    shared_specs: Path, name: str, plural: str
) -> None:
    """Their example keeps to our contract; our fixture, but for its nulls, which they do not describe, to theirs."""
    spec = json.loads((shared_specs / f"hubspot_{plural}_v3.json").read_text(encoding="utf-8"))
    example = spec["components"]["schemas"]["SimplePublicObject"]["example"]
    compile_contract(HubSpot.contract(name)).check(example)
    given = document("hubspot", name, name)
    given["properties"] = {key: value for key, value in given["properties"].items() if value is not None}
    schema = {**spec, "$ref": "#/components/schemas/SimplePublicObjectWithAssociations"}
    jsonschema.Draft4Validator(schema).validate(given)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft4Validator(schema).validate({**given, "archived": "no"})
