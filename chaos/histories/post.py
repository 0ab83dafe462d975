# Part of Integration Hub. License LGPL-3.0 or later.
"""Between the sandbox and Odoo: takes what the vendor sends, and delivers it late, twice, in another order, never."""

import random
import threading
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests
from integration_hub_connectors import signatures
from story import History, Part, Plan

TWICE = 0.15  # of the notifications
AT_ONCE = 8
PATIENCE = 60.0  # seconds during which a delivery that Odoo does not take is repeated
TIMEOUT = 30.0


class Box:
    """Where the sandbox delivers to: it takes everything."""

    def __init__(self) -> None:
        self._taken: list[tuple[bytes, dict[str, str]]] = []
        self._lock = threading.Lock()
        box = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                with box._lock:
                    box._taken.append((body, dict(self.headers.items())))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_args: object) -> None:
                """The run says what it wants to be known."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """The address to register."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/"

    def empty(self) -> list[tuple[bytes, dict[str, str]]]:
        """What has come since the last time: body and headers."""
        with self._lock:
            taken, self._taken = self._taken, []
        return taken

    def close(self) -> None:
        """Ends the server."""
        self._server.shutdown()
        self._server.server_close()


class Post:
    """Gives each notification to the histories that it is about, and delivers a history's by that history's fate.

    `lost` is the part of the notifications that never arrives.
    """

    def __init__(self, plan: Plan, url: str, secret: str, lost: float) -> None:
        self._plan, self._url, self._secret, self._lost = plan, url, secret, lost
        self._scheme = signatures.get(plan.scheme)
        self.box = Box()
        self.counts: Counter[str] = Counter()
        self._sessions = threading.local()

    def sort(self, histories: Iterable[History]) -> None:
        """Waits until the sandbox has sent all that it has to, and gives it out."""
        drained = self._plan.sandbox.control("POST", "/webhooks/drain", {"timeout": 60})
        if not drained["drained"]:
            raise RuntimeError("the sandbox's webhooks did not arrive within a minute")
        owners = {identifier: history for history in histories for identifier in history.ids}
        for body, headers in self.box.empty():
            for part in self._plan.parts(body, headers):
                self.counts["told"] += 1
                found = {owners[identifier].seed: owners[identifier] for identifier in part.ids if identifier in owners}
                for history in found.values():
                    history.box.append(part)

    def deliver(self, histories: Iterable[History], *, all_of_it: bool = False) -> None:
        """Delivers some of what each history holds, at the end all of it; what is lost is gone."""
        due = [chosen for history in histories if (chosen := self._choose(history, all_of_it))]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for _done in pool.map(self._send_all, due):
                pass

    def _choose(self, history: History, all_of_it: bool) -> list[Part]:
        chance: random.Random = history.fate
        chance.shuffle(history.box)
        count = len(history.box) if all_of_it else chance.randint(0, len(history.box))
        taken, history.box = history.box[:count], history.box[count:]
        chosen = []
        for part in taken:
            if chance.random() < self._lost:
                self.counts["lost"] += 1
                history.told.append(f"  ({part.words} is lost)")
                continue
            chosen.append(part)
            history.told.append(f"  ({part.words} is delivered)")
            if chance.random() < TWICE:
                self.counts["twice"] += 1
                (history.box if not all_of_it and chance.random() < 0.5 else chosen).append(part)
        return chosen

    def _send_all(self, parts: list[Part]) -> None:
        for part in parts:
            self._send(part)

    def _send(self, part: Part) -> None:
        """Delivers until it is taken, as vendors do; raises RuntimeError where Odoo refuses it or never answers."""
        session = self._session()
        deadline = time.monotonic() + PATIENCE
        while True:
            delivery = signatures.Delivery("POST", self._url, part.headers, part.body)
            headers = part.headers | self._scheme.sign(delivery, self._secret, now=time.time())
            try:
                status = session.post(self._url, data=part.body, headers=headers, timeout=TIMEOUT).status_code
            except requests.RequestException as error:
                status, answer = 0, repr(error)
            else:
                answer = str(status)
            if 200 <= status < 300:
                self.counts["delivered"] += 1
                return
            if (400 <= status < 500 and status != 429) or time.monotonic() > deadline:
                raise RuntimeError(f"{part.words} was not taken: {answer}")
            time.sleep(0.5)

    def _session(self) -> requests.Session:
        if not hasattr(self._sessions, "one"):
            self._sessions.one = requests.Session()
            self._sessions.one.trust_env = False
        found: requests.Session = self._sessions.one
        return found
