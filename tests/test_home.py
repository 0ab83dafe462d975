# Part of Integration Hub. License LGPL-3.0 or later.
"""A copy of the database does nothing until an administrator says that it goes on; real copies on a real server."""

from contextlib import closing
from unittest.mock import patch

from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT

from odoo.exceptions import AccessError, UserError
from odoo.modules.neutralize import get_neutralization_queries
from odoo.sql_db import close_db, db_connect
from odoo.tests import BaseCase, tagged
from odoo.tests.common import get_db_name
from odoo.tools import SQL

from ..connectors.errors import HubError
from ..engine import home
from ..engine.database import Database
from ..engine.health import WARN, checks
from ..engine.sweep import forgotten
from ..engine.vitals import look
from ..models.integration_readiness import BAD
from .common import HubCase, crm_objects, requests_to


def become_a_copy(cr):
    """Have the database be one that worked elsewhere."""
    cr.execute("DELETE FROM integration_home")
    cr.execute("INSERT INTO integration_home VALUES ('another server/1')")
    cr.cache.clear()


@tagged("post_install", "-at_install")
class TestPlace(BaseCase):
    """Databases with nothing but a home in them."""

    def setUp(self):
        super().setUp()
        self.original, self.copy, self.renamed = (f"{get_db_name()}_{name}" for name in ("original", "copy", "renamed"))
        self.addCleanup(self.drop, self.original, self.copy, self.renamed)
        self.server("CREATE DATABASE %s TEMPLATE template0", self.original)
        with self.opened(self.original) as cr:
            cr.execute("CREATE TABLE integration_home (place varchar PRIMARY KEY)")
            cr.commit()  # pylint: disable=invalid-commit  # in a database of the test's own

    def server(self, statement, *names):
        with closing(db_connect("postgres").cursor()) as cr:
            cr.connection.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)
            cr.execute(SQL(statement, *map(SQL.identifier, names)))  # pylint: disable=sql-injection

    def drop(self, *names):
        for name in names:
            close_db(name)
            self.server("DROP DATABASE IF EXISTS %s WITH (FORCE)", name)

    def opened(self, name):
        return closing(db_connect(name).cursor())

    def is_copy(self, name):
        with self.opened(name) as cr:
            return home.is_copy(cr)

    def settle(self, name, how=home.settle):
        with self.opened(name) as cr:
            how(cr)
            cr.commit()  # pylint: disable=invalid-commit  # in a database of the test's own

    def copy_it(self):
        close_db(self.original)
        self.server("CREATE DATABASE %s TEMPLATE %s", self.copy, self.original)

    def test_a_copy_on_the_same_server(self):
        self.assertFalse(self.is_copy(self.original), "nobody has worked there yet")
        self.settle(self.original)
        self.copy_it()
        self.assertEqual((self.is_copy(self.original), self.is_copy(self.copy)), (False, True))
        self.settle(self.copy)
        self.assertTrue(self.is_copy(self.copy), "that it is looked at does not make it the original")
        self.settle(self.copy, home.move_in)
        self.assertEqual((self.is_copy(self.original), self.is_copy(self.copy)), (False, False))

    def test_another_name_is_no_other_place(self):
        self.settle(self.original)
        close_db(self.original)
        self.server("ALTER DATABASE %s RENAME TO %s", self.original, self.renamed)
        self.assertFalse(self.is_copy(self.renamed))

    def test_a_copy_of_what_never_worked_is_none(self):
        self.copy_it()
        self.settle(self.copy)
        self.assertEqual((self.is_copy(self.original), self.is_copy(self.copy)), (False, False))


