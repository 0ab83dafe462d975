# Part of Integration Hub. License LGPL-3.0 or later.
"""A shop's customers, changed again and again, and what must be true of them afterwards."""

import threading
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests
from estate import Estate
from hub_clients import wait_for
from shop import delivery

PATIENCE = 120.0  # seconds; for a message on two busy cores, a dead worker included


class People:
    """Sends customers' webhooks as the shop does: each to the next address, and again until it is acknowledged."""

    def __init__(self, estate: Estate, urls: Sequence[str], headers: dict[str, str] | None = None) -> None:
        self.estate, self.urls, self.headers = estate, urls, headers or {}
        self.secret = estate.sandbox.account("shopify")["webhook_secret"]
        self.path = estate.admin.webhook_url(estate.shop).removeprefix(estate.admin.url)
        self.acknowledged: dict[int, list[int]] = defaultdict(list)  # events of each customer, in order
        self.last: dict[int, str] = {}
        self._stop = threading.Event()

    def send(self, count: int, changes: int, threads: int = 4) -> None:
        """So many new customers, each changed so often; several at once, the changes of one in order."""
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(lambda _number: self._one(changes), range(count)))

    def _one(self, changes: int) -> None:
        control = self.estate.sandbox.control
        customer = control("POST", "/shopify/customers", {"first_name": "No", "last_name": "One", "webhook": False})
        self._deliver(customer, "customers/create")
        for change in range(changes):
            name = f"Change{change}"
            changed = {"last_name": name, "webhook": False}
            customer = control("PATCH", f"/shopify/customers/{customer['id']}", changed)
            self._deliver(customer, "customers/update")
            self.last[customer["id"]] = f"No {name}"

    def _deliver(self, customer: dict[str, Any], topic: str) -> None:
        body, headers = delivery(customer, self.secret, topic)
        number = 0

        def answered() -> requests.Response | None:
            nonlocal number
            url = self.urls[(customer["id"] + number) % len(self.urls)]
            number += 1
            try:
                answer = requests.post(url + self.path, body, headers=headers | self.headers, timeout=10)
            except requests.RequestException:
                return None  # a sender cannot know whether it was taken
            return answer if answer.status_code == 202 else None

        answer = wait_for("an acknowledgement", answered, PATIENCE)
        self.acknowledged[customer["id"]].append(answer.json()["id"])

    def done(self) -> int:
        """How many messages have taken effect."""
        return self.estate.admin.count("integration.event", [("state", "=", "done"), ("direction", "=", "inbound")])

    def check(self) -> list[dict[str, Any]]:
        """Waits for the end, checks that nothing was lost, doubled or overtaken; returns the tries that took effect."""
        ids = [event for events in self.acknowledged.values() for event in events]
        domain = [("id", "in", ids), ("state", "in", ("pending", "retry"))]
        wait_for("all messages", lambda: not self.estate.admin.count("integration.event", domain), PATIENCE, every=0.5)
        events = self.estate.messages(("id", "in", ids))
        newer = {event["id"] for event in events if event["error_code"] == "superseded"}
        tried = [event for event in events if event["id"] not in newer]
        assert [event["error_message"] for event in tried if event["state"] != "done"] == []
        assert len(events) == len(set(ids)) == len(ids), "each acknowledgement is a message of its own"
        last = {accepted[-1] for accepted in self.acknowledged.values()}
        assert not newer & last, "only what a newer one says"
        tries = self.estate.admin.search(
            "integration.event.attempt", [("event_id", "in", ids), ("outcome", "=", "done")],
            ["event_id", "worker", "started_at", "ended_at"], order="id",
        )  # fmt: skip
        assert sorted(one["event_id"][0] for one in tries) == sorted({*ids} - newer), "each took effect once"
        position = {one["event_id"][0]: place for place, one in enumerate(tries)}
        for customer, accepted in self.acknowledged.items():
            tried = [event for event in accepted if event in position]
            assert tried == sorted(tried, key=position.__getitem__), f"{customer} was overtaken"
        gids = {f"gid://shopify/Customer/{customer}": name for customer, name in self.last.items()}
        links = self.estate.admin.search(
            "integration.binding", [("external_id", "in", list(gids))], ["external_id", "res_id"]
        )
        assert sorted(link["external_id"] for link in links) == sorted(gids)
        partners = self.estate.admin.search("res.partner", [("id", "in", [link["res_id"] for link in links])], ["name"])
        names = {partner["id"]: partner["name"] for partner in partners}
        assert {link["external_id"]: names[link["res_id"]] for link in links} == gids
        return tries


def workers(tries: list[dict[str, Any]]) -> set[int]:
    """The processes that made these tries."""
    return {int(one["worker"].rpartition(":")[2]) for one in tries}
