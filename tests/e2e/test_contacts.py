# Part of Integration Hub. License LGPL-3.0 or later.
"""The main job, second half: a contact of Odoo is in the CRM within seconds, once, whatever happens in between."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from browser import browser
from estate import Estate
from hub_clients import wait_for

SECONDS = 10.0  # within which a change arrives on the other side
DOWN = ("connection-failed", "timeout")


def person(name: str) -> dict[str, Any]:
    """Field values of a contact; the address tells tests apart."""
    email = f"{name.lower().replace(' ', '.')}@e2e.example"
    return {
        "name": name,
        "email": email,
        "phone": "+15125550177",
        "function": "Head of Design",
        "street": "9 Harbour Row",
        "city": "Austin",
        "zip": "78701",
        "website": "https://e2e.example",
    }


def in_crm(estate: Estate, email: str, seconds: float = SECONDS, **properties: str) -> dict[str, Any]:
    """The CRM's only contact with this address, once it has these properties."""

    def look() -> dict[str, Any] | None:
        found = estate.sandbox.contacts(email)
        good = [one for one in found if properties.items() <= one["properties"].items()]
        return good[0] if good else None

    found = wait_for(f"{email} in the CRM with {properties}", look, seconds)
    assert len(estate.sandbox.contacts(email)) == 1
    return found


def new_contact(estate: Estate, name: str) -> tuple[int, dict[str, Any]]:
    """A contact made in Odoo and arrived in the CRM: its ids on both sides."""
    values = person(name)
    partner = estate.admin.create("res.partner", values)
    estate.sent(partner)
    return partner, in_crm(estate, values["email"])


def test_a_new_contact_arrives_with_all_that_is_mapped(estate: Estate) -> None:
    since = estate.sandbox.mark()
    values = person("Ada Byron")
    partner = estate.admin.create("res.partner", values)
    contact = in_crm(estate, values["email"], firstname="Ada", lastname="Byron", phone="+15125550177")
    expected = {"jobtitle": "Head of Design", "address": "9 Harbour Row", "city": "Austin", "zip": "78701"}
    assert expected.items() <= contact["properties"].items()
    assert contact["properties"]["website"].rstrip("/") == "https://e2e.example"
    message = estate.sent(partner)
    assert (message["state"], message["external_id"], message["attempt_count"]) == ("done", contact["id"], 1)
    estate.settle()  # the CRM's own webhook about it has come back by now, and went nowhere
    assert [one["status"] for one in estate.posted(since)] == [201]
    assert estate.changed(contact["id"], since) == []
    assert len(estate.messages(*estate.outbound(partner))) == 1
    (link,) = estate.admin.search(
        "integration.binding",
        [("system_id", "=", estate.crm), ("res_model", "=", "res.partner"), ("res_id", "=", partner)],
        ["external_id"],
    )
    assert link["external_id"] == contact["id"]


@pytest.mark.parametrize("method", ["write", "web_save"])  # RPC; what the web client calls when a person presses Save
def test_an_edit_arrives(estate: Estate, method: str) -> None:
    partner, contact = new_contact(estate, f"Edited By {method.title().replace('_', '')}")
    since = estate.sandbox.mark()
    more = {"specification": {"id": {}}} if method == "web_save" else {}
    values = {"name": "Grace Renamed Hopper", "function": "Rear Admiral", "city": "Arlington", "phone": False}
    estate.admin.call("res.partner", method, [partner], values, **more)
    found = in_crm(estate, contact["properties"]["email"], firstname="Grace", jobtitle="Rear Admiral", city="Arlington")
    assert found["id"] == contact["id"]
    assert found["properties"]["lastname"] == "Renamed Hopper"
    assert not found["properties"].get("phone")
    assert len(estate.changed(contact["id"], since)) == 1
    assert estate.posted(since) == []


def test_an_edit_in_the_web_client_arrives(estate: Estate) -> None:
    partner, contact = new_contact(estate, "Seen On Screen")
    since = estate.sandbox.mark()
    with browser(estate.server.url, estate.admin.cookie) as page:
        page.call("Page.navigate", url=f"{estate.server.url}/odoo/res.partner/{partner}")
        page.type(".o_form_view .o_field_widget[name=function] input", "Screen Writer")
        page.click(".o_form_button_save")
        in_crm(estate, contact["properties"]["email"], jobtitle="Screen Writer")
    assert len(estate.changed(contact["id"], since)) == 1


