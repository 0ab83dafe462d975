# Part of Integration Hub. License LGPL-3.0 or later.
"""Xero's imitation is data alone; every kind of its answers is valid against the vendor's own published description."""

import json
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from integration_hub_connectors import signatures
from integration_hub_connectors.sandbox.testing import Sandbox, receiving
from openapi_core import Config, OpenAPI
from openapi_core.contrib.requests import RequestsOpenAPIRequest, RequestsOpenAPIResponse
from openapi_core.exceptions import OpenAPIError

pytestmark = pytest.mark.filterwarnings("ignore:Unsupported scheme type")  # Xero's own security scheme
HOST = "https://api.xero.com"
BASE = "/api.xro/2.0"
PATHS = ("/Contacts", "/Contacts/{ContactID}", "/Invoices", "/Invoices/{InvoiceID}", "/Organisation")


@pytest.fixture(scope="module")
def openapi(shared_specs: Path) -> OpenAPI:
    """The vendor's description, cut to the paths that are imitated (it has 250)."""
    text = (shared_specs / "xero_accounting.yaml").read_text()
    document = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    document["paths"] = {name: document["paths"][name] for name in PATHS}
    return OpenAPI.from_dict(document, config=Config(spec_validator_cls=None))


def call(sandbox: Sandbox, method: str, path: str, document: object = None, **arguments: Any) -> requests.Response:
    return sandbox.vendor("xero", method, f"{BASE}{path}", json=document, **arguments)


def checked(
    sandbox: Sandbox, openapi: OpenAPI, method: str, path: str, document: object = None, **arguments: Any
) -> requests.Response:
    """Send a request that is valid by the description; check the answer with the description."""
    headers, _query = sandbox.vendors["xero"].access.credentials()
    wanted = requests.Request(method, f"{HOST}{BASE}{path}", headers=headers, json=document, **arguments)
    openapi.validate_request(RequestsOpenAPIRequest(wanted))
    answer = call(sandbox, method, path, document, **arguments)
    openapi.validate_response(RequestsOpenAPIRequest(wanted), RequestsOpenAPIResponse(answer))
    return answer


def test_contacts_are_as_described(sandbox: Sandbox, openapi: OpenAPI) -> None:
    phones = [{"PhoneType": "DEFAULT", "PhoneNumber": "5550101", "PhoneCountryCode": "1"}]
    new = {"Contacts": [{"Name": "Ada Lacombe", "EmailAddress": "ada@example.com", "Phones": phones}, {"Name": "Bo"}]}
    made = checked(sandbox, openapi, "PUT", "/Contacts", new).json()["Contacts"]
    assert [one["Name"] for one in made] == ["Ada Lacombe", "Bo"]
    number = made[0]["ContactID"]
    sandbox.advance(5)
    both = {"Contacts": [{"ContactID": number, "FirstName": "Ada"}, {"Name": "Cy"}]}
    changed = checked(sandbox, openapi, "POST", "/Contacts", both).json()["Contacts"]
    assert changed[0] == {**made[0], "FirstName": "Ada", "UpdatedDateUTC": changed[0]["UpdatedDateUTC"]}
    assert changed[0]["UpdatedDateUTC"] > made[0]["UpdatedDateUTC"] and changed[1]["Name"] == "Cy"
    assert checked(sandbox, openapi, "GET", f"/Contacts/{number}").json()["Contacts"] == [changed[0]]
    archived = {"Contacts": [{"ContactStatus": "ARCHIVED"}]}
    assert checked(sandbox, openapi, "POST", f"/Contacts/{number}", archived).status_code == 200
    page = checked(sandbox, openapi, "GET", "/Contacts", params={"page": 1, "pageSize": 2}).json()
    assert page["pagination"] == {"page": 1, "pageSize": 2, "pageCount": 3, "itemCount": 5}
    everybody = checked(sandbox, openapi, "GET", "/Contacts", params={"includeArchived": "true"}).json()
    assert everybody["pagination"]["itemCount"] == 6


