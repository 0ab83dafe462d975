# Part of Integration Hub. License LGPL-3.0 or later.
"""What the tests share: a hub in an environment of its own, the sandbox, signed deliveries, and drains.

Vendors' own payloads are read from the folder that HUB_FIXTURES names; the default is ``../shared`` of the repository.
"""

import atexit
import base64
import contextlib
import functools
import itertools
import json
import os
import time
import unittest
from pathlib import Path
from unittest.mock import patch
from urllib.parse import urlsplit

from odoo.tests import HttpCase, TransactionCase, new_test_user
from odoo.tests.common import _super_send

from ..connectors import signatures
from ..connectors.sandbox.testing import running
from ..connectors.signatures import Delivery
from ..engine import perform as engine
from ..engine.calling import answer
from ..engine.database import Database
from ..engine.sweep import forgotten
from ..models import connection, guards, intake, intake_load
from ..models.handler import Handler

ROOT = Path(__file__).resolve().parent.parent
FIXTURES = Path(os.environ.get("HUB_FIXTURES") or ROOT.parent / "shared").resolve() / "fixtures"
ENVIRONMENT = "test"
MASTER_KEY = "tests:" + base64.b64encode(bytes(range(32))).decode()
SHOPIFY_TOKEN = "shpat_sandbox"
SHOPIFY_SECRET = "shopify-sandbox-secret"
HUBSPOT_TOKEN = "pat-sandbox"
HUBSPOT_SECRET = "hubspot-sandbox-secret"

_numbers = itertools.count(1)


@functools.cache
def sandbox():
    """Return the sandbox of this process, started on first use."""
    stack = contextlib.ExitStack()
    atexit.register(stack.close)
    server = stack.enter_context(running())
    limits = server.core.settings.hubspot  # the vendor's own limits are the library's tests
    limits.limit, limits.search_limit = 100_000, 1_000
    return server


def faults(*documents):
    """Put these faults in force in the sandbox, instead of all earlier ones."""
    sandbox().control("PUT", "/faults", {"faults": list(documents)})


def crm_objects(kind="contact"):
    """Return the CRM's objects, the oldest first."""
    return sandbox().control("GET", f"/objects/hubspot/{kind}")["objects"]


def requests_to(vendor, method=None):
    """Return what the sandbox was asked since its last reset: journal entries, the oldest first."""
    entries = sandbox().control("GET", f"/journal?vendor={vendor}&direction=in")["entries"]
    return [entry for entry in entries if method in (None, entry["method"])]


def vendor_payload(name):
    """Return a vendor's own payload as bytes; skips the test where the folder of vendors' material is missing."""
    if not FIXTURES.is_dir():
        raise unittest.SkipTest(f"vendors' own payloads are not here: {FIXTURES} (HUB_FIXTURES)")
    return (FIXTURES / "payloads" / name).read_bytes()


def own_payload(name):
    """Return a payload of ours in a vendor's documented shape, parsed: ``shopify/orders__create``."""
    vendor, _slash, file = name.partition("/")
    return json.loads((ROOT / "connectors" / "vendors" / vendor / "fixtures" / f"{file}.json").read_bytes())


class InTurn(list):
    """Calls one after the other, in the place of `engine/calling.py`: a test's transaction has one connection."""

    def start(self, function, items):
        self += [(item, answer(function, item)) for item in items]

    def gather(self, _wanted):
        over = self[:]
        self.clear()
        return over

    def close(self):
        pass


