# Part of Integration Hub. License LGPL-3.0 or later.
"""HubSpot's imitation: what belongs together, merges, deletions for ever, mailings; and what is told of them."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from integration_hub_connectors.contracts import compile_contract
from integration_hub_connectors.sandbox import Settings
from integration_hub_connectors.sandbox.testing import Sandbox, receiving, running
from integration_hub_connectors.vendors.hubspot import HubSpot


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with running(Settings(seed=1)) as sandbox:
        yield sandbox


def make(sandbox: Sandbox, plural: str, **properties: str) -> str:
    return str(sandbox.control("POST", f"/hubspot/{plural}", {"properties": properties})["id"])


def do(sandbox: Sandbox, path: str, **given: str) -> Any:
    return sandbox.control("POST", f"/hubspot/{path}", given)


def test_the_first_company_is_the_primary_one(sandbox: Sandbox) -> None:
    ada, acme, ajax = (
        make(sandbox, "contacts", email="a@x.example"),
        make(sandbox, "companies"),
        make(sandbox, "companies"),
    )
    for company in (acme, ajax):
        do(sandbox, f"contacts/{ada}/associate", to="company", id=company)
    body = {"inputs": [{"id": ada}, {"id": "1"}]}
    answer = sandbox.vendor("hubspot", "POST", "/crm/v4/associations/contacts/companies/batch/read", json=body)
    assert answer.status_code == 207
    (found,) = answer.json()["results"]
    kinds = [[each["typeId"] for each in one["associationTypes"]] for one in found["to"]]
    assert (found["from"], kinds) == ({"id": ada}, [[279, 1], [279]])
    sandbox.control("DELETE", f"/hubspot/companies/{acme}", {})
    contact = sandbox.vendor("hubspot", "GET", f"/crm/v3/objects/contacts/{ada}?properties=associatedcompanyid").json()
    assert contact["properties"]["associatedcompanyid"] == ajax


def test_another_company_becomes_the_primary_one(sandbox: Sandbox) -> None:
    ada, acme, ajax = (
        make(sandbox, "contacts", email="a@x.example"),
        make(sandbox, "companies"),
        make(sandbox, "companies"),
    )
    do(sandbox, f"contacts/{ada}/associate", to="company", id=acme)
    path, primary = f"/crm/v4/objects/contacts/{ada}/associations/companies/{ajax}", _types(1)
    assert sandbox.vendor("hubspot", "PUT", path, json=primary).status_code == 201
    found = sandbox.vendor("hubspot", "GET", f"/crm/v3/objects/contacts/{ada}?properties=associatedcompanyid").json()
    assert found["properties"]["associatedcompanyid"] == ajax
    listed = sandbox.vendor("hubspot", "GET", f"/crm/v4/objects/contacts/{ada}/associations/companies").json()
    assert [str(one["toObjectId"]) for one in listed["results"]] == [ajax, acme]
    assert sandbox.vendor("hubspot", "PUT", path, json=_types(5)).status_code == 400, "of deals"
    gone = path.replace(ajax, "1")
    assert sandbox.vendor("hubspot", "PUT", gone, json=primary).status_code == 404


def test_a_deal_is_created_with_whom_it_belongs_to_or_not_at_all(sandbox: Sandbox) -> None:
    acme = make(sandbox, "companies", name="Acme")
    body = {"properties": {"dealname": "Tables"}, "associations": [{"to": {"id": acme}, "types": _types(5)}]}
    deal = sandbox.vendor("hubspot", "POST", "/crm/v3/objects/deals", json=body).json()["id"]
    listed = sandbox.vendor("hubspot", "GET", f"/crm/v4/objects/deals/{deal}/associations/companies").json()
    assert [one["label"] for one in listed["results"][0]["associationTypes"]] == [None, "Primary"]
    before = len(sandbox.vendor("hubspot", "GET", "/crm/v3/objects/deals?limit=100").json()["results"])
    for other, types in (("1", _types(5)), (acme, _types(999))):
        body["associations"] = [{"to": {"id": other}, "types": types}]
        assert sandbox.vendor("hubspot", "POST", "/crm/v3/objects/deals", json=body).status_code >= 400
    assert len(sandbox.vendor("hubspot", "GET", "/crm/v3/objects/deals?limit=100").json()["results"]) == before


def _types(number: int) -> list[dict[str, Any]]:
    return [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": number}]


@pytest.mark.parametrize("makes_new", [True, False])
def test_a_merge_leaves_one_whose_old_ids_lead_to_it(sandbox: Sandbox, makes_new: bool) -> None:
    sandbox.control("PUT", "/settings", {"hubspot": {"merge_makes_new": makes_new}})
    ada, eva = make(sandbox, "contacts", email="a@x.example"), make(sandbox, "contacts", email="e@x.example", phone="1")
    acme = make(sandbox, "companies", name="Acme")
    do(sandbox, f"contacts/{eva}/associate", to="company", id=acme)
    body = {"primaryObjectId": ada, "objectIdToMerge": eva}
    survivor = sandbox.vendor("hubspot", "POST", "/crm/v3/objects/contacts/merge", json=body).json()["id"]
    assert (survivor == ada) is not makes_new
    wanted = "email,phone,hs_merged_object_ids,associatedcompanyid"
    for one in (ada, eva, survivor):
        found = sandbox.vendor("hubspot", "GET", f"/crm/v3/objects/contacts/{one}?properties={wanted}").json()
        assert found["id"] == survivor
    properties = found["properties"]
    assert (properties["email"], properties["phone"], properties["associatedcompanyid"]) == ("a@x.example", "1", acme)
    assert properties["hs_merged_object_ids"].split(";") == ([ada, eva] if makes_new else [eva])
    listed = sandbox.control("GET", "/objects/hubspot/contact")["objects"]
    assert [one["id"] for one in listed if one["id"] in (ada, eva, survivor)] == [survivor]


def test_what_is_forgotten_is_in_no_list(sandbox: Sandbox) -> None:
    ada, bo = make(sandbox, "contacts", email="a@x.example"), make(sandbox, "contacts", email="b@x.example")
    do(sandbox, f"contacts/{ada}/forget")
    sandbox.control("DELETE", f"/hubspot/contacts/{bo}", {})
    archived = sandbox.vendor("hubspot", "GET", "/crm/v3/objects/contacts?archived=true&limit=100").json()["results"]
    assert [one["id"] for one in archived] == [bo]
    assert do(sandbox, f"contacts/{bo}/restore")["archived"] is False
    assert sandbox.vendor("hubspot", "GET", f"/crm/v3/objects/contacts/{bo}").status_code == 200
    assert sandbox.vendor("hubspot", "GET", f"/crm/v3/objects/contacts/{ada}").status_code == 404


def test_unsubscribing_is_no_property_that_can_be_written(sandbox: Sandbox) -> None:
    ada = make(sandbox, "contacts", email="a@x.example")
    wrong = {"properties": {"hs_email_optout": "true"}}
    assert sandbox.vendor("hubspot", "PATCH", f"/crm/v3/objects/contacts/{ada}", json=wrong).status_code == 400
    path = "/communication-preferences/v4/statuses/a@x.example/unsubscribe-all?channel=EMAIL"
    assert sandbox.vendor("hubspot", "GET", path).json()["results"] == []
    (status,) = sandbox.vendor("hubspot", "POST", path).json()["results"]
    assert (status["status"], status["subscriberIdString"]) == ("UNSUBSCRIBED", "a@x.example")
    assert sandbox.vendor("hubspot", "POST", path.partition("?")[0]).status_code == 400


def test_everything_told_keeps_to_the_contract_and_is_understood(sandbox: Sandbox) -> None:
    contract = compile_contract(HubSpot.contract("webhook"))
    with receiving() as receiver:
        sandbox.control("PUT", "/webhooks", {"vendor": "hubspot", "url": receiver.url})
        ada, eva = make(sandbox, "contacts", email="a@x.example"), make(sandbox, "contacts", email="e@x.example")
        acme, deal = (
            make(sandbox, "companies", name="Acme"),
            make(sandbox, "deals", dealname="D", dealstage="closedwon"),
        )
        do(sandbox, f"contacts/{eva}/associate", to="company", id=acme)
        do(sandbox, f"deals/{deal}/associate", to="contact", id=eva)
        survivor = do(sandbox, f"contacts/{ada}/merge", id=eva)["id"]
        do(sandbox, f"contacts/{survivor}/unsubscribe")
        sandbox.control("DELETE", f"/hubspot/contacts/{survivor}", {})
        do(sandbox, f"contacts/{survivor}/restore")
        do(sandbox, f"contacts/{survivor}/forget")
        sandbox.drain()
        told = [json.loads(delivery.body) for delivery in receiver.received]
    topics = set()
    for batch in told:
        contract.check(batch)
        topics |= {found.topic for found in HubSpot.parse_webhook({}, batch) if found.external_id}
    changes = {"creation", "propertyChange", "associationChange", "merge", "deletion", "restore", "privacyDeletion"}
    assert {topic.partition(".")[2] for topic in topics if topic.startswith("contact.")} == changes
    assert {"deal.creation", "deal.associationChange", "company.associationChange"} <= topics


def test_what_cannot_be_done_is_refused(sandbox: Sandbox) -> None:
    ada = make(sandbox, "contacts", email="a@x.example")
    for path, given in (
        (f"contacts/{ada}/merge", {"id": ada}),
        (f"contacts/{ada}/merge", {}),
        (f"contacts/{ada}/associate", {"to": "contact", "id": ada}),
        (f"contacts/{ada}/associate", {"to": "company", "id": "1"}),
        (f"contacts/{ada}/restore", {}),
    ):
        assert sandbox.session.post(f"{sandbox.url}/_control/hubspot/{path}", json=given, timeout=10).status_code >= 400
    assert sandbox.session.post(f"{sandbox.url}/_control/hubspot/contacts/{ada}/dance", json={}).status_code == 404
