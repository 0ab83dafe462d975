# Part of Integration Hub. License LGPL-3.0 or later.
"""Nobody runs jobs: Odoo's cron works messages off, in and out; when the runner comes, jobs do it again."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace

import devserver
import psycopg2
import pytest
from estate import Estate
from hub_clients import Odoo, wait_for
from people import PATIENCE, People, workers

RUNNERS_LOCK = 2293787760715711918  # queue_job's PG_ADVISORY_LOCK_ID
DISABLED = {"queue_job": {"channels": "root:0"}}


@pytest.fixture(scope="module")
def idle() -> Iterator[Estate]:
    with devserver.fresh("fallback", workers=4, settings=DISABLED) as server:
        yield Estate.set_up(server)


@contextmanager
def restarted(estate: Estate, node: str) -> Iterator[Estate]:
    """The same estate at the same address, by a server whose configuration runs jobs."""
    estate.server.stop_odoo()
    with estate.server.beside(node, settings={}, http_port=estate.server.http_port) as server:
        yield replace(estate, server=server, admin=Odoo(server.url, server.database, "admin", "admin"))


def runner(estate: Estate) -> tuple[str, str]:
    """What monitoring is told of the job runner."""
    (check,) = estate.health()["checks"]["job_runner:heartbeat"]
    return check["status"], check["output"]


def exercise(estate: Estate, name: str) -> set[int]:
    """Customers come in with changes, a contact goes out, each once; the processes that did it."""
    people = People(estate, [estate.server.url])
    people.send(4, 2)
    partner = estate.admin.create("res.partner", {"name": name, "email": f"{name.lower()}@fallback.example"})
    tries = people.check()
    message = estate.sent(partner, seconds=PATIENCE)
    assert message["state"] == "done", message
    assert len(estate.sandbox.contacts(f"{name.lower()}@fallback.example")) == 1
    tries += estate.admin.search(
        "integration.event.attempt", [("event_id.res_id", "=", partner), ("outcome", "=", "done")], ["worker"]
    )
    return workers(tries)


def test_the_cron_works_where_no_job_runner_does(idle: Estate) -> None:
    assert exercise(idle, "Cron") <= set(idle.server.worker_pids("WorkerCron"))
    status, said = runner(idle)
    assert (status, said.partition(":")[0]) == ("warn", "Not running")
    assert "root" in said, "the reason is this server's configuration"


def test_a_server_that_does_not_load_the_job_queue(idle: Estate) -> None:
    idle.server.stop_odoo()
    with idle.server.beside("bare", settings={"options": {"server_wide_modules": "base,rpc,web"}}) as server:
        estate = replace(idle, server=server, admin=Odoo(server.url, server.database, "admin", "admin"))
        assert "server_wide_modules" in runner(estate)[1]
        assert exercise(estate, "Bare") <= set(server.worker_pids("WorkerCron"))


def test_a_runner_that_hears_nothing_is_told_apart_and_jobs_take_over_when_it_hears(idle: Estate) -> None:
    with closing(psycopg2.connect(dbname=idle.server.database)) as deaf, deaf.cursor() as cursor:
        # What is left of a runner behind a transaction pooler: a session that has the lock and gets no notification.
        cursor.execute("SELECT pg_advisory_lock(%s)", [RUNNERS_LOCK])
        with restarted(idle, "again") as estate:
            wait_for("the diagnosis", lambda: "does not hear" in runner(estate)[1], PATIENCE)
            assert runner(estate)[0] == "warn"
            assert exercise(estate, "Deaf") <= set(estate.server.worker_pids("WorkerCron"))
            deaf.close()
            wait_for("a heartbeat", lambda: runner(estate)[0] == "pass", PATIENCE)
            assert exercise(estate, "Jobs") <= set(estate.server.worker_pids("WorkerHTTP"))
            once_each(estate)


def once_each(estate: Estate) -> None:
    """No message took effect twice, by the cron and by the jobs that had waited meanwhile."""
    estate.settle(PATIENCE)
    done = [("outcome", "=", "done")]
    tries = [one["event_id"][0] for one in estate.admin.search("integration.event.attempt", done, ["event_id"])]
    assert len(tries) == len(set(tries)) > 0
