# Part of Integration Hub. License LGPL-3.0 or later.
"""HubSpot's imitation, on a real port."""

import json

import pytest
import requests
from integration_hub_connectors.sandbox import Settings
from integration_hub_connectors.sandbox.testing import Sandbox

CONTACTS = "/crm/v3/objects/contacts"
COMPANIES = "/crm/v3/objects/companies"


def call(sandbox: Sandbox, method: str, path: str, document: object = None, **params: object) -> requests.Response:
    return sandbox.vendor("hubspot", method, path, json=document, params=params)


def create(sandbox: Sandbox, path: str = CONTACTS, **properties: object) -> dict:
    answer = call(sandbox, "POST", path, {"properties": properties})
    assert answer.status_code == 201, answer.text
    return answer.json()


def refused(answer: requests.Response, status: int, category: str) -> dict:
    document = answer.json()
    assert (answer.status_code, document["status"], document["category"]) == (status, "error", category), answer.text
    assert len(document["correlationId"]) == 36
    return document


def test_credentials(sandbox: Sandbox) -> None:
    for headers in ({}, {"Authorization": "Bearer other"}, {"Authorization": "Basic pat-sandbox"}):
        answer = requests.get(f"{sandbox.url}/hubspot{CONTACTS}", headers=headers)
        refused(answer, 401, "INVALID_AUTHENTICATION")
    details = call(sandbox, "GET", "/account-info/v3/details")
    assert details.json()["portalId"] == 62515


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", CONTACTS, "crm.objects.contacts.read"),
        ("POST", CONTACTS, "crm.objects.contacts.write"),
        ("GET", f"{COMPANIES}/1", "crm.objects.companies.read"),
    ],
)
def test_missing_scope(sandbox: Sandbox, method: str, path: str, scope: str) -> None:
    kept = [name for name in Settings().hubspot.scopes if name != scope]
    sandbox.control("PUT", "/settings", {"hubspot": {"scopes": kept}})
    try:
        document = refused(call(sandbox, method, path, {}), 403, "MISSING_SCOPES")
    finally:
        sandbox.control("PUT", "/settings", {"hubspot": {"scopes": list(Settings().hubspot.scopes)}})
    assert document["errors"][0]["context"]["requiredGranularScopes"] == [scope]


def test_life_of_a_contact(sandbox: Sandbox) -> None:
    made = create(sandbox, email="Ada@Example.com", firstname="Ada", phone="+32 9 555 01 01")
    assert made["properties"]["email"] == "ada@example.com"
    assert made["properties"]["hs_object_id"] == made["id"]
    assert made["createdAt"] == made["updatedAt"] == made["properties"]["createdate"]
    assert made["archived"] is False
    sandbox.advance(5)
    patched = call(sandbox, "PATCH", f"{CONTACTS}/{made['id']}", {"properties": {"phone": "", "jobtitle": "Engineer"}})
    assert patched.json()["updatedAt"] > made["updatedAt"]
    assert patched.json()["properties"]["lastmodifieddate"] == patched.json()["updatedAt"]
    read = call(sandbox, "GET", f"{CONTACTS}/ada@example.com", idProperty="email", properties="jobtitle,phone")
    assert read.json()["properties"] | {"jobtitle": "Engineer", "phone": ""} == read.json()["properties"]
    assert read.json()["id"] == made["id"]
    assert "jobtitle" not in call(sandbox, "GET", f"{CONTACTS}/{made['id']}").json()["properties"]
    assert call(sandbox, "DELETE", f"{CONTACTS}/{made['id']}").status_code == 204
    refused(call(sandbox, "GET", f"{CONTACTS}/{made['id']}"), 404, "OBJECT_NOT_FOUND")
    refused(
        call(sandbox, "PATCH", f"{CONTACTS}/{made['id']}", {"properties": {"city": "Ghent"}}), 404, "OBJECT_NOT_FOUND"
    )
    archived = call(sandbox, "GET", f"{CONTACTS}/{made['id']}", archived="true").json()
    assert archived["archived"] is True and archived["archivedAt"]
    assert call(sandbox, "DELETE", f"{CONTACTS}/{made['id']}").status_code == 204
    assert create(sandbox, email="ada@example.com")["id"] != made["id"]


def test_an_update_without_a_difference_changes_nothing(sandbox: Sandbox) -> None:
    made = create(sandbox, email="ada@example.com")
    sandbox.advance(5)
    same = call(sandbox, "PATCH", f"{CONTACTS}/{made['id']}", {"properties": {"email": "ADA@example.com"}}).json()
    assert same["updatedAt"] == made["updatedAt"]


