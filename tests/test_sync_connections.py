# Part of Integration Hub. License LGPL-3.0 or later.
"""Jobs between real connections: two turns at once, a person in between, a connection that breaks."""

import threading

from odoo.tests import tagged

from ..engine.database import CONNECTION_LOST
from ..models.sync_run import SyncRun
from .common import SHOPIFY_SECRET, SHOPIFY_TOKEN, sandbox
from .connections import ConnectionsCase, may_call_here
from .sync_cases import Died, Meeting, customer, dying, seed

COUNT = 120  # on three pages


@tagged("post_install", "-at_install")
class TestSyncConnections(ConnectionsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        may_call_here(cls)
        given = {
            "shop": "larkfield-outfitters.myshopify.com",
            "access_token": SHOPIFY_TOKEN,
            "webhook_secret": SHOPIFY_SECRET,
            "api_url": f"{sandbox().url}/shopify",
        }
        with cls.environment() as env:
            wizard = env["integration.connect"].create({"connector": "shopify", "name": "Polled for real"})
            for line in wizard.field_ids:
                line.value = given.get(line.name)
            for line in wizard.flow_ids:
                line.wanted = line.key == "customers_in"
            system = wizard._create_system(check=False)
            system.endpoint_ids.sudo().write({"rate_calls": 0, "breaker_percent": 0})
            flow = system.flow_ids.filtered(lambda flow: flow.template_key == "customers_in")
            cls.endpoint_id, cls.flow_id = system._bulk_endpoint().id, flow.id
            cls.first_system_id, cls.system_id = cls.system_id, system.id

    @classmethod
    def forget(cls):
        with cls.environment() as env:
            cls._forget_messages(env.cr)
            cls._forget_jobs(env.cr)
            system = env["integration.system"].browse(cls.system_id)
            system.flow_ids.unlink()
            (system | system.browse(cls.first_system_id)).unlink()

    @classmethod
    def _forget_jobs(cls, cr):
        cr.execute("DELETE FROM queue_job WHERE identity_key LIKE 'pages:%'")
        cr.execute("DELETE FROM integration_sync_job WHERE flow_id = %s", [cls.flow_id])

    def setUp(self):
        super().setUp()
        sandbox().control("POST", "/reset", {"seed": False})
        seed(*(customer(number) for number in range(COUNT)))
        self.begin()

    def begin(self):
        """Begin anew, with nothing read."""
        with self.environment() as env:
            self._forget_messages(env.cr)
            self._forget_jobs(env.cr)
            self.job_id = env["integration.flow"].browse(self.flow_id)._poll().id

    def job(self, *names):
        with self.environment() as env:
            return tuple(env["integration.sync.job"].browse(self.job_id)[name] for name in names)

    def stored(self):
        with self.registry.cursor() as cr:
            cr.execute(
                "SELECT count(*), count(DISTINCT external_id) FROM integration_event WHERE endpoint_id = %s",
                [self.endpoint_id],
            )
            return cr.fetchone()

    def pause(self):
        with self.environment() as env:
            env["integration.sync.job"].browse(self.job_id).action_pause()

    def test_whoever_dies_anywhere_the_next_goes_on(self):
        for point in ("before", "after"):
            for page in (1, 2, 3):
                with self.subTest(f"{point} page {page}"):
                    self.begin()
                    with self.assertRaises(Died):
                        dying(point, page)(self.db, self.job_id).turn()
                    self.assertEqual(self.job("page_count"), (page - (point == "before"),))
                    SyncRun(self.db, self.job_id).turn()
                    self.assertEqual(self.job("state", "page_count", "done_count"), ("done", 3, COUNT))
                    self.assertEqual(self.stored(), (COUNT, COUNT))

    def test_two_turns_at_once(self):
        """They read the same pages; of each, one takes effect."""
        together = threading.Barrier(2, timeout=30)

        def both_have_read(page_count):
            if not page_count:
                together.wait()

        workers = [
            threading.Thread(target=Meeting(self.db, self.job_id, read=both_have_read).turn) for _number in range(2)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(60)
        SyncRun(self.db, self.job_id).turn()
        self.assertEqual(self.job("state", "page_count", "done_count"), ("done", 3, COUNT))
        self.assertEqual(self.stored(), (COUNT, COUNT))

    def test_paused_while_a_page_is_taken(self):
        """The page is rolled back: what a person has stopped takes nothing more."""
        Meeting(self.db, self.job_id, taken=lambda cr: self.pause()).turn()
        self.assertEqual(self.job("state", "page_count", "done_count"), ("paused", 1, 50))
        self.assertEqual(self.stored(), (50, 50))
        with self.environment() as env:
            env["integration.sync.job"].browse(self.job_id).action_resume()
        SyncRun(self.db, self.job_id).turn()
        self.assertEqual(self.job("state", "done_count"), ("done", COUNT))
        self.assertEqual(self.stored(), (COUNT, COUNT))

    def test_a_connection_that_breaks(self):
        """What was open is undone, and the turn ends as the job queue has it come again."""
        with self.assertRaises(CONNECTION_LOST):
            Meeting(self.db, self.job_id, taken=self.break_off).turn()
        self.assertEqual(self.job("state", "page_count"), ("running", 1))
        SyncRun(self.db, self.job_id).turn()
        self.assertEqual(self.job("state", "done_count"), ("done", COUNT))
        self.assertEqual(self.stored(), (COUNT, COUNT))

    def break_off(self, cr):
        with self.registry.cursor() as other:
            other.execute("SELECT pg_terminate_backend(%s)", [cr.connection.info.backend_pid])

    def test_no_transaction_is_open_while_the_other_side_is_read(self):
        seen = []

        def watch(reader):
            reader.execute("SELECT 1")  # what it reads with is used between pages, too
            with self.registry.cursor() as cr:
                pid = reader.connection.info.backend_pid
                cr.execute("SELECT state FROM pg_stat_activity WHERE pid = %s", [pid])
                seen.append(cr.fetchone()[0])

        Meeting(self.db, self.job_id, reading=watch).turn()
        self.assertEqual(seen, ["idle"] * 3)
