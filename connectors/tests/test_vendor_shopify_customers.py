# Part of Integration Hub. License LGPL-3.0 or later.
"""Customers on their way to Shopify: found or created once, changed where they differ, refused in words."""

import json
from typing import Any

import pytest
from integration_hub_connectors import jsondoc, moments
from integration_hub_connectors.contracts import ContractViolation, compile_contract
from integration_hub_connectors.errors import BadResponse, ConnectionFailed, NotFound, Policy, Rejected, Unauthorized
from integration_hub_connectors.http import Client, Request, RequestsTransport, Response, Timeout
from integration_hub_connectors.mapping import compile_mapping
from integration_hub_connectors.sandbox import Settings
from integration_hub_connectors.sandbox.testing import Receiver, Sandbox
from integration_hub_connectors.testing.transport import ScriptedTransport, answer, client
from integration_hub_connectors.vendors.shopify import Shopify

FIXTURES = Shopify.folder() / "fixtures"
MAYA = "gid://shopify/Customer/1000000000061"
ADA = {
    "email": "ada@example.com",
    "first_name": "Ada",
    "phone": "+3225550123",
    "default_address": {"address1": "Main 1", "city": "Ghent", "country_code": "BE"},
}


def fixture(name: str) -> Any:
    return json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))


class Losing(RequestsTransport):
    """Sends everything, and loses the first answer to a mutation of this name."""

    def __init__(self, mutation: str) -> None:
        super().__init__()
        self.unlucky = mutation

    def send(self, request: Request, timeout: Timeout) -> Response:
        response = super().send(request, timeout)
        if self.unlucky and f"mutation {self.unlucky}(".encode() in (request.body or b""):
            self.unlucky = ""
            raise ConnectionFailed("The answer was lost.")
        return response


def connected(sandbox: Sandbox, transport: RequestsTransport) -> Shopify:
    given = {"api_url": f"{sandbox.url}/shopify"}
    auth = Shopify.auth(given, sandbox.core.settings.shopify.token)
    return Shopify(Client(Shopify.base_url(given), timeout=Timeout(2, 10, 10), auth=auth, transport=transport), given)


@pytest.fixture
def made(sandbox: Sandbox) -> Shopify:
    """The connector with the sandbox's key."""
    return connected(sandbox, RequestsTransport())


def scripted(*documents: Any) -> tuple[Shopify, ScriptedTransport]:
    transport = ScriptedTransport(*(answer(document) for document in documents))
    settings = {"shop": "atelier.myshopify.com"}
    made = client(transport, Shopify.base_url(settings), auth=Shopify.auth(settings, "shpat_0"))
    return Shopify(made, settings), transport


def asked(transport: ScriptedTransport) -> list[str]:
    """The names of the operations that were sent."""
    return [json.loads(request.body)["query"].split()[1].partition("(")[0] for request in transport.requests]


def operations(sandbox: Sandbox) -> list[str]:
    """The names of the operations that the imitated shop was sent, oldest first."""
    entries = sandbox.control("GET", "/journal?vendor=shopify&direction=in")["entries"]
    return [entry["operation"] for entry in entries]


def all_customers(sandbox: Sandbox) -> list[Any]:
    return list(sandbox.control("GET", "/objects/shopify/customer")["objects"])


def node(**values: Any) -> dict[str, Any]:
    """What Shopify answers of a customer, with its default address's id."""
    found = fixture("graphql__customer")["data"]["customer"]
    found["defaultAddress"]["id"] = "gid://shopify/MailingAddress/7?model_name=CustomerAddress"
    return {**found, **values}


# Created, found, changed


def test_what_is_created_is_there_with_its_address(made: Shopify, sandbox: Sandbox) -> None:
    result = made.push("customer", ADA)
    there = made.fetch("customer", result.external_id)
    assert result.created and there is not None
    assert {name: there[name] for name in ADA if name != "default_address"} == {
        name: value for name, value in ADA.items() if name != "default_address"
    }
    assert {name: there["default_address"][name] for name in ADA["default_address"]} == ADA["default_address"]
    assert result.version == moments.normal(there["updated_at"])


def test_it_comes_back_as_no_news(made: Shopify, sandbox: Sandbox, receiver: Receiver) -> None:
    """No webhook of what was sent is newer than the version that the sender was told."""
    sandbox.control("PUT", "/webhooks", {"vendor": "shopify", "url": receiver.url})
    try:
        first = made.push("customer", ADA)
        sandbox.advance(60)
        payload = {**ADA, "first_name": "Augusta", "default_address": {"city": "Bruges"}}
        later = made.push("customer", payload, external_id=first.external_id)
        sandbox.drain()
    finally:
        sandbox.control("DELETE", "/webhooks")
    told = [
        told
        for one in receiver.received
        for told in made.parse_webhook(one.headers, jsondoc.parse(one.body))
        if told.external_id == first.external_id
    ]
    assert len(told) == 4 and first.version < later.version
    mapping = compile_mapping(made.mapping("customer"))
    versions = sorted(moments.normal(mapping.apply(one.payload)["updated_at"]) for one in told)
    assert versions == [first.version, first.version, later.version, later.version]