def test_duplicate_email_is_a_conflict(sandbox: Sandbox) -> None:
    made = create(sandbox, email="ada@example.com")
    document = refused(call(sandbox, "POST", CONTACTS, {"properties": {"email": "ADA@example.com"}}), 409, "CONFLICT")
    assert document["message"] == f"Contact already exists. Existing ID: {made['id']}"
    other = create(sandbox, email="bob@example.com")
    patched = call(sandbox, "PATCH", f"{CONTACTS}/{other['id']}", {"properties": {"email": "ada@example.com"}})
    refused(patched, 409, "CONFLICT")
    assert call(sandbox, "GET", f"{CONTACTS}/{other['id']}").json()["properties"]["email"] == "bob@example.com"


@pytest.mark.parametrize(
    ("path", "properties", "code"),
    [
        (CONTACTS, {"email": "nobody"}, "INVALID_EMAIL"),
        (CONTACTS, {"email": "a b@example.com"}, "INVALID_EMAIL"),
        (CONTACTS, {"shoe_size": "44"}, "PROPERTY_DOESNT_EXIST"),
        (CONTACTS, {"lifecyclestage": "friend"}, "INVALID_OPTION"),
        (CONTACTS, {"hs_object_id": "1"}, "READ_ONLY_VALUE"),
        (CONTACTS, {"hs_language": "English"}, "INVALID_OPTION"),
        (COMPANIES, {"industry": "Software"}, "INVALID_OPTION"),
        (COMPANIES, {"numberofemployees": "many"}, "INVALID_DOUBLE"),
    ],
)
def test_bad_properties(sandbox: Sandbox, path: str, properties: dict, code: str) -> None:
    before = call(sandbox, "GET", path, limit=100).json()
    document = refused(
        call(sandbox, "POST", path, {"properties": {"city": "Ghent", **properties}}), 400, "VALIDATION_ERROR"
    )
    assert document["errors"][0]["code"] == code
    assert document["errors"][0]["context"]["propertyName"] == list(properties)
    assert document["message"].startswith("Property values were not valid: [")
    assert call(sandbox, "GET", path, limit=100).json() == before


@pytest.mark.parametrize("body", [b"", b"nope", b"[]", b"{}", b'{"properties": []}', b'{"properties": {"city": {}}}'])
def test_bad_bodies(sandbox: Sandbox, body: bytes) -> None:
    refused(sandbox.vendor("hubspot", "POST", CONTACTS, data=body), 400, "VALIDATION_ERROR")


@pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "101"}, {"limit": "x"}, {"after": "x"}])
def test_bad_pages(sandbox: Sandbox, query: dict) -> None:
    refused(call(sandbox, "GET", CONTACTS, **query), 400, "VALIDATION_ERROR")


def test_list_pages_by_after(sandbox: Sandbox) -> None:
    seen, after = [], {}
    while True:
        page = call(sandbox, "GET", CONTACTS, limit=4, properties=["email", "jobtitle"], **after).json()
        seen += [record["id"] for record in page["results"]]
        if "paging" not in page:
            break
        assert page["paging"]["next"]["link"].startswith(f"{sandbox.url}/hubspot{CONTACTS}?")
        after = {"after": page["paging"]["next"]["after"]}
    assert len(seen) == len(set(seen)) == 10


