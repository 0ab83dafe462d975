# Part of Integration Hub. License LGPL-3.0 or later.
"""Descriptions: those installed are sound, mistakes are named, and the example of docs/SANDBOX.md is a whole vendor."""

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from integration_hub_connectors import signatures
from integration_hub_connectors.clock import ManualClock
from integration_hub_connectors.sandbox import Settings
from integration_hub_connectors.sandbox.engine.description import (
    VENDORS,
    Description,
    DescriptionError,
    installed,
    parse,
    read,
)
from integration_hub_connectors.sandbox.engine.refusals import STATUSES, Refusal
from integration_hub_connectors.sandbox.engine.template import holes
from integration_hub_connectors.sandbox.testing import Receiver, Sandbox, running
from jsonschema import Draft202012Validator

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "SANDBOX.md"
PEOPLE = "/v2/people"


def example() -> dict[str, Any]:
    """The description in docs/SANDBOX.md."""
    found = re.search(r"```json\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    document: dict[str, Any] = json.loads(found[1])
    return document


@pytest.fixture(scope="module")
def module_sandbox() -> Iterator[Sandbox]:
    with running(Settings(seed=1), clock=ManualClock()) as sandbox:
        sandbox.control("PUT", "/vendors/acme", example(), status=201)
        yield sandbox


def call(sandbox: Sandbox, method: str, path: str, document: object = None, **params: object) -> requests.Response:
    return sandbox.vendor("acme", method, path, json=document, params=params)


def create(sandbox: Sandbox, **members: object) -> dict[str, Any]:
    answer = call(sandbox, "POST", PEOPLE, members)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()["data"]
    return made


# -- the descriptions there are ---------------------------------------------------------------------------------------


def test_every_vendor_folder_with_a_description_is_served() -> None:
    names = [description.name for description in installed()]
    assert names == sorted(path.parent.name for path in VENDORS.glob("*/sandbox.json"))
    assert {"hubspot", "shopify", "xero"} <= set(names)


@pytest.mark.parametrize("description", installed(), ids=lambda description: description.name)
def test_start_data_is_what_the_types_say_may_be_written(description: Description) -> None:
    for name, documents in description.seed["objects"].items():
        validator = Draft202012Validator(description.document["types"][name].get("schema", {}))
        for document in documents:
            validator.validate(document)


@pytest.mark.parametrize("name", [description.name for description in installed()])
@pytest.mark.parametrize("reason", sorted(STATUSES))
def test_every_refusal_has_its_document(sandbox: Sandbox, name: str, reason: str) -> None:
    facts = dict.fromkeys(("scope", "id", "type", "member", "name", "limit_name", "error"), "told")
    refusal = Refusal(reason, "in short", retry_after=3.0, problems=[], **facts)
    errors = sandbox.vendors[name].errors
    answer = errors.refused(refusal)
    assert answer.status == errors.status(refusal) >= 400
    assert isinstance(answer.body, bytes)
    assert list(holes(json.loads(answer.body))) == []


@pytest.mark.parametrize("name", [description.name for description in installed()])
def test_every_status_has_its_document(sandbox: Sandbox, name: str) -> None:
    for status in (*range(400, 432), *range(500, 512)):
        answer = sandbox.vendors[name].failure(status, 7.0)
        assert answer.status == status
        assert answer.headers["Retry-After"].startswith("7")
        assert "Retry-After" not in sandbox.vendors[name].failure(503, None).headers


# -- mistakes ---------------------------------------------------------------------------------------------------------


def _broken(path: str, value: object) -> dict[str, Any]:
    document = example()
    *parents, last = path.strip("/").split("/")
    inside: Any = document
    for name in parents:
        name = name.replace("~1", "/")
        inside = inside[int(name)] if isinstance(inside, list) else inside[name]
    if value is None:
        del inside[last.replace("~1", "/")]
    else:
        inside[last.replace("~1", "/")] = value
    return document


@pytest.mark.parametrize(
    ("path", "value", "pointer", "words"),
    [
        ("/routes", None, "", "'routes' is a required property"),
        ("/name", "Acme CRM", "/name", "does not match"),
        ("/colour", "red", "", "'colour' was unexpected"),
        ("/auth/0/kind", "magic", "/auth/0/kind", "is not one of"),
        ("/auth/0/kind", "header", "/auth/0", "'name' is a required property"),
        ("/auth/0/routes", "(", "/auth/0/routes", "no regular expression"),
        ("/auth/0/value", "{settings.key}", "/auth/0/value", "no setting 'key'"),
        ("/limits/calls/seconds", None, "/limits/calls", "'seconds' is a required property"),
        ("/limits/calls/routes", "[", "/limits/calls/routes", "no regular expression"),
        ("/limits/calls/limit", "{settings.cals}", "/limits/calls/limit", "no setting 'cals'"),
        ("/errors/wrong", {}, "/errors", "'wrong'"),
        ("/errors/default/body", "x", "/errors/default/body", "is not of type 'object'"),
        ("/list/page/kind", "scroll", "/list/page/kind", "is not one of"),
        ("/list/page/param", None, "/list/page", "'param' is a required property"),
        ("/answer/data", "{itm}", "/answer/data", "nothing fills '{itm}'"),
        (
            "/routes/GET ~1v2~1me/answer/account",
            "{hole}",
            "/routes/GET ~1v2~1me/answer/account",
            "nothing fills '{hole}'",
        ),
        ("/moments", "roman", "/moments", "no format 'roman'"),
        ("/types/person/changed/updated_at", "{now:roman}", "/types/person/changed/updated_at", "no format 'roman'"),
        ("/types/person/paths", [], "/types/person/paths", "[]"),
        ("/types/person/schema/type", "thing", "/types/person/schema/type", "thing"),
        ("/types/person/list/filters/plan/op", "like", "/types/person/list/filters/plan/op", "is not one of"),
        ("/routes/GET ~1v2~1me/do", "dance", "/routes/GET ~1v2~1me/do", "no operation 'dance'"),
        ("/routes/GET ~1v2~1people/type", "place", "/routes/GET ~1v2~1people/type", "no type 'place'"),
        ("/routes/GET ~1v2~1people/type", None, "/routes/GET ~1v2~1people", "needs a type"),
        ("/routes/FETCH ~1v2", {"do": "list"}, "/routes", "FETCH"),
        ("/routes/GET ~1v2~1one", {"do": "read", "type": "person"}, "/routes/GET ~1v2~1one", "needs {id}"),
        ("/settings/scopes", None, "/routes/GET ~1v2~1people/scope", "settings.scopes"),
        ("/webhooks/scheme", "wax", "/webhooks/scheme", "wax"),
        ("/webhooks/events/0/on", "sold", "/webhooks/events/0/on", "is not one of"),
        ("/webhooks/events/0/types", ["place"], "/webhooks/events/0/types", "no type 'place'"),
        ("/plugins", {"soap": {}}, "/plugins/soap", "no plug-in 'soap'"),
        ("/plugins", {"graphql": {}}, "/plugins", "another one builds on (Storefront)"),
        ("/seed/objects", {"place": []}, "/seed/objects/place", "no type 'place'"),
    ],
)
def test_a_mistake_is_named_by_its_pointer_and_changes_nothing(
    sandbox: Sandbox, path: str, value: object, pointer: str, words: str
) -> None:
    document = _broken(path, value)
    document["name"] = document["name"] if path == "/name" else "acme"
    answer = sandbox.session.put(f"{sandbox.url}/_control/vendors/{document['name']}", json=document)
    assert (answer.status_code, answer.json()["type"]) == (400, "urn:hub-sandbox:invalid-description")
    assert answer.json().get("pointer", "") == pointer
    assert words in answer.json()["detail"]
    assert call(sandbox, "GET", "/v2/me").json() == {"account": "acme-sandbox"}


def test_a_file_that_is_no_description_is_named(tmp_path: Path) -> None:
    (tmp_path / "acme").mkdir()
    path = tmp_path / "acme" / "sandbox.json"
    for text, words in (("{", "not JSON"), ("[]", "is not of type 'object'"), ('{"name": "a", "name": "b"}', "twice")):
        path.write_text(text)
        with pytest.raises(DescriptionError, match=words):
            read(path)
    path.write_text(json.dumps({**example(), "seed": "start.json"}))
    with pytest.raises(DescriptionError, match=r"start\.json cannot be read"):
        read(path)
    (tmp_path / "acme" / "start.json").write_text(json.dumps({"objects": {"place": []}}))
    with pytest.raises(DescriptionError, match="acme: at /seed/objects/place: there is no type 'place'") as caught:
        read(path)
    assert caught.value.params == {"pointer": "/seed/objects/place"}


def test_start_data_may_stand_in_a_file_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "sandbox.json").write_text(json.dumps({**example(), "seed": "start.json"}))
    (tmp_path / "start.json").write_text(json.dumps({"objects": {"person": [{"name": "Cy"}]}}))
    with running(Settings(seed=1, descriptions=(read(tmp_path / "sandbox.json"),))) as sandbox:
        assert [one["name"] for one in call(sandbox, "GET", PEOPLE).json()["data"]] == ["Cy"]
        assert list(sandbox.control("GET", "/health")["vendors"]) == ["acme"]


