# Part of Integration Hub. License LGPL-3.0 or later.
"""HubSpot's connector: notifications, upsert, paging, and what it sends against HubSpot's own description."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from integration_hub_connectors import entities
from integration_hub_connectors.auth import Exchange, MemoryTokenStore
from integration_hub_connectors.errors import (
    BadResponse,
    ConfigurationError,
    Conflict,
    DocumentError,
    MappingError,
    NotFound,
    Unauthorized,
)
from integration_hub_connectors.http import Request, Timeout
from integration_hub_connectors.mapping import compile_mapping
from integration_hub_connectors.testing.transport import ScriptedTransport, answer, client
from integration_hub_connectors.vendors.hubspot import HubSpot
from openapi_core import OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest

FIXTURES = HubSpot.folder() / "fixtures"
CONFLICT = 409


def fixture(name: str) -> Any:
    return json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))


def hubspot(*answers: Any, **settings: str) -> tuple[HubSpot, ScriptedTransport]:
    transport = ScriptedTransport(*(found if not isinstance(found, dict) else answer(found) for found in answers))
    auth = HubSpot.auth(settings, "pat-0")
    return HubSpot(client(transport, HubSpot.base_url(settings), auth=auth), settings), transport


def asked(request: Request) -> tuple[str, str]:
    return request.method, urlsplit(request.url).path


def query(request: Request) -> dict[str, list[str]]:
    return parse_qs(urlsplit(request.url).query)


def out(name: str) -> dict[str, Any]:
    """What the mapping sends of the fixture, as seen by a second system: in, then out again."""
    inside = compile_mapping(HubSpot.mapping(f"{name}_in")).apply(fixture(name))
    return compile_mapping(HubSpot.mapping(f"{name}_out")).apply(inside)


# Webhooks


def test_each_change_is_a_notification_to_be_fetched() -> None:
    first, second, third = HubSpot.parse_webhook({}, fixture("webhook__changes"))
    assert (first.topic, first.object_type, first.external_id) == ("contact.creation", "contact", "70451")
    assert first.partition_key == second.partition_key == "contact:70451"
    assert (third.topic, third.partition_key) == ("company.propertyChange", "company:9012")
    assert not any(found.complete or found.deleted for found in (first, second, third))
    assert first.occurred_at == "2025-11-14T08:30:11.340Z"
    assert first.dedupe_key == "2215501:301:70451:1763109011340"


def test_a_deletion_is_believed_when_the_object_is_read() -> None:
    """It may be told after the object came back."""
    found = [
        item for name in ("deletion", "restore") for item in HubSpot.parse_webhook({}, fixture(f"webhook__{name}"))
    ]
    assert [(item.topic, item.external_id, item.complete, item.deleted) for item in found] == [
        ("contact.deletion", "70451", False, False),
        ("contact.privacyDeletion", "70452", False, False),
        ("contact.restore", "70451", False, False),
    ]


def test_an_association_is_a_change_of_the_object_it_begins_with() -> None:
    found = HubSpot.parse_webhook({}, fixture("webhook__association"))
    assert [(item.topic, item.partition_key) for item in found] == [
        ("contact.associationChange", "contact:70451"),
        ("company.associationChange", "company:9012"),
        ("deal.associationChange", "deal:60331"),
    ]


def test_generic_subscriptions_are_named_like_the_others() -> None:
    found = HubSpot.parse_webhook({}, fixture("webhook__generic"))
    assert [(item.topic, item.object_type) for item in found] == [
        ("contact.creation", "contact"),
        ("company.propertyChange", "company"),
        ("deal.creation", "deal"),
    ]


def test_a_merge_changes_the_survivor_and_ends_the_others() -> None:
    found = HubSpot.parse_webhook({}, fixture("webhook__merge"))
    assert [(item.external_id, item.deleted, item.complete) for item in found] == [
        ("70460", False, False),
        ("70451", False, False),
        ("70455", False, False),
    ]


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ({"objectId": 1}, "unexpected-shape"),
        ([["contact.creation"]], "unexpected-shape"),
        ([{"objectId": 1}], "missing-topic"),
        ([{"subscriptionType": "contact.creation"}], "invalid-identifier"),
        ([{"subscriptionType": "contact.creation", "objectId": "1/../2"}], "invalid-identifier"),
        ([{"subscriptionType": "contact.creation", "objectId": True}], "invalid-identifier"),
        ([{"subscriptionType": "contact.merge", "objectId": 1}], "invalid-identifier"),
        ([{"subscriptionType": "contact.creation", "objectId": 1, "occurredAt": "now"}], "invalid-moment"),
    ],
)
def test_malformed_webhooks_say_what_is_wrong(document: Any, code: str) -> None:
    with pytest.raises(DocumentError) as caught:
        HubSpot.parse_webhook({}, document)
    assert caught.value.code == code


def test_recorded_samples_of_hubspot_are_read(shared_fixtures: Path) -> None:
    folder = shared_fixtures / "payloads/hubspot"
    batch = HubSpot.parse_webhook({}, json.loads((folder / "webhook_batch.json").read_text(encoding="utf-8")))
    assert [(found.topic, found.external_id) for found in batch] == [
        ("contact.propertyChange", "1246965"),
        ("contact.creation", "1246978"),
    ]
    created = json.loads((folder / "webhook_contact_creation.json").read_text(encoding="utf-8"))
    assert HubSpot.parse_webhook({}, created)[0].partition_key == "contact:123"
    contact = compile_mapping(HubSpot.mapping("contact_in")).apply(
        json.loads((folder / "contact.json").read_text("utf-8"))
    )
    assert entities.problems("contact", contact) == []
    assert contact == {
        "id": "512",
        "name": "Bryan Cooper",
        "first_name": "Bryan",
        "last_name": "Cooper",
        "email": "bcooper@biglytics.net",
        "phone": "(877) 929-0687",
        "website": "biglytics.net",
        "company_name": "Biglytics",
        "updated_at": "2019-12-07T16:50:06.678Z",
    }


# Mappings


def test_a_contact_survives_the_way_in_and_out() -> None:
    sent, there = out("contact")["properties"], fixture("contact")["properties"]
    assert sent == {
        **{name: there[name] for name in sent},
        "email": there["email"].lower(),
        "country": there["hs_country_region_code"],
    }
    assert {"email", "firstname", "lastname", "phone", "jobtitle", "company", "zip"} <= set(sent)


def test_a_company_is_known_by_the_domain_of_its_website() -> None:
    mapping = compile_mapping(HubSpot.mapping("company_out"))
    for website in ("https://www.Acme.example/shop/", "acme.example", "http://acme.example"):
        assert mapping.apply({"name": "Acme", "website": website})["properties"]["domain"] == "acme.example"
    assert "domain" not in mapping.apply({"name": "Acme"})["properties"]


@pytest.mark.parametrize(
    ("given", "first", "last"),
    [
        ({"name": "Ada King Lovelace"}, "Ada", "King Lovelace"),
        ({"name": "Ada King Lovelace", "first_name": "Ada King", "last_name": "Lovelace"}, "Ada King", "Lovelace"),
        ({"name": "Ada"}, "Ada", None),
    ],
)
def test_names_are_split_only_where_they_are_not_given(given: dict[str, str], first: str, last: str | None) -> None:
    sent = compile_mapping(HubSpot.mapping("contact_out")).apply({"email": "ada@example.com", **given})["properties"]
    assert (sent.get("firstname"), sent.get("lastname")) == (first, last)


# Writing


def test_a_new_contact_is_created_once() -> None:
    made, transport = hubspot(answer(fixture("contact"), 201))
    found = made.push("contact", out("contact"), idempotency_key="event-7")
    assert (found.external_id, found.created, found.version) == ("70451", True, "2025-11-14T08:30:11.340Z")
    (request,) = transport.requests
    assert asked(request) == ("POST", "/crm/v3/objects/contacts")
    assert request.headers["Idempotency-Key"] == "event-7"
    assert request.headers["Authorization"] == "Bearer pat-0"


def test_creating_again_updates_the_contact_hubspot_already_has() -> None:
    """The answer to the first try was lost: the repeat meets the contact by its address, and no twin is made."""
    made, transport = hubspot(answer(fixture("error__conflict"), CONFLICT), answer({**fixture("contact"), "id": "512"}))
    found = made.push("contact", out("contact"))
    assert (found.external_id, found.created) == ("512", False)
    assert [asked(request) for request in transport.requests] == [
        ("POST", "/crm/v3/objects/contacts"),
        ("PATCH", "/crm/v3/objects/contacts/512"),
        ("PUT", "/crm/v4/objects/contacts/512/associations/companies/9012"),
    ]
    assert json.loads(transport.requests[1].body) == {"properties": out("contact")["properties"]}


def test_what_was_cleared_is_cleared_in_hubspot() -> None:
    contact = {"name": "Ada King", "email": "ada@example.com", "phone": None, "address": {"city": None, "zip": "78701"}}
    sent = compile_mapping(HubSpot.mapping("contact_out")).apply(contact)
    made, transport = hubspot(fixture("contact"))
    made.push("contact", sent, external_id="70451")
    properties = transport.sent()["properties"]
    assert (properties["phone"], properties["city"], properties["zip"]) == ("", "", "78701")


def test_a_contact_met_for_the_first_time_keeps_what_we_do_not_know() -> None:
    made, transport = hubspot(answer(fixture("error__conflict"), CONFLICT), fixture("contact"))
    made.push("contact", {"properties": {"email": "ada@example.com", "firstname": "Ada", "phone": None}})
    assert transport.sent() == {"properties": {"email": "ada@example.com", "firstname": "Ada"}}


def test_a_conflict_that_names_no_contact_stays_a_conflict() -> None:
    made, transport = hubspot(answer({"status": "error", "message": "Conflict", "category": "CONFLICT"}, CONFLICT))
    with pytest.raises(Conflict):
        made.push("contact", out("contact"))
    assert len(transport.requests) == 1


def test_a_known_contact_is_updated_and_never_created() -> None:
    made, transport = hubspot(answer({"message": "resource not found", "category": "OBJECT_NOT_FOUND"}, 404))
    with pytest.raises(NotFound):
        made.push("contact", {"properties": {"phone": None, "hs_flag": True, "numbers": [1, 2]}}, external_id="512")
    assert [asked(request) for request in transport.requests] == [("PATCH", "/crm/v3/objects/contacts/512")]
    assert transport.sent() == {"properties": {"phone": "", "hs_flag": "true", "numbers": "1;2"}}


def test_an_address_taken_by_another_contact_is_a_conflict_not_a_merge() -> None:
    made, transport = hubspot(answer(fixture("error__conflict"), CONFLICT))
    with pytest.raises(Conflict):
        made.push("contact", out("contact"), external_id="70451")
    assert len(transport.requests) == 1


DEAL = {"name": "Tables", "amount": "1480.50", "currency": "EUR", "status": "open", "stage_name": "Qualified",
        "closes_on": "2027-02-11", "contact": {"id": "70451"}, "company": {"id": "9012"}}  # fmt: skip


def deal(**more: Any) -> dict[str, Any]:
    """What the mapping sends of a deal."""
    return compile_mapping(HubSpot.mapping("deal_out")).apply({**DEAL, **more})


def test_a_deal_is_created_with_whom_it_belongs_to_by_one_call() -> None:
    """Were the second one lost, who tries again would make a second deal."""
    made, transport = hubspot(answer(fixture("deal"), 201))
    assert made.push("deal", deal()).created
    (request,) = transport.requests
    assert asked(request) == ("POST", "/crm/v3/objects/deals")
    kinds = {"contact": ("70451", 3), "company": ("9012", 5)}
    assert transport.sent() == {
        "properties": {
            "dealname": "Tables",
            "amount": "1480.50",
            "deal_currency_code": "EUR",
            "dealstage": "qualifiedtobuy",
            "closedate": "2027-02-11T12:00:00Z",
        },
        "associations": [
            {"to": {"id": other}, "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": kind}]}
            for other, kind in kinds.values()
        ],
    }


def test_a_deal_changes_hands() -> None:
    made, transport = hubspot(fixture("deal"), answer({}, 201), answer({}, 204))
    sent = deal(contact=None, company={"id": "9013"}, left_company_id="9012", status="won")
    made.push("deal", sent, external_id="60331")
    assert [asked(request) for request in transport.requests] == [
        ("PATCH", "/crm/v3/objects/deals/60331"),
        ("PUT", "/crm/v4/objects/deals/60331/associations/companies/9013"),
        ("DELETE", "/crm/v4/objects/deals/60331/associations/companies/9012"),
    ]
    assert json.loads(transport.requests[0].body)["properties"]["dealstage"] == "closedwon"
    (kind,) = json.loads(transport.requests[1].body)
    assert kind["associationTypeId"] == 5, "the primary one"


def test_a_stage_that_nobody_has_mapped_is_no_guess() -> None:
    with pytest.raises(MappingError, match="not in the list of values"):
        deal(stage_name="Negotiation")
    assert deal(stage_name="Negotiation", status="lost")["properties"]["dealstage"] == "closedlost"


def test_a_company_that_is_gone_does_not_look_like_a_contact_that_is() -> None:
    made, _transport = hubspot(fixture("contact"), answer({"message": "resource not found"}, 404))
    with pytest.raises(Conflict) as caught:
        made.push("contact", {**out("contact"), "associations": {"company": "9"}}, external_id="70451")
    assert caught.value.code == "associated-is-gone" and "no company 9" in str(caught.value)


def test_what_is_over_already_ends_well() -> None:
    made, transport = hubspot(fixture("contact"), answer({"message": "resource not found"}, 404))
    payload = {"properties": {"firstname": "Ada"}, "dissociations": {"company": "9"}}
    assert made.push("contact", payload, external_id="70451").external_id == "70451"
    assert asked(transport.requests[1])[0] == "DELETE"


@pytest.mark.parametrize("said", [{"associations": {"deal": "1"}}, {"dissociations": ["company"]}])
def test_associations_that_there_are_not_are_a_mistake_of_the_mapping(said: dict[str, Any]) -> None:
    made, transport = hubspot(fixture("contact"))
    with pytest.raises(ConfigurationError) as caught:
        made.push("contact", {"properties": {"email": "a@x.example"}, **said}, external_id="1")
    assert caught.value.code == "invalid-payload"
    assert len(transport.requests) <= 1


def test_a_company_is_looked_up_before_it_is_created() -> None:
    made, transport = hubspot({"total": 0, "results": []}, answer(fixture("company"), 201))
    assert made.push("company", out("company")).created
    assert [asked(request) for request in transport.requests] == [
        ("POST", "/crm/v3/objects/companies/search"),
        ("POST", "/crm/v3/objects/companies"),
    ]
    made, transport = hubspot({"total": 1, "results": [fixture("company")]}, fixture("company"))
    found = made.push("company", out("company"))
    assert (found.external_id, found.created) == ("9012", False)
    assert asked(transport.requests[-1]) == ("PATCH", "/crm/v3/objects/companies/9012")


def test_two_companies_of_one_domain_are_left_to_a_person() -> None:
    made, transport = hubspot({"total": 2, "results": [fixture("company"), {**fixture("company"), "id": "9013"}]})
    with pytest.raises(Conflict) as caught:
        made.push("company", out("company"))
    assert caught.value.code == "ambiguous-match"
    assert len(transport.requests) == 1


@pytest.mark.parametrize("payload", [{}, {"properties": {}}, {"properties": []}, {"properties": {"a": {"b": 1}}}])
def test_a_payload_without_properties_is_a_mistake_of_the_mapping(payload: dict[str, Any]) -> None:
    made, transport = hubspot({})
    with pytest.raises(ConfigurationError) as caught:
        made.push("contact", payload)
    assert caught.value.code == "invalid-payload"
    assert not transport.requests


def test_deleting_what_is_gone_is_a_success() -> None:
    made, transport = hubspot(answer({}, 204), answer({"message": "gone"}, 404))
    made.delete("contact", "512")
    made.delete("contact", "512")
    assert asked(transport.requests[0]) == ("DELETE", "/crm/v3/objects/contacts/512")


@pytest.mark.parametrize("identifier", ["", "../deals/1", "1?x=1", "²"])
def test_an_id_cannot_lead_to_another_address(identifier: str) -> None:
    made, transport = hubspot({})
    with pytest.raises(ConfigurationError) as caught:
        made.fetch("contact", identifier)
    assert caught.value.code == "invalid-identifier"
    assert not transport.requests


# Reading


def test_fetch_asks_for_the_properties_the_mappings_read() -> None:
    made, transport = hubspot(
        fixture("contact"), {"results": [fixture("company")]}, extra_properties=" lifecyclestage, email ,"
    )
    assert made.fetch("contact", "70451") == fixture("contact")
    wanted = query(transport.requests[0])["properties"][0].split(",")
    assert wanted.count("email") == 1 and wanted[-1] == "lifecyclestage"
    for name, kind in (("contact_in", "contact"), ("company_in", "company"), ("deal_in", "deal")):
        read = {
            path.split(".")[1]
            for path in compile_mapping(HubSpot.mapping(name)).sources
            if path.startswith("properties.")
        }
        asked_for = set(made._wanted(kind).split(","))
        assert read <= asked_for, f"{name} reads {sorted(read - asked_for)}, which HubSpot would not send"


def test_a_contact_comes_with_its_company_and_that_ones_name() -> None:
    made, transport = hubspot(fixture("contact"), {"results": [fixture("company")]})
    assert made.fetch("contact", "70451") == fixture("contact"), "as the fixture has it"
    assert asked(transport.requests[1]) == ("POST", "/crm/v3/objects/companies/batch/read")
    assert transport.sent()["inputs"] == [{"id": "9012"}]


def test_a_company_that_is_gone_is_nobodys() -> None:
    made, _transport = hubspot(fixture("contact"), answer({"results": [], "errors": [{}]}, 207))
    found = made.fetch("contact", "70451")
    assert found and found["associations"] == {"companies": {"results": []}}
    assert compile_mapping(HubSpot.mapping("contact_in")).apply(found)["company"] is None


def test_deals_of_a_page_come_with_whom_they_belong_to_by_four_calls() -> None:
    bare = [{**fixture("deal"), "id": str(number)} for number in (60331, 60332)]
    for one in bare:
        del one["associations"]
    other = {"toObjectId": 9013, "associationTypes": [{"category": "HUBSPOT_DEFINED", "typeId": 341, "label": None}]}
    primary = {
        "toObjectId": 9012,
        "associationTypes": [{"category": "HUBSPOT_DEFINED", "typeId": 5, "label": "Primary"}],
    }
    made, transport = hubspot(
        {"results": bare},
        answer({"results": [{"from": {"id": "60331"}, "to": [{**other, "toObjectId": 70451}]}], "errors": [{}]}, 207),
        {"results": [fixture("contact")]},
        {"results": [{"from": {"id": 60331}, "to": [other, primary]}]},
        {"results": [fixture("company"), {**fixture("company"), "id": "9013"}]},
    )
    first, second = made.list("deal").items
    assert [asked(request)[1] for request in transport.requests[1:]] == [
        "/crm/v4/associations/deals/contacts/batch/read",
        "/crm/v3/objects/contacts/batch/read",
        "/crm/v4/associations/deals/companies/batch/read",
        "/crm/v3/objects/companies/batch/read",
    ]
    deal = compile_mapping(HubSpot.mapping("deal_in"))
    assert deal.apply(first)["contact"] == {"id": "70451", "name": "Noor Peeters", "email": "noor.peeters@example.com"}
    assert deal.apply(first)["company"]["id"] == "9012", "the primary one"
    assert (deal.apply(second)["contact"], deal.apply(second)["company"]) == (None, None)


def test_what_was_deleted_is_listed() -> None:
    made, transport = hubspot(
        {"results": [{**fixture("contact"), "archived": True}], "paging": {"next": {"after": "2"}}}, {"results": []}
    )
    page = made.deletions("contact")
    assert [item["id"] for item in page.items] == ["70451"]
    assert query(transport.requests[0])["archived"] == ["true"]
    assert made.deletions("contact", cursor=page.cursor).cursor is None
    assert query(transport.requests[1])["after"] == ["2"]


def test_who_wants_no_mailings_is_unsubscribed_after_the_contact_is_written() -> None:
    contact = {"name": "Ada King", "email": "ada+x@example.com", "email_opt_out": True}
    sent = compile_mapping(HubSpot.mapping("contact_out")).apply(contact)
    made, transport = hubspot(fixture("contact"), {"status": "COMPLETE", "results": []})
    made.push("contact", sent, external_id="70451")
    assert transport.sent(0).keys() == {"properties"} and transport.sent(0)["properties"]["firstname"] == "Ada"
    assert asked(transport.requests[1]) == (
        "POST",
        "/communication-preferences/v4/statuses/ada%2Bx%40example.com/unsubscribe-all",
    )
    assert query(transport.requests[1]) == {"channel": ["EMAIL"]}
    again = compile_mapping(HubSpot.mapping("contact_out")).apply({**contact, "email_opt_out": False})
    assert "opted_out" not in again, "HubSpot subscribes nobody again"


@pytest.mark.parametrize(("stage", "status"), [("open", "open"), ("won", "won"), ("lost", "lost")])
def test_a_deals_status(stage: str, status: str) -> None:
    deal = fixture("deal")
    deal["properties"] |= {
        "hs_is_closed": str(stage != "open").lower(),
        "hs_is_closed_won": str(stage == "won").lower(),
    }
    found = compile_mapping(HubSpot.mapping("deal_in")).apply(deal)
    assert (found["status"], found["amount"], found["closes_on"]) == (status, "1480.50", "2025-12-19")
    assert entities.problems("deal", found) == []


def test_a_missing_and_a_merged_contact_do_not_exist() -> None:
    made, _transport = hubspot(answer({"category": "OBJECT_NOT_FOUND"}, 404), {**fixture("contact"), "id": "70460"})
    assert made.fetch("contact", "70451") is None
    assert made.fetch("contact", "70451") is None


def test_list_follows_the_vendors_cursor() -> None:
    made, transport = hubspot(
        {"results": [fixture("company")], "paging": {"next": {"after": "9013", "link": "https://…"}}}, {"results": []}
    )
    first = made.list("company")
    assert (len(first.items), first.cursor) == (1, "9013")
    assert made.list("company", cursor=first.cursor).cursor is None
    assert "after" not in query(transport.requests[0])
    assert query(transport.requests[1])["after"] == ["9013"]


def test_changes_since_are_searched_oldest_first() -> None:
    made, transport = hubspot(
        {"total": 101, "results": [fixture("company")], "paging": {"next": {"after": "100"}}}, {"results": []}
    )
    first = made.list("company", since="2025-11-13T00:00:00Z")
    body = transport.sent()
    assert asked(transport.requests[0]) == ("POST", "/crm/v3/objects/companies/search")
    assert body["filterGroups"] == [
        {"filters": [{"propertyName": "hs_lastmodifieddate", "operator": "GTE", "value": "1762992000000"}]}
    ]
    assert body["sorts"] == ["hs_lastmodifieddate"] and body["after"] == "0"
    made.list("company", since="2025-11-13T00:00:00Z", cursor=first.cursor)
    assert transport.sent()["after"] == "100"
    assert transport.sent()["filterGroups"] == body["filterGroups"]


def test_a_search_goes_on_past_its_ten_thousand_results() -> None:
    made, transport = hubspot({"results": [fixture("company")], "paging": {"next": {"after": "9950"}}})
    page = made.list("company", since="2025-01-01T00:00:00Z", cursor="1735689600000:9850")
    made.list("company", since="2025-01-01T00:00:00Z", cursor=page.cursor)
    assert transport.sent()["filterGroups"][0]["filters"][0]["value"] == "1763028000500"  # the last one's change
    assert transport.sent()["after"] == "0"


@pytest.mark.parametrize("body", [{"results": None}, {"results": [1]}, {"results": [{}]}, {}])
def test_a_list_that_is_none_is_a_bad_response(body: dict[str, Any]) -> None:
    made, _transport = hubspot(body)
    with pytest.raises(BadResponse) as caught:
        made.list("contact")
    assert caught.value.code == "unexpected-shape"


# Test connection and permissions


def test_an_app_is_signed_in_to_at_hubspots_own_addresses() -> None:
    settings = {"client_id": " 7fff1e36 "}
    assert HubSpot.signs_in(settings) and not HubSpot.signs_in({}) and not HubSpot.signs_in({"client_id": " "})
    assert HubSpot.secret_addresses(settings) == ("https://api.hubapi.com", "https://api.hubapi.com/oauth/v3/token")
    token = answer({"access_token": "at", "refresh_token": "rt", "expires_in": 1800, "token_type": "bearer"})
    transport, store = ScriptedTransport(token), MemoryTokenStore()
    exchange = Exchange(transport, Timeout(), store)
    flow = HubSpot.authorization(settings, "secret of the app", exchange, "https://odoo.example.com/back")
    pending = flow.start()
    parts = urlsplit(pending.url)
    asked_for = parse_qs(parts.query)
    assert (parts.netloc, parts.path) == ("app.hubspot.com", "/oauth/authorize")
    assert asked_for["client_id"] == ["7fff1e36"]
    assert asked_for["scope"][0].split() == [scope.name for scope in HubSpot.scopes]
    flow.finish(pending, {"code": "c", "state": pending.state}, store)
    (request,) = transport.requests
    form = parse_qs(request.body.decode())
    assert request.url == "https://api.hubapi.com/oauth/v3/token" and "Authorization" not in request.headers
    assert (form["client_id"], form["client_secret"]) == (["7fff1e36"], ["secret of the app"])
    api = HubSpot.auth(settings, "secret of the app", exchange)
    assert api.apply(Request("GET", "https://api.hubapi.com/x")).headers["Authorization"] == "Bearer at"


def test_check_tells_the_account() -> None:
    details = {"portalId": 62515, "accountType": "STANDARD", "timeZone": "Europe/Brussels", "companyCurrency": "EUR"}
    made, _transport = hubspot(details, {"results": []})
    found = made.check()
    assert (found.account, found.missing_scopes) == ("62515", ())
    assert found.details == {"companyCurrency": "EUR", "timeZone": "Europe/Brussels", "accountType": "STANDARD"}


def test_check_names_missing_scopes_but_a_wrong_token_is_refused() -> None:
    refused = answer(fixture("error__missing_scopes"), 403)
    made, _transport = hubspot({"portalId": 1}, refused, answer({"results": []}))
    assert made.check().missing_scopes == ("crm.objects.contacts.read",)
    made, _transport = hubspot(answer({"category": "INVALID_AUTHENTICATION"}, 401))
    with pytest.raises(Unauthorized):
        made.check()


def test_a_refused_write_names_the_scope() -> None:
    made, _transport = hubspot(answer(fixture("error__missing_scopes"), 403))
    with pytest.raises(Unauthorized) as caught:
        made.push("contact", out("contact"))
    assert caught.value.code == "missing-scope"
    assert caught.value.params["missing_scopes"] == ["crm.objects.contacts.write"]


# What is sent, judged by the description HubSpot publishes


def test_a_deals_creation_is_valid_by_hubspots_description(shared_specs: Path) -> None:
    api = OpenAPI.from_dict(json.loads((shared_specs / "hubspot_deals_v3.json").read_text(encoding="utf-8")))
    made, transport = hubspot(answer(fixture("deal"), 201))
    made.push("deal", deal())
    (request,) = transport.requests
    request = replace(request, url=request.url.replace("/objects/deals", "/objects/0-3"))  # as it has them
    api.validate_request(_as_seen_by_openapi(request))


@pytest.mark.parametrize(("kind", "plural"), [("contact", "contacts"), ("company", "companies")])
def test_every_request_is_valid_by_hubspots_description(shared_specs: Path, kind: str, plural: str) -> None:
    document = json.loads((shared_specs / f"hubspot_{plural}_v3.json").read_text(encoding="utf-8"))
    api = OpenAPI.from_dict(document)
    found = fixture(kind)
    page = {"total": 0, "results": [], "paging": {"next": {"after": "1"}}}
    requests: list[Request] = []
    for answers, call in (
        ((page, answer(found, 201)), lambda made: made.push(kind, out(kind), idempotency_key="k")),
        ((found,), lambda made: made.push(kind, {"properties": {"phone": None}}, external_id=found["id"])),
        (({**found, "properties": {}},), lambda made: made.fetch(kind, found["id"])),
        ((page,), lambda made: made.list(kind)),
        ((page,), lambda made: made.list(kind, cursor="1")),
        ((page,), lambda made: made.list(kind, since="2025-01-01T00:00:00Z")),
        ((answer({}, 204),), lambda made: made.delete(kind, found["id"])),
    ):
        answers = answers[1:] if kind == "contact" and len(answers) > 1 else answers
        made, transport = hubspot(*answers)
        call(made)
        requests += transport.requests
    assert len(requests) == (7 if kind == "contact" else 8)
    for request in requests:
        api.validate_request(_as_seen_by_openapi(request))


def test_the_description_would_notice_a_wrong_request(shared_specs: Path) -> None:
    api = OpenAPI.from_dict(json.loads((shared_specs / "hubspot_contacts_v3.json").read_text(encoding="utf-8")))
    wrong = Request(
        "POST", "https://api.hubapi.com/crm/v3/objects/contacts", body=b'{"properties": {"phone": null}}'
    ).with_header("Content-Type", "application/json")
    with pytest.raises(OpenAPIError, match="body"):
        api.validate_request(_as_seen_by_openapi(wrong))


def _as_seen_by_openapi(request: Request) -> MockRequest:
    parts = urlsplit(request.url)
    return MockRequest(
        f"{parts.scheme}://{parts.netloc}",
        request.method.lower(),
        parts.path,
        args={name: values[0] for name, values in query(request).items()},
        headers=dict(request.headers),
        data=request.body,
        content_type=request.headers.get("Content-Type", ""),
    )
