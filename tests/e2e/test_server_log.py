# Part of Integration Hub. License LGPL-3.0 or later.
"""Health: what the servers logged while everything above happened. Runs after it, by its name."""

import re

from estate import Estate

FAILURE = re.compile(r"^[\d-]+ [\d:,]+ \d+ (ERROR|CRITICAL) |^Traceback ", re.M)


def test_odoo_logged_no_failure(estate: Estate) -> None:
    estate.settle()
    log = estate.log()
    assert "odoo.http" in log or "werkzeug" in log, "this is not Odoo's log"
    assert not FAILURE.search(log), log[FAILURE.search(log).start() :][:3000]


def test_odoo_logged_no_secret_and_no_payload(estate: Estate) -> None:
    assert estate.leaks() == {}


def test_the_sandbox_logged_no_failure(estate: Estate) -> None:
    assert "Traceback" not in estate.server.sandbox_log.read_text(errors="replace")


def test_no_job_is_left_behind(estate: Estate) -> None:
    estate.settle()
    stuck = [("state", "in", ("failed", "started", "enqueued", "wait_dependencies"))]
    assert estate.admin.search("queue.job", stuck, ["state", "identity_key", "exc_info"]) == []
