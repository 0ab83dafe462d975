# Part of Integration Hub. License LGPL-3.0 or later.
"""kill -9 in the middle of a burst of orders: at the end each one exists exactly once. Runs last, by its name."""

import os
import signal
from collections import Counter
from typing import Any

from estate import Estate
from hub_clients import Refused, wait_for
from shop import compare

ORDERS = 40
NEW_CUSTOMER = 4  # every so many orders
DEADLINE = 90.0  # seconds; queue_job looks for dead jobs when anything moves, and at least once a minute


def kill_in_the_middle_of_a_job(estate: Estate) -> None:
    """Kills a worker that has begun a job and not ended it: afterwards the job still says that it is under way."""
    for _ in range(5):
        job = wait_for("a job under way", lambda: running(estate), DEADLINE, every=0.02)[0]
        os.kill(job["worker_pid"], signal.SIGKILL)
        if job in running(estate):
            return
    raise AssertionError("each job had ended before its worker died")


def running(estate: Estate) -> list[dict]:
    """The jobs that are under way, and who works on them."""
    return estate.admin.search("queue.job", [("state", "=", "started")], ["uuid", "worker_pid"])


def done(estate: Estate, orders: list[dict]) -> int:
    """How many of the orders are sales orders by now."""
    return estate.admin.count("sale.order", [("client_order_ref", "in", [order["name"] for order in orders])])


def test_every_order_survives_the_death_of_workers(estate: Estate) -> None:
    estate.settle()
    orders = []
    for number in range(ORDERS):
        lines = [{"sku": "TENT-RIDGE-2", "quantity": 1 + number % 3}, {"sku": "FILTER-BASIN", "quantity": 2}]
        values: dict[str, Any] = {"lines": lines}
        if number % NEW_CUSTOMER == 0:  # two messages at once, and one more to the CRM
            email = f"burst.{number}@e2e.example"
            values["customer"] = {"first_name": "Burst", "last_name": f"No{number}", "email": email}
        orders.append(estate.sandbox.order(**values))

    wait_for("the burst under way", lambda: done(estate, orders) >= 3, DEADLINE)
    kill_in_the_middle_of_a_job(estate)
    estate.server.kill_worker("WorkerJobRunner")
    assert done(estate, orders) < ORDERS, "killed too late to prove anything"
    wait_for("more of the burst", lambda: done(estate, orders) >= ORDERS // 4, DEADLINE)
    busy = {job["worker_pid"] for job in running(estate)}
    os.kill(next(pid for pid in estate.server.worker_pids("WorkerHTTP") if pid not in busy), signal.SIGKILL)

    wait_for("all orders", lambda: sweep(estate) or done(estate, orders) >= ORDERS, DEADLINE, every=2)
    estate.settle(DEADLINE)
    for order in orders:
        compare(estate, order)  # fails where there are two
    gids = [order["admin_graphql_api_id"] for order in orders]
    messages = estate.messages(("external_id", "in", gids))
    assert Counter(one["external_id"] for one in messages) == dict.fromkeys(gids, 1)
    assert {one["state"] for one in messages} == {"done"}
    emails = {order["customer"]["email"] for order in orders}
    partners = estate.admin.search("res.partner", [("email", "in", list(emails)), ("type", "=", "contact")], ["email"])
    assert Counter(one["email"] for one in partners) == dict.fromkeys(emails, 1)
    assert {email: len(estate.sandbox.contacts(email)) for email in emails} == dict.fromkeys(emails, 1)


def test_even_then_no_secret_and_no_payload_was_logged(estate: Estate) -> None:
    assert estate.leaks() == {}


def sweep(estate: Estate) -> None:
    """Runs the hub's scheduled action, which comes by every minute, now: a person who does not want to wait."""
    name = [("module", "=", "integration_hub"), ("name", "=", "cron_sweep")]
    cron = estate.admin.one("ir.model.data", name, ["res_id"])
    try:
        estate.admin.call("ir.cron", "method_direct_trigger", [cron["res_id"]])
    except Refused as refused:
        if "already executing" not in str(refused):  # by the scheduler: that will do
            raise