# -- the example of the documentation ---------------------------------------------------------------------------------


def test_a_described_vendor_has_what_every_vendor_has(sandbox: Sandbox) -> None:
    health = sandbox.control("GET", "/health")["vendors"]["acme"]
    assert health["base_url"] == f"{sandbox.url}/acme"
    assert (health["token"], health["objects"]) == ("acme-token", {"person": 2})
    assert sandbox.control("GET", "/vendors/acme") == example()
    assert sandbox.control("GET", "/settings")["acme"]["calls"] == 120
    sandbox.control("GET", "/vendors/nobody", status=404)
    sandbox.control("PUT", "/vendors/acme", {**example(), "name": "other"}, status=400)


def test_life_of_an_object(sandbox: Sandbox) -> None:
    made = create(sandbox, name="Cy", email="cy@example.com")
    assert made["id"].startswith("per_") and made["plan"] == "free" and made["created_at"] == made["updated_at"]
    sandbox.advance(5)
    path = f"{PEOPLE}/{made['id']}"
    changed = call(sandbox, "PATCH", path, {"plan": "team"}).json()["data"]
    assert changed == {**made, "plan": "team", "updated_at": changed["updated_at"]}
    assert changed["updated_at"] > made["updated_at"]
    assert call(sandbox, "PATCH", path, {"plan": "team"}).json()["data"] == changed
    assert call(sandbox, "GET", path).json() == {"data": changed}
    assert call(sandbox, "DELETE", path).status_code == 204
    for method in ("GET", "PATCH", "DELETE"):
        assert call(sandbox, method, path, {}).json()["error"]["code"] == 404


