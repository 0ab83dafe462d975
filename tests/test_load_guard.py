# Part of Integration Hub. License LGPL-3.0 or later.
"""First load: what only its actions may do, what is tried again, and for how long what was read is kept."""

from functools import partial

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..connectors.errors import ServerFault
from ..models.sync_run import SyncRun
from .load_cases import LoadCase, customer, product

LONG_AGO = "2026-01-01 00:00:00"


class Unlucky(SyncRun):
    """A run whose pages cannot be read."""

    def _next_page(self, *given):
        raise ServerFault("Not now")


@tagged("post_install", "-at_install")
class TestGuards(LoadCase):
    # --- by RPC ---

    def test_the_actions_alone_change_a_load(self):
        load = self.begin()
        for values in ({"state": "done"}, {"confirmed_at": LONG_AGO}, {"ended_at": LONG_AGO}, {"system_id": 1}):
            with self.subTest(values), self.assertRaises(AccessError):
                load.write(values)
        line, other = load.line_ids
        for values in ({"flow_id": other.flow_id.id}, {"here_count": 1}, {"load_id": load.id}, {"profile": []}):
            with self.subTest(values), self.assertRaises(AccessError):
                line.write(values)
        for model, values in (
            (load, {"system_id": self.shop.id, "state": "done", "confirmed_at": LONG_AGO}),
            (line, {"load_id": load.id, "flow_id": line.flow_id.id}),
        ):
            with self.subTest(model._name), self.assertRaises(AccessError):
                model.create(values)
        with self.assertRaises(AccessError):
            load.unlink()

    def test_what_is_loaded_is_chosen_before_it_is_begun(self):
        load = self.begin()
        line, other = load.line_ids
        load.line_ids = [fields.Command.update(line.id, {"sequence": 99})]
        self.assertEqual(load.line_ids.sorted("sequence").ids, [other.id, line.id])
        load.line_ids = [fields.Command.delete(other.id)]
        self.assertEqual(load.line_ids, line)
        load.action_read()
        for change in (partial(line.write, {"sequence": 1}), line.unlink):
            with self.assertRaisesRegex(UserError, "before the first load is begun"):
                change()

    def test_who_may_not_write_a_load_does_nothing_with_it(self):
        self.there(customer=[customer(1)])
        load = self.compared()
        consultant = self.user("consultant")
        for action in ("action_read", "action_load", "action_cancel", "action_undo"):
            with self.subTest(action), self.assertRaises(AccessError):
                getattr(load.with_user(consultant), action)()
        with self.assertRaises(AccessError):
            self.rows(load)["Customer No1"].with_user(consultant).action_skip()
        self.assertEqual(load.state, "matched")

    def test_a_load_is_cancelled_at_any_time(self):
        load = self.begin()
        load.action_cancel()
        self.assertEqual(load.state, "cancelled")
        load = self.compared()
        load.message_post(body="Not now")
        load.action_cancel()
        self.assertEqual(load.state, "cancelled")
        with self.assertRaisesRegex(UserError, "Nothing was loaded"):
            load.action_undo()

    def test_nobody_begins_a_load_of_another_company(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = self.user("operator", company_id=elsewhere.id, company_ids=[(6, 0, elsewhere.ids)])
        with self.assertRaises(AccessError):
            self.shop.with_user(stranger).action_first_load()
        load = self.begin()
        with self.assertRaises(AccessError):
            load.with_user(stranger).action_read()
        self.assertEqual(self.env["integration.load"].search_count([("system_id", "=", self.shop.id)]), 1)

    # --- jobs ---

    def test_what_failed_is_tried_again_from_its_job_while_that_has_a_sense(self):
        belgium = self.env.ref("base.be")
        belgium.code = "QB"
        self.there(customer=[customer(1, country="BE"), customer(2, country="FR")])
        load = self.loaded()
        read, job = (
            load.line_ids.job_ids.filtered(lambda job, kind=kind: job.kind == kind) for kind in ("read", "load")
        )
        read.sudo().failed_count = 1
        read.invalidate_recordset()
        self.assertEqual((read.mapped("retryable_count"), job.retryable_count), ([0] * len(read), 1))
        belgium.code = "BE"
        job.with_user(self.operator).action_retry_failed()
        self.assertEqual(load.state, "loading")
        self.work(load)
        self.assertEqual((load.state, load.failed_count), ("done", 0))

    def test_what_failed_is_not_tried_again_when_the_load_is_over(self):
        belgium = self.env.ref("base.be")
        belgium.code = "QB"
        self.there(customer=[customer(1, country="BE")])
        load = self.loaded()
        load.action_undo()
        self.work(load)
        job = load.line_ids.job_ids.filtered(lambda job: job.kind == "load")
        self.assertEqual((load.state, load.failed_count, job.retryable_count), ("undone", 1, 0))
        with self.assertRaisesRegex(UserError, "Begin a new one"):
            job.with_user(self.operator).action_retry_failed()
        self.assertEqual(self.statuses(load), {"Customer No1": "failed"})

    def test_contents_are_read_where_they_are_needed(self):
        self.there(customer=[customer(1)])
        rows = self.compared().line_ids.row_ids
        self.env.invalidate_all()
        self.assertEqual(rows.mapped("status"), ["create"])
        self.assertNotIn(rows.id, rows._fields["payload"]._get_cache(rows.env))

    def test_a_page_that_cannot_be_taken_now_is_taken_later(self):
        """Of what a load or an undo does, no endpoint of the other system says when it is tried again."""
        self.there(customer=[customer(1)])
        load = self.compared()
        load.action_load()
        self.env.invalidate_all()
        job = self.turn(load.job_id, run=Unlucky)
        self.assertEqual((job.state, job.try_count, job.error_code), ("running", 1, False))
        self.assertGreater(job.next_try_at, self.env.cr.now().replace(tzinfo=None))
        self.clock.advance(3600)
        self.assertEqual(self.work(load).state, "done")

    def test_a_row_whose_message_was_deleted_waits_for_nobody(self):
        self.there(customer=[customer(1)])
        load = self.compared()
        load.action_load()
        self.env.invalidate_all()
        self.turn(load.job_id)
        row = self.rows(load)["Customer No1"]
        self.assertEqual(row.status, "sending")
        self.env.cr.execute("DELETE FROM integration_event WHERE id = %s", [row.event_id.id])
        self.env.invalidate_all()
        self.work(load)
        self.assertEqual((load.state, row.status, row.message), ("done", "failed", "Its message was deleted"))
        row.action_retry()
        self.assertEqual(self.statuses(load), {"Customer No1": "create"}, "it is read again")
        load.action_load()
        self.work(load)
        self.assertEqual(self.statuses(load), {"Customer No1": "created"})

    # --- what was read ---

    def ended(self, load):
        load.sudo().ended_at = LONG_AGO
        self.env["integration.load"]._gc_contents()

    def test_after_a_month_nothing_more_comes_of_it_in_words(self):
        self.there(product=[product(1, "A"), product(2, "B")])
        self.env["product.template"].create([{"name": name, "default_code": "A"} for name in "XY"])
        load = self.loaded()
        asked = self.rows(load)["Product 1"]
        failed = self.rows(load)["Product 2"]
        failed.sudo().write({"status": "failed", "event_id": False})
        self.ended(load)
        for action in (load.action_load, load.action_undo, asked.action_create, failed.action_retry):
            with self.subTest(action.__name__), self.assertRaisesRegex(UserError, "more than 30 days ago"):
                action()

    def test_what_nobody_went_on_with_is_forgotten(self):
        self.there(customer=[customer(1)])
        load = self.compared()
        load.sudo().started_at = LONG_AGO
        self.env["integration.load"]._gc_contents()
        self.assertEqual((load.state, bool(load.line_ids.row_ids.payload)), ("matched", True), "it was read today")
        load.line_ids.job_ids.sudo().write({"started_at": LONG_AGO, "page_at": LONG_AGO})
        self.env["integration.load"]._gc_contents()
        self.assertEqual((load.state, load.line_ids.row_ids.payload), ("cancelled", False))
        self.assertIn("Nobody went on with it", load.message_ids[0].body)
