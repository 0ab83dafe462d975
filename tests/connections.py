# Part of Integration Hub. License LGPL-3.0 or later.
"""What tests with connections of their own share: they commit, and remove at the end what they made."""

import contextlib
import os
import time
from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tests.common import BaseCase, get_db_name

from ..connectors.connector import Notification
from ..engine.claim import claim, take_over
from ..engine.database import Database
from ..engine.outcome import Outcome
from ..engine.retry import RetryPolicy
from ..engine.slots import Unit
from ..engine.store import insert_inbound
from ..models import connection, intake
from .common import ENVIRONMENT, MASTER_KEY, SHOPIFY_SECRET, signed

KEY = "customer:1"
OWN_TABLES = (
    "integration_slot",
    "integration_claim",
    "integration_blocked_key",
    "integration_dedupe",
    "integration_mark",
    "integration_metric_delta",
    "integration_metric",
)


class Recorder:
    """A handler, as the engine asks for one: remembers what it was given, and does what the test says.

    :param effect: called with cursor and event; returns an outcome, or ``None`` for done
    :param together: whether events may share a transaction
    """

    def __init__(self, effect=None, *, together=False):
        self.applied = []
        self.effect = effect or (lambda cr, event: None)
        self._together = together

    def halted(self, endpoint_id):
        return None

    def together(self, cr, flow_ids):
        return flow_ids if self._together else set()

    def settings(self, cr, event):
        return RetryPolicy(), "block"

    def load(self, events):
        return [{} for _event in events]

    def apply(self, cr, events, documents):
        return [self.apply_one(cr, event) for event in events]

    def apply_one(self, cr, event):
        self.applied.append(event.id)
        return self.effect(cr, event) or Outcome("done")

    def admit(self, endpoint_id, wanted):
        return wanted, None

    def called(self, endpoint_id, answers):
        pass

    def explain(self, error):
        return Outcome("dead", type(error).__name__, str(error))


def may_call_here(case):
    """Let connectors of a class's tests call this machine, which they refuse otherwise."""
    case.startClassPatcher(patch.dict(os.environ, {"INTEGRATION_HUB_ALLOWED_NETWORKS": "127.0.0.0/8"}))
    connection._transport.cache_clear()
    case.addClassCleanup(connection._transport.cache_clear)


class ConnectionsCase(BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        environment = {"INTEGRATION_HUB_ENVIRONMENT": ENVIRONMENT, "INTEGRATION_HUB_MASTER_KEYS": MASTER_KEY}
        cls.startClassPatcher(patch.dict(os.environ, environment))
        cls.registry = Registry(get_db_name())
        cls.db = Database(get_db_name())
        cls.addClassCleanup(cls.forget)
        with cls.environment() as env:
            system = env["integration.system"].create({"name": "Real connections", "connector": "shopify"})
            credential = env["integration.credential"].create(
                {
                    "name": "Secret",
                    "system_id": system.id,
                    "kind": "hmac",
                    "origins": "inbound",
                    "secret": SHOPIFY_SECRET,
                }
            )
            endpoint = env["integration.endpoint"].create(
                {
                    "name": "Hook",
                    "system_id": system.id,
                    "direction": "inbound",
                    "scheme": "shopify",
                    "credential_id": credential.id,
                }
            )
            cls.system_id, cls.endpoint_id, cls.slug = system.id, endpoint.id, endpoint.slug
        cls.unit = Unit(cls.endpoint_id, "inbound", 0)

    @classmethod
    @contextlib.contextmanager
    def environment(cls):
        with cls.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {})
        cls.registry.clear_cache()

    @classmethod
    def forget(cls):
        """Remove what was committed."""
        with cls.environment() as env:
            cls._forget_messages(env.cr)
            env["integration.system"].browse(cls.system_id).exists().unlink()

    @classmethod
    def _forget_messages(cls, cr):
        ids = "SELECT id FROM integration_event WHERE endpoint_id = %(id)s"
        given = {"id": cls.endpoint_id, "wake": f"wake:{cls.endpoint_id}:%", "timer": f"timer:{cls.endpoint_id}:%"}
        for table in ("integration_event_attempt", "integration_event_payload", "integration_effect"):
            cr.execute(f"DELETE FROM {table} WHERE event_id IN ({ids})", given)
        for table in ("integration_event", *OWN_TABLES):
            cr.execute(f"DELETE FROM {table} WHERE endpoint_id = %(id)s", given)
        cr.execute("DELETE FROM queue_job WHERE identity_key LIKE %(wake)s OR identity_key LIKE %(timer)s", given)

    def setUp(self):
        super().setUp()
        self.addCleanup(self._forget_all)

    def _forget_all(self):
        with self.registry.cursor() as cr:
            self._forget_messages(cr)

    def insert(self, cr, *, dedupe_key=None, key=KEY, flow_id=None):
        """Insert one runnable event of the unit; returns what became of it."""
        message = Notification("customers/update", "customer", "1", None, {}, True)
        accepted = insert_inbound(
            cr,
            endpoint_id=self.endpoint_id,
            company_id=1,
            flow_id=flow_id,
            message=message,
            dedupe_key=dedupe_key,
            headers={},
            body="{}",
            now=self.db.now(),
        )
        # One unit and one key for all of them: what these tests are about. And each is to be tried.
        cr.execute(
            "UPDATE integration_event SET slot = 0, partition_key = %s, kind = 'command' WHERE id = %s",
            [key, accepted.event_id],
        )
        return accepted

    def committed(self, **values):
        with self.db.read_committed() as cr:
            return self.insert(cr, **values).event_id

    def claim(self):
        """Claim as a worker does that dies of it: nothing of it is ever put down."""
        with self.db.read_committed() as cr:
            take_over(cr, self.unit, "dead:1:0", self.db.now())
            return claim(cr, self.unit, 10, "dead:1:0", self.db.now())

    def wait_until_one_waits(self):
        """Return when a connection waits for a lock that another has."""
        query = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with self.registry.cursor() as cr:
                cr.execute(query)
                if cr.fetchone():
                    return
            time.sleep(0.01)
        self.fail("nobody waits")

    def states(self):
        with self.registry.cursor() as cr:
            cr.execute("SELECT id, state FROM integration_event WHERE endpoint_id = %s ORDER BY id", [self.endpoint_id])
            return dict(cr.fetchall())

    def deliver(self, webhook_id):
        """Take one delivery in on a connection of its own, as an HTTP worker does."""
        with self.environment() as env:
            endpoint = env["integration.endpoint"].browse(self.endpoint_id)
            delivery = signed(endpoint, {"id": 1}, url="https://x", topic="customers/update", webhook_id=webhook_id)
            route = intake.find_route(env, self.slug)
            return intake.receive(self.db, env, route, delivery).body