@pytest.mark.parametrize("mutation", ["CustomerCreate", "CustomerAddressCreate"])
def test_a_lost_answer_makes_no_second_customer(sandbox: Sandbox, mutation: str) -> None:
    before = len(all_customers(sandbox))
    made = connected(sandbox, Losing(mutation))
    with pytest.raises(ConnectionFailed):
        made.push("customer", ADA)
    again = made.push("customer", ADA)
    assert not again.created and len(all_customers(sandbox)) == before + 1
    there = made.fetch("customer", again.external_id)
    assert there is not None and there["default_address"]["city"] == "Ghent"
    (one,) = (one for one in all_customers(sandbox) if one["email"] == ADA["email"])
    assert len(one["addresses"]) == 1


def test_one_that_exists_is_changed_and_keeps_what_we_do_not_know(made: Shopify, sandbox: Sandbox) -> None:
    before = made.fetch("customer", MAYA)
    payload = {
        "email": "Maya.Okafor@example.com",
        "first_name": "Maja",
        "phone": None,
        "default_address": {"zip": None},
    }
    result = made.push("customer", payload)
    assert (result.external_id, result.created) == (MAYA, False)
    after = made.fetch("customer", MAYA)
    assert before is not None and after == {**before, "first_name": "Maja", "updated_at": after["updated_at"]}  # type: ignore[index]


def test_what_is_linked_is_cleared_too(made: Shopify, sandbox: Sandbox) -> None:
    payload = {"email": "maya.okafor@example.com", "phone": None, "default_address": {"zip": None}}
    made.push("customer", payload, external_id=MAYA)
    there = made.fetch("customer", MAYA)
    assert there is not None and (there["phone"], there["default_address"]["zip"]) == (None, None)
    assert (there["first_name"], there["default_address"]["city"]) == ("Maya", "Flagstaff")


def test_what_is_so_already_is_not_sent(made: Shopify, sandbox: Sandbox) -> None:
    first = made.push("customer", ADA)
    sandbox.advance(60)
    seen = len(operations(sandbox))
    assert made.push("customer", ADA, external_id=first.external_id).version == first.version
    assert made.push("customer", ADA).version == first.version
    assert operations(sandbox)[seen:] == ["CustomerToChange", "CustomerByIdentifier"]


@pytest.mark.parametrize("address", [None, {}, {"company": "Looms"}, {"address1": None, "city": None}])
def test_nowhere_is_no_address(made: Shopify, sandbox: Sandbox, address: Any) -> None:
    result = made.push("customer", {"email": "ada@example.com", "default_address": address})
    there = made.fetch("customer", result.external_id)
    assert there is not None and there["default_address"] is None


def test_a_phone_number_finds_one_without_an_email_address(made: Shopify, sandbox: Sandbox) -> None:
    number = sandbox.control("POST", "/shopify/customers", {"first_name": "A", "phone": ADA["phone"]})["id"]
    result = made.push("customer", ADA)
    assert (result.external_id, result.created) == (f"gid://shopify/Customer/{number}", False)


def test_another_persons_phone_number_is_refused_not_taken(made: Shopify, sandbox: Sandbox) -> None:
    with pytest.raises(Rejected) as caught:
        made.push("customer", {**ADA, "phone": "+14805550101"})
    assert caught.value.params["fields"] == ["phone"] and "merge" in caught.value.hint
    assert made.fetch("customer", MAYA)["email"] == "maya.okafor@example.com"  # type: ignore[index]


# Refusals


def test_one_that_was_created_meanwhile_is_changed() -> None:
    payload = {"email": "noor.peeters@example.com", "first_name": "Nora"}
    nobody, found = ({"data": {"customerByIdentifier": one}} for one in (None, node()))
    changed = {"data": {"customerUpdate": {"customer": node(firstName="Nora"), "userErrors": []}}}
    made, transport = scripted(nobody, fixture("graphql__email_taken"), found, changed)
    result = made.push("customer", payload)
    assert (result.external_id, result.created) == (node()["id"], False)
    assert asked(transport) == ["CustomerByIdentifier", "CustomerCreate", "CustomerByIdentifier", "CustomerUpdate"]


@pytest.mark.parametrize(
    ("problems", "fields", "words"),
    [
        ([{"field": ["input", "email"], "message": "Email has already been taken"}], ["email"], "email: Email has"),
        ([{"field": ["phone"], "message": "Phone is invalid: +3225550123"}], ["phone"], "invalid: ***"),
        ([{"field": None, "message": "Ada of ada@example.com is nobody"}], [""], "*** of *** is nobody"),
        ([{"field": ["city"], "message": "City Ghent is no city"}], ["city"], "city: City *** is no city"),
        ("broken", [""], "broken"),
    ],
)
def test_a_refusal_says_what_and_why_and_no_value(problems: Any, fields: list[str], words: str) -> None:
    nobody = {"data": {"customerByIdentifier": None}}
    refused = {"data": {"customerCreate": {"customer": None, "userErrors": problems}}}
    made, _transport = scripted(nobody, nobody, refused, nobody, nobody)
    with pytest.raises(Rejected) as caught:
        made.push("customer", ADA)
    error = caught.value
    assert (error.policy, error.code, error.params["fields"]) == (Policy.DEAD, "user-errors", fields)
    assert words in error.message
    assert not [value for value in ("ada@example.com", "+3225550123", "Ghent") if value in error.message]