class HubMixin:
    """A running environment, master keys, and the steps that tests are made of."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(
            patch.dict(
                os.environ,
                {
                    "INTEGRATION_HUB_ENVIRONMENT": ENVIRONMENT,
                    "INTEGRATION_HUB_MASTER_KEYS": MASTER_KEY,
                    "INTEGRATION_HUB_ALLOWED_NETWORKS": "127.0.0.0/8",
                },
            )
        )
        connection._transport.cache_clear()
        cls.addClassCleanup(connection._transport.cache_clear)
        cls.env.registry.clear_cache()
        cls.set_up_hub()
        cls.env.cr.flush()

    @classmethod
    def set_up_hub(cls):
        """Hook: what the class's tests start from."""

    def setUp(self):
        super().setUp()
        guards._guards.clear()  # leases of what a rollback took back
        intake._counter._seen.clear()  # refusals are noted once a second; each test sees its own
        intake_load.forget()
        if sandbox.cache_info().currsize:
            sandbox().control("POST", "/reset", {})

    @classmethod
    def _request_handler(cls, session, request, /, **options):
        """Odoo's own lets local requests pass, but cannot compare the pair of timeouts that the library sets."""
        if isinstance(options.get("timeout"), tuple) and urlsplit(request.url).hostname == "127.0.0.1":
            return _super_send(session, request, **options)
        return super()._request_handler(session, request, **options)

    # --- set-up ---

    @classmethod
    def connect(cls, connector, *, wanted=None, **values):
        """Connect a system through the wizard a person uses; *wanted* are the keys of the flows to switch on."""
        wizard = cls.env["integration.connect"].create(
            {"connector": connector, "name": f"{connector} {next(_numbers)}"}
        )
        for line in wizard.field_ids:
            line.value = values.get(line.name)
        if wanted is not None:
            for line in wizard.flow_ids:
                line.wanted = line.key in wanted
        system = wizard._create_system(check=False)
        system.endpoint_ids.sudo().write({"rate_calls": 0, "breaker_percent": 0})  # what they do has tests of its own
        return system

    @classmethod
    def connect_shopify(cls, **values):
        """Connect the sandbox's shop."""
        given = {
            "shop": "larkfield-outfitters.myshopify.com",
            "access_token": SHOPIFY_TOKEN,
            "webhook_secret": SHOPIFY_SECRET,
            "api_url": f"{sandbox().url}/shopify",
        }
        return cls.connect("shopify", **given | values)

    @classmethod
    def connect_hubspot(cls, **values):
        """Connect the sandbox's CRM."""
        given = {
            "access_token": HUBSPOT_TOKEN,
            "client_secret": HUBSPOT_SECRET,
            "api_url": f"{sandbox().url}/hubspot",
        }
        return cls.connect("hubspot", **given | values)

    @classmethod
    def user(cls, *groups, login=None, **values):
        """Return a new user of these groups of the hub."""
        names = ["base.group_user", *(f"integration_hub.group_{name}" for name in groups)]
        return new_test_user(cls.env, login or f"hub-{next(_numbers)}", groups=",".join(names), **values)

    # --- time passes ---

    def commit(self):
        """Do what the end of a person's transaction does: write the outbox, wake the workers."""
        self.env.cr.flush()
        with self.engine_mode():
            self.env.cr.postcommit.run()

    @contextlib.contextmanager
    def engine_mode(self):
        """Let the engine's own cursors share the test's transaction."""
        if type(self)._registry_patched:
            self.env.flush_all()
            yield
            self.env.invalidate_all()
        else:
            with self.enter_registry_test_mode():
                yield

    def drain(self, clock=None, *, rounds=20):
        """Work off what may run now, as the workers do; returns what each unit's last drain returned."""
        self.env.cr.flush()
        left = {}
        with self.engine_mode():
            db = Database(self.env.cr.dbname, clock, randomness=lambda: 0.5)
            handler = Handler(db)
            for _round in range(rounds):
                units = [unit for unit in forgotten(db, limit=10_000) if self._runs_here(unit)]
                if not units:
                    return left
                for unit in units:
                    left[unit] = engine.drain(db, unit, handler, line=InTurn())
                if all(handler.halted(unit.endpoint_id) for unit in units):
                    return left
        raise AssertionError(f"still runnable after {rounds} rounds: {units}")

    def _runs_here(self, unit):
        return self.env["integration.endpoint"].browse(unit.endpoint_id).environment_id.is_running

    def events(self, endpoints, *domain):
        """Return the events of endpoints (or of systems), the oldest first, as they are in the database now."""
        if endpoints._name == "integration.system":
            endpoints = endpoints.endpoint_ids
        self.env.invalidate_all()
        return self.env["integration.event"].search([("endpoint_id", "in", endpoints.ids), *domain], order="id")

    # --- messages without HTTP ---

    def receive(self, system, document, *, topic, webhook_id=None):
        """Take a Shopify delivery in, signed and verified, without the HTTP around it; returns the event."""
        endpoint = system._endpoint("inbound")
        delivery = signed(endpoint, document, url="https://hub.example/x", topic=topic, webhook_id=webhook_id)
        with self.engine_mode():
            db = Database(self.env.cr.dbname)
            reply = intake.receive(db, self.env, intake.find_route(self.env, endpoint.slug), delivery)
        return self.env["integration.event"].browse(reply.body["id"])

    # --- the job queue ---

    def waiting_jobs(self):
        """Return the identity keys of the drains that wait in the job queue, sorted."""
        self.env.cr.execute(
            """SELECT identity_key FROM queue_job WHERE state IN ('pending', 'enqueued')
                  AND (identity_key LIKE 'wake:%' OR identity_key LIKE 'timer:%') ORDER BY identity_key"""
        )
        return [row[0] for row in self.env.cr.fetchall()]

    def finish_jobs(self):
        """Let the waiting drains be over, as if workers had run them."""
        self.env.cr.execute("UPDATE queue_job SET state = 'done' WHERE state IN ('pending', 'enqueued')")

    def blocked_keys(self, endpoints):
        """Return ``{partition key: event id}`` of what is blocked."""
        self.env.cr.execute(
            "SELECT partition_key, event_id FROM integration_blocked_key WHERE endpoint_id IN %s",
            [tuple(endpoints.ids)],
        )
        return dict(self.env.cr.fetchall())