def test_search_filters_sorts_and_pages(sandbox: Sandbox) -> None:
    sandbox.advance(10)
    changed = create(sandbox, email="zoe@example.com", firstname="Zoe")
    sandbox.advance(10)
    later = create(sandbox, email="yan@example.com", firstname="Yan")

    def search(**body: object) -> dict:
        sandbox.advance(1)
        answer = call(sandbox, "POST", f"{CONTACTS}/search", body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    since = {"propertyName": "lastmodifieddate", "operator": "GTE", "value": changed["updatedAt"]}
    found = search(filterGroups=[{"filters": [since]}], sorts=["-lastmodifieddate"], properties=["firstname"], limit=1)
    assert found["total"] == 2
    assert [record["id"] for record in found["results"]] == [later["id"]]
    rest = search(
        filterGroups=[{"filters": [since]}],
        sorts=["-lastmodifieddate"],
        limit=1,
        after=found["paging"]["next"]["after"],
    )
    assert [record["id"] for record in rest["results"]] == [changed["id"]]
    assert "paging" not in rest
    email = {"propertyName": "email", "operator": "EQ", "value": "ZOE@example.com"}
    assert [record["id"] for record in search(filterGroups=[{"filters": [email]}])["results"]] == [changed["id"]]
    assert search(query="tidewater")["total"] == 2
    either = [{"filters": [email]}, {"filters": [{"propertyName": "firstname", "operator": "IN", "values": ["Yan"]}]}]
    assert search(filterGroups=either)["total"] == 2
    without = {"propertyName": "phone", "operator": "NOT_HAS_PROPERTY"}
    assert search(filterGroups=[{"filters": [without]}])["total"] == 3


def test_search_sees_changes_late_when_told_so(sandbox: Sandbox) -> None:
    sandbox.control("PUT", "/settings", {"hubspot": {"search_delay": 10}})
    try:
        create(sandbox, email="late@example.com")
        body = {
            "filterGroups": [{"filters": [{"propertyName": "email", "operator": "EQ", "value": "late@example.com"}]}]
        }
        assert call(sandbox, "POST", f"{CONTACTS}/search", body).json()["total"] == 0
        sandbox.advance(11)
        assert call(sandbox, "POST", f"{CONTACTS}/search", body).json()["total"] == 1
    finally:
        sandbox.control("PUT", "/settings", {"hubspot": {"search_delay": 0}})


@pytest.mark.parametrize(
    "body",
    [
        {"limit": 201},
        {"after": "9999", "limit": 10},
        {"filterGroups": [{"filters": []}] * 6},
        {"filterGroups": [{"filters": [{"propertyName": "shoe", "operator": "EQ", "value": "1"}]}]},
        {"filterGroups": [{"filters": [{"propertyName": "email", "operator": "LIKE", "value": "1"}]}]},
        {"filterGroups": ["x"]},
        {"sorts": ["shoe"]},
    ],
)
def test_bad_searches(sandbox: Sandbox, body: dict) -> None:
    refused(call(sandbox, "POST", f"{CONTACTS}/search", body), 400, "VALIDATION_ERROR")


def test_batches(sandbox: Sandbox) -> None:
    inputs = [{"properties": {"email": f"b{number}@example.com"}} for number in range(3)]
    made = call(sandbox, "POST", f"{CONTACTS}/batch/create", {"inputs": inputs})
    assert made.status_code == 201
    ids = [record["id"] for record in made.json()["results"]]
    wanted = {"inputs": [{"id": number} for number in ids], "properties": ["email"], "propertiesWithHistory": []}
    assert call(sandbox, "POST", f"{CONTACTS}/batch/read", wanted).status_code == 200
    wanted["inputs"].append({"id": "1"})
    some = call(sandbox, "POST", f"{CONTACTS}/batch/read", wanted)
    assert (some.status_code, len(some.json()["results"]), some.json()["numErrors"]) == (207, 3, 1)
    update = {"inputs": [{"id": ids[0], "properties": {"city": "Ghent"}}]}
    assert (
        call(sandbox, "POST", f"{CONTACTS}/batch/update", update).json()["results"][0]["properties"]["city"] == "Ghent"
    )
    upsert = {
        "inputs": [
            {"id": "b1@example.com", "idProperty": "email", "properties": {"city": "Oslo"}},
            {"id": "new@example.com", "idProperty": "email", "properties": {"city": "Bern"}},
        ]
    }
    assert [r["new"] for r in call(sandbox, "POST", f"{CONTACTS}/batch/upsert", upsert).json()["results"]] == [
        False,
        True,
    ]
    assert call(sandbox, "POST", f"{CONTACTS}/batch/archive", {"inputs": [{"id": ids[0]}]}).status_code == 204
    refused(call(sandbox, "POST", f"{CONTACTS}/batch/read", {"inputs": [{}] * 101}), 400, "VALIDATION_ERROR")
    refused(call(sandbox, "POST", f"{CONTACTS}/batch/create", {"inputs": "x"}), 400, "VALIDATION_ERROR")
    refused(
        call(sandbox, "POST", f"{CONTACTS}/batch/upsert", upsert | {"inputs": [{"properties": {}}]}),
        400,
        "VALIDATION_ERROR",
    )
    for operation in ("read", "upsert"):
        wrong = {"inputs": [{"id": "x", "idProperty": "city", "properties": {}}], "idProperty": "city"}
        refused(call(sandbox, "POST", f"{CONTACTS}/batch/{operation}", wrong), 400, "VALIDATION_ERROR")


def test_an_integration_may_define_a_unique_property(sandbox: Sandbox) -> None:
    definition = {"name": "odoo_id", "label": "Odoo ID", "type": "string", "fieldType": "text", "groupName": "x"}
    path = "/crm/v3/properties/companies"
    assert call(sandbox, "POST", path, {**definition, "hasUniqueValue": True}).status_code == 201
    refused(call(sandbox, "POST", path, definition), 409, "OBJECT_ALREADY_EXISTS")
    refused(call(sandbox, "POST", path, {"name": "x"}), 400, "VALIDATION_ERROR")
    assert call(sandbox, "GET", f"{path}/odoo_id").json()["hasUniqueValue"] is True
    refused(call(sandbox, "GET", f"{path}/nothing"), 404, "OBJECT_NOT_FOUND")
    assert "odoo_id" in [known["name"] for known in call(sandbox, "GET", path).json()["results"]]
    made = create(sandbox, COMPANIES, name="Acorn", odoo_id="42")
    taken = call(sandbox, "POST", COMPANIES, {"properties": {"odoo_id": "42"}})
    assert refused(taken, 400, "VALIDATION_ERROR")["errors"][0]["code"] == "CONFLICTING_UNIQUE_VALUE"
    found = call(sandbox, "GET", f"{COMPANIES}/42", idProperty="odoo_id")
    assert found.json()["id"] == made["id"]
    refused(call(sandbox, "GET", f"{COMPANIES}/Acorn", idProperty="name"), 400, "VALIDATION_ERROR")


def test_burst_limit(sandbox: Sandbox) -> None:
    sandbox.control("PUT", "/settings", {"hubspot": {"limit": 3}})
    try:
        answers = [call(sandbox, "GET", CONTACTS, limit=1) for _ in range(4)]
        document = refused(answers[3], 429, "RATE_LIMITS")
        assert document["policyName"] == "TEN_SECONDLY_ROLLING"
        assert answers[2].headers["X-HubSpot-RateLimit-Remaining"] == "0"
        wait = int(answers[3].headers["Retry-After"])
        assert wait == 10
        sandbox.advance(wait)
        assert call(sandbox, "GET", CONTACTS, limit=1).status_code == 200
    finally:
        sandbox.control("PUT", "/settings", {"hubspot": {"limit": 100}})


def test_search_limit_is_its_own_and_tells_no_headers(sandbox: Sandbox) -> None:
    answers = [call(sandbox, "POST", f"{CONTACTS}/search", {}) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert answers[5].json()["policyName"] == "SECONDLY"
    assert "X-HubSpot-RateLimit-Remaining" not in answers[0].headers


def test_nulls_for_unset_properties_when_told_so(sandbox: Sandbox) -> None:
    made = create(sandbox, email="ada@example.com")
    assert "city" not in call(sandbox, "GET", f"{CONTACTS}/{made['id']}", properties="city").json()["properties"]
    sandbox.control("PUT", "/settings", {"hubspot": {"null_properties": True}})
    try:
        held = call(sandbox, "GET", f"{CONTACTS}/{made['id']}", properties="city,unknown").json()["properties"]
    finally:
        sandbox.control("PUT", "/settings", {"hubspot": {"null_properties": False}})
    assert held["city"] is None and "unknown" not in held


def test_a_person_edits_in_the_screens(sandbox: Sandbox) -> None:
    made = sandbox.control("POST", "/hubspot/contacts", {"properties": {"email": "eve@example.com"}}, status=201)
    sandbox.control("PATCH", f"/hubspot/contacts/{made['id']}", {"properties": {"city": "Lund"}})
    assert call(sandbox, "GET", f"{CONTACTS}/{made['id']}", properties="city").json()["properties"]["city"] == "Lund"
    for status, body in ((409, {"email": "eve@example.com"}), (400, {"email": "x"})):
        problem = sandbox.control("POST", "/hubspot/contacts", {"properties": body}, status=status)
        assert problem["type"].startswith("urn:hub-sandbox:")
    for body, pointer in (({"email": "x@example.com"}, "/email"), ({}, "/properties")):
        assert sandbox.control("POST", "/hubspot/contacts", body, status=400)["pointer"] == pointer
    sandbox.control("DELETE", f"/hubspot/contacts/{made['id']}", status=204)
    sandbox.control("DELETE", f"/hubspot/contacts/{made['id']}", status=404)


def test_vendors_own_example_can_be_seeded(sandbox: Sandbox, shared_fixtures) -> None:
    document = json.loads((shared_fixtures / "payloads" / "hubspot" / "contact.json").read_text())
    sandbox.control("POST", "/seed", {"vendor": "hubspot", "objects": {"contact": [document]}})
    read = call(sandbox, "GET", f"{CONTACTS}/bcooper@biglytics.net", idProperty="email", properties="company,phone")
    assert read.json()["id"] == "512"
    assert read.json()["properties"]["company"] == document["properties"]["company"]
    assert read.json()["updatedAt"] == document["updatedAt"]