@pytest.mark.parametrize(
    ("members", "status", "member"),
    [
        ({}, 422, "name"),
        ({"name": ""}, 422, "name"),
        ({"name": "Cy", "email": "nobody"}, 422, "email"),
        ({"name": "Cy", "plan": "gold"}, 422, "plan"),
        ({"name": "Cy", "shoe": 44}, 422, ""),
        ({"name": "Cy", "id": "per_1"}, 422, "id"),
        ({"name": "Cy", "email": "ada@example.com"}, 409, None),
        ([], 400, None),
    ],
)
def test_what_may_not_be_written_is_refused(sandbox: Sandbox, members: object, status: int, member: str | None) -> None:
    answer = call(sandbox, "POST", PEOPLE, members)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, status)
    assert [one["member"] for one in answer.json().get("problems", [])] == ([member] if member is not None else [])
    assert sandbox.control("GET", "/objects/acme/person")["count"] == 2


def test_pages_and_filters(sandbox: Sandbox) -> None:
    sandbox.advance(5)
    late = [create(sandbox, name=f"P{number}", plan="team")["name"] for number in range(3)]
    url, seen = f"{PEOPLE}?per_page=2", []
    while url:
        page = call(sandbox, "GET", url).json()
        assert page["meta"]["total"] == 5
        seen += [one["name"] for one in page["data"]]
        url = page.get("links", {}).get("next", "").removeprefix(f"{sandbox.url}/acme")
    assert seen == ["Ada Lacombe", "Bo Niemi", *late]
    since = call(sandbox, "GET", PEOPLE).json()["data"][2]["updated_at"]
    for query in ({"updated_since": since}, {"plan": "TEAM"}):
        assert [one["name"] for one in call(sandbox, "GET", PEOPLE, **query).json()["data"]] == late
    for query in ({"per_page": 0}, {"per_page": 101}, {"page": 0}, {"page": "x"}, {"updated_since": "soon"}):
        assert call(sandbox, "GET", PEOPLE, **query).status_code == 400
    assert call(sandbox, "GET", PEOPLE, page=9).json()["data"] == []