def test_invoices_are_as_described(sandbox: Sandbox, openapi: OpenAPI) -> None:
    contact = call(sandbox, "GET", "/Contacts").json()["Contacts"][0]["ContactID"]
    lines = [{"Description": "Enamel Mug", "Quantity": 2, "UnitAmount": 14.95, "LineAmount": 29.9}]
    new = {
        "Invoices": [{"Type": "ACCREC", "Contact": {"ContactID": contact}, "LineItems": lines, "Date": "2026-01-31"}]
    }
    [made] = checked(sandbox, openapi, "PUT", "/Invoices", new).json()["Invoices"]
    assert (made["InvoiceNumber"], made["Status"], made["LineItems"]) == ("INV-0002", "DRAFT", lines)
    path = f"/Invoices/{made['InvoiceID']}"
    done = checked(sandbox, openapi, "POST", path, {"Invoices": [{"Status": "AUTHORISED"}]}).json()["Invoices"]
    assert checked(sandbox, openapi, "GET", path).json()["Invoices"] == done
    found = checked(sandbox, openapi, "GET", "/Invoices", params={"ContactIDs": contact}).json()["Invoices"]
    assert [one["InvoiceID"] for one in found] == [made["InvoiceID"]]
    drafts = checked(sandbox, openapi, "GET", "/Invoices", params={"Statuses": "DRAFT,SUBMITTED"}).json()["Invoices"]
    assert drafts == []
    assert checked(sandbox, openapi, "GET", "/Organisation").json()["Organisations"][0]["BaseCurrency"] == "USD"


@pytest.mark.parametrize(
    ("path", "document", "words"),
    [
        ("/Contacts", {"Contacts": [{"Name": "Ada"}, {"FirstName": "Nobody"}]}, "'Name' is a required property"),
        ("/Contacts", {"Contacts": [{"Name": "Tidewater Freight"}]}, "already assigned"),
        ("/Invoices", {"Invoices": [{"Type": "ACCREC", "Contact": {"Name": "X"}, "LineItems": []}]}, "[]"),
    ],
)
def test_refusals_are_as_described_and_keep_nothing(
    sandbox: Sandbox, openapi: OpenAPI, path: str, document: dict[str, Any], words: str
) -> None:
    answer = checked(sandbox, openapi, "PUT", path, document)
    assert answer.status_code == 400
    assert words in answer.json()["Elements"][0]["ValidationErrors"][0]["Message"]
    assert sandbox.control("GET", "/objects/xero/contact")["count"] == 3


def test_the_check_can_fail(sandbox: Sandbox, openapi: OpenAPI) -> None:
    document = {"ContactID": "7", "Name": "No uuid", "UpdatedDateUTC": "/Date(0+0000)/", "ContactStatus": "ACTIVE"}
    sandbox.control("POST", "/seed", {"vendor": "xero", "objects": {"contact": [document]}})
    with pytest.raises(OpenAPIError):
        checked(sandbox, openapi, "GET", "/Contacts")


@pytest.mark.parametrize("written", ["1970-01-01T00:00:00", "Thu, 01 Jan 1970 00:00:00 GMT"])
def test_only_what_changed_since_is_listed(sandbox: Sandbox, written: str) -> None:
    assert len(call(sandbox, "GET", "/Contacts", headers={"If-Modified-Since": written}).json()["Contacts"]) == 3
    late = {"If-Modified-Since": "2100-01-01T00:00:00"}
    assert call(sandbox, "GET", "/Contacts", headers=late).json()["Contacts"] == []


def test_the_tenant_and_the_token_are_needed(sandbox: Sandbox) -> None:
    headers, _query = sandbox.vendors["xero"].access.credentials()
    url = f"{sandbox.url}/xero"
    for name, status in (("Authorization", 401), ("Xero-Tenant-Id", 403)):
        kept = {one: value for one, value in headers.items() if one != name}
        answer = requests.get(f"{url}{BASE}/Contacts", headers=kept)
        assert (answer.status_code, answer.json()["Detail"]) == (status, "AuthenticationUnsuccessful")
    tenants = requests.get(f"{url}/connections", headers={"Authorization": headers["Authorization"]}).json()
    assert [one["tenantId"] for one in tenants] == [headers["Xero-Tenant-Id"]]


