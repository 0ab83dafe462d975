# Part of Integration Hub. License LGPL-3.0 or later.
"""A hub whose rules are looked at when the test says so, by a clock that it moves."""

import json
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from odoo import fields

from ..connectors.clock import ManualClock
from ..engine.database import Database
from .common import HubCase

MINUTE = 60.0
FAILED = """
    INSERT INTO integration_event (direction, state, endpoint_id, company_id, flow_id, slot, partition_key, arrived_at,
                                   attempt_count, error_code, error_message, fingerprint)
    SELECT 'inbound', %(state)s, %(endpoint)s, %(company)s, %(flow)s, i %% 64, 'key-' || i, %(at)s, 1,
           %(code)s, %(message)s, %(fingerprint)s
      FROM generate_series(1, %(count)s) i"""


class AlertMixin:
    """A shop, one rule that is looked at, and people who answer for things."""

    @classmethod
    def set_up_hub(cls):
        cls.shop = cls.connect_shopify()
        cls.inbound, cls.outbound = cls.shop._endpoint("inbound"), cls.shop._endpoint("outbound")
        cls.flow = cls.inbound.flow_ids.filtered(lambda flow: flow.state == "on")[:1]
        cls.owner = cls.user("operator", login="flow-owner", name="Olga", email="olga@example.com")
        cls.technician = cls.user("admin", login="technician", name="Tom", email="tom@example.com")
        cls.flow.owner_id = cls.owner
        cls.shop.technical_owner_id = cls.technician
        cls.Rule, cls.Alert = cls.env["integration.alert.rule"], cls.env["integration.alert"]
        cls.Rule.search([]).active = False  # each test says what is watched

    def setUp(self):
        super().setUp()
        self.clock = ManualClock(fields.Datetime.now().timestamp())

    def rule(self, kind, **values):
        defaults = {"name": kind, "kind": kind, "quiet_minutes": 0, "for_minutes": 0, "tz": "UTC"}
        return self.Rule.create(defaults | values)

    def now(self):
        return Database(self.env.cr.dbname, self.clock).now()

    def minutes_ago(self, minutes):
        return self.now() - timedelta(minutes=minutes)

    def look(self, after=0.0, broken=0):
        """Let minutes pass, look at all rules, tell, and send; returns the alerts that are not over."""
        self.clock.advance(after * MINUTE)
        self.env.cr.flush()
        with self.engine_mode():
            db = Database(self.env.cr.dbname, self.clock, randomness=lambda: 0.5)
            self.Rule._go_round(db)
            self.send(db)
        self.env.invalidate_all()
        problems = self.Rule.search([("problem", "!=", False)]).mapped("problem")
        self.assertEqual(len(problems), broken, problems)
        return self.Alert.search([("state", "!=", "resolved")])

    def send(self, db):
        self.env["integration.alert.notice"]._send_due(db)

    def alerts(self, *states):
        self.env.invalidate_all()
        return self.Alert.search([("state", "in", states or ("open", "acknowledged"))])

    def todos(self, user, alert=None):
        domain = [("user_id", "=", user.id), ("res_model", "=", "integration.alert")]
        return self.env["mail.activity"].search(domain + ([("res_id", "=", alert.id)] if alert else []))

    def notices(self, alert, **values):
        return self.env["integration.alert.notice"].search(
            [("alert_id", "=", alert.id), *((name, "=", value) for name, value in values.items())], order="id"
        )

    def failing(self, count=1, *, code="missing-value", message="Tax VAT 5.5 % is unknown", fingerprint="tax", at=None,
             state="dead"):  # fmt: skip
        """Have messages fail, without the work that ends so."""
        self.env.cr.execute(
            FAILED,
            {
                "count": count,
                "state": state,
                "endpoint": self.inbound.id,
                "company": self.shop.company_id.id,
                "flow": self.flow.id,
                "at": at or self.now(),
                "code": code,
                "message": message,
                "fingerprint": fingerprint,
            },
        )
        self.env.invalidate_all()

    def mend(self):
        self.env.cr.execute("DELETE FROM integration_event WHERE endpoint_id = %s", [self.inbound.id])

    def refresh(self):
        """Bring the causes in step with the log."""
        with self.engine_mode():
            self.env["integration.failure"]._refresh()


class AlertCase(AlertMixin, HubCase):
    """Tests in one transaction."""


class Receiver:
    """An HTTP server that keeps what it is sent, and answers as the test says; a context manager."""

    def __init__(self):
        self.status, self.headers, self.requests = 200, {}, []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"receiver": self}))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self):
        Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *exc):
        self._server.shutdown()
        self._server.server_close()

    def documents(self):
        return [json.loads(body) for _path, _headers, body in self.requests]


class _Handler(BaseHTTPRequestHandler):
    receiver = None

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.receiver.requests.append((self.path, dict(self.headers.items()), body))
        text = b"ok" if self.receiver.status == 200 else b"no_service"
        self.send_response(self.receiver.status)
        for name, value in self.receiver.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *args):
        """Nothing: what came is kept."""
