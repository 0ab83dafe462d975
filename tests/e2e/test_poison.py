# Part of Integration Hub. License LGPL-3.0 or later.
"""Messages that kill the worker that has them, among two hundred that do not: each fails for itself, and nobody else.

The addon `addons/hub_poison` kills by what a contact is called, or, when it is sent, by its job: `Deadly end`, `kill`,
`crash`, `hang` take the process with them; `recursion` and `memory` end in an exception.
"""

import os
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import devdb
import devserver
import pytest
import requests
import templates
from estate import Estate
from hub_clients import wait_for
from shop import delivery

ADDONS_PATH = f"{devdb.DEV / 'addons'},{Path(__file__).resolve().parent / 'addons'}"
SETTINGS = {"options": {"addons_path": ADDONS_PATH, "limit_time_real": "20"}}
CUSTOMERS, VERSIONS, CONTACTS = 50, 4, 10
SLOTS = (3, 4, 5, 6)  # of the shop's 64: all customers, and so poison and ordinary ones, share these four
EXCEPTIONS = {"recursion": "RecursionError", "memory": "MemoryError"}
DEATHS = ("end", "kill", "crash", "hang")
GIVEN_UP = ("crash", "hang")  # by a person, once they are set aside: five deaths of each would take minutes
FATAL = 5  # deaths that condemn a message (ADR 0013)
DEADLINE = 420.0  # seconds
ORDINARY, POISON = 1000, 9000  # where the customers' numbers begin


@pytest.fixture(scope="module")
def estate() -> Iterator[Estate]:
    """An estate whose Odoo has the deadly addon."""
    database = devdb.name_of(f"e2e_poison_{os.getpid()}")
    devdb.clone(devdb.name_of("addon"), database)
    try:
        templates.odoo(database, "--addons-path", ADDONS_PATH, "-i", "hub_poison", log=f"install-{database}")
        devdb.execute(database, devserver.ONLY_OUR_CRONS)
        with devserver.DevServer(database, settings=SETTINGS) as server:
            yield Estate.set_up(server)
    finally:
        devdb.drop(database)


def numbers(start: int, count: int) -> list[int]:
    """Customers' numbers whose messages wait in the chosen slots."""
    found: list[int] = []
    while len(found) < count:
        key = f"customer:gid://shopify/Customer/{start}"
        if zlib.crc32(key.encode()) % 64 in SLOTS:
            found.append(start)
        start += 1
    return found


def customer(number: int, last_name: str, version: int = 1) -> dict[str, Any]:
    """A customer as the shop tells of him."""
    return {
        "id": number,
        "admin_graphql_api_id": f"gid://shopify/Customer/{number}",
        "first_name": "",
        "last_name": last_name,
        "phone": f"+4930{number:08}",
        "updated_at": f"2026-01-01T00:00:{version:02}Z",
        "default_address": {"address1": f"Road {version}", "city": "Bree", "country_code": "US"},
    }


def deliver(estate: Estate, document: dict[str, Any]) -> int:
    """What the shop does when a customer changes; returns the message's id."""
    body, headers = delivery(document, estate.sandbox.account("shopify")["webhook_secret"], "customers/update")
    answer = requests.post(estate.admin.webhook_url(estate.shop), data=body, headers=headers, timeout=60)
    assert answer.status_code == 202, answer.text
    return answer.json()["id"]


@pytest.fixture(scope="module")
def story(estate: Estate) -> dict[str, Any]:
    """Poison among ordinary messages, until none of them waits any more; what took how long is printed."""
    ordinary = numbers(ORDINARY, CUSTOMERS)
    poison = dict(zip([*DEATHS, *EXCEPTIONS], numbers(POISON, len(DEATHS) + len(EXCEPTIONS)), strict=True))
    begun = time.monotonic()
    messages: dict[int, int] = {}
    for version in range(1, VERSIONS + 1):
        for number in ordinary:
            messages[deliver(estate, customer(number, f"Ordinary {number}", version))] = number
        if version == 1:
            deadly = {way: deliver(estate, customer(number, f"Deadly {way}")) for way, number in poison.items()}
    people = [{"name": f"Sent {number}", "email": f"sent.{number}@poison.example"} for number in range(CONTACTS)]
    people[2]["function"] = "Deadly end"
    sent = [estate.admin.create("res.partner", values) for values in people]

    took: dict[str, float] = {}

    def waiting(name: str, *domain: Any) -> int:
        count = estate.admin.count("integration.event", [("state", "in", ("pending", "retry")), *domain])
        if not count:
            took.setdefault(name, round(time.monotonic() - begun, 1))
        return count

    def over() -> bool:
        waiting("ordinary", ("id", "in", list(messages)))
        slow = [deadly[way] for way in GIVEN_UP]
        aside = [("id", "in", slow), ("state", "=", "retry"), ("death_count", ">=", 2)]
        if found := estate.admin.search("integration.event", aside, ["id"]):
            estate.admin.call("integration.event", "action_ignore", [event["id"] for event in found])
        return not waiting("all")

    took["accepted"] = round(time.monotonic() - begun, 1)
    wait_for("the end of all", over, DEADLINE, every=0.5)
    report(estate, took, deadly)
    return {"messages": messages, "deadly": deadly, "sent": sent}


