# Part of Integration Hub. License LGPL-3.0 or later.
"""`hub certify`: what passes with a vendor that behaves fails with one that does not; only the real one certifies."""

import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import pytest
from integration_hub_connectors import entities, registry
from integration_hub_connectors.certification import Report, Step, certify, markdown
from integration_hub_connectors.certification.samples import MADE_UP
from integration_hub_connectors.cli import main
from integration_hub_connectors.clock import ManualClock
from integration_hub_connectors.connector import Connector, Proof
from integration_hub_connectors.errors import ServerFault
from integration_hub_connectors.http import AddressGuard, Headers, Request, RequestsTransport, Response, Timeout
from integration_hub_connectors.sandbox.testing import Sandbox, running
from integration_hub_connectors.vendors.generic_rest import GenericRest
from integration_hub_connectors.vendors.hubspot import HubSpot
from integration_hub_connectors.vendors.order_desk import OrderDesk
from integration_hub_connectors.vendors.shopify import Shopify

LOCAL = RequestsTransport(guard=AddressGuard(["127.0.0.0/8"]))


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with running() as found:
        limits = found.core.settings.hubspot  # the vendor's own limits are other tests' matter
        limits.limit, limits.search_limit = 10_000, 1_000
        yield found


class Vendor:
    """The sandbox under the vendor's own address; what its answers say may be changed on the way."""

    def __init__(self, sandbox: Sandbox, name: str) -> None:
        self.vendor = sandbox.control("GET", "/health")["vendors"][name]
        self.headers: dict[str, str] = {}
        self.ignored = ""

    def stream(self, request: Request, timeout: Timeout, max_bytes: int) -> Any:
        url = request.url.replace("https://127.0.0.1", "http://127.0.0.1")
        return LOCAL.stream(Request(request.method, url, request.headers), timeout, max_bytes)

    def send(self, request: Request, timeout: Timeout) -> Response:
        base = self.vendor["base_url"]
        path = request.url.partition("://")[2].partition("/")[2]
        if self.ignored and request.method == self.ignored:
            return Response(204)
        found = LOCAL.send(Request(request.method, f"{base}/{path}", request.headers, request.body), timeout)
        body = found.body.replace(b"http://127.0.0.1", b"https://127.0.0.1")  # links to files
        return Response(found.status, Headers({**dict(found.headers.items()), **self.headers}), body)


def tried(sandbox: Sandbox, kind: type[Connector], vendor: Vendor | None = None, **options: Any) -> Report:
    vendor = vendor or Vendor(sandbox, kind.name)
    settings: Mapping[str, str] = {"shop": "larkfield-outfitters.myshopify.com"} if kind is Shopify else {}
    secret = options.pop("secret", vendor.vendor["token"])
    return certify(
        kind, settings | options.pop("settings", {}), secret, transport=vendor, clock=ManualClock(), **options
    )


def by_name(report: Report) -> dict[str, Step]:
    return {step.name: step for step in report.steps}


@pytest.mark.parametrize("kind", [HubSpot, Shopify])
def test_everything_passes_with_a_vendor_that_behaves(sandbox: Sandbox, kind: type[Connector]) -> None:
    if kind is Shopify:
        sandbox.control("POST", "/shopify/orders", {})
    else:
        sandbox.control(
            "POST", "/hubspot/deals", {"properties": {"dealname": "Certified", "dealstage": "contractsent"}}
        )
    report = tried(sandbox, kind, write=True)
    assert not [step for step in report.steps if step.outcome != "passed"]
    assert {f"list {name}" for name, found in kind.objects.items() if found.listable} <= set(by_name(report))
    assert {f"map {flow.key}" for flow in kind.flow_templates if flow.direction == "inbound"} <= set(by_name(report))
    written = {flow.key for flow in kind.flow_templates if flow.direction == "outbound"} - set(report.untried)
    assert written and {f"write {key}" for key in written} <= set(by_name(report))
    assert report.untried == (("shipments_out", "stock_out") if kind is Shopify else ("deals_out",))
    assert all(f"Flow `{key}`" in markdown(report) for key in report.untried)
    assert report.kind == "live" and report.is_certificate
    left = [found for found in objects(sandbox, kind) if "Certification" in json.dumps(found)]
    assert all(found.get("archived") for found in left), "what was made is gone"


def objects(sandbox: Sandbox, kind: type[Connector]) -> list[Any]:
    listed = [name for name, found in kind.objects.items() if found.listable]
    return [one for name in listed for one in sandbox.control("GET", f"/objects/{kind.name}/{name}")["objects"]]


def test_what_is_made_up_is_of_the_agreed_form() -> None:
    for entity, made_up in MADE_UP.items():
        assert not [problem for state in made_up("x") for problem in entities.problems(entity, state)]


def test_questions_are_asked(sandbox: Sandbox) -> None:
    report = tried(sandbox, OrderDesk, write=True)
    asked = [step for step in report.steps if step.name.startswith("ask ")]
    assert {step.name.removeprefix("ask ") for step in asked} == set(OrderDesk.questions)
    assert report.is_certificate and not [step for step in asked if step.outcome != "passed"]