def test_credentials_scopes_and_limits(sandbox: Sandbox) -> None:
    assert requests.get(f"{sandbox.url}/acme/v2/me").json()["error"]["code"] == 401
    sandbox.control("PUT", "/settings", {"acme": {"scopes": ["people.read"], "calls": 2}})
    try:
        assert call(sandbox, "POST", PEOPLE, {"name": "Cy"}).status_code == 403
        answers = [call(sandbox, "GET", PEOPLE) for _ in range(2)]
    finally:
        sandbox.control("PUT", "/settings", {"acme": {"scopes": ["people.read", "people.write"], "calls": 120}})
    assert [answer.status_code for answer in answers] == [200, 429]
    assert [answer.headers["X-RateLimit-Remaining"] for answer in answers] == ["0", "0"]
    assert answers[1].headers["Retry-After"] == "60"
    assert call(sandbox, "GET", "/v3/me").status_code == 404
    assert call(sandbox, "PUT", PEOPLE, {}).status_code == 405


def test_webhooks_tell_of_both_sides(sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.control("PUT", "/webhooks", {"vendor": "acme", "url": receiver.url})
    made = create(sandbox, name="Cy")
    sandbox.control("PATCH", f"/acme/people/{made['id']}", {"name": "Cyrus"})
    sandbox.control("DELETE", f"/acme/people/{made['id']}", status=204)
    silent = sandbox.control("POST", "/acme/people", {"name": "Di", "webhook": False}, status=201)
    sandbox.drain()
    sandbox.control("DELETE", "/webhooks?vendor=acme")
    told = [json.loads(received.body) for received in receiver.received]
    assert [one["type"] for one in told] == ["person.created", "person.updated", "person.deleted"]
    assert told[0]["data"] == made
    assert (told[1]["data"]["name"], told[2]["data"]) == ("Cyrus", {"id": made["id"]})
    assert silent["name"] == "Di"
    for received in receiver.received:
        delivery = signatures.Delivery("POST", receiver.url, received.headers, received.body)
        secret = sandbox.core.settings.acme.webhook_secret
        signatures.get("standard_webhooks").verify(delivery, [secret], now=sandbox.core.clock.now())


@pytest.mark.parametrize(
    ("method", "path", "document", "status", "pointer"),
    [
        ("POST", "/acme/people", {"email": "x@y"}, 422, "/name"),
        ("POST", "/acme/people", {"name": "Cy", "email": "ada@example.com"}, 409, "/email"),
        ("POST", "/acme/people", {"name": "Cy", "webhook": "no"}, 400, "/webhook"),
        ("POST", "/acme/places", {}, 404, None),
        ("PATCH", "/acme/people/per_9", {}, 404, None),
    ],
)
def test_what_a_person_cannot_do_is_a_problem(
    sandbox: Sandbox, method: str, path: str, document: object, status: int, pointer: str | None
) -> None:
    problem = sandbox.control(method, path, document, status=status)
    assert problem["type"].startswith("urn:hub-sandbox:")
    assert problem.get("pointer") == pointer


def test_faults_are_in_the_vendors_words(sandbox: Sandbox) -> None:
    sandbox.control(
        "PUT", "/faults", {"faults": [{"vendor": "acme", "kind": "status", "status": 503, "retry_after": 2}]}
    )
    answer = call(sandbox, "GET", "/v2/me")
    assert (answer.headers["Retry-After"], answer.json()["error"]["code"]) == ("2", 503)


def test_a_vendor_described_again_begins_anew(sandbox: Sandbox) -> None:
    create(sandbox, name="Cy")
    changed = copy.deepcopy(example())
    changed["routes"]["GET /v3/me"] = {"do": "answer", "answer": {"account": "{settings.token}"}}
    sandbox.control("PUT", "/vendors/acme", changed, status=201)
    assert call(sandbox, "GET", "/v3/me").json() == {"account": "acme-token"}
    assert sandbox.control("GET", "/objects/acme/person")["count"] == 2
    assert parse(changed).seed == changed["seed"]
    sandbox.control("PUT", "/vendors/acme", example(), status=201)
