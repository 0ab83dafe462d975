# Part of Integration Hub. License LGPL-3.0 or later.
"""A real Odoo server in prefork mode with the sandbox of SaaS systems beside it, for `make run`, tests and benches.

    with devserver.fresh("e2e") as server:           # a fresh copy of the addon's template database, dropped at the end
        requests.get(server.url + "/web/health")
        server.kill_worker("WorkerHTTP")             # kill -9, as chaos does it

Whatever is started here ends with `stop()`, and also when the process that started it dies.
"""

import configparser
import os
import runpy
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import devdb
import ports

DEV = devdb.DEV
CAPACITY = devdb.ROOT / "engine/capacity.py"  # imports nothing of Odoo
START_TIMEOUT = 120.0  # seconds; the first start of a database on a busy machine
STOP_TIMEOUT = 20.0  # seconds; then SIGKILL
ONLY_OUR_CRONS = """
    UPDATE ir_cron
       SET active = id IN (SELECT res_id FROM ir_model_data WHERE module = 'integration_hub' AND model = 'ir.cron')
"""


class ServerFailed(RuntimeError):
    """A server did not start, or ended by itself; the message ends with the last lines of its log."""


def channels(workers: int) -> str:
    """queue_job's channels for this many HTTP workers, as the addon's own health check wants them."""
    return str(runpy.run_path(str(CAPACITY))["Capacities"].recommended(workers).line())