def test_an_import_arrives(estate: Estate) -> None:
    since = estate.sandbox.mark()
    people = [person(f"Imported {name}") for name in ("Alder", "Birch", "Cedar", "Dogwood", "Elm")]
    names = list(people[0])
    result = estate.admin.call("res.partner", "load", names, [[one[name] for name in names] for one in people])
    assert len(result["ids"]) == len(people), result
    for one in people:
        in_crm(estate, one["email"], lastname=one["name"].split()[1])
    estate.settle()
    assert [one["status"] for one in estate.posted(since)] == [201] * len(people)


def test_what_is_not_mapped_is_not_sent(estate: Estate) -> None:
    partner, contact = new_contact(estate, "Unwatched Field")
    since = estate.sandbox.mark()
    before = len(estate.messages(*estate.outbound(partner)))
    estate.admin.write("res.partner", partner, {"barcode": "E2E-0042"})
    estate.admin.write("res.partner", partner, {"city": "Austin"})  # as it was
    estate.settle()
    assert {one["state"] for one in estate.messages(*estate.outbound(partner))[before:]} <= {"ignored"}
    assert estate.changed(contact["id"], since) == []


def test_a_crm_that_is_down_gets_everything_when_it_is_back(estate: Estate) -> None:
    partner, contact = new_contact(estate, "Outage Known")
    estate.settle()
    estate.server.stop_sandbox()
    try:
        estate.admin.write("res.partner", partner, {"city": "First"})
        fresh = estate.admin.create("res.partner", person("Outage New"))
        for one in (partner, fresh):
            first = wait_for(
                "a failed first try",
                lambda one=one: [
                    found for found in estate.messages(*estate.outbound(one)) if found["state"] == "retry"
                ],
                SECONDS,
            )[0]
            assert first["error_code"] in DOWN, first
            assert first["next_try_at"]
        estate.admin.write("res.partner", partner, {"city": "Second"})
        waiting = estate.messages(*estate.outbound(partner))[-1]
        assert waiting["state"] == "pending"  # in order: it does not overtake the edit before it
        assert "earlier message" in waiting["waiting_reason"]
    finally:
        estate.server.start_sandbox()
    found = in_crm(estate, contact["properties"]["email"], seconds=40, city="Second")
    assert found["id"] == contact["id"]
    in_crm(estate, "outage.new@e2e.example", seconds=40)
    estate.settle()
    assert [one["status"] for one in estate.posted(0)] == [201]  # the journal began with the new sandbox
    assert len(estate.changed(contact["id"], 0)) == 1  # both edits are in it: the body is made when it is sent
    states = [one["state"] for one in estate.messages(*estate.outbound(partner))]
    assert states == ["done", "done", "ignored"]


def test_retry_after_is_obeyed(estate: Estate) -> None:
    wait = 3
    partner, contact = new_contact(estate, "Throttled Person")
    since = estate.sandbox.mark()
    fault = {"kind": "status", "status": 429, "retry_after": wait, "count": 1, "match": {"method": "PATCH"}}
    estate.sandbox.faults({"vendor": "hubspot", **fault})
    estate.admin.write("res.partner", partner, {"city": "Patience"})
    in_crm(estate, contact["properties"]["email"], seconds=20, city="Patience")
    refused, taken = estate.changed(contact["id"], since)
    assert (refused["status"], taken["status"]) == (429, 200)
    assert wait <= taken["time"] - refused["time"] <= wait + 5
    message = estate.sent(partner, "done")
    assert message["attempt_count"] == 2


@contextmanager
def other_key(estate: Estate) -> Iterator[str]:
    """The CRM has taken its key back and given out another one; at the end the first is good, and stored, again."""
    estate.settle()
    old, new = estate.sandbox.account("hubspot")["token"], "pat-e2e-rotated"
    estate.sandbox.control("PUT", "/settings", {"hubspot": {"token": new}})
    try:
        yield new
    finally:
        estate.settle()
        estate.sandbox.control("PUT", "/settings", {"hubspot": {"token": old}})
        enter_key(estate, old)


def enter_key(estate: Estate, key: str) -> None:
    """What the administrator does with a new key."""
    endpoint = estate.admin.read("integration.endpoint", estate.endpoint(estate.crm, "outbound"), ["credential_id"])
    estate.admin.write("integration.credential", endpoint["credential_id"][0], {"secret": key})