def test_an_answer_about_somebody_else_is_nobody() -> None:
    other = {"data": {"customerByIdentifier": node()}}
    nobody = {"data": {"customerByIdentifier": None}}
    created = {"data": {"customerCreate": {"customer": node(), "userErrors": []}}}
    made, transport = scripted(other, nobody, created)
    assert made.push("customer", {"email": "ada@example.com", "phone": "+3225550123"}).created
    assert asked(transport)[-1] == "CustomerCreate"


def test_a_customer_without_a_moment_of_change_is_no_answer() -> None:
    made, transport = scripted({"data": {"customer": node(updatedAt=None)}})
    with pytest.raises(BadResponse) as caught:
        made.push("customer", {"email": "noor.peeters@example.com"}, external_id=node()["id"])
    assert caught.value.code == "bad-node" and asked(transport) == ["CustomerToChange"]


def test_a_customer_that_is_gone_is_told(made: Shopify, sandbox: Sandbox) -> None:
    with pytest.raises(NotFound) as caught:
        made.push("customer", ADA, external_id="gid://shopify/Customer/9")
    assert "link" in caught.value.hint


def test_a_customer_with_orders_is_not_deleted(made: Shopify, sandbox: Sandbox) -> None:
    sandbox.control("POST", "/shopify/orders", {"customer": {"id": 1000000000061}})
    with pytest.raises(Rejected) as caught:
        made.delete("customer", MAYA)
    assert "no orders" in caught.value.hint and made.fetch("customer", MAYA)


def test_one_deleted_by_another_meanwhile_is_deleted() -> None:
    there, gone = ({"data": {"customer": one}} for one in (node(), None))
    refused = {"data": {"customerDelete": {"userErrors": [{"field": ["id"], "message": "Customer can't be found"}]}}}
    made, transport = scripted(there, refused, gone)
    made.delete("customer", node()["id"])
    assert len(transport.requests) == 3


def test_without_the_scope_the_endpoint_waits_for_it(made: Shopify, sandbox: Sandbox) -> None:
    granted = list(Settings().shopify.scopes)
    scopes = [scope for scope in granted if scope != "write_customers"]
    sandbox.control("PUT", "/settings", {"shopify": {"scopes": scopes}})
    try:
        assert made.check().missing_scopes == ("write_customers",)
        with pytest.raises(Unauthorized) as caught:
            made.push("customer", ADA)
    finally:
        sandbox.control("PUT", "/settings", {"shopify": {"scopes": granted}})
    assert caught.value.params["missing_scopes"] == ["write_customers"]
    assert made.check().missing_scopes == ()


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"first_name": "Ada"},
        {**ADA, "phone": "02 555 01 23"},
        {**ADA, "tags": "vip"},
        {**ADA, "default_address": {"country_code": "Belgium"}},
        {**ADA, "default_address": {"street": "Main 1"}},
    ],
)
def test_what_the_contract_does_not_allow_is_not_sent(payload: Any) -> None:
    made, transport = scripted({})
    with pytest.raises(ContractViolation):
        made.push("customer", payload)
    assert not transport.requests


# Mapping


@pytest.mark.parametrize(
    ("contact", "expected"),
    [
        (
            {
                "name": "Ada Arden",
                "email": " Ada@Example.com",
                "phone": "02 555 01 23",
                "company_name": "Looms",
                "address": {"street": "Main 1", "city": "Ghent", "zip": "9000", "country_code": "BE"},
            },
            {
                "email": "ada@example.com",
                "first_name": "Ada",
                "last_name": "Arden",
                "phone": "+3225550123",
                "default_address": {
                    "company": "Looms",
                    "address1": "Main 1",
                    "address2": None,
                    "city": "Ghent",
                    "zip": "9000",
                    "country_code": "BE",
                },
            },
        ),
        (
            {"name": "Ada", "first_name": "Augusta", "last_name": "King", "email": "a@example.com", "phone": "5"},
            {
                "email": "a@example.com",
                "first_name": "Augusta",
                "last_name": "King",
                "default_address": {"address1": None, "address2": None, "city": None, "zip": None},
            },
        ),
    ],
)
def test_a_contact_becomes_what_the_contract_allows(contact: Any, expected: Any) -> None:
    found = compile_mapping(Shopify.mapping("customer_out")).apply(contact)
    assert found == expected
    compile_contract(Shopify.contract("customer_out")).check(found)


def test_a_name_of_one_word_leaves_no_last_name_beside_it() -> None:
    """The one that the shop had would be said twice."""
    found = compile_mapping(Shopify.mapping("customer_out")).apply({"email": "lind@example.com", "name": "Lind"})
    assert (found["first_name"], found["last_name"]) == ("Lind", None)
    compile_contract(Shopify.contract("customer_out")).check(found)
