# Part of Integration Hub. License LGPL-3.0 or later.
"""A CRM that refuses what it is sent, in HubSpot's words, with all that differs from answer to answer."""

import itertools
import json
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class RefusingCrm:
    """A CRM that refuses what it is sent, in HubSpot's words, with all that differs from answer to answer."""

    def __init__(self):
        crm = self
        self._numbers = itertools.count(1000)
        self.rules = {}  # by the domain of a contact's e-mail address

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or "{}")
                if self.command == "GET" or self.path.endswith("/search"):
                    status, document = 200, {"results": []}
                else:
                    properties = body.get("properties") or {}
                    rule = crm.rules.get((properties.get("email") or "").rpartition("@")[2])
                    status, document = rule(properties) if rule else (200, crm.taken(properties))
                if isinstance(document, dict) and status >= 400:
                    document = {"status": "error", "correlationId": str(uuid.uuid4()), **document}
                text = document if isinstance(document, bytes) else json.dumps(document).encode()
                self.send_response(status)
                self.send_header("Content-Type", "text/html" if isinstance(document, bytes) else "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST = do_PATCH = do_PUT = answer  # noqa: N815 - as the server asks for them

            def log_message(self, *args):
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def taken(self, properties):
        """What it answers where all is well."""
        moment = "2026-01-01T00:00:00Z"
        number = str(next(self._numbers))
        return {"id": number, "properties": properties, "createdAt": moment, "updatedAt": moment}

    def close(self):
        self._server.shutdown()
        self._server.server_close()


def invalid(name, error, message):
    """What HubSpot answers about a property's value."""
    said = [{"isValid": False, "message": message, "error": error, "name": name, "localizedErrorMessage": message}]
    text = f"Property values were not valid: {json.dumps(said)}"
    return 400, {"message": text, "category": "VALIDATION_ERROR"}