def test_a_refused_key_stops_the_endpoint_until_a_new_one_is_entered(estate: Estate) -> None:
    partner, contact = new_contact(estate, "Revoked Key")
    endpoint = estate.endpoint(estate.crm, "outbound")

    def seen() -> dict[str, Any]:
        return estate.admin.read("integration.endpoint", endpoint, ["state", "state_reason"])

    with other_key(estate) as key:
        since = estate.sandbox.mark()
        estate.admin.write("res.partner", partner, {"city": "Locked Out"})
        wait_for("a stopped endpoint", lambda: seen()["state"] == "suspended", SECONDS)
        reason = seen()["state_reason"]
        assert "401" in reason
        domain = [("res_model", "=", "integration.endpoint"), ("res_id", "=", endpoint)]
        assert estate.admin.one("mail.activity", domain, ["summary"])["summary"] == reason
        message = estate.messages(*estate.outbound(partner))[-1]
        assert (message["state"], message["waiting_reason"]) == ("pending", reason)  # the message itself is all right
        later = estate.admin.create("res.partner", person("Waits Too"))
        assert [one["status"] for one in estate.changed(contact["id"], since)] == [401]

        enter_key(estate, key)
        in_crm(estate, contact["properties"]["email"], city="Locked Out")
        in_crm(estate, "waits.too@e2e.example")
        assert seen()["state"] == "active"
        assert estate.sent(later)["state"] == "done"
        assert [one["status"] for one in estate.changed(contact["id"], since)] == [401, 200]


def test_a_late_refusal_of_the_old_key_stops_nothing(estate: Estate) -> None:
    partner, contact = new_contact(estate, "Late Refusal")
    with other_key(estate) as key:
        since = estate.sandbox.mark()
        fault = {"kind": "latency", "seconds": 2, "count": 1, "match": {"method": "PATCH"}}
        estate.sandbox.faults({"vendor": "hubspot", **fault})
        estate.admin.write("res.partner", partner, {"city": "In Flight"})
        wait_for("a call with the old key", lambda: estate.changed(contact["id"], since), SECONDS)
        enter_key(estate, key)
        in_crm(estate, contact["properties"]["email"], city="In Flight")
        assert [one["status"] for one in estate.changed(contact["id"], since)] == [401, 200]
        endpoint = estate.endpoint(estate.crm, "outbound")
        assert estate.admin.read("integration.endpoint", endpoint, ["state"])["state"] == "active"


def test_an_edit_in_the_crm_arrives_and_is_not_sent_back(estate: Estate) -> None:
    partner, contact = new_contact(estate, "Both Ways")
    estate.settle()
    since = estate.sandbox.mark()
    sent = len(estate.messages(*estate.outbound(partner)))
    estate.sandbox.edit_contact(contact["id"], phone="+15125550199", jobtitle="Chief of Both Ways", city="Boulder")
    wanted = {"phone": "+15125550199", "function": "Chief of Both Ways", "city": "Boulder"}
    wait_for(
        "the edit in Odoo",
        lambda: wanted.items() <= estate.admin.read("res.partner", partner, list(wanted)).items(),
        SECONDS,
    )
    estate.settle()
    assert len(estate.messages(*estate.outbound(partner))) == sent  # not even a message that is ignored later
    assert estate.changed(contact["id"], since) == []

    estate.admin.write("res.partner", partner, {"city": "Denver"})  # and a person's own edit is not swallowed
    in_crm(estate, contact["properties"]["email"], city="Denver", phone="+15125550199", jobtitle="Chief of Both Ways")


def test_a_contact_made_in_the_crm_arrives_once(estate: Estate) -> None:
    since = estate.sandbox.mark()
    made = estate.sandbox.control(
        "POST",
        "/hubspot/contacts",
        {"properties": {"email": "made.there@e2e.example", "firstname": "Made", "lastname": "There"}},
    )
    domain = [("email", "=", "made.there@e2e.example")]
    wait_for("the contact in Odoo", lambda: estate.admin.count("res.partner", domain), SECONDS)
    estate.settle()
    found = estate.admin.one("res.partner", domain, ["name", "is_company"])
    assert (found["name"], found["is_company"]) == ("Made There", False)
    assert estate.posted(since) == []
    assert estate.changed(made["id"], since) == []
