# Part of Integration Hub. License LGPL-3.0 or later.
"""What descriptions can say that no installed vendor needs: forms, nested collections, other pages and credentials."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from integration_hub_connectors.clock import ManualClock
from integration_hub_connectors.sandbox import Settings
from integration_hub_connectors.sandbox.engine.formats import MOMENTS, seconds
from integration_hub_connectors.sandbox.engine.forms import nested
from integration_hub_connectors.sandbox.engine.template import merge, render
from integration_hub_connectors.sandbox.testing import Sandbox, running

NOTE = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}, "customer": {}, "done": {}}}
LEDGER: dict[str, Any] = {
    "name": "ledger",
    "title": "Ledger",
    "settings": {"token": "sk_sandbox", "size": 10, "leak": 2, "retry_delays": []},
    "auth": [{"kind": "basic", "value": "{settings.token}:"}],
    "limits": {
        "points": {
            "kind": "bucket",
            "limit": "{settings.size}",
            "leak": "{settings.leak}",
            "headers": {"Left": "{remaining}", "Reset": "{reset}", "Reset-At": "{reset_at:unix}"},
        }
    },
    "errors": {"default": {"body": {"ok": False, "error": "{message}"}}, "not_found": {"status": 200}},
    "list": {
        "page": {
            "kind": "keyset",
            "param": "starting_after",
            "size": {"param": "limit", "default": 10, "max": 100},
        },
        "sort": "-created",
        "answer": {"data": "{items}", "has_more": "{more}"},
        "headers": {"X-Total": "{total}"},
    },
    "moments": "unix",
    "types": {
        "customer": {
            "paths": ["customers"],
            "id": {"at": "id", "template": "cus_{number:uuid_hex}"},
            "schema": {
                "type": "object",
                "required": ["name"],
                "properties": {
                    "name": {"type": "string"},
                    "credit": {"type": "integer"},
                    "vip": {"type": "boolean"},
                    "metadata": {"type": "object"},
                    "tags": {"type": "array"},
                },
            },
            "new": {"created": "{now}"},
        },
        "note": {
            "paths": ["notes"],
            "schema": NOTE,
            "archive": {"flag": "gone", "set": {"gone": True}, "param": "with_gone"},
            "unique": ["ref"],
            "list": {
                "page": {"kind": "none"},
                "sort": "",
                "filters": {
                    "done": {"at": "done", "as": "flag"},
                    "state": {"choices": {"open": [{"at": "done", "value": "false", "as": "flag"}], "all": []}},
                    "ref": {"at": "ref", "op": "contains"},
                },
            },
        },
    },
    "routes": {
        "GET /customers": {"do": "list", "type": "customer"},
        "POST /customers": {"do": "create", "type": "customer", "cost": 4},
        "GET /customer.info": {"do": "read", "type": "customer", "key": "{query.customer}"},
        "PATCH /customers/{id}": {"do": "update", "type": "customer"},
        "PUT /customers/{id}": {"do": "replace", "type": "customer"},
        "GET /customers/{customer}/notes": {"do": "list", "type": "note", "within": {"customer": "{path.customer}"}},
        "POST /customers/{customer}/notes": {"do": "create", "type": "note", "within": {"customer": "{path.customer}"}},
        "PATCH /customers/{customer}/notes/{id}": {
            "do": "update",
            "type": "note",
            "within": {"customer": "{path.customer}"},
            "status": 204,
        },
        "GET /notes/{id}": {"do": "read", "type": "note", "by": {"param": "by", "default": "id"}},
        "POST /notes": {"do": "create", "type": "note"},
        "DELETE /notes/{id}": {"do": "delete", "type": "note", "answer": {"deleted": True}},
        "GET /notes": {
            "do": "list",
            "type": "note",
            "list": {"page": {"kind": "offset", "param": "from", "size": {"default": 2}}},
        },
    },
}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with running(Settings(seed=1, descriptions=()), clock=ManualClock()) as sandbox:
        sandbox.control("PUT", "/vendors/ledger", LEDGER, status=201)
        sandbox.core.settings.ledger.size = 1000
        yield sandbox


def call(sandbox: Sandbox, method: str, path: str, **arguments: Any) -> requests.Response:
    return sandbox.vendor("ledger", method, path, **arguments)


def customer(sandbox: Sandbox, name: str, **form: str) -> dict[str, Any]:
    sandbox.advance(1)
    made: dict[str, Any] = call(sandbox, "POST", "/customers", data={"name": name, **form}).json()
    return made


def test_a_form_is_a_document(sandbox: Sandbox) -> None:
    form = {"credit": "250", "vip": "true", "metadata[order]": "7", "tags[]": "a", "tags[1]": "b"}
    made = customer(sandbox, "Ada", **form)
    assert {name: made[name] for name in ("name", "credit", "vip", "metadata", "tags")} == {
        "name": "Ada",
        "credit": 250,
        "vip": True,
        "metadata": {"order": "7"},
        "tags": ["a", "b"],
    }
    assert made["id"].startswith("cus_") and isinstance(made["created"], int)
    assert "integer" in customer(sandbox, "Bo", credit="much")["error"]


def test_the_newest_come_first_and_pages_go_on_behind_an_id(sandbox: Sandbox) -> None:
    for name in ("A", "B", "C", "D", "E"):
        customer(sandbox, name)
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 2}
    while True:
        answer = call(sandbox, "GET", "/customers", params=query)
        page = answer.json()
        seen += [one["name"] for one in page["data"]]
        assert answer.headers["X-Total"] == "5"
        if not page["has_more"]:
            break
        query["starting_after"] = page["data"][-1]["id"]
    assert seen == ["E", "D", "C", "B", "A"]
    assert call(sandbox, "GET", "/customers", params={"starting_after": "cus_x"}).status_code == 400


def test_collections_inside_others(sandbox: Sandbox) -> None:
    ada, bo = (customer(sandbox, name)["id"] for name in ("Ada", "Bo"))
    texts = ("one", "two", "three")
    notes = [call(sandbox, "POST", f"/customers/{ada}/notes", json={"text": text}).json() for text in texts]
    assert [one["text"] for one in call(sandbox, "GET", f"/customers/{ada}/notes").json()["data"]] == list(texts)
    assert call(sandbox, "GET", f"/customers/{bo}/notes").json() == {"data": [], "has_more": False}
    path = f"/notes/{notes[0]['id']}"
    changed = call(sandbox, "PATCH", f"/customers/{ada}{path}", json={"text": "1"})
    assert (changed.status_code, changed.content) == (204, b"")
    assert call(sandbox, "PATCH", f"/customers/{bo}{path}", json={"text": "2"}).json()["ok"] is False
    assert [one["text"] for one in call(sandbox, "GET", "/notes").json()["data"]] == ["1", "two"]
    assert [one["text"] for one in call(sandbox, "GET", "/notes?from=2").json()["data"]] == ["three"]
    assert call(sandbox, "DELETE", path).json() == {"deleted": True}
    assert call(sandbox, "DELETE", path).json()["ok"] is False
    assert len(call(sandbox, "GET", f"/customers/{ada}/notes").json()["data"]) == 2
    gone = call(sandbox, "GET", f"/customers/{ada}/notes?with_gone=true").json()["data"]
    assert [one["id"] for one in gone] == [notes[0]["id"]]


def test_an_id_may_stand_in_the_query_and_an_error_be_a_200(sandbox: Sandbox) -> None:
    made = customer(sandbox, "Ada")
    assert call(sandbox, "GET", "/customer.info", params={"customer": made["id"]}).json() == made
    for query in ({"customer": "x"}, {}):
        answer = call(sandbox, "GET", "/customer.info", params=query)
        assert (answer.status_code, answer.json()["ok"]) == (200, False)


def test_null_and_nothing_are_the_same_but_false_and_zero_are_not(sandbox: Sandbox) -> None:
    made = customer(sandbox, "Ada")
    path = f"/customers/{made['id']}"
    assert call(sandbox, "PATCH", path, json={"credit": 0, "vip": False}).json() == {**made, "credit": 0, "vip": False}
    assert call(sandbox, "PATCH", path, json={"note": None}).json() == {**made, "credit": 0, "vip": False}


def test_what_is_replaced_loses_what_is_not_given(sandbox: Sandbox) -> None:
    made = customer(sandbox, "Ada", credit="5")
    replaced = call(sandbox, "PUT", f"/customers/{made['id']}", json={"name": "Ada L."}).json()
    assert replaced == {**made, "name": "Ada L.", "credit": None}
    assert call(sandbox, "PUT", f"/customers/{made['id']}", json={"credit": 6}).status_code == 400


def test_filters_by_flags_and_choices(sandbox: Sandbox) -> None:
    for text, done in (("one", True), ("two", False)):
        call(sandbox, "POST", "/notes", json={"text": text, "done": done, "ref": f"R-{text}"})

    def texts(**query: str) -> list[str]:
        return [one["text"] for one in call(sandbox, "GET", "/notes", params=query).json()["data"]]

    assert (texts(done="true"), texts(state="open"), texts(state="all")) == (["one"], ["two"], ["one", "two"])
    assert (texts(ref="r-t"), texts(ref="x")) == (["two"], [])
    for query in ({"done": "perhaps"}, {"state": "lost"}):
        assert call(sandbox, "GET", "/notes", params=query).status_code == 400


def test_an_object_is_found_by_a_unique_member(sandbox: Sandbox) -> None:
    made = call(sandbox, "POST", "/notes", json={"text": "one", "ref": "R-1"}).json()
    assert call(sandbox, "GET", "/notes/R-1", params={"by": "ref"}).json() == made
    assert call(sandbox, "GET", f"/notes/{made['id']}", params={"by": "id"}).json() == made
    assert call(sandbox, "GET", "/notes/one", params={"by": "text"}).status_code == 400
    assert call(sandbox, "POST", "/notes", json={"text": "two", "ref": "R-1"}).status_code == 409
    call(sandbox, "DELETE", f"/notes/{made['id']}")
    assert call(sandbox, "POST", "/notes", json={"text": "two", "ref": "R-1"}).status_code == 201


def test_points_run_out_and_come_back(sandbox: Sandbox) -> None:
    sandbox.core.settings.ledger.size = 10
    answers = [call(sandbox, "POST", "/customers", json={"name": "A"}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert [answer.headers["Left"] for answer in answers] == ["6", "2", "2"]
    assert (answers[2].headers["Reset"], int(answers[2].headers["Reset-At"])) == (
        "4",
        int(sandbox.core.clock.now()) + 4,
    )
    sandbox.advance(1)
    assert call(sandbox, "POST", "/customers", json={"name": "A"}).status_code == 201


@pytest.mark.parametrize(
    ("auth", "path", "good", "bad"),
    [
        ({"kind": "basic", "value": "{settings.token}:"}, "/notes", {"auth": ("sk_sandbox", "")}, {"auth": ("x", "")}),
        (
            {"kind": "query", "name": "key", "value": "{settings.token}"},
            "/notes?key=sk_sandbox",
            {},
            {"params": {"key": 1}},
        ),
        ({"kind": "header", "name": "X-Key", "value": "k"}, "/notes", {"headers": {"X-Key": "k"}}, {}),
        ({"kind": "bearer", "value": "k"}, "/notes", {"headers": {"Authorization": "Bearer k"}}, {"auth": ("k", "k")}),
    ],
)
def test_credentials(sandbox: Sandbox, auth: dict[str, Any], path: str, good: dict, bad: dict) -> None:
    document = {**copy.deepcopy(LEDGER), "auth": [auth]}
    sandbox.control("PUT", "/vendors/ledger", document, status=201)
    assert requests.get(f"{sandbox.url}/ledger{path}", **good).status_code == 200
    assert call(sandbox, "GET", "/notes").status_code == 200
    for wrong in (bad, {}, {"headers": {"Authorization": "Basic é", "X-Key": "é"}}):
        assert requests.get(f"{sandbox.url}/ledger/notes", **_latin(wrong)).status_code == 401


def _latin(arguments: dict[str, Any]) -> dict[str, Any]:
    headers = {name: value.encode("latin-1") for name, value in arguments.get("headers", {}).items()}
    return {**arguments, "headers": headers}


@given(st.floats(min_value=0, max_value=4e9), st.sampled_from(sorted(set(MOMENTS) - {"date"})))
def test_moments_are_read_as_they_are_written(moment: float, name: str) -> None:
    if name == "unix_ms" and moment < 1e9:
        return  # as short as seconds are
    assert abs(seconds(MOMENTS[name](moment)) - moment) <= 1.001


@pytest.mark.parametrize("value", ["soon", "", None, True, {}, "/Date(x)/"])
def test_what_is_no_moment(value: object) -> None:
    with pytest.raises(ValueError):
        seconds(value)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text("abc"), lambda inner: st.lists(inner), max_leaves=9
    )
)
def test_a_template_without_holes_is_itself(document: Any) -> None:
    assert render({"at": document}, {}) == {"at": document}


def test_holes() -> None:
    values = {"item": {"n": 1.5}, "now": lambda: 0.0, "none": None}
    assert render("{item}", values) == {"n": 1.5}
    assert render({"{item.n:int}": "{item.n:.2f} of {now:iso8601} {none}{item.x}"}, values) == {
        1: "1.50 of 1970-01-01T00:00:00Z "
    }
    assert render("{none:unix}", values) is None
    assert render("a{2} {", values) == "a{2} {"
    with pytest.raises(KeyError):
        render("{other}", values)
    assert merge({"a": {"b": 1, "c": 2}}, {"a": {"b": [3]}})["a"] == {"b": [3], "c": 2}


@given(st.lists(st.tuples(st.text("ab[]0", min_size=1, max_size=6), st.text(max_size=3)), max_size=6))
def test_any_form_is_a_document(pairs: list[tuple[str, str]]) -> None:
    assert isinstance(json.dumps(nested(pairs)), str)
