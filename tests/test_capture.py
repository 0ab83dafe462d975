# Part of Integration Hub. License LGPL-3.0 or later.
"""Transactional outbox: what changed is there when, and only when, the change is."""

import contextlib
from unittest.mock import patch

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from ..models import capture_events
from .capture_cases import CaptureCase, CaptureMixin
from .common import HubHttpCase


@tagged("post_install", "-at_install")
class TestCapture(CaptureCase):
    def test_create(self):
        partner = self.partner()
        self.assertEqual(self.captured(), [(partner.id, "")])
        event = self.events(self.api)
        self.assertEqual(
            (event.state, event.direction, event.res_model, event.partition_key, event.object_type, event.operation,
             event.flow_id, event.company_id),
            ("pending", "outbound", "res.partner", f"res.partner:{partner.id}", "contact", "upsert", self.flow,
             self.crm.company_id),
        )  # fmt: skip
        self.assertFalse(event.payload_ids, "the body is rendered when it is sent")

    def test_write(self):
        partner = self.partner()
        self.captured()
        partner.write({"phone": "1", "color": 3})
        self.assertEqual(self.captured()[1:], [(partner.id, "phone")], "only the watched fields are named")

    def test_unwatched_field(self):
        partner = self.partner()
        self.captured()
        partner.write({"color": 3, "ref": "X"})
        self.assertEqual(len(self.captured()), 1)

    def test_no_watched_fields_means_any(self):
        self.flow.trigger_fields = False
        partner = self.partner()
        self.captured()
        partner.color = 3
        self.assertEqual(self.captured()[1:], [(partner.id, "color")])

    def test_several_writes_are_one_event(self):
        partner = self.partner()
        partner.phone = "0"
        self.assertEqual(self.captured(), [(partner.id, "")], "new, whatever was written to it since")
        partner.phone = "1"
        partner.flush_recordset()
        partner.function = "Pilot"
        partner.phone = "2"
        self.assertEqual(self.captured()[1:], [(partner.id, "function,phone")])

    def test_import(self):
        result = self.env["res.partner"].load(
            ["name", "email"], [["Ina", "ina@x.example"], ["Ivo", "ivo@x.example"], ["No mail", ""]]
        )
        self.assertFalse(result["messages"])
        self.assertEqual([record for record, _fields in self.captured()], result["ids"][:2])

    def test_failed_import_leaves_nothing(self):
        result = self.env["res.partner"].load(
            ["name", "email", "country_id"], [["Ina", "ina@x.example", ""], ["Ivo", "ivo@x.example", "No such country"]]
        )
        self.assertTrue(result["messages"])
        self.assertEqual(self.captured(), [])

    def test_rollback_leaves_nothing_commit_loses_nothing(self):
        with self.engine_mode():
            for ends in ("rollback", "commit"):
                with self.registry.cursor() as cr:
                    env = self.env(cr=cr)
                    partner = env["res.partner"].create({"name": ends, "email": f"{ends}@x.example"})
                    env.flush_all()
                    getattr(cr, ends)()
                if ends == "rollback":
                    self.assertFalse(self.events(self.api))
        self.assertEqual(self.events(self.api).mapped("res_id"), [partner.id])

    def test_rolled_back_savepoint_forgets_what_is_its_own(self):
        kept = self.partner("Kept")
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
            self.partner("Lost")
            kept.phone = "lost"
            raise ZeroDivisionError
        after = self.partner("After")
        self.assertEqual(self.captured(), [(kept.id, ""), (after.id, "")])

    def test_nested_savepoints(self):
        kept = self.partner("Kept")
        self.captured()
        with self.env.cr.savepoint():
            kept.phone = "1"
            with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
                kept.phone = "2"
                self.env.cr.flush()
                self.partner("Lost")
                with self.env.cr.savepoint():
                    self.partner("Lost too")
                self.env.cr.flush()
                raise ZeroDivisionError
            kept.function = "Pilot"
        self.assertEqual(self.captured()[1:], [(kept.id, "phone"), (kept.id, "function")])

    def test_savepoint_rolled_back_twice_from_within(self):
        kept = self.partner("Kept")
        with self.env.cr.savepoint() as savepoint:
            for name in ("Lost", "Lost too"):
                self.partner(name)
                self.env.cr.flush()
                savepoint.rollback()
            after = self.partner("After")
        self.assertEqual(self.captured(), [(kept.id, ""), (after.id, "")])

    def test_savepoint_that_flushes_nothing(self):
        kept = self.partner("Kept")
        self.captured()
        # assertRaises would put a savepoint of its own around it
        with contextlib.suppress(ZeroDivisionError), self.env.cr.savepoint(flush=False):
            self.partner("Lost").flush_recordset()
            raise ZeroDivisionError
        self.env.invalidate_all(flush=False)
        kept.phone = "1"
        self.assertEqual(self.captured()[1:], [(kept.id, "phone")])

    def test_domain(self):
        company = self.partner("Firm", is_company=True)
        no_mail = self.partner("Shy", email=False)
        self.assertEqual(self.captured(), [])
        no_mail.email = "shy@x.example"
        company.is_company = False
        company.phone = "1"
        self.assertEqual({record for record, _fields in self.captured()}, {company.id, no_mail.id})

    def test_domain_is_of_the_committed_state(self):
        partner = self.partner("Shy", email=False)
        partner.email = "shy@x.example"
        self.assertEqual([record for record, _fields in self.captured()], [partner.id])

    def test_what_changes_nothing_is_no_change(self):
        partner = self.partner(phone="1")
        self.captured()
        partner.write({"phone": "1", "name": "Ada"})
        self.assertEqual(len(self.captured()), 1)

    def test_a_record_deleted_in_the_same_transaction(self):
        self.partner().unlink()
        self.assertEqual(self.captured(), [])

    def test_other_company(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.captured()
        theirs = self.partner("Theirs", company_id=other.id)
        ours = self.partner("Ours", company_id=self.crm.company_id.id)
        shared = self.partner("Shared")
        captured = {record for record, _fields in self.captured()}
        self.assertEqual({theirs.id, ours.id, shared.id} & captured, {ours.id, shared.id})

    def test_switched_off(self):
        self.flow.action_switch_off()
        self.partner()
        self.assertEqual(self.captured(), [])
        self.flow.action_switch_on()
        partner = self.partner("Bob")
        self.assertEqual([record for record, _fields in self.captured()], [partner.id])

    def test_switched_off_and_rolled_back(self):
        with self.engine_mode():
            with self.registry.cursor() as cr:
                flow = self.flow.with_env(self.env(cr=cr))
                flow.action_switch_off()
                self.assertFalse(flow._listening().get("res.partner"))
                cr.rollback()
            partner = self.partner()
            self.assertEqual(self.captured(), [(partner.id, "")])

    def test_a_change_that_came_from_a_system_goes_to_the_others(self):
        other = self.connect_hubspot(wanted=("contacts_out",))
        self.env.cr.flush()
        came = self.env["res.partner"].with_context(integration_origin=self.crm.id)
        partner = came.create({"name": "Ada", "email": "ada@x.example"})
        self.env.cr.flush()
        self.assertFalse(self.events(self.api))
        event = self.events(other)
        self.assertEqual((event.res_id, event.origin_id), (partner.id, self.crm))
        # not True: where the system's id is 1, Odoo gives back the environment whose context says 1
        for number, given in enumerate((False, None, "x", str(self.crm.id))):
            partner.with_context(integration_origin=given).phone = str(number)
            self.assertEqual(self.captured()[number:], [(partner.id, "phone")])

    def test_many_records_one_statement(self):
        def statements(count):
            partners = self.env["res.partner"].create(
                [{"name": f"N{n}", "email": f"n{n}@x.example"} for n in range(count)]
            )
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self.env.cr.precommit.run()
            used = self.env.cr.sql_log_count - before
            self.assertEqual(len(self.events(self.api, ("res_id", "in", partners.ids))), count)
            return used

        statements(1)
        few, many = statements(2), statements(200)
        self.assertEqual(few, many)

    def test_wakes_after_the_commit(self):
        self.finish_jobs()
        partner = self.partner()
        self.env.cr.flush()
        self.assertEqual(self.waiting_jobs(), [], "not before")
        self.commit()
        event = self.events(self.api, ("res_id", "=", partner.id))
        self.assertEqual(self.waiting_jobs(), [f"wake:{self.api.id}:outbound:{event.slot}"])

    def test_wakes_once_however_often_it_was_flushed(self):
        self.finish_jobs()
        partner = self.partner()
        for number in range(3):
            with self.env.cr.savepoint():
                partner.phone = str(number)
        self.assertEqual(len(self.env.cr.postcommit.data["integration_hub.units"]), 1)
        with patch.object(capture_events, "wake_after_commit") as again:
            partner.phone = "9"
            self.env.cr.flush()
        self.assertFalse(again.called)
        self.commit()
        self.assertEqual(len(self.waiting_jobs()), 1)

    def test_flow_may_not_touch_what_decides_who_may_do_what(self):
        for model in ("ir.cron", "ir.config_parameter", "res.users", "res.users.apikeys", "res.groups",
                      "integration.credential", "integration.flow", "queue.job"):  # fmt: skip
            for direction in ("inbound", "outbound"):
                with self.subTest(f"{model} {direction}"), self.assertRaisesRegex(ValidationError, "may not touch"):
                    self.flow.copy(
                        {
                            "model_id": self.env["ir.model"]._get_id(model),
                            "direction": direction,
                            "trigger_fields": False,
                            "domain": "[]",
                        }
                    )

    def test_wrong_filters_and_fields_are_refused(self):
        with self.assertRaisesRegex(ValidationError, "does not fit"):
            self.flow.domain = "[('no_such_field', '=', 1)]"
        with self.assertRaisesRegex(ValidationError, "does not fit"):
            self.flow.domain = "__import__('os')"
        with self.assertRaisesRegex(ValidationError, "no_such_field"):
            self.flow.trigger_fields = "name no_such_field"


@tagged("post_install", "-at_install")
class TestCaptureByRpc(CaptureMixin, HubHttpCase):
    """What a person does in the browser."""

    def call(self, model, method, *args, **kwargs):
        self.authenticate("admin", "admin")
        return self.make_jsonrpc_request(
            f"/web/dataset/call_kw/{model}/{method}",
            {"model": model, "method": method, "args": list(args), "kwargs": kwargs},
        )

    def test_create_and_write(self):
        (partner,) = self.call("res.partner", "create", [{"name": "Rita", "email": "rita@x.example"}])
        self.assertEqual(self.events(self.api).mapped("res_id"), [partner], "written by the request's own commit")
        self.call("res.partner", "write", [partner], {"phone": "42"})
        self.assertEqual(self.events(self.api).mapped("changed_fields"), [False, "phone"])

    def test_refused_request_leaves_nothing(self):
        from odoo.tests.common import JsonRpcException

        with self.assertRaises(JsonRpcException):
            self.call("res.partner", "create", [{"name": "Rita", "email": "r@x.example"}, {"no_such_field": 1}])
        self.assertFalse(self.events(self.api))
