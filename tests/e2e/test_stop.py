# Part of Integration Hub. License LGPL-3.0 or later.
"""The server is stopped in the middle of a drain: it ends in order at its next step, and goes on after the start."""

from collections.abc import Iterator
from contextlib import closing

import devserver
import psycopg2
import pytest
from estate import Estate
from hub_clients import wait_for
from people import PATIENCE, People

CHANGES = 250  # of one customer: one unit, several claims


@pytest.fixture(scope="module")
def busy() -> Iterator[Estate]:
    with devserver.fresh("stop", workers=4) as server:
        yield Estate.set_up(server)


def left(database: str) -> dict[str, int]:
    """What is in the tables of a database whose server is stopped."""
    questions = {
        "waiting": "SELECT count(*) FROM integration_event WHERE state IN ('pending', 'retry')",
        "in hand": "SELECT count(*) FROM integration_claim WHERE cardinality(event_ids) > 0",
        "jobs under way": "SELECT count(*) FROM queue_job WHERE state = 'started'",
        "drains to come": "SELECT count(*) FROM queue_job WHERE state = 'pending' AND method_name = '_drain'",
    }
    with closing(psycopg2.connect(dbname=database)) as connection, connection.cursor() as cursor:
        found = {}
        for name, question in questions.items():
            cursor.execute(question)
            (found[name],) = cursor.fetchone()
        return found


def test_a_drain_ends_in_order_and_goes_on_after_the_start(busy: Estate) -> None:
    endpoint = busy.endpoint(busy.shop, "inbound")
    busy.admin.call("integration.endpoint", "action_pause", [endpoint])
    people = People(busy, [busy.server.url])
    people.send(1, CHANGES)
    busy.admin.call("integration.endpoint", "action_resume", [endpoint])
    wait_for("the drain under way", people.done, PATIENCE, every=0.01)
    busy.server.stop_odoo()
    found = left(busy.server.database)
    assert found.pop("waiting") > 0, "stopped too late to prove anything"
    assert found == {"in hand": 0, "jobs under way": 0, "drains to come": 1}
    busy.server.start_odoo()
    people.check()
    assert busy.admin.search("integration.event.attempt", [("outcome", "=", "lost")], ["event_id"]) == []
