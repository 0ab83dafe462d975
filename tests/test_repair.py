# Part of Integration Hub. License LGPL-3.0 or later.
"""A repair: a frozen set of failed messages is tried again step by step, and what came of each is told."""

import contextlib
from functools import partial
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..models import integration_event_repair, integration_repair_job
from .sync_cases import GONE, Died, Meeting, SyncCase, customer, dying

COUNT = 5


class RepairCase(SyncCase):
    """Customers that cannot be taken, since Odoo does not have their country."""

    def setUp(self):
        super().setUp()
        self.failed = self.failing(*range(COUNT))

    def failing(self, *numbers):
        events = [
            self.receive(self.shop, customer(number, country=GONE), topic="customers/update") for number in numbers
        ]
        self.drain()
        events = self.env["integration.event"].union(*events)
        self.assertEqual(set(events.mapped("state")), {"dead"}, events.mapped("error_message"))
        return events

    def mend(self, code=GONE):
        """Let Odoo have the country, without anything hearing of it."""
        self.env.cr.execute("UPDATE res_country SET code = %s WHERE code IN ('Q1', %s)", [code, GONE])
        self.env.invalidate_all()
        self.env.registry.clear_cache()

    def begin(self, remedy="retry", events=None, user=None, **options):
        events = self.failed if events is None else events
        Repair = self.env["integration.repair"].with_user(user or self.operator)
        return Repair._begin(remedy, [("id", "in", events.ids)], "Test", **options).sudo()

    def work(self, repair, turns=1, **options):
        """Let workers take turns of the repair, and work off what it released after each."""
        for _turn in range(turns):
            repair.job_id.next_try_at = False
            self.turn(repair.job_id, **options)
            self.drain()
        return repair

    def outcomes(self, repair):
        self.env.invalidate_all()
        return {item.number: item.outcome for item in repair.item_ids}

    def rows(self, events):
        """Return the rows of messages as they are in the database."""
        self.env.cr.execute("SELECT e.* FROM integration_event e WHERE id = ANY(%s) ORDER BY id", [events.ids])
        return self.env.cr.fetchall()


def at_once(page, most):
    """Release so many messages in a page, while no more than *most* are not done."""
    return patch.multiple(integration_repair_job, PAGE=page, AT_ONCE=most)