def report(estate: Estate, took: dict[str, float], deadly: dict[str, int]) -> None:
    """Prints how long it took (`pytest -s`): all messages, and each poison, from a claim until its death was known."""
    print("seconds until all were …", took)
    for way, event in deadly.items():
        tries = estate.admin.search(
            "integration.event.attempt", [("event_id", "=", event)], ["duration_ms"], order="id"
        )
        found = estate.admin.read("integration.event", event, ["arrived_at", "done_at"])
        arrived, ended = (datetime.fromisoformat(found[name]) for name in ("arrived_at", "done_at"))
        lost = [round(one["duration_ms"] / 1000, 1) for one in tries]
        print(f"{way}: failed after {(ended - arrived).total_seconds():.0f} s; tries took {lost} s")


def test_every_ordinary_message_is_done_once_and_in_order(estate: Estate, story: dict[str, Any]) -> None:
    fields = ["id", "state", "error_code", "res_id", "death_count", "partition_key"]
    found = estate.admin.search("integration.event", [("id", "in", list(story["messages"]))], fields, order="id")
    superseded = {one["id"] for one in found if one["error_code"] == "superseded"}
    found = [one for one in found if one["id"] not in superseded]
    assert {one["state"] for one in found} == {"done"}, "an older version after a newer"
    assert len(found) + len(superseded) == CUSTOMERS * VERSIONS
    tries = estate.admin.search(
        "integration.event.attempt", [("event_id", "in", list(story["messages"]))], ["event_id", "outcome"], order="id"
    )
    done = [one["event_id"][0] for one in tries if one["outcome"] == "done"]
    assert len(done) == len(set(done)) == len(found)
    for key in {one["partition_key"] for one in found}:
        of_key = [one["id"] for one in found if one["partition_key"] == key]
        assert [event for event in done if event in of_key] == of_key
    partners = estate.admin.search("res.partner", [("name", "like", "Ordinary %")], ["name", "street"])
    assert Counter(one["name"] for one in partners) == {f"Ordinary {n}": 1 for n in set(story["messages"].values())}
    assert {one["street"] for one in partners} == {f"Road {VERSIONS}"}


def test_each_poison_fails_with_its_cause(estate: Estate, story: dict[str, Any]) -> None:
    for way, event in story["deadly"].items():
        found = estate.admin.read("integration.event", event, ["state", "error_code", "error_message", "death_count"])
        tries = estate.admin.search("integration.event.attempt", [("event_id", "=", event)], ["outcome", "worker"])
        if way in DEATHS:
            state, deaths = ("ignored", 2) if way in GIVEN_UP else ("dead", FATAL)
            assert (found["state"], found["error_code"], found["death_count"]) == (state, "worker-died", deaths), way
            assert [one["outcome"] for one in tries] == ["lost"] * deaths
            assert len({one["worker"] for one in tries}) == deaths, "each time another worker"
        else:
            assert (found["state"], found["error_code"]) == ("dead", "internal-error"), way
            assert EXCEPTIONS[way] in found["error_message"]
    assert not estate.admin.count("res.partner", [("name", "like", "Deadly %")])


def test_a_call_that_kills_is_in_doubt(estate: Estate, story: dict[str, Any]) -> None:
    fields = ["state", "error_code", "death_count", "in_doubt"]
    for place, partner in enumerate(story["sent"]):
        (found,) = estate.admin.search("integration.event", estate.outbound(partner), fields)
        there = len(estate.sandbox.contacts(f"sent.{place}@poison.example"))
        if place == 2:
            found.pop("id")
            dead = {"state": "dead", "error_code": "worker-died", "death_count": FATAL, "in_doubt": True}
            assert (found, there) == (dead, 0)
        else:
            assert (found["state"], there) == ("done", 1)


def test_nobody_else_failed_and_the_server_is_well(estate: Estate, story: dict[str, Any]) -> None:
    deadly = len(story["deadly"]) + 1 - len(GIVEN_UP)  # with the one that was sent
    assert estate.admin.count("integration.event", [("state", "=", "dead")]) == deadly
    blamed = estate.admin.count("integration.event", [("death_count", ">=", 2)])
    assert blamed == len(DEATHS) + 1
    estate.server.check()
    assert estate.health()["status"] == "pass"
    event = deliver(estate, customer(numbers(ORDINARY + 10**6, 1)[0], "Afterwards"))
    assert estate.message(("id", "=", event))["state"] == "done"
    assert estate.leaks() == {}
    assert "@poison.example" not in estate.log()
