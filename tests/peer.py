# Part of Integration Hub. License LGPL-3.0 or later.
"""A CRM that answers when the test lets it, and remembers what was under way at the same time."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PATIENCE = 30.0  # seconds; a call that nothing lets go by then is answered, and what waited for it is seen to be wrong


class Peer:
    """HubSpot's contacts, as far as pushing and reading go; a context manager.

    :param before: called with each request before it is answered, on a thread of its own; returns a status, or
        ``None`` for success
    """

    def __init__(self):
        self._under_way, self._changed = [], threading.Condition()
        self.forget()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"peer": self}))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def forget(self, before=lambda asked: None):
        """Begin anew."""
        self.before = before
        self.asked = []  # what was asked, in the order in which it arrived
        self.most = 0  # calls at the same time
        self.overlaps = []  # names of which two calls were under way at once
        self._ids = {}

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *exc):
        self._server.shutdown()
        self._server.server_close()

    def wait_until(self, reached):
        """Return whether it is reached before patience ends, asked anew at each change."""
        with self._changed:
            return self._changed.wait_for(reached, PATIENCE)

    def under_way(self):
        return len(self._under_way)

    def names(self):
        """Return whom the writing calls were about, in the order in which they arrived."""
        return [asked["name"] for asked in self.asked if asked["method"] != "GET"]

    def exchange(self, asked):
        """Return status and document for a request."""
        with self._changed:
            if asked["name"] in self._under_way:
                self.overlaps.append(asked["name"])
            self._under_way.append(asked["name"])
            self.asked.append(asked)
            self.most = max(self.most, len(self._under_way))
            self._changed.notify_all()
        try:
            return self._answer(asked, self.before(asked) or 200)
        finally:
            with self._changed:
                self._under_way.remove(asked["name"])
                self._changed.notify_all()

    def _answer(self, asked, status):
        if status != 200:
            return status, {"status": "error", "message": "No"}
        if asked["path"].endswith("/search"):
            return 200, {"results": []}
        known = self._ids.get(asked["name"])
        if asked["method"] == "POST" and known:
            return 409, {"category": "CONFLICT", "message": f"Contact already exists. Existing ID: {known}"}
        if asked["method"] == "POST":
            known = self._ids[asked["name"]] = str(1000 + len(self._ids))
        given = asked["path"].partition("?")[0].rpartition("/")[2]
        properties = {"firstname": "Ada", "lastname": given, "email": f"{given}@x.example"}
        moment = "2026-01-01T00:00:00Z"
        return 200, {"id": known or given, "properties": properties, "createdAt": moment, "updatedAt": moment}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    peer = None

    def _do(self):
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or "{}")
        path = self.path.partition("?")[0]
        properties = body.get("properties") if isinstance(body.get("properties"), dict) else {}
        name = properties.get("email") or properties.get("name") or path.rpartition("/")[2]
        asked = {"method": self.command, "path": self.path, "name": name, "properties": properties}
        status, document = self.peer.exchange(asked)
        text = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = do_PATCH = _do  # noqa: N815 - as the server asks for them

    def log_message(self, *args):
        """Nothing: what was asked is in the journal."""
