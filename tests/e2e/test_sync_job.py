# Part of Integration Hub. License LGPL-3.0 or later.
"""kill -9 in the middle of a poll: at the end each change was taken once."""

import json
import os
import signal
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from estate import Estate
from hub_clients import wait_for

FIXTURE = Path(__file__).parents[2] / "connectors" / "vendors" / "shopify" / "fixtures" / "products__create.json"
PRODUCTS = 40  # on four pages; nobody sends them on
SLOW = {"vendor": "shopify", "kind": "latency", "seconds": 0.5}  # a page, so that a kill comes in between
PATIENCE = 120.0  # seconds, on two busy cores, a dead worker included


def product(number: int) -> dict[str, Any]:
    """A product of the shop that changed just now."""
    identifier, now = 9_300_000_001 + number, datetime.now(UTC).isoformat(timespec="seconds")
    given = json.loads(FIXTURE.read_text())
    variant = {
        "id": identifier,
        "product_id": identifier,
        "admin_graphql_api_id": f"gid://shopify/ProductVariant/{identifier}",
        "sku": f"POLL-{number}",
        "barcode": None,
    }
    return given | {
        "id": identifier,
        "admin_graphql_api_id": f"gid://shopify/Product/{identifier}",
        "title": f"Polled {number}",
        "handle": f"polled-{number}",
        "updated_at": now,
        "variants": [given["variants"][0] | variant],
    }


def test_a_poll_survives_the_death_of_its_worker(estate: Estate) -> None:
    estate.settle()
    given = [product(number) for number in range(PRODUCTS)]
    estate.sandbox.control("POST", "/seed", {"vendor": "shopify", "objects": {"product": given}})
    estate.sandbox.faults(SLOW)
    wanted = [("system_id", "=", estate.shop), ("template_key", "=", "products_in")]
    flow = estate.admin.one("integration.flow", wanted, ["id"])["id"]
    job = estate.operator.call("integration.flow", "action_poll_now", [flow])["res_id"]

    wait_for("some pages", lambda: progress(estate, job)["page_count"] >= 2, PATIENCE)
    wait_for("its worker's death", lambda: kill_the_worker(estate), PATIENCE, every=0.02)
    assert progress(estate, job)["state"] == "running", "killed too late to prove anything"
    ended = wait_for("the end", lambda: ended_job(estate, job), PATIENCE)
    assert ended["state"] == "done", ended
    assert ended["done_count"] + ended["skipped_count"] == ended["read_count"] >= PRODUCTS

    estate.settle(PATIENCE)
    ids = [one["admin_graphql_api_id"] for one in given]
    messages = estate.messages(("external_id", "in", ids))
    assert Counter(one["external_id"] for one in messages) == dict.fromkeys(ids, 1)
    assert {one["state"] for one in messages} == {"done"}
    titles = [one["title"] for one in given]
    made = estate.admin.search("product.template", [("name", "in", titles)], ["name"])
    assert Counter(one["name"] for one in made) == dict.fromkeys(titles, 1)


def progress(estate: Estate, job: int) -> dict[str, Any]:
    """How far it is."""
    names = ["state", "page_count", "read_count", "done_count", "skipped_count", "state_reason", "error_message"]
    return estate.admin.read("integration.sync.job", job, names)


def ended_job(estate: Estate, job: int) -> dict[str, Any] | None:
    """The job, once it does not run any more."""
    found = progress(estate, job)
    return None if found["state"] == "running" else found


def kill_the_worker(estate: Estate) -> bool:
    """Kills the process that takes a turn just now; whether there was one."""
    domain = [("state", "=", "started"), ("method_name", "=", "_take_pages")]
    turns = estate.admin.search("queue.job", domain, ["worker_pid"])
    for turn in turns:
        os.kill(turn["worker_pid"], signal.SIGKILL)
    return bool(turns)
