# Part of Integration Hub. License LGPL-3.0 or later.
"""Writing customers to Shopify's imitation: what is kept, refused, told and charged."""

from typing import Any

import pytest
from integration_hub_connectors.sandbox import Settings
from integration_hub_connectors.sandbox.testing import Receiver, Sandbox

MAYA = "gid://shopify/Customer/1000000000061"
CREATE = "mutation M($input: CustomerInput!) { customerCreate(input: $input) { customer { id updatedAt } %s } }"
UPDATE = "mutation M($input: CustomerInput!) { customerUpdate(input: $input) { customer { id updatedAt } %s } }"
DELETE = "mutation M($input: CustomerDeleteInput!) { customerDelete(input: $input) { deletedCustomerId %s } }"
ADDRESS = """mutation M($customerId: ID!, $addressId: ID!, $address: MailingAddressInput!) {
  customerAddressUpdate(customerId: $customerId, addressId: $addressId, address: $address, setAsDefault: true)
  { address { id city address1 } %s } }"""
NEW_ADDRESS = """mutation M($customerId: ID!, $address: MailingAddressInput!) {
  customerAddressCreate(customerId: $customerId, address: $address, setAsDefault: true)
  { address { id city address1 } %s } }"""
FIND = """query Q($identifier: CustomerIdentifierInput!) {
  customerByIdentifier(identifier: $identifier) { id defaultAddress { id city address1 } addresses { city } } }"""


def mutate(sandbox: Sandbox, mutation: str, **variables: Any) -> Any:
    answer = sandbox.graphql(mutation % "userErrors { field message }", **variables)
    assert "errors" not in answer, answer
    (payload,) = answer["data"].values()
    return payload


def found(sandbox: Sandbox, **identifier: str) -> Any:
    return sandbox.graphql(FIND, identifier=identifier)["data"]["customerByIdentifier"]


def test_a_customer_is_made_found_changed_and_deleted(sandbox: Sandbox) -> None:
    given = {"firstName": "Ada", "email": "ada@example.com", "phone": "+3225550123", "tags": ["a", "b"], "note": "n"}
    made = mutate(sandbox, CREATE, input=given)
    assert made["userErrors"] == []
    identifier = made["customer"]["id"]
    for known in ({"emailAddress": "ADA@example.com"}, {"phoneNumber": "+3225550123"}, {"id": identifier}):
        assert found(sandbox, **known)["id"] == identifier
    assert found(sandbox, emailAddress="nobody@example.com") is None
    sandbox.advance(60)
    changed = mutate(sandbox, UPDATE, input={"id": identifier, "phone": None})
    assert changed["customer"]["updatedAt"] > made["customer"]["updatedAt"]
    assert found(sandbox, phoneNumber="+3225550123") is None and found(sandbox, emailAddress="ada@example.com")
    gone = mutate(sandbox, DELETE, input={"id": identifier})
    assert gone == {"deletedCustomerId": identifier, "userErrors": []} and found(sandbox, id=identifier) is None


@pytest.mark.parametrize(
    ("given", "field", "message"),
    [
        ({"email": "maya.okafor@example.com"}, ["email"], "Email has already been taken"),
        ({"email": "not an address"}, ["email"], "Email is invalid"),
        ({"email": "a@example.com", "phone": "+14805550101"}, ["phone"], "Phone has already been taken"),
        ({"phone": "02 555 01 23"}, ["phone"], "Phone is invalid"),
        ({"note": "nobody"}, None, "Customer must have a name, phone number or email address"),
    ],
)
def test_what_is_refused_is_told_and_not_kept(sandbox: Sandbox, given: Any, field: Any, message: str) -> None:
    before = sandbox.control("GET", "/objects/shopify/customer")["objects"]
    made = mutate(sandbox, CREATE, input=given)
    assert made == {"customer": None, "userErrors": [{"field": field, "message": message}]}
    if field:
        other = {"id": before[1]["admin_graphql_api_id"], **given}
        assert mutate(sandbox, UPDATE, input=other)["userErrors"] == made["userErrors"]
    assert sandbox.control("GET", "/objects/shopify/customer")["objects"] == before