def test_an_answer_of_another_shape_fails(sandbox: Sandbox) -> None:
    class Changed(Vendor):
        def send(self, request: Request, timeout: Timeout) -> Response:
            found = super().send(request, timeout)
            return Response(found.status, found.headers, found.body.replace(b'"check"', b'"result"'))

    report = tried(sandbox, OrderDesk, Changed(sandbox, "order_desk"))
    assert (by_name(report)["ask credit"].outcome, by_name(report)["ask tax"].outcome) == ("failed", "passed")


def test_reading_alone_writes_nothing_and_certifies_nothing(sandbox: Sandbox) -> None:
    sandbox.control("DELETE", "/journal")
    report = tried(sandbox, HubSpot)
    assert report.ok and not report.is_certificate and "nothing was written" in markdown(report)
    sent = sandbox.control("GET", "/journal?vendor=hubspot&direction=in")["entries"]
    reading = ("/search", "/batch/read")  # what HubSpot wants asked by POST
    assert sent and not [one for one in sent if one["method"] != "GET" and not one["path"].endswith(reading)]


def test_an_address_that_is_not_the_vendors_certifies_nothing(sandbox: Sandbox) -> None:
    report = tried(sandbox, HubSpot, write=True, settings={"api_url": "https://sandbox.example"})
    assert (report.kind, report.ok, report.is_certificate) == ("elsewhere", True, False)
    assert tried(sandbox, HubSpot, settings={"api_url": "https://api.hubapi.com/"}).kind == "live"


def test_a_secret_that_is_refused_ends_it(sandbox: Sandbox) -> None:
    report = tried(sandbox, HubSpot, secret="another")
    assert [(step.name, step.outcome) for step in report.steps] == [("check", "failed")]
    assert not report.ok


def test_what_a_vendor_accepts_without_the_right_secret_fails(sandbox: Sandbox) -> None:
    class Careless(Vendor):
        def send(self, request: Request, timeout: Timeout) -> Response:
            return super().send(request.with_header("Authorization", f"Bearer {self.vendor['token']}"), timeout)

    report = tried(sandbox, HubSpot, Careless(sandbox, "hubspot"))
    assert by_name(report)["wrong secret"].outcome == "failed"


def test_a_deletion_that_does_nothing_fails(sandbox: Sandbox) -> None:
    vendor = Vendor(sandbox, "hubspot")
    vendor.ignored = "DELETE"
    step = by_name(tried(sandbox, HubSpot, vendor, write=True))["write contacts_out"]
    assert step.outcome == "failed" and "still found" in step.said
    sandbox.control("POST", "/reset", {})


def test_objects_of_another_shape_fail_by_the_contract_and_show_no_value(sandbox: Sandbox) -> None:
    class Changed(Vendor):
        def send(self, request: Request, timeout: Timeout) -> Response:
            found = super().send(request, timeout)
            return Response(found.status, found.headers, found.body.replace(b'"properties"', b'"attributes"'))

    report = tried(sandbox, HubSpot, Changed(sandbox, "hubspot"))
    step = by_name(report)["map contacts_in"]
    assert step.outcome == "failed" and "properties" in step.said
    assert "@" not in json.dumps(report.document())


def test_an_answer_of_another_version_fails(sandbox: Sandbox) -> None:
    vendor = Vendor(sandbox, "shopify")
    vendor.headers = {"X-Shopify-API-Version": "2026-01"}
    step = by_name(tried(sandbox, Shopify, vendor))["API version"]
    assert step.outcome == "failed" and "2026-01 answered instead of 2025-10" in step.said
    vendor.headers = {"X-Shopify-API-Version": "2025-10"}
    assert by_name(tried(sandbox, Shopify, vendor))["API version"].outcome == "passed"


def test_an_account_without_objects_skips_and_certifies_nothing(sandbox: Sandbox) -> None:
    sandbox.control("POST", "/reset", {"seed": False})
    report = tried(sandbox, HubSpot, write=True)
    assert by_name(report)["map contacts_in"].outcome == "skipped"
    assert report.ok and not report.is_certificate
    sandbox.control("POST", "/reset", {})


def test_the_report_holds_no_secret_and_no_data(sandbox: Sandbox) -> None:
    vendor = Vendor(sandbox, "hubspot")
    report = tried(sandbox, HubSpot, vendor, write=True)
    account = HubSpot.title  # what may be named
    text = markdown(report) + json.dumps(report.document())
    assert account in text and vendor.vendor["token"] not in text and "@" not in text and "127.0.0.1" not in text