def test_tokens_are_given_out_and_expire(sandbox: Sandbox) -> None:
    settings, url = sandbox.core.settings.xero, f"{sandbox.url}/xero"
    client = (settings.client_id, settings.client_secret)

    def grant(**form: str) -> requests.Response:
        return requests.post(f"{url}/connect/token", data=form, auth=client)

    first = grant(grant_type="refresh_token", refresh_token=settings.refresh_token).json()
    assert (first["token_type"], first["expires_in"]) == ("Bearer", 1800)
    mine = {"Authorization": f"Bearer {first['access_token']}"}
    assert call(sandbox, "GET", "/Contacts", headers=mine).status_code == 200
    again = grant(grant_type="refresh_token", refresh_token=settings.refresh_token)
    assert (again.status_code, again.json()) == (400, {"error": "invalid_grant"})
    assert grant(grant_type="refresh_token", refresh_token=first["refresh_token"]).status_code == 200
    assert grant(grant_type="client_credentials").status_code == 200
    assert grant(grant_type="authorization_code", code="x").json() == {"error": "invalid_grant"}
    assert grant(grant_type="password").json() == {"error": "unsupported_grant_type"}
    body = {"grant_type": "client_credentials", "client_id": client[0], "client_secret": "wrong"}
    assert requests.post(f"{url}/connect/token", json=body).json() == {"error": "invalid_client"}
    sandbox.advance(1800)
    expired = call(sandbox, "GET", "/Contacts", headers=mine)
    assert (expired.status_code, expired.json()["Detail"]) == (401, "TokenExpired: token expired")


def test_the_minute_limit_says_which_it_is(sandbox: Sandbox) -> None:
    answers = [call(sandbox, "GET", "/Organisation") for _ in range(61)]
    assert [answer.status_code for answer in answers] == [200] * 60 + [429]
    assert answers[59].headers["X-MinLimit-Remaining"] == "0"
    assert (answers[60].headers["X-Rate-Limit-Problem"], answers[60].headers["Retry-After"]) == ("minute", "60")
    sandbox.advance(60)
    assert call(sandbox, "GET", "/Organisation").headers["X-DayLimit-Remaining"] == "4939"


def test_an_idempotency_key_makes_one_contact(sandbox: Sandbox) -> None:
    new, key = {"Contacts": [{"Name": "Once"}]}, {"Idempotency-Key": "k-1"}
    first, again = (call(sandbox, "PUT", "/Contacts", new, headers=key) for _ in range(2))
    assert (first.status_code, first.json()) == (200, again.json())
    assert sandbox.control("GET", "/objects/xero/contact")["count"] == 4
    other = call(sandbox, "PUT", "/Contacts", new, headers={"Idempotency-Key": "k-2"})
    assert other.status_code == 400


def test_webhooks_carry_ids_alone(sandbox: Sandbox) -> None:
    with receiving() as receiver:
        sandbox.control("PUT", "/webhooks", {"vendor": "xero", "url": receiver.url})
        made = sandbox.control("POST", "/xero/Contacts", {"Name": "Di"}, status=201)
        call(sandbox, "POST", f"/Contacts/{made['ContactID']}", {"Contacts": [{"FirstName": "Di"}]})
        sandbox.drain()
        sandbox.control("DELETE", "/webhooks?vendor=xero")
    [received] = receiver.received
    document = json.loads(received.body)
    assert document["lastEventSequence"] == len(document["events"]) == 2
    assert [(one["eventType"], one["eventCategory"]) for one in document["events"]] == [
        ("CREATE", "CONTACT"),
        ("UPDATE", "CONTACT"),
    ]
    assert {one["resourceId"] for one in document["events"]} == {made["ContactID"]}
    assert "Di" not in received.body.decode()
    delivery = signatures.Delivery("POST", receiver.url, received.headers, received.body)
    signatures.get("xero").verify(delivery, [sandbox.core.settings.xero.webhook_secret], now=sandbox.core.clock.now())
