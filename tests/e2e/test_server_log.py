# Part of Integration Hub. License LGPL-3.0 or later.
"""Health: what the servers logged while everything above happened. Runs after it, by its name."""

import re

from estate import SOON, Estate
from hub_clients import wait_for

RECORD = re.compile(r"^(?=\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} )", re.M)
FAILURE = re.compile(r"^[\d-]+ [\d:,]+ \d+ (ERROR|CRITICAL) |^Traceback ", re.M)
# The browser of one test asks the HTTP workers for its bus, since no proxy in front sends that to the evented port.
NO_PROXY = "Couldn't bind the websocket. Is the connection opened on the evented port"
# And it opens connections before it knows what to ask for; where it asks late, the worker has hung up.
HUNG_UP = "Request timed out: TimeoutError('timed out')"


def test_odoo_logged_no_failure(estate: Estate) -> None:
    estate.settle()
    records = RECORD.split(estate.log())
    assert len(records) > 100, "this is not Odoo's log"
    failures = [record for record in records if FAILURE.search(record)]
    assert [record for record in failures if NO_PROXY not in record and HUNG_UP not in record] == []


def test_odoo_logged_no_secret_and_no_payload(estate: Estate) -> None:
    assert estate.leaks() == {}


def test_the_sandbox_logged_no_failure(estate: Estate) -> None:
    assert "Traceback" not in estate.server.sandbox_log.read_text(errors="replace")


def test_no_job_is_left_behind(estate: Estate) -> None:
    estate.settle()
    stuck = [("state", "in", ("failed", "started", "enqueued", "wait_dependencies"))]
    # but for the heartbeat, which is under way now and then
    wait_for("the end of all jobs", lambda: not estate.admin.count("queue.job", stuck), SOON)