def test_a_failure_tells_what_kind_it_is_and_the_person_at_the_terminal_the_rest(sandbox: Sandbox) -> None:
    """What a vendor says, and where, is the account's: the report may be published."""

    class Laden(Vendor):
        def send(self, request: Request, timeout: Timeout) -> Response:
            if "limit=1&" in request.url + "&" or request.url.endswith("/details"):
                return super().send(request, timeout)  # the check
            said = f"{request.url} of ada@example.com refuses {self.vendor['token']}"
            raise ServerFault(said, hint=said, status=503, excerpt=said, params={"said": said}, headers={"x": said})

    vendor, told = Laden(sandbox, "hubspot"), []
    report = tried(sandbox, HubSpot, vendor, tell=told.append)
    step = by_name(report)["list contact"]
    assert (step.outcome, step.said) == ("failed", "ServerFault: server-fault, status 503")
    written = markdown(report) + json.dumps(report.document())
    for private in (vendor.vendor["token"], "ada@example.com", "hubapi.com"):
        assert private not in written
        assert any(private in one.detail for one in told), private


def test_an_address_where_nothing_is_stays_out_of_the_report(sandbox: Sandbox) -> None:
    class Nowhere(Vendor):
        def send(self, request: Request, timeout: Timeout) -> Response:
            return Response(404)

    report = tried(sandbox, Shopify, Nowhere(sandbox, "shopify"))
    (step,) = report.steps
    assert (step.outcome, step.said) == ("failed", "ConfigurationError: no-such-shop")
    assert "larkfield" in step.detail and "larkfield" not in markdown(report) + json.dumps(report.document())


def test_an_api_that_its_user_describes_has_no_vendor_to_prove(sandbox: Sandbox) -> None:
    vendor = Vendor(sandbox, "hubspot")
    definition = {
        "base_url": "https://api.example.com",
        "auth": {"kind": "bearer"},
        "check": {"path": "/account-info/v3/details"},
        "resources": [
            {
                "name": "contact",
                "title": "Contact",
                "entity": "contact",
                "list": {"path": "/crm/v3/objects/contacts", "items": "results"},
                "read": {"path": "/crm/v3/objects/contacts/{id}"},
            }
        ],
    }
    report = tried(sandbox, GenericRest, vendor, write=True, settings={"definition": definition})
    assert by_name(report)["list contact"].outcome == "passed"
    assert (report.kind, report.is_certificate) == ("elsewhere", False)
    assert "no vendor's own" in markdown(report) and "and written" not in report.what


# The proof that a report is


def test_a_certificate_in_the_folder_ends_the_preview(sandbox: Sandbox, tmp_path: Any, monkeypatch: Any) -> None:
    assert Shopify.is_preview()
    report = tried(sandbox, Shopify, write=True)
    (tmp_path / "certificates").mkdir()
    (tmp_path / "certificates" / "2030-01-01.json").write_text(json.dumps(report.document()))
    monkeypatch.setattr(Shopify, "folder", classmethod(lambda cls: tmp_path))
    live = Shopify.proven()[-1]
    assert (live.kind, live.on, live.api_version) == ("live", date.fromisoformat(report.date), "2025-10")
    assert not Shopify.is_preview()
    monkeypatch.setattr(Shopify, "api_version", "2026-01")
    assert Shopify.is_preview(), "another version is another API"


def test_a_counterparty_ends_the_preview_too(monkeypatch: Any) -> None:
    monkeypatch.setattr(HubSpot, "proofs", (*HubSpot.proofs, Proof("counterparty", "Their own emulator.")))
    assert not HubSpot.is_preview()


def test_certificates_that_are_kept_are_certificates() -> None:
    for kind in registry.CONNECTORS.values():
        for path in (kind.folder() / "certificates").glob("*.json"):
            kept = json.loads(path.read_text(encoding="utf-8"))
            assert (kept["connector"], kept["kind"], kept["certificate"]) == (kind.name, "live", True), path


# The command


def test_the_command_tries_the_sandbox_and_writes_the_report(tmp_path: Any, capsys: Any) -> None:
    assert main(["certify", "hubspot", "--sandbox", "--write", "--out", str(tmp_path)]) == 0
    (page,) = tmp_path.glob("*.md")
    (document,) = tmp_path.glob("*.json")
    assert page.read_text().startswith("# Certification of HubSpot\n")
    kept = json.loads(document.read_text())
    assert (kept["kind"], kept["ok"], kept["certificate"]) == ("sandbox", True, False)
    assert "ok    write contacts_out: created" in capsys.readouterr().out
    assert main(["certify", "hubspot", "--sandbox", "--out", str(tmp_path), "--keep"]) == 2
    assert "does not prove" in capsys.readouterr().err


def test_secrets_come_from_the_environment_only(tmp_path: Any, monkeypatch: Any, capsys: Any) -> None:
    assert main(["certify", "hubspot", "--setting", "access_token=x"]) == 2
    assert "no such field that is no secret" in capsys.readouterr().err
    assert main(["certify", "hubspot", "--out", str(tmp_path)]) == 2
    assert "HUB_CERTIFY_ACCESS_TOKEN" in capsys.readouterr().err
    monkeypatch.setenv("HUB_CERTIFY_ACCESS_TOKEN", "pat-x")
    assert main(["certify", "hubspot", "--setting", "api_url=http://127.0.0.1:1", "--out", str(tmp_path)]) == 1
    assert "may not be called" in capsys.readouterr().out, "a private address is no vendor's"
    assert main(["certify", "shopify"]) == 2
    assert "HUB_CERTIFY_SHOP" in capsys.readouterr().err