def test_a_customer_keeps_what_is_its_own(sandbox: Sandbox) -> None:
    given = {"id": MAYA, "email": "maya.okafor@example.com", "phone": "+14805550101"}
    assert mutate(sandbox, UPDATE, input=given)["userErrors"] == []


def test_the_default_address_is_changed_or_replaced(sandbox: Sandbox) -> None:
    own = found(sandbox, id=MAYA)["defaultAddress"]
    changed = mutate(sandbox, ADDRESS, customerId=MAYA, addressId=own["id"], address={"city": "Sedona"})
    assert changed == {"address": {**own, "city": "Sedona"}, "userErrors": []}
    made = mutate(sandbox, NEW_ADDRESS, customerId=MAYA, address={"city": "Ghent", "countryCode": "BE"})
    assert made["address"]["id"] != own["id"] and made["address"]["address1"] is None
    there = found(sandbox, id=MAYA)
    assert there["defaultAddress"] == made["address"]
    assert [one["city"] for one in there["addresses"]] == ["Ghent", "Sedona"]


def test_what_is_not_there_is_told(sandbox: Sandbox) -> None:
    nobody, nowhere = "gid://shopify/Customer/9", "gid://shopify/MailingAddress/9?model_name=Address"
    address = {"city": "Ghent"}
    answers = [
        mutate(sandbox, UPDATE, input={"id": nobody, "note": "x"}),
        mutate(sandbox, DELETE, input={"id": nobody}),
        mutate(sandbox, NEW_ADDRESS, customerId=nobody, address=address),
        mutate(sandbox, ADDRESS, customerId=nobody, addressId=nowhere, address=address),
        mutate(sandbox, ADDRESS, customerId=MAYA, addressId=nowhere, address=address),
    ]
    fields = [answer["userErrors"][0]["field"] for answer in answers]
    assert fields == [["id"], ["id"], ["customerId"], ["addressId"], ["addressId"]]


def test_a_customer_with_orders_stays(sandbox: Sandbox) -> None:
    sandbox.control("POST", "/shopify/orders", {"customer": {"id": 1000000000061}})
    assert "orders" in mutate(sandbox, DELETE, input={"id": MAYA})["userErrors"][0]["message"]
    assert found(sandbox, id=MAYA)


def test_writing_needs_its_scope_and_costs_ten_points(sandbox: Sandbox) -> None:
    mutation = CREATE % "userErrors { message }"
    answer = sandbox.graphql(mutation, input={"email": "ada@example.com"})
    assert answer["extensions"]["cost"]["requestedQueryCost"] == 10
    try:
        sandbox.control("PUT", "/settings", {"shopify": {"scopes": ["read_customers"]}})
        refused = sandbox.graphql(mutation, input={"email": "bea@example.com"})
        assert refused["data"] == {"customerCreate": None}
        assert refused["errors"][0]["extensions"]["requiredAccess"] == "`write_customers` access scope."
    finally:
        sandbox.control("PUT", "/settings", {"shopify": {"scopes": list(Settings().shopify.scopes)}})


def test_each_change_is_told_by_webhook(sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.control("PUT", "/webhooks", {"vendor": "shopify", "url": receiver.url})
    try:
        identifier = mutate(sandbox, CREATE, input={"email": "ada@example.com"})["customer"]["id"]
        mutate(sandbox, NEW_ADDRESS, customerId=identifier, address={"city": "Ghent"})
        mutate(sandbox, UPDATE, input={"id": identifier, "firstName": "Ada"})
        mutate(sandbox, UPDATE, input={"id": identifier, "email": "maya.okafor@example.com"})
        mutate(sandbox, DELETE, input={"id": identifier})
        sandbox.drain()
    finally:
        sandbox.control("DELETE", "/webhooks")
    topics = [{k.lower(): v for k, v in one.headers.items()}["x-shopify-topic"] for one in receiver.received]
    assert sorted(topics) == ["customers/create", "customers/delete", "customers/update", "customers/update"]
