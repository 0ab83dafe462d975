# Part of Integration Hub. License LGPL-3.0 or later.
"""Serves the addon on its run database until a signal, then stops all that it started; called by scripts/run.

    run.py [PURPOSE]        the purpose is part of the database's name: `run` unless a test asks for one of its own

The run database is kept from one run to the next. It is made from the addon's template the first time, and then filled
with demo traffic; it is updated when the addon has changed. Its comment says which version of the addon it holds.
"""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from types import FrameType

import devdb
import ports
import templates
from devserver import DevServer, ServerFailed

NEW = "new "  # before the version in the comment, as long as the demo traffic has not run to its end


def prepare(database: str) -> bool:
    """Makes or updates the run database; returns whether the demo traffic is still to be run."""
    existing = devdb.databases()
    wanted = templates.addon_version()
    holds = existing.get(database)
    if holds is None:
        templates.ensure("addon")
        devdb.clone(devdb.name_of("addon"), database)
        devdb.comment(database, NEW + wanted)
        return True
    if holds.removeprefix(NEW) != wanted:
        print("\033[1m==>\033[0m updating the run database", file=sys.stderr)
        templates.odoo(database, "-u", "integration_hub", log="update-run")
        devdb.comment(database, holds.startswith(NEW) * NEW + wanted)
    return holds.startswith(NEW)


def demo_traffic(server: DevServer) -> None:
    """Sends the demo traffic through the running server, once in a database's life."""
    script = devdb.ROOT / "scripts" / "demo_traffic.py"
    if script.exists():
        print("\033[1m==>\033[0m sending demo traffic", file=sys.stderr)
        log = devdb.DEV / "log" / "demo-traffic.log"
        with log.open("wb") as out:
            status = subprocess.run(
                [sys.executable, script], stdout=out, stderr=subprocess.STDOUT, env=os.environ | server.environ()
            ).returncode
        if status:
            print(f"The demo traffic failed; the server runs on without it. See {log}", file=sys.stderr)
            return
    devdb.comment(server.database, templates.addon_version())


def welcome(server: DevServer) -> str:
    """What a person reads once the server answers: scripts/welcome.txt with its addresses filled in."""
    text = Path(__file__).with_name("welcome.txt").read_text()
    return text.format(url=server.url, sandbox=server.sandbox_url, log=server.log, database=server.database)


def main(purpose: str = "run") -> int:
    http_port, sandbox_port = int(os.environ["HTTP_PORT"]), int(os.environ["SANDBOX_PORT"])
    for name, port in (("HTTP_PORT", http_port), ("SANDBOX_PORT", sandbox_port)):
        if ports.is_taken(port):
            print(
                f"Port {port} is in use. Stop what listens there, or choose another: make run {name}={port + 100}",
                file=sys.stderr,
            )
            return 1
    ended = threading.Event()

    def end(signum: int, frame: FrameType | None) -> None:
        ended.set()
        raise KeyboardInterrupt

    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, end)
    # the shop and the CRM outlive a restart, as they do in the world: links and webhook addresses stay good
    server = DevServer(devdb.name_of(purpose), http_port=http_port, sandbox_port=sandbox_port, remember=True)
    try:
        new = prepare(server.database)
        server.start()
        if new:
            demo_traffic(server)
        print(welcome(server), flush=True)
        while not ended.wait(2):
            server.check()
    except KeyboardInterrupt:
        pass  # the ordinary end
    except ServerFailed as failure:
        print(failure, file=sys.stderr)
        return 1
    finally:
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(signum, signal.SIG_IGN)  # stopping takes seconds and must not be cut short
        print("\nStopping.", file=sys.stderr)
        server.stop()
        devdb.stop_if_unused()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
