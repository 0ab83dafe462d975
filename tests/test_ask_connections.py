# Part of Integration Hub. License LGPL-3.0 or later.
"""Questions between real connections: nothing is locked while one is asked, and its message outlives who asked.

A contact is archived, and somebody is asked before. The request is a stand-in, as far as Odoo's `retrying` and ours
look at one; what it runs, and what it runs into, is real.
"""

import contextlib
from types import SimpleNamespace
from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.http import _request_stack
from odoo.service import model as service
from odoo.tests import tagged

from ..models import ask_replies
from .ask_cases import API_KEY, DOWN
from .common import faults, requests_to, sandbox
from .connections import ConnectionsCase, may_call_here

QUESTION = {
    "format": 1,
    "name": "test.contact.question",
    "title": "Contact → may it be archived?",
    "source": "contact",
    "target": "order_desk.fraud",
    "lines": [
        {"source": "name", "target": "order", "required": True},
        {"source": "email", "target": "email"},
        {"value": "1.00", "target": "amount"},
        {"value": "EUR", "target": "currency"},
    ],
}
REFUSED = "known@fraud.example"


class AskConnectionsCase(ConnectionsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        may_call_here(cls)
        with cls.environment() as env:
            wizard = env["integration.connect"].create({"connector": "order_desk", "name": "Asked for real"})
            for line in wizard.field_ids:
                line.value = {"api_key": API_KEY, "api_url": f"{sandbox().url}/order_desk"}[line.name]
            wizard.flow_ids.wanted = False
            system = wizard._create_system(check=False)
            flow = system.flow_ids.filtered(lambda flow: flow.object_type == "fraud")
            contact = env["integration.entity"].search([("code", "=", "contact")])
            mapping = env["integration.mapping"]._install(
                QUESTION, side="system", direction="outbound", entity=contact, connector="order_desk",
                object_type="fraud",
            )  # fmt: skip
            record_hop = env["integration.mapping"]._record_hop("contact", "res.partner", "outbound")
            flow.write(
                {
                    "model_id": env["ir.model"]._get_id("res.partner"),
                    "mapping_id": mapping.id,
                    "record_mapping_id": record_hop.id,
                    "domain": "[('ref', '=', 'hub-asked')]",
                    "ask_before": "action_archive",
                }
            )
            flow.action_switch_on()
            env.registry.registry_invalidated = False  # no other process runs these tests
            cls.flow_id, cls.endpoint_id, cls.desk_id = flow.id, flow.endpoint_id.id, system.id
            cls.first_system_id, cls.system_id = cls.system_id, system.id
        cls.addClassCleanup(cls.forget_the_rest)

    @classmethod
    def forget(cls):
        with cls.environment() as env:
            cls._forget_messages(env.cr)
            env.cr.execute("DELETE FROM integration_answer WHERE flow_id = %s", [cls.flow_id])
            env["integration.flow"].browse(cls.flow_id).system_id.flow_ids.unlink()
            for id_ in (cls.system_id, cls.first_system_id):
                env["integration.system"].browse(id_).exists().unlink()

    @classmethod
    def forget_the_rest(cls):
        with cls.environment() as env:
            env["res.partner"].with_context(active_test=False).search([("ref", "=", "hub-asked")]).unlink()

    def setUp(self):
        super().setUp()
        sandbox().control("POST", "/reset", {})
        self.addCleanup(faults)
        with self.registry.cursor() as cr:
            cr.execute("DELETE FROM integration_answer WHERE flow_id = %s", [self.flow_id])
            cr.execute("DELETE FROM integration_limit WHERE key LIKE %s", [f"%:{self.endpoint_id}"])

    # --- people ---

    def contact(self, name="Asked about", email="somebody@hub.example"):
        with self.environment() as env:
            return env["res.partner"].create({"name": name, "email": email, "ref": "hub-asked"}).id

    def is_active(self, id_):
        with self.registry.cursor() as cr:
            cr.execute("SELECT active FROM res_partner WHERE id = %s", [id_])
            return cr.fetchone()[0]

    def press(self, id_):
        """Archive a contact in a transaction of its own; returns the sentence of the dialog if it was refused."""
        try:
            with self.registry.cursor() as cr:
                api.Environment(cr, SUPERUSER_ID, {})["res.partner"].browse(id_).action_archive()
        except UserError as error:
            return str(error)
        return ""

    def requested(self, function, **params):
        """Run ``function(env)`` as a request of these parameters does, again when it lost a race."""
        with self.registry.cursor() as cr, patch.object(service.time, "sleep"):
            env = api.Environment(cr, SUPERUSER_ID, {})
            request = SimpleNamespace(env=env, params=params, httprequest=SimpleNamespace(environ={}, files={}))
            request._get_session_and_dbname = lambda: (None, cr.dbname)
            _request_stack.push(request)
            try:
                return service.retrying(lambda: function(env), env)
            finally:
                _request_stack.pop()

    def configure(self, values):
        with self.environment() as env:
            env["integration.flow"].browse(self.flow_id).write(values)

    # --- what is seen ---

    @contextlib.contextmanager
    def watched(self, pid):
        """Note, from another connection, how the connection of a process id stands whenever somebody is asked."""
        seen, real = [], ask_replies.ask

        def ask(*question):
            with self.registry.cursor() as cr:
                cr.execute("SELECT state, backend_xid FROM pg_stat_activity WHERE pid = %s", [pid()])
                state, xid = cr.fetchone()
                cr.execute("SELECT DISTINCT mode FROM pg_locks WHERE pid = %s AND locktype <> 'virtualxid'", [pid()])
                seen.append((state, xid, {mode for (mode,) in cr.fetchall()}))
            return real(*question)

        with patch.object(ask_replies, "ask", ask):
            yield seen

    def asked(self):
        return len(requests_to("order_desk", "POST"))

    def log(self):
        with self.registry.cursor() as cr:
            cr.execute("SELECT state, error_code FROM integration_event WHERE flow_id = %s ORDER BY id", [self.flow_id])
            return cr.fetchall()


@tagged("post_install", "-at_install")
class TestLocks(AskConnectionsCase):
    def test_nothing_is_locked_while_it_is_asked(self):
        id_ = self.contact()
        with self.registry.cursor() as cr, self.watched(lambda: cr.connection.info.backend_pid) as seen:
            api.Environment(cr, SUPERUSER_ID, {})["res.partner"].browse(id_).action_archive()
        self.assertEqual(seen, [("idle in transaction", None, {"AccessShareLock"})])
        self.assertFalse(self.is_active(id_))

    def test_not_even_a_snapshot_is_held_for_a_button(self):
        id_, pid = self.contact(), []

        def press(env):
            pid.append(env.cr.connection.info.backend_pid)
            env["res.partner"].browse(id_).action_archive()

        with self.watched(lambda: pid[0]) as seen:
            self.requested(press, model="res.partner", method="action_archive")
        self.assertEqual(seen, [("idle", None, set())])
        self.assertFalse(self.is_active(id_))

    def test_what_changes_while_it_is_asked_is_asked_about_again(self):
        id_, real = self.contact(), ask_replies.ask

        def ask(*question):
            answer = real(*question)
            if self.asked() == 1:
                with self.environment() as env:
                    env["res.partner"].browse(id_).email = REFUSED
            return answer

        def press(env):
            env["res.partner"].browse(id_).action_archive()

        with patch.object(ask_replies, "ask", ask), self.assertRaises(UserError):
            self.requested(press, model="res.partner", method="action_archive")
        self.assertEqual((self.asked(), self.is_active(id_)), (2, True))

    def test_a_request_that_has_locks_is_run_again_with_the_answer(self):
        id_, runs = self.contact(), []

        def press(env):
            runs.append(env.cr.connection.info.backend_pid)
            contact = env["res.partner"].browse(id_)
            contact.comment = "Changed before"
            env.flush_all()
            contact.action_archive()

        with self.watched(lambda: runs[0]) as seen:
            self.requested(press)
        self.assertEqual((len(runs), seen), (2, [("idle", None, set())]))
        self.assertFalse(self.is_active(id_))

    def test_a_transaction_that_has_locks_asks_nobody(self):
        id_ = self.contact()
        with self.registry.cursor() as cr, self.assertRaises(UserError):
            contact = api.Environment(cr, SUPERUSER_ID, {})["res.partner"].browse(id_)
            contact.comment = "Changed before"
            contact.env.flush_all()
            contact.action_archive()
        self.assertEqual((self.asked(), self.log()), (0, []))


@tagged("post_install", "-at_install")
class TestRuns(AskConnectionsCase):
    def test_a_run_after_a_serialization_failure_asks_no_second_time(self):
        self.configure({"answer_fresh": 0})
        id_, runs = self.contact(), []

        def press(env):
            contact = env["res.partner"].browse(id_)
            runs.append(contact.name)  # the snapshot is taken
            if len(runs) == 1:
                with self.registry.cursor() as other:
                    other.execute("UPDATE res_partner SET color = 3 WHERE id = %s", [id_])
            contact.action_archive()

        try:
            self.requested(press)
        finally:
            self.configure({"answer_fresh": 5})
        self.assertEqual((len(runs), self.asked(), self.log()), (2, 1, [("done", None)]))
        self.assertFalse(self.is_active(id_))

    def test_what_was_not_answered_is_not_asked_again_either(self):
        self.configure({"answer_negative": 0})
        faults(DOWN)
        id_, runs = self.contact(), []

        def press(env):
            runs.append(1)
            contact = env["res.partner"].browse(id_)
            contact.comment = "Changed before"
            env.flush_all()
            contact.action_archive()

        try:
            with self.assertRaises(UserError):
                self.requested(press)
        finally:
            self.configure({"answer_negative": 30})
        self.assertEqual((len(runs), self.asked()), (2, 1))

    def test_the_message_outlives_the_rollback_of_who_asked(self):
        said = self.press(self.contact(email=REFUSED))
        self.assertIn("This address was used for fraud before.", said)
        self.assertEqual(self.log(), [("done", None)])
        with contextlib.suppress(ZeroDivisionError), self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["res.partner"].browse(self.contact(name="Another")).action_archive()
            raise ZeroDivisionError
        self.assertEqual(self.log(), [("done", None), ("done", None)])


@tagged("post_install", "-at_install")
class TestDeadline(AskConnectionsCase):
    def test_the_deadline_is_kept(self):
        """The sandbox answers in three seconds, which would be an answer."""
        self.configure({"answer_deadline": 0.2})
        faults({"vendor": "order_desk", "kind": "latency", "seconds": 3})
        try:
            said = self.press(self.contact())
        finally:
            self.configure({"answer_deadline": 2})
        self.assertIn("does not answer", said)
        self.assertEqual(self.log(), [("dead", "timeout")])

    def test_an_open_breaker_is_not_waited_for(self):
        self.configure({"answer_negative": 0})
        with self.environment() as env:
            env["integration.endpoint"].browse(self.endpoint_id).write({"breaker_percent": 50, "breaker_calls": 2})
        faults(DOWN)
        try:
            for number in range(3):
                said = self.press(self.contact(name=f"Number {number}"))
        finally:
            self.configure({"answer_negative": 30})
        self.assertIn("gives no answer at the moment", said)
        self.assertEqual((self.asked(), len(self.log())), (2, 2))