class DevServer:
    """Odoo on one database, with `workers` HTTP workers, the job runner and the cron worker, and a sandbox.

    Ports not given are free ones. `settings` replaces values of .dev/odoo.conf: {"options": {"limit_time_real": "60"}}.
    `remember`: a sandbox that is started again still has its objects and webhook addresses, as long as the database is.
    `node` tells servers on one database apart; `beside()` makes a further one.
    Logs are .dev/log/odoo-<database>.log and sandbox-<database>.log, begun anew at each start.
    """

    def __init__(
        self,
        database: str,
        *,
        workers: int = 6,
        http_port: int | None = None,
        sandbox_port: int | None = None,
        sandbox: bool = True,
        remember: bool = False,
        node: str = "",
        settings: dict[str, dict[str, str]] | None = None,
    ) -> None:
        self.database = database
        self.workers = workers
        self.http_port = http_port or ports.free_port()
        self.gevent_port = ports.free_port()
        self.sandbox_port = sandbox_port or ports.free_port()
        self.url = f"http://127.0.0.1:{self.http_port}"
        self.sandbox_url = f"http://127.0.0.1:{self.sandbox_port}"
        name = f"{database}-{node}" if node else database
        self.log = DEV / "log" / f"odoo-{name}.log"
        self.sandbox_log = DEV / "log" / f"sandbox-{name}.log"
        self.config = DEV / "servers" / f"{name}.conf"
        self._with_sandbox = sandbox
        self._remember = remember
        self._settings = settings or {}
        self._odoo: subprocess.Popen[bytes] | None = None
        self._sandbox: subprocess.Popen[bytes] | None = None

    def beside(self, node: str, **options: object) -> "DevServer":
        """A further Odoo on the same database and sandbox, not started yet. `options` are DevServer's."""
        shared = {"workers": self.workers, "settings": self._settings, "sandbox_port": self.sandbox_port}
        return DevServer(self.database, node=node, sandbox=False, **{**shared, **options})

    def start(self) -> "DevServer":
        """Starts both and returns when both answer; raises ServerFailed, having stopped them, where one does not."""
        self._write_config()
        try:
            if self._with_sandbox:
                self.start_sandbox()
            self.start_odoo()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Ends both, first politely, and returns when they are gone. Stopping what is not running is no error."""
        self.stop_odoo()
        self.stop_sandbox()
        self.config.unlink(missing_ok=True)

    def start_odoo(self) -> None:
        """Starts Odoo alone; its database and ports stay the same over a restart."""
        # the entry script, not `python -m odoo`, under which the gevent process dies
        command = [devdb.ROOT / ".venv/bin/python", DEV / "odoo-bin", "-c", self.config]
        self._odoo = self._spawn(command, self.log)
        self._wait(self._odoo, f"{self.url}/web/health", self.log)

    def stop_odoo(self) -> None:
        """Ends Odoo with all its workers."""
        self._odoo = self._end(self._odoo)

    def start_sandbox(self) -> None:
        """Starts the sandbox alone; a new one has forgotten all that the old one held, unless it is to `remember`."""
        command = [devdb.ROOT / ".venv/bin/hub", "sandbox", "--port", str(self.sandbox_port)]
        if self._remember:
            command += ["--state", devdb.sandbox_state(self.database)]
        self._sandbox = self._spawn(command, self.sandbox_log)
        self._wait(self._sandbox, self.sandbox_url, self.sandbox_log)

    def stop_sandbox(self) -> None:
        """Ends the sandbox: to Odoo, the vendors are down."""
        self._sandbox = self._end(self._sandbox)

    def worker_pids(self, kind: str = "WorkerHTTP") -> list[int]:
        """Process ids of Odoo's workers of a kind: WorkerHTTP, WorkerCron or WorkerJobRunner."""
        assert self._odoo, "the server is not running"
        children = Path(f"/proc/{self._odoo.pid}/task/{self._odoo.pid}/children").read_text().split()
        return [int(pid) for pid in children if f" {kind} ".encode() in _command_line(pid) + b" "]

    def kill_worker(self, kind: str = "WorkerHTTP", index: int = 0) -> int:
        """Kills one worker of a kind with SIGKILL, so that it can clean up nothing, and returns its process id."""
        pid = self.worker_pids(kind)[index]
        os.kill(pid, signal.SIGKILL)
        return pid

    def kill_odoo(self) -> None:
        """Kills Odoo and all its workers at once with SIGKILL, as a machine dies; `start_odoo()` starts it again."""
        assert self._odoo, "the server is not running"
        os.killpg(self._odoo.pid, signal.SIGKILL)
        self._odoo.wait()
        self._odoo = None

    def check(self) -> None:
        """Raises ServerFailed where a started server has ended by itself."""
        for process, log in ((self._odoo, self.log), (self._sandbox, self.sandbox_log)):
            if process and process.poll() is not None:
                raise ServerFailed(f"{process.args[0]} ended with status {process.returncode}\n{_tail(log)}")

    def environ(self) -> dict[str, str]:
        """What a test or a bench in another process needs to find this server."""
        return {
            "HUB_TEST_URL": self.url,
            "HUB_TEST_SANDBOX": self.sandbox_url,
            "HUB_TEST_DB": self.database,
        }

    def __enter__(self) -> "DevServer":
        return self.start()

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def _write_config(self) -> None:
        config = configparser.ConfigParser(interpolation=None)
        config.read(DEV / "odoo.conf")
        config["options"].update(
            {
                "db_name": self.database,
                "dbfilter": f"^{self.database}$",
                "workers": str(self.workers),
                "http_port": str(self.http_port),
                "gevent_port": str(self.gevent_port),
            }
        )
        config["queue_job"]["channels"] = channels(self.workers)
        config["integration_hub"]["sandbox_url"] = self.sandbox_url
        for section, values in self._settings.items():
            config[section].update(values)
        self.config.parent.mkdir(exist_ok=True)
        with open(self.config, "w", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            config.write(file)

    def _spawn(self, command: list[object], log: Path) -> "subprocess.Popen[bytes]":
        # a session of its own: Ctrl-C reaches only the one who started it, who then stops it in order
        command = ["setpriv", "--pdeathsig", "TERM", *map(str, command)]
        with log.open("wb") as out:
            return subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
            )

    def _wait(self, process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
        deadline = time.monotonic() + START_TIMEOUT
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise ServerFailed(f"{process.args} ended with status {process.returncode}\n{_tail(log)}")
            if ports.answers(url):
                return
            time.sleep(0.1)
        raise ServerFailed(f"{url} did not answer within {START_TIMEOUT:.0f} s\n{_tail(log)}")

    def _end(self, process: "subprocess.Popen[bytes] | None") -> None:
        if process and process.poll() is None:
            process.terminate()
            try:
                process.wait(STOP_TIMEOUT)
            except subprocess.TimeoutExpired:
                pass  # the whole session is killed below
        if process:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@contextmanager
def fresh(purpose: str, **options: object) -> Iterator[DevServer]:
    """A running server on a fresh copy of the addon's template database, which is dropped at the end.

    `options` are DevServer's. The database is named after the purpose and this process. Of its scheduled actions only
    the hub's run: those of Odoo's apps, all due at once in a new database, would disturb what is tested or measured.
    """
    database = devdb.name_of(f"{purpose}_{os.getpid()}")
    devdb.clone(devdb.name_of("addon"), database)
    server = DevServer(database, **options)
    try:
        devdb.execute(database, ONLY_OUR_CRONS)
        with server:
            yield server
    finally:
        devdb.drop(database)


def _command_line(pid: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ")
    except OSError:
        return b""  # it ended meanwhile


def _tail(log: Path, lines: int = 30) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
