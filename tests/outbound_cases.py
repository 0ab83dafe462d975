# Part of Integration Hub. License LGPL-3.0 or later.
"""What tests of many calls at once start from: contacts that are committed, a CRM of the test's own, real threads."""

import contextlib
import os
import threading
import time
from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tests.common import BaseCase, get_db_name

from ..connectors.clock import ManualClock
from ..engine.database import Database
from ..engine.perform import drain
from ..engine.slots import Unit
from ..models.handler import Handler
from .common import ENVIRONMENT, HUBSPOT_SECRET, HUBSPOT_TOKEN, MASTER_KEY
from .connections import OWN_TABLES, may_call_here
from .peer import Peer

SLOT = 7  # all messages are of one unit: what one drain keeps under way


class CallsCase(BaseCase):
    """Contacts go to a :class:`Peer`, through the real handler, on real connections."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        environment = {"INTEGRATION_HUB_ENVIRONMENT": ENVIRONMENT, "INTEGRATION_HUB_MASTER_KEYS": MASTER_KEY}
        cls.startClassPatcher(patch.dict(os.environ, environment))
        may_call_here(cls)
        cls.registry = Registry(get_db_name())
        cls.peer = cls.enterClassContext(Peer())
        with cls.environment() as env:
            mappings = env["integration.mapping"].search([]).ids
            cls.connect(env)
        cls.addClassCleanup(cls.disconnect, mappings)

    @classmethod
    def connect(cls, env):
        """Connect the peer, as a person does."""
        wizard = env["integration.connect"].create({"connector": "hubspot", "name": "Calls"})
        given = {"access_token": HUBSPOT_TOKEN, "client_secret": HUBSPOT_SECRET, "api_url": cls.peer.url}
        for line in wizard.field_ids:
            line.value = given.get(line.name)
        system = wizard._create_system(check=False)
        cls.system_id, cls.endpoint_id = system.id, system._endpoint("outbound").id
        cls.hook_id = system._endpoint("inbound").id
        cls.unit = Unit(cls.endpoint_id, "outbound", SLOT)

    @classmethod
    def disconnect(cls, mappings):
        with cls.environment() as env:
            system = env["integration.system"].browse(cls.system_id)
            system.with_context(active_test=False).flow_ids.unlink()
            system.unlink()
            made = env["integration.mapping"].search([("id", "not in", mappings)]).ids
            env.cr.execute("UPDATE integration_mapping SET version_id = NULL WHERE id = ANY(%s)", [made])
            env.cr.execute("DELETE FROM integration_mapping WHERE id = ANY(%s)", [made])

    def setUp(self):
        super().setUp()
        self.clock = ManualClock(time.time())
        self.db = Database(get_db_name())
        self.peer.forget()
        with self.environment() as env:
            endpoint = env["integration.endpoint"].browse(self.endpoint_id)
            endpoint.write({"state": "active", "rate_calls": 0, "breaker_percent": 0, "timeout_read": 30})
        self.addCleanup(self.forget)

    @classmethod
    @contextlib.contextmanager
    def environment(cls):
        """A transaction of its own, as a person's request has it."""
        with cls.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
        cls.registry.clear_cache()

    # --- what is to be sent ---

    def people(self, count, **values):
        """Commit so many new contacts, whose messages are of one unit; returns their ids."""
        with self.environment() as env:
            partners = env["res.partner"].create(
                [
                    {"name": f"Ada {number}", "email": f"ada{number}@x.example", "phone": "1", **values}
                    for number in range(count)
                ]
            )
            ids = partners.ids
            self.addCleanup(self._unlink, ids)
        self.together()
        return ids

    def together(self):
        """Let all messages be of the one unit."""
        self.execute("UPDATE integration_event SET slot = %s WHERE endpoint_id = %s", SLOT, self.endpoint_id)

    def drain(self, db=None):
        """Work the unit off, as a worker does; returns what is left."""
        db = db or self.db
        return drain(db, self.unit, Handler(db))

    def draining(self):
        """Work the unit off on another thread; returns that."""
        thread = threading.Thread(target=self.drain)
        thread.start()
        self.addCleanup(thread.join)
        return thread

    # --- what became of it ---

    def execute(self, query, *given):
        with self.registry.cursor() as cr:
            cr.execute(query, given)
            return cr.fetchall() if cr.description else None

    def states(self):
        """Return ``{record id: state}`` of the last message of each record."""
        return dict(
            self.execute("SELECT res_id, state FROM integration_event WHERE endpoint_id = %s", self.endpoint_id)
        )

    def links(self):
        """Return the ids of the linked records, in order."""
        query = "SELECT res_id FROM integration_binding WHERE system_id = %s ORDER BY 1"
        return [row[0] for row in self.execute(query, self.system_id)]

    def in_doubt(self):
        """Return the ids of the records of which nobody knows if they were sent, in order."""
        query = "SELECT res_id FROM integration_event WHERE in_doubt AND endpoint_id = %s ORDER BY res_id"
        return [row[0] for row in self.execute(query, self.endpoint_id)]

    # --- afterwards ---

    def forget(self):
        """Remove what was committed."""
        endpoints = [self.endpoint_id, self.hook_id]
        its = "SELECT id FROM integration_event WHERE endpoint_id = ANY(%s)"
        for table in ("integration_event_attempt", "integration_event_payload"):
            self.execute(f"DELETE FROM {table} WHERE event_id IN ({its})", endpoints)
        for table in ("integration_event", *OWN_TABLES):
            self.execute(f"DELETE FROM {table} WHERE endpoint_id = ANY(%s)", endpoints)
        jobs = f"^[a-z]+:({'|'.join(map(str, endpoints))})(:|$)"
        self.execute("DELETE FROM queue_job WHERE identity_key ~ %s", jobs)
        self.execute("DELETE FROM integration_binding WHERE system_id = %s", self.system_id)

    def _unlink(self, ids):
        with self.environment() as env:
            env["res.partner"].browse(ids).exists().unlink()
