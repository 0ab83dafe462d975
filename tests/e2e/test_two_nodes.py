# Part of Integration Hub. License LGPL-3.0 or later.
"""Two Odoo servers on one database: one dies and the other takes over; behind a balancer both work. docs/HOSTING.md."""

import threading
from collections.abc import Iterator
from dataclasses import replace

import devserver
import pytest
from balancer import Balancer
from devserver import DevServer
from estate import Estate
from hub_clients import Odoo, wait_for
from people import PATIENCE, People, workers

WORKERS = 4


@pytest.fixture(scope="module")
def first() -> Iterator[Estate]:
    with devserver.fresh("nodes", workers=WORKERS) as server:
        yield Estate.set_up(server)


def at(estate: Estate, server: DevServer) -> Estate:
    """The same estate, seen from another node."""
    admin = Odoo(server.url, server.database, "admin", "admin")
    return replace(estate, server=server, admin=admin)


def beating(estate: Estate) -> bool:
    """Whether jobs are run, as monitoring sees it."""
    answer = estate.health()
    return answer["checks"]["job_runner:heartbeat"][0]["status"] == "pass"


def test_a_node_dies_and_the_other_takes_over(first: Estate) -> None:
    with first.server.beside("second") as other:
        second = at(first, other)
        wait_for("a heartbeat", lambda: beating(first), PATIENCE)
        people = People(second, [first.server.url, other.url])
        sending = threading.Thread(target=people.send, args=[16, 5])
        sending.start()
        wait_for("the burst under way", lambda: people.done() >= 10, PATIENCE)
        ran = set(first.server.worker_pids())
        first.server.kill_odoo()
        sending.join()
        tries = people.check()
        assert workers(tries) & ran, "killed too early to prove anything"
        assert workers(tries) & set(other.worker_pids())
        wait_for("a heartbeat of the other", lambda: beating(second), PATIENCE)
        later = People(second, [other.url])
        later.send(2, 1)
        assert workers(later.check()) <= set(other.worker_pids())


def test_behind_a_balancer_both_nodes_work(first: Estate) -> None:
    with Balancer() as balancer:
        settings = {"queue_job": {"host": "127.0.0.1", "port": str(balancer.port)}}
        with (
            first.server.beside("left", settings=settings, workers=6) as left,
            first.server.beside("right", settings=settings, workers=6) as right,
        ):
            balancer.backends = [left.http_port, right.http_port]
            estate = at(first, left)
            wait_for("a heartbeat", lambda: beating(estate), PATIENCE)
            people = People(estate, [f"http://127.0.0.1:{balancer.port}"])
            domain = [("system_id", "=", estate.shop), ("direction", "=", "inbound"), ("for_jobs", "=", False)]
            hook = estate.admin.one("integration.endpoint", domain, ["id"])["id"]
            estate.admin.call("integration.endpoint", "action_pause", [hook])
            people.send(100, 1)  # more than one drain gets through before others come
            estate.admin.call("integration.endpoint", "action_resume", [hook])
            pids = workers(people.check())
            assert pids & set(left.worker_pids()), "the left node ran no drain"
            assert pids & set(right.worker_pids()), "the right node ran no drain"
