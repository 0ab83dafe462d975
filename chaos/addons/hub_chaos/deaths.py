# Part of Integration Hub. License LGPL-3.0 or later.
"""Death at a named point: an order for it lies in the control folder, and the first process that comes by kills itself.

``orders/<point>`` is taken by renaming it to ``taken/<point>.<process id>``, which only one process can do, and that
is all that the process does before SIGKILL. Points are ``before-<what>`` and ``after-<what>``, where what is a step of
the drain's protocol, ``store`` (a webhook's statement), ``wake``, or ``commit-webhook``, ``commit-job``,
``commit-call``: any COMMIT within a webhook's request, a drain's job, a person's edit.
"""

import functools
import os
import signal
import threading
from pathlib import Path

from psycopg2.extensions import connection

from odoo import http, sql_db
from odoo.addons.integration_hub.engine import perform, wake
from odoo.addons.integration_hub.models import intake

CONTROL = os.environ.get("HUB_CHAOS_CONTROL")
PATHS = {"/integration/webhook/": "webhook", "/queue_job/runjob": "job", "/web/dataset/call_kw/": "call"}
_here = threading.local()


def die(point):
    """Kill this process with SIGKILL if an order for the point can be taken."""
    try:
        Path(CONTROL, "orders", point).rename(Path(CONTROL, "taken", f"{point}.{os.getpid()}"))
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)


def deadly(function, what):
    """Wrap *function* with the two points; *what* is a name, or a function of the call's arguments that returns it."""

    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        name = what(*args) if callable(what) else what
        if not name:
            return function(*args, **kwargs)
        die(f"before-{name}")
        result = function(*args, **kwargs)
        die(f"after-{name}")
        return result

    return wrapper


def install():
    """Put the points in place, where a chaos run started this server."""
    if not CONTROL:
        return
    perform.Performer.perform = deadly(perform.Performer.perform, lambda performer, step: type(step).__name__)
    intake.insert_inbound = deadly(intake.insert_inbound, "store")
    intake.take_in = deadly(intake.take_in, "store")
    wake.wake = deadly(wake.wake, "wake")
    sql_db.PsycoConnection.commit = deadly(connection.commit, lambda _connection: getattr(_here, "commit", None))
    http.Application.__call__ = _noting(http.Application.__call__)


def _noting(application):
    @functools.wraps(application)
    def wrapper(self, environ, start_response):
        path = environ["PATH_INFO"]
        _here.commit = next((f"commit-{name}" for start, name in PATHS.items() if path.startswith(start)), None)
        try:
            return application(self, environ, start_response)
        finally:
            _here.commit = None

    return wrapper