def signed(endpoint, document, *, url, topic=None, secret=None, webhook_id=None, now=None, headers=None):
    """Return the delivery a vendor would send: *document* may be bytes."""
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    scheme = signatures.get(endpoint.scheme)
    bare = Delivery("POST", url, {}, body)
    all_headers = {"Content-Type": "application/json"}
    if endpoint.scheme == "shopify":
        all_headers["X-Shopify-Topic"] = topic
    if webhook_id:
        all_headers["X-Shopify-Webhook-Id"] = webhook_id
    secret = secret or {"shopify": SHOPIFY_SECRET, "hubspot": HUBSPOT_SECRET}[endpoint.scheme]
    all_headers |= scheme.sign(bare, secret, now=time.time() if now is None else now)
    return Delivery("POST", url, all_headers | (headers or {}), body)


class HubCase(HubMixin, TransactionCase):
    """Tests in one transaction; :meth:`drain` lets the engine's cursors share it."""


class HubHttpCase(HubMixin, HttpCase):
    """Tests through the HTTP server."""

    def deliver(self, endpoint, document, **options):
        """Post a signed delivery; returns the response. Options as of :func:`signed`."""
        path = f"/integration/webhook/{endpoint.slug}"
        delivery = signed(endpoint, document, url=self.base_url() + path, **options)
        self.env.flush_all()
        try:
            return self.url_open(
                path, data=delivery.body, headers=dict(delivery.headers.items()), method="POST", timeout=60
            )
        finally:
            self.env.invalidate_all()

    def assert_problem(self, response, status, code):
        """Assert a problem document of this status and stable type, without a traceback."""
        self.assertEqual(
            (response.status_code, response.headers["Content-Type"]),
            (status, "application/problem+json"),
            response.text,
        )
        document = response.json()
        self.assertEqual(document["type"], f"urn:integration-hub:problem:{code}")
        self.assertEqual(set(document), {"type", "title", "status", "detail"})
        self.assertEqual(document["status"], status)
        self.assertNotIn("Traceback", response.text)
        return document