@tagged("post_install", "-at_install")
class TestCopy(HubCase):
    @classmethod
    def set_up_hub(cls):
        cls.crm = cls.connect_hubspot(wanted=("contacts_out", "contacts_in"))
        cls.api = cls.crm._endpoint("outbound")
        cls.admin, cls.operator = cls.user("admin"), cls.user("operator")
        cls.readiness = cls.env["integration.readiness"]

    def setUp(self):
        super().setUp()
        partner = self.env["res.partner"].create({"name": "Ada", "email": "ada@copy.example"})
        self.commit()
        self.message = self.events(self.api, ("res_id", "=", partner.id))
        become_a_copy(self.env.cr)

    def goes_on(self):
        self.readiness.with_user(self.admin).go_on_here()
        self.env.flush_all()

    def units(self):
        with self.engine_mode():
            return [unit for unit in forgotten(Database(self.env.cr.dbname)) if unit.endpoint_id == self.api.id]

    def test_nothing_is_sent_until_it_goes_on(self):
        self.assertEqual(self.units(), [])
        self.drain()
        self.assertEqual((self.message.state, requests_to("hubspot")), ("pending", []))
        self.assertIn("is a copy", self.message.waiting_reason)
        self.goes_on()
        self.assertTrue(self.units())
        self.drain()
        self.assertEqual(self.message.state, "done")
        sent = [one for one in crm_objects() if one["properties"].get("email") == "ada@copy.example"]
        self.assertEqual(len(sent), 1)

    def test_a_drain_that_comes_by_itself_goes_away(self):
        with self.engine_mode():
            self.env["integration.handler"]._drain_unit(self.api.id, "outbound", self.message.slot)
        self.assertEqual((self.message.state, self.message.attempt_count, requests_to("hubspot")), ("pending", 0, []))

    def test_nobody_is_called_for_a_person_either(self):
        (found,) = self.api._try_out()
        self.assertEqual(found["state"], BAD)
        self.assertIn("is a copy", found["text"])
        self.assertIn("Readiness", found["hint"])
        with self.assertRaisesRegex(UserError, "is a copy"):
            self.api.with_user(self.admin).action_check()
        with self.assertRaisesRegex(UserError, "is a copy"):
            self.api.with_user(self.admin).action_sign_in()
        self.assertEqual(requests_to("hubspot"), [])

    def test_no_poll_begins_and_no_webhook_is_registered(self):
        flow = self.crm.flow_ids.filtered(lambda flow: flow.template_key == "contacts_in")
        flow.polled_until = "2020-01-01"
        jobs = self.env["integration.sync.job"].search_count([])
        self.env["integration.flow"]._cron_poll()
        self.assertEqual(self.env["integration.sync.job"].search_count([]), jobs)
        shop = self.connect_shopify(wanted=("customers_in",))
        hook = shop._endpoint("inbound")
        self.env["ir.config_parameter"].set_param("web.base.url", "https://copy.example.com")
        with self.assertRaisesRegex(HubError, "is a copy"):
            hook._register_webhooks()
        hook.webhooks_managed, hook.webhooks_checked_at = True, "2030-01-01"
        self.goes_on()
        self.assertFalse(hook.webhooks_checked_at, "they are looked at soon, by the address that it has now")

    def test_a_job_under_way_waits_and_says_why(self):
        job = self.env["integration.sync.job"].create(
            {"name": "Copied", "flow_id": self.crm.flow_ids[:1].id, "kind": "poll", "state": "running"}
        )
        self.assertIn("is a copy", job._halt(job._now()).reason)
        self.goes_on()
        self.assertIsNone(job._halt(job._now()))

    def test_who_sees_it_and_who_decides(self):
        (line,) = self.readiness.with_user(self.operator)._copy()
        self.assertEqual((line.key, line.state), ("copy", BAD))
        self.assertIn(f"odoo neutralize -d {self.env.cr.dbname}", line.fixes("")["own"])
        with self.assertRaises(AccessError):
            self.readiness.with_user(self.operator).go_on_here()
        self.assertTrue(self.readiness._copied())
        self.goes_on()
        self.assertEqual(self.readiness._copy(), [])

    def test_monitoring_is_told(self):
        with self.engine_mode():
            db = Database(self.env.cr.dbname)
            with db.read_committed() as cr:
                (check,) = checks(look(cr, db.now()))["copy"]
        self.assertEqual(check.status, WARN)

    def test_what_is_neutralized_is_held_no_longer(self):
        for query in get_neutralization_queries(["integration_hub"]):
            if query.strip():
                self.env.cr.execute(query)
        self.env.cr.cache.clear()
        self.assertFalse(home.is_copy(self.env.cr))

    def test_the_sweep_of_a_copy_does_not_settle_in_it(self):
        with self.engine_mode(), patch.object(type(self.env["integration.sweeper"]), "_watch"):
            self.env["integration.sweeper"]._cron_sweep()
        self.env.cr.cache.clear()
        self.assertTrue(home.is_copy(self.env.cr))
        self.env.cr.execute("DELETE FROM integration_home")
        with self.engine_mode(), patch.object(type(self.env["integration.sweeper"]), "_watch"):
            self.env["integration.sweeper"]._cron_sweep()
        self.env.cr.execute("SELECT count(*) FROM integration_home")
        self.assertEqual(self.env.cr.fetchone(), (1,), "whoever works first is the original")
