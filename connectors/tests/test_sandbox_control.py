# Part of Integration Hub. License LGPL-3.0 or later.
"""The control API, the faults, the journal, and the program around them; on a real port."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests
from integration_hub_connectors.clock import ManualClock
from integration_hub_connectors.errors import ConfigurationError
from integration_hub_connectors.sandbox import Settings, serve
from integration_hub_connectors.sandbox.testing import Sandbox, receiving, running

CONTACTS = "/crm/v3/objects/contacts"


def put(sandbox: Sandbox, *faults: dict) -> None:
    sandbox.control("PUT", "/faults", {"faults": list(faults)})


def create(sandbox: Sandbox, email: str) -> requests.Response:
    return sandbox.vendor("hubspot", "POST", CONTACTS, json={"properties": {"email": email}})


def journal(sandbox: Sandbox, query: str = "") -> list[dict]:
    return sandbox.control("GET", f"/journal{query}")["entries"]


def count(sandbox: Sandbox) -> int:
    return sandbox.control("GET", "/objects/hubspot/contact")["count"]


def test_health_names_the_credentials(sandbox: Sandbox) -> None:
    health = sandbox.control("GET", "/health")
    shopify, hubspot = health["vendors"]["shopify"], health["vendors"]["hubspot"]
    assert (shopify["token"], shopify["webhook_secret"]) == ("shpat_sandbox", "shopify-sandbox-secret")
    assert (hubspot["token"], hubspot["webhook_secret"]) == ("pat-sandbox", "hubspot-sandbox-secret")
    assert hubspot["base_url"] == f"{sandbox.url}/hubspot"
    assert shopify["objects"] == {"order": 0, "customer": 12, "product": 12, "location": 2, "inventory_level": 0}
    assert hubspot["objects"] == {"contact": 10, "company": 4, "deal": 2}


def test_status_fault_in_the_vendors_shape(sandbox: Sandbox) -> None:
    put(sandbox, {"vendor": "hubspot", "kind": "status", "status": 429, "retry_after": 7, "count": 1})
    answer = create(sandbox, "a@example.com")
    assert (answer.status_code, answer.headers["Retry-After"], answer.json()["category"]) == (429, "7", "RATE_LIMITS")
    assert create(sandbox, "a@example.com").status_code == 201
    put(sandbox, {"vendor": "shopify", "kind": "status", "status": 503})
    answer = sandbox.vendor("shopify", "GET", "/admin/api/2025-10/orders.json")
    assert (answer.status_code, answer.json()) == (503, {"errors": "Service Unavailable"})


def test_after_means_that_it_took_effect(sandbox: Sandbox) -> None:
    for phase, stored in (("before", 10), ("after", 11)):
        put(sandbox, {"kind": "status", "status": 502, "count": 1, "phase": phase})
        assert create(sandbox, "a@example.com").status_code == 502
        assert count(sandbox) == stored
    assert [entry["executed"] for entry in journal(sandbox)] == [None, 201]


def test_drop(sandbox: Sandbox) -> None:
    for phase, stored in (("before", 10), ("after", 11)):
        put(sandbox, {"kind": "drop", "phase": phase, "count": 1, "match": {"method": "post"}})
        with pytest.raises(requests.ConnectionError):
            create(sandbox, "a@example.com")
        assert count(sandbox) == stored
    assert [entry["status"] for entry in journal(sandbox)] == [None, None]


def test_truncate(sandbox: Sandbox) -> None:
    put(sandbox, {"kind": "truncate", "count": 1})
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        sandbox.vendor("hubspot", "GET", CONTACTS)
    assert sandbox.vendor("hubspot", "GET", CONTACTS).status_code == 200


def test_truncate_leaves_half_a_body(sandbox: Sandbox) -> None:
    whole = sandbox.vendor("hubspot", "GET", CONTACTS).content
    put(sandbox, {"kind": "truncate", "count": 1})
    answer = sandbox.vendor("hubspot", "GET", CONTACTS, stream=True)
    half = answer.raw._fp.read1() if hasattr(answer.raw._fp, "read1") else b""
    assert int(answer.headers["Content-Length"]) == len(whole)
    assert 0 < len(half) < len(whole)
    answer.close()


def test_garbage_and_expired_tokens(sandbox: Sandbox) -> None:
    put(sandbox, {"kind": "garbage_200", "count": 1})
    answer = sandbox.vendor("hubspot", "GET", CONTACTS)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    put(sandbox, {"kind": "expired_token", "count": 2})
    assert sandbox.vendor("hubspot", "GET", CONTACTS).json()["category"] == "EXPIRED_AUTHENTICATION"
    shop = sandbox.vendor("shopify", "POST", "/admin/api/2025-10/graphql.json", json={"query": "{shop{name}}"})
    assert shop.status_code == 401


def test_latency(sandbox: Sandbox) -> None:
    put(sandbox, {"kind": "latency", "seconds": 0.3, "count": 1})
    started = time.monotonic()
    assert sandbox.vendor("hubspot", "GET", CONTACTS).status_code == 200
    assert time.monotonic() - started >= 0.3


def test_faults_match_by_method_path_and_vendor(sandbox: Sandbox) -> None:
    put(sandbox, {"kind": "status", "vendor": "hubspot", "match": {"method": "POST", "path": "contacts$"}})
    assert create(sandbox, "a@example.com").status_code == 500
    assert sandbox.vendor("hubspot", "GET", CONTACTS).status_code == 200
    assert sandbox.vendor("hubspot", "POST", f"{CONTACTS}/search", json={}).status_code == 200
    assert sandbox.vendor("shopify", "POST", "/admin/api/2025-10/graphql.json", json={"query": "{shop{name}}"}).ok
    assert sandbox.control("GET", "/faults")["faults"][0]["fired"] == 1
    sandbox.control("DELETE", "/faults")
    assert create(sandbox, "a@example.com").status_code == 201


def test_probability_is_decided_by_the_seed() -> None:
    runs = []
    for _ in range(2):
        with running(Settings(seed=7), clock=ManualClock()) as sandbox:
            put(sandbox, {"kind": "status", "probability": 0.5})
            runs.append([sandbox.vendor("hubspot", "GET", CONTACTS).status_code for _ in range(20)])
    assert runs[0] == runs[1]
    assert set(runs[0]) == {200, 500}


@pytest.mark.parametrize(
    ("fault", "pointer"),
    [
        ("x", "/faults/0"),
        ({}, "/faults/0/kind"),
        ({"kind": "explode"}, "/faults/0/kind"),
        ({"kind": "drop", "vendor": "acme"}, "/faults/0/vendor"),
        ({"kind": "drop", "count": 0}, "/faults/0/count"),
        ({"kind": "drop", "probability": 2}, "/faults/0/probability"),
        ({"kind": "drop", "seconds": "1"}, "/faults/0/seconds"),
        ({"kind": "status", "status": 99}, "/faults/0/status"),
        ({"kind": "drop", "match": {"path": "("}}, "/faults/0/match/path"),
        ({"kind": "drop", "match": {"url": "x"}}, "/faults/0/match/url"),
        ({"kind": "drop", "phase": "during"}, "/faults/0/phase"),
        ({"kind": "drop", "often": True}, "/faults/0/often"),
    ],
)
def test_bad_faults_change_nothing(sandbox: Sandbox, fault: object, pointer: str) -> None:
    put(sandbox, {"kind": "latency", "seconds": 0})
    problem = sandbox.control("PUT", "/faults", {"faults": [fault]}, status=400)
    assert problem["pointer"] == pointer
    assert [one["kind"] for one in sandbox.control("GET", "/faults")["faults"]] == ["latency"]


@pytest.mark.parametrize(
    ("method", "path", "document", "status"),
    [
        ("PUT", "/faults", {}, 400),
        ("POST", "/seed", {"vendor": "acme"}, 400),
        ("POST", "/seed", {"vendor": "shopify", "objects": {"ship": []}}, 400),
        ("POST", "/seed", {"vendor": "shopify", "objects": {"order": [{"id": 1}]}}, 400),
        ("POST", "/seed", {"vendor": "shopify", "objects": {"order": [3]}}, 400),
        ("POST", "/seed", {"vendor": "hubspot", "objects": {"contact": [{"id": "x"}]}}, 400),
        ("GET", "/objects/shopify/ship", None, 404),
        ("GET", "/objects/acme/order", None, 404),
        ("GET", "/journal?vendor=acme", None, 400),
        ("GET", "/journal?since=x", None, 400),
        ("GET", "/journal?wendor=shopify", None, 400),
        ("PUT", "/webhooks", {"vendor": "shopify", "url": "ftp://x"}, 400),
        ("PUT", "/webhooks", {"vendor": "shopify", "url": "http://x", "topics": []}, 400),
        ("PUT", "/webhooks", {"vendor": "shopify", "url": "http://x", "secret": ""}, 400),
        ("POST", "/webhooks/send", {"vendor": "shopify", "topic": "x"}, 400),
        ("POST", "/webhooks/drain", {"timeout": -1}, 400),
        ("PUT", "/settings", {"shopify": {"speed": 3}}, 400),
        ("PUT", "/settings", {"shopify": {"bucket_size": "big"}}, 400),
        ("PUT", "/settings", {"hubspot": {"limit": True}}, 400),
        ("PATCH", "/shopify/orders/1", {"note": "x"}, 404),
        ("GET", "/nothing", None, 404),
        ("DELETE", "/health", None, 405),
    ],
)
def test_every_mistake_is_a_problem_document(
    sandbox: Sandbox, method: str, path: str, document: object, status: int
) -> None:
    answer = sandbox.session.request(method, f"{sandbox.url}/_control{path}", json=document)
    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    problem = answer.json()
    assert problem["type"].startswith("urn:hub-sandbox:")
    assert problem["status"] == status
    assert problem["title"] and problem["detail"]


@pytest.mark.parametrize("body", [b"nope", b"[1]", b"[" * 100000, b'"x"'])
def test_bodies_that_are_no_object(sandbox: Sandbox, body: bytes) -> None:
    answer = sandbox.session.post(f"{sandbox.url}/_control/shopify/orders", data=body)
    assert (answer.status_code, answer.headers["Content-Type"][:24]) == (400, "application/problem+json")


def test_settings_are_all_or_nothing(sandbox: Sandbox) -> None:
    before = sandbox.control("GET", "/settings")
    sandbox.control("PUT", "/settings", {"hubspot": {"limit": 5, "speed": 1}}, status=400)
    assert sandbox.control("GET", "/settings") == before


def test_journal_tells_what_came_and_pages(sandbox: Sandbox) -> None:
    start = sandbox.control("GET", "/journal")["next"]
    body = {"properties": {"email": "a@example.com"}}
    answer = sandbox.vendor("hubspot", "POST", CONTACTS, json=body, headers={"Idempotency-Key": "k-1"})
    sandbox.graphql("query Shop { shop { name } }")
    entries = journal(sandbox, f"?since={start}")
    assert [(entry["vendor"], entry["method"], entry["status"]) for entry in entries] == [
        ("hubspot", "POST", 201),
        ("shopify", "POST", 200),
    ]
    assert entries[0]["idempotency_key"] == "k-1"
    assert entries[0]["object"] == {"type": "contact", "id": answer.json()["id"]}
    assert entries[1]["operation"] == "Shop"
    assert len(journal(sandbox, f"?since={start}&vendor=hubspot&direction=in")) == 1
    page = sandbox.control("GET", f"/journal?since={start}&limit=1")
    assert [entry["vendor"] for entry in page["entries"]] == ["hubspot"]
    assert [entry["vendor"] for entry in journal(sandbox, f"?since={page['next']}")] == ["shopify"]
    assert "pat-sandbox" not in json.dumps(entries)
    sandbox.control("DELETE", "/journal")
    assert journal(sandbox) == []


def test_journal_is_bounded() -> None:
    with running(Settings(seed=1, journal_size=5)) as sandbox:
        for _ in range(8):
            sandbox.vendor("hubspot", "GET", CONTACTS)
        answer = sandbox.control("GET", "/journal")
    assert ([entry["seq"] for entry in answer["entries"]], answer["forgotten"]) == ([4, 5, 6, 7, 8], 3)


def test_reset_keeps_subscriptions_unless_told(sandbox: Sandbox) -> None:
    sandbox.control("PUT", "/webhooks", {"vendor": "shopify", "url": "http://127.0.0.1:9/x"})
    sandbox.control("POST", "/reset", {"seed": False})
    assert sandbox.control("GET", "/health")["vendors"]["shopify"]["objects"]["product"] == 0
    assert len(sandbox.control("GET", "/webhooks")["subscriptions"]) == 1
    sandbox.control("POST", "/reset", {"webhooks": True})
    assert sandbox.control("GET", "/webhooks")["subscriptions"] == []
    sandbox.control("POST", "/shopify/orders", {"lines": [{"title": "Odd", "price": "1.00"}]})


def test_state_survives_a_restart(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    with running(Settings(seed=1), state=state) as sandbox:
        made = sandbox.control("POST", "/shopify/orders", {})
        sandbox.control("PUT", "/webhooks", {"vendor": "hubspot", "url": "http://127.0.0.1:9/x", "topics": ["a"]})
    assert state.stat().st_mode & 0o077 == 0
    with running(Settings(seed=1), state=state) as sandbox:
        assert sandbox.control("GET", "/objects/shopify/order")["objects"] == [made]
        kept = sandbox.control("GET", "/health")["vendors"]["hubspot"]["objects"]
        assert kept == {"contact": 10, "company": 4, "deal": 2}
        assert sandbox.control("GET", "/webhooks")["subscriptions"][0]["topics"] == ["a"]
        assert sandbox.control("POST", "/shopify/orders", {})["order_number"] == made["order_number"] + 1


def test_a_vendor_that_the_state_does_not_know_begins_with_its_start_data(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    with running(Settings(seed=1), state=state) as sandbox:
        sandbox.control("POST", "/reset", {"seed": False})
    document = json.loads(state.read_text())
    document["vendors"].remove("hubspot")
    state.write_text(json.dumps(document))
    with running(Settings(seed=1), state=state) as sandbox:
        vendors = sandbox.control("GET", "/health")["vendors"]
    assert (vendors["hubspot"]["objects"]["contact"], vendors["shopify"]["objects"]["product"]) == (10, 0)


def test_state_is_written_while_running(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    with running(Settings(seed=1), state=state) as sandbox:
        made = sandbox.control("POST", "/shopify/orders", {})
        deadline = time.monotonic() + 10
        while str(made["id"]) not in state.read_text() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert str(made["id"]) in state.read_text()


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"store": {"format": 9}, "subscriptions": []}', '{"store": {'])
def test_a_state_file_of_something_else_is_refused_and_kept(tmp_path: Path, content: str) -> None:
    state = tmp_path / "state.json"
    state.write_text(content)
    with pytest.raises(ConfigurationError, match="not a state file"), running(state=state):
        pass
    assert state.read_text() == content


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_the_program_prints_its_credentials_and_stops_cleanly(tmp_path: Path, name: str) -> None:
    code = "import sys; from integration_hub_connectors.sandbox import serve; from pathlib import Path; "
    code += f"serve('127.0.0.1', 0, Path({str(tmp_path / 'state.json')!r}))"
    environ = {**os.environ, "HUB_SANDBOX_HUBSPOT_TOKEN": "pat-own"}
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environ
    )
    try:
        assert process.stdout is not None
        lines = list(
            iter(process.stdout.readline, "Development credentials of an imitation; they open nothing else.\n")
        )
        url = lines[0].split()[-1]
        assert [line for line in lines if "HubSpot" in line and "pat-own" in line]
        assert [line for line in lines if "Shopify" in line and "shpat_sandbox" in line]
        headers = {"Authorization": "Bearer pat-own"}
        assert requests.get(f"{url}/hubspot{CONTACTS}", headers=headers, timeout=10).status_code == 200
    finally:
        process.send_signal(getattr(signal, name))
        _, errors = process.communicate(timeout=15)
    assert (process.returncode, errors) == (0, "")
    assert json.loads((tmp_path / "state.json").read_text())["store"]["format"] == 1


def test_a_vendor_described_elsewhere_is_served_too(tmp_path: Path) -> None:
    file = tmp_path / "acme.json"
    description = {
        "name": "acme",
        "title": "Acme",
        "settings": {"token": "t"},
        "credentials": {"token": "{settings.token}"},
    }
    file.write_text(json.dumps({**description, "routes": {"GET /me": {"do": "answer", "answer": "{settings.token}"}}}))
    command = [sys.executable, "-m", "integration_hub_connectors", "sandbox", "--port", "0", "--description", str(file)]
    environ = {**os.environ, "HUB_SANDBOX_ACME_TOKEN": "own"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[-1]
        try:
            assert requests.get(f"{url}/acme/me", timeout=10).json() == "own"
        finally:
            process.terminate()
    assert process.returncode == 0
    file.write_text("{}")
    with pytest.raises(ConfigurationError, match="is a required property"):
        serve("127.0.0.1", 0, None, descriptions=[file])


def test_a_taken_port_is_said_in_words() -> None:
    with running() as sandbox, pytest.raises(ConfigurationError, match="Cannot listen on") as caught:
        serve("127.0.0.1", int(sandbox.url.rpartition(":")[2]), None)
    assert caught.value.code == "address-unavailable"


def test_pending_webhooks_are_bounded() -> None:
    with receiving() as receiver, running(Settings(seed=1, max_pending_webhooks=2)) as sandbox:
        receiver.answer = lambda received: 500
        sandbox.control("PUT", "/webhooks", {"vendor": "shopify", "url": receiver.url})
        for _ in range(4):
            sandbox.control("POST", "/shopify/orders", {})
        assert sandbox.control("GET", "/webhooks")["pending"] == 2
        outcomes = [entry["outcome"] for entry in journal(sandbox, "?direction=out")]
        assert outcomes.count("dropped: too many pending") == 2