@tagged("post_install", "-at_install")
class TestRepair(RepairCase):
    def test_all_are_tried_again(self):
        self.mend()
        repair = self.work(self.begin(), turns=2)
        self.assertEqual(set(self.failed.mapped("state")), {"done"})
        self.assertEqual((repair.state, repair.expected, repair.read_count), ("done", COUNT, COUNT))
        self.assertEqual(set(self.outcomes(repair).values()), {"done"})
        self.assertEqual((repair.done_now_count, repair.again_count, repair.next_count), (COUNT, 0, 0))
        self.assertIn(f"{COUNT} done", repair.message_ids[0].body)
        self.env.cr.precommit.run()
        told = self.env["bus.bus"].search([("message", "like", "simple_notification")], limit=1, order="id desc")
        self.assertIn(f"{COUNT} done", told.message)
        self.assertIn(f'"res.partner",{self.operator.partner_id.id}', told.channel)

    def test_the_next_page_waits_until_those_before_are_done(self):
        self.mend()
        repair = self.begin()
        with at_once(page=2, most=2):
            self.turn(repair.job_id)
            self.assertEqual(self.failed.mapped("state").count("pending"), 2, "they wait for a drain")
            self.assertEqual(self.failed.filtered(lambda event: event.state == "pending"), self.failed[:2], "in order")
            self.drain()
            self.assertEqual((repair.over_count, repair.progress), (2, 40.0))
            self.env.cr.execute("UPDATE integration_sync_job SET started_at = started_at - interval '20000 seconds'")
            self.env.invalidate_all()
            self.assertEqual(repair.remaining, "8 h left", "two in 20,000 seconds, and three to go")
            self.work(repair, turns=4)
        self.assertEqual(repair.state, "done")
        self.assertEqual(set(self.failed.mapped("state")), {"done"})
        self.assertEqual((repair.over_count, repair.progress, repair.remaining), (COUNT, 100.0, False))

    def test_what_fails_meanwhile_is_not_in_the_set(self):
        """Not even by a domain that finds it: what was there when the button was pressed is what is tried."""
        Repair = self.env["integration.repair"].with_user(self.operator)
        repair = Repair._begin("retry", [("flow_id", "=", self.flow.id), ("state", "=", "dead")], "All").sudo()
        later = self.failing(COUNT)
        self.mend()
        self.work(repair, turns=2)
        self.assertEqual(set(self.outcomes(repair)), set(self.failed.ids))
        self.assertEqual((later.state, later.attempt_count), ("dead", 1))

    def test_cancelled_half_way(self):
        """What was not released yet stays failed exactly as it was."""
        self.mend()
        before = self.rows(self.failed[2:])
        repair = self.begin()
        with at_once(page=2, most=2):
            self.work(repair)
            repair.with_user(self.operator).action_cancel()
            self.work(repair)
        self.assertEqual(self.failed.mapped("state"), ["done"] * 2 + ["dead"] * 3)
        self.assertEqual(self.rows(self.failed[2:]), before)
        self.assertEqual(list(self.outcomes(repair).values()), ["done"] * 2 + ["kept"] * 3)
        self.assertIn("Cancelled by", repair.message_ids[0].body)
        self.assertIn("3 left as they were", repair.message_ids[0].body)

    def test_pause_and_resume(self):
        self.mend()
        repair = self.begin()
        with at_once(page=2, most=2):
            self.work(repair)
            repair.with_user(self.operator).action_pause()
            self.work(repair)
            self.assertEqual(self.failed.mapped("state").count("dead"), 3)
            repair.with_user(self.operator).action_resume()
            self.work(repair, turns=4)
        self.assertEqual((repair.state, set(self.failed.mapped("state"))), ("done", {"done"}))

    def test_a_worker_dies(self):
        """Before it commits a page nothing of it is released; after that nothing of it is released again."""
        self.mend()
        for point in ("before", "after"):
            with self.subTest(point):
                self.mend("Q1")
                failed = self.failing(*range(100 * len(point), 100 * len(point) + 4))
                self.mend()
                repair = self.begin(events=failed)
                with at_once(page=2, most=4):
                    with contextlib.suppress(Died):  # assertRaises would roll back what was committed before
                        self.turn(repair.job_id, run=dying(point, 1))
                    self.env.invalidate_all()
                    self.assertEqual(failed.mapped("state").count("pending"), 0 if point == "before" else 2)
                    self.work(repair, turns=3)
                self.assertEqual((repair.state, repair.read_count), ("done", 4))
                self.assertEqual(failed.mapped("attempt_count"), [2] * 4)

    def test_what_came_of_each(self):
        """Read from the message whenever somebody looks: the same cause, another, still waiting, or not failed."""
        same, other, waiting, gone, left = self.failed
        left.with_user(self.operator).action_ignore()
        self.env.cr.execute("UPDATE integration_event SET fingerprint = 'before' WHERE id = %s", [other.id])
        repair = self.begin(events=self.failed - left)
        left.sudo()._requeue()
        repair_of_all = self.begin("ignore", events=left)
        self.env.cr.execute("UPDATE integration_event SET state = 'done' WHERE id = %s", [left.id])
        self.work(repair, turns=2)
        self.work(repair_of_all, turns=2)
        self.env.cr.execute("UPDATE integration_event SET state = 'retry' WHERE id = %s", [waiting.id])
        self.env.cr.execute("DELETE FROM integration_event WHERE id = %s", [gone.id])
        found = self.outcomes(repair)
        self.assertEqual([found[id_] for id_ in (same.id, other.id, waiting.id, gone.id)],
                         ["same", "other", "waiting", "gone"])  # fmt: skip
        self.assertEqual(self.outcomes(repair_of_all), {left.id: "left"})
        Item = self.env["integration.repair.item"].with_user(self.operator)
        mine = [("repair_id", "=", repair.id)]
        shown = Item.web_search_read(mine, {"event_id": {"fields": {"display_name": {}}}, "outcome": {}})["records"]
        self.assertEqual(len(shown), 4, "also what is gone is listed")
        exported = Item.search(mine).sudo().export_data(["event_id", "outcome", "error_message"])
        self.assertEqual([len(rows) for rows in exported.values()], [4])
        with self.assertRaisesRegex(UserError, "deleted since"):
            Item.search([*mine, ("outcome", "=", "gone")]).action_open_message()
        self.assertEqual(
            (repair.again_count, repair.other_count, repair.still_count, repair.forgotten_count), (1, 1, 1, 1)
        )

    def test_two_repairs_of_the_same_messages(self):
        """Each message is released by one of them, and left alone by the other."""
        self.mend()
        one, two = self.begin(), self.begin()
        self.turn(one.job_id, run=partial(Meeting, read=lambda _count: self.meanwhile(lambda: self.turn(two.job_id))))
        self.drain()
        self.work(one, turns=2)
        self.work(two, turns=2)
        self.assertEqual((one.state, two.state), ("done", "done"))
        self.assertEqual(self.failed.mapped("attempt_count"), [2] * COUNT, "tried once more, not twice")
        self.assertEqual(one.done_count + two.done_count, COUNT)
        self.assertEqual(one.left_count + two.left_count, COUNT)

    def test_later_ones_of_a_key_stay_behind_the_failed_one(self):
        later = self.receive(self.shop, customer(0, at=5), topic="customers/update")
        self.drain()
        self.assertEqual(later.state, "pending", "it waits for the failed one before it")
        self.mend()
        repair = self.begin()
        self.turn(repair.job_id)
        self.env.cr.execute("SELECT count(*) FROM integration_blocked_key WHERE event_id = ANY(%s)", [self.failed.ids])
        self.assertEqual(self.env.cr.fetchone()[0], COUNT, "their keys stay theirs")
        self.drain()
        self.assertEqual({self.failed[0].state, later.state}, {"done"})

    def test_given_up_with_a_reason(self):
        repair = self.work(self.begin("ignore", reason="Test data"), turns=2)
        self.assertEqual(set(self.failed.mapped("state")), {"ignored"})
        self.assertEqual(set(self.failed.mapped("error_hint")), {f"Given up by {self.operator.name}: Test data"})
        self.assertEqual((repair.state, repair.given_up_count), ("done", COUNT))
        self.assertFalse(self.blocked_keys(self.hook))

    def test_waits_where_the_endpoint_does_not_run(self):
        self.mend()
        repair = self.begin()
        self.hook.state, self.hook.state_reason = "paused", "Stock-taking"
        self.work(repair)
        self.assertEqual((repair.state, repair.state_reason), ("running", "Stock-taking"))
        self.assertEqual(set(self.failed.mapped("state")), {"dead"}, "nothing is released meanwhile")
        self.hook.state = "active"
        self.work(repair, turns=2)
        self.assertEqual((repair.state, repair.done_now_count), ("done", COUNT))

    def test_no_more_a_second_than_was_said(self):
        self.mend()
        repair = self.begin(per_second=1)
        self.env.cr.execute("UPDATE integration_sync_job SET page_at = clock_timestamp() AT TIME ZONE 'UTC'")
        self.env.invalidate_all()
        self.turn(repair.job_id)
        self.assertEqual(set(self.failed.mapped("state")), {"dead"}, "less than a second is over")
        self.env.cr.execute("UPDATE integration_sync_job SET page_at = page_at - interval '2 seconds'")
        self.env.invalidate_all()
        self.work(repair)
        self.assertIn(self.failed.mapped("state").count("done"), (2, 3))

    # --- who ---

    def test_operators_act_and_others_read(self):
        for group in ("user", "consultant", "approver", "auditor"):
            user = self.user(group)
            with self.subTest(group):
                with self.assertRaisesRegex(UserError, "Only integration operators"):
                    self.begin(user=user)
                repair = self.begin().with_user(user)
                self.assertEqual((repair.name, repair.next_count), ("Test", COUNT))
                with self.assertRaises(AccessError):
                    repair.action_cancel()

    def test_each_company_has_its_own(self):
        """The messages of another company are in a repair of that company, and nobody else sees it."""
        other = self.env["res.company"].create({"name": "Other"})
        self.env.cr.execute("UPDATE integration_event SET company_id = %s WHERE id = %s", [other.id, self.failed[0].id])
        self.env.invalidate_all()
        mine = self.begin()
        self.assertEqual((mine.expected, mine.company_id), (COUNT - 1, self.env.company))
        both = self.user("operator", company_ids=[(6, 0, [self.env.company.id, other.id])])
        found = self.env["integration.repair"].with_user(both).with_context(
            allowed_company_ids=[self.env.company.id, other.id]
        )._begin("retry", [("id", "in", self.failed.ids)], "Both")  # fmt: skip
        self.assertEqual(set(found.mapped("company_id")), {self.env.company, other})
        theirs = found.filtered(lambda one: one.company_id == other)
        Repair, Item = (self.env[name].with_user(self.operator) for name in (theirs._name, theirs.item_ids._name))
        self.assertFalse(Repair.search([("id", "=", theirs.id)]))
        self.assertFalse(Item.search([("repair_id", "=", theirs.id)]))

    def test_nothing_to_repair(self):
        self.mend()
        self.work(self.begin(), turns=2)
        with self.assertRaisesRegex(UserError, "nothing is to be done"):
            self.begin()

    # --- from a list ---

    def test_a_few_at_once_and_many_in_the_background(self):
        self.mend()
        with patch.object(integration_event_repair, "FEW", 2):
            told = self.failed[:2].with_user(self.operator).action_retry()
            self.assertEqual(told["tag"], "display_notification")
            self.assertEqual(self.failed.mapped("state"), ["pending"] * 2 + ["dead"] * 3)
            shown = self.failed.with_user(self.operator).action_retry()
        repair = self.env["integration.repair"].browse(shown["res_id"])
        self.assertEqual(repair.item_ids.event_id, self.failed[2:], "the others have not failed any more")
        self.assertEqual(self.failed.mapped("state"), ["pending"] * 2 + ["dead"] * 3, "in the background")

    def test_the_whole_list_is_its_domain(self):
        whole = [("flow_id", "=", self.flow.id), ("state", "=", "dead")]
        shown = self.failed[:1].with_user(self.operator).with_context(selected_domain=whole).action_ignore()
        repair = self.env["integration.repair"].browse(shown["res_id"])
        self.assertEqual((repair.remedy, repair.item_ids.event_id), ("ignore", self.failed))

    def test_forgotten_with_its_items(self):
        repair = self.work(self.begin(), turns=2)
        ids = repair.ids
        repair.job_id.ended_at = "2020-01-01"
        self.env["integration.repair"]._gc_repairs()
        self.assertFalse(repair.exists())
        self.env.cr.execute("SELECT count(*) FROM integration_repair_item WHERE repair_id = ANY(%s)", [ids])
        self.assertEqual(self.env.cr.fetchone()[0], 0)
