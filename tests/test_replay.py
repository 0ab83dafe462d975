# Part of Integration Hub. License LGPL-3.0 or later.
"""A time is replayed: what failed in it, by which mapping; and what is missing since then."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import HubCase
from .record_cases import RecordMixin
from .sync_cases import customer, seed
from .test_repair import RepairCase


def newer(mapping, **values):
    """Approve a version of a mapping with one more line; returns the version before, and the new one."""
    before = mapping.version_id
    draft = before._new_draft()
    mapping.env["integration.mapping.line"].create({"version_id": draft.id, **values})
    draft._approve()
    mapping.env.flush_all()
    later = fields.Datetime.now() + timedelta(minutes=1)
    mapping.env.cr.execute("UPDATE integration_mapping_version SET approved_at = %s WHERE id = %s", [later, draft.id])
    mapping.env.invalidate_all()
    return before, draft


@tagged("post_install", "-at_install")
class TestOriginalMapping(RepairCase):
    def setUp(self):
        super().setUp()
        self.mend()
        self.before, self.after = newer(self.flow.record_mapping_id, target="ref", value='"newer"')

    def test_with_the_mapping_of_then(self):
        self.assertTrue(self.failed[0].has_newer_mapping)
        self.failed[:2].with_user(self.operator).action_retry_original()
        self.drain()
        self.assertEqual(self.failed[:2].mapped("state"), ["done"] * 2)
        self.assertEqual(self.failed[:2].record_mapping_version_id, self.before)
        self.assertEqual(self.failed[:2].mapping_version_id, self.flow.mapping_id.version_id)
        self.assertEqual(self.failed[:2].mapped("keeps_versions"), [True] * 2)
        self.assertFalse(self.partner(0).ref)

    def test_with_the_mapping_of_now(self):
        """Also after it was tried with the one of then."""
        self.mend("Q1")
        self.failed.with_user(self.operator).action_retry_original()
        self.drain()
        self.assertEqual(self.failed.record_mapping_version_id, self.before, "it says what it failed by")
        self.mend()
        self.failed.with_user(self.operator).action_retry()
        self.drain()
        self.assertEqual(self.failed.record_mapping_version_id, self.after)
        self.assertEqual(set(self.failed.mapped("keeps_versions")), {False})
        self.assertIn("newer", self.partner(0).ref)

    def test_both_in_one_transaction(self):
        self.failed[:2].with_user(self.operator).action_retry_original()
        self.failed[2:].with_user(self.operator).action_retry()
        self.drain()
        refs = [bool(self.partner(number).ref) for number in range(5)]
        self.assertEqual(refs, [False] * 2 + [True] * 3)

    def test_of_many(self):
        repair = self.work(self.begin(keeps_versions=True), turns=2)
        self.assertEqual((repair.state, self.failed.record_mapping_version_id), ("done", self.before))


@tagged("post_install", "-at_install")
class TestOriginalMappingOut(RecordMixin, HubCase):
    def test_what_is_sent(self):
        operator = self.user("operator")
        one, two = (self.last(self.broken(email=f"{name} at x.example")) for name in ("one", "two"))
        before, after = newer(self.flow.mapping_id, target="properties.mobilephone", value='"newer"')
        self.env.cr.execute("UPDATE res_partner SET email = replace(email, ' at ', '@') WHERE email LIKE '% at %'")
        self.env.invalidate_all()
        one.with_user(operator).action_retry_original()
        two.with_user(operator).action_retry()
        self.drain()
        self.assertEqual((one.state, two.state), ("done", "done"))
        self.assertEqual((one.mapping_version_id, two.mapping_version_id), (before, after))
        titles = [self.there(f"{name}@x.example")["properties"].get("mobilephone") for name in ("one", "two")]
        self.assertEqual(titles, [None, "newer"])


@tagged("post_install", "-at_install")
class TestReplay(RepairCase):
    def wizard(self, **values):
        given = {"system_id": self.shop.id, "flow_id": self.flow.id, **values}
        return self.env["integration.replay"].with_user(self.operator).create(given)

    def ago(self, **time):
        return fields.Datetime.now() - timedelta(**time)

    def test_what_failed_since(self):
        """Held by when it came, since it has not ended; slowly, so that what arrives now goes first."""
        old, held_before, held, *later = self.failed
        for event, column, hours in ((old, "done_at", 3), (held_before, "arrived_at", 3)):
            self.env.cr.execute(
                f"UPDATE integration_event SET {column} = %s WHERE id = %s", [self.ago(hours=hours), event.id]
            )
        self.env.cr.execute(
            "UPDATE integration_event SET state = 'held', done_at = NULL WHERE id = ANY(%s)", [(held_before | held).ids]
        )
        self.env.invalidate_all()
        wizard = self.wizard(since=self.ago(hours=2), per_second=7)
        self.assertEqual(wizard.count, 3)
        repair = self.env["integration.repair"].browse(wizard.action_replay()["res_id"])
        self.assertEqual(repair.item_ids.event_id, held.union(*later))
        self.assertEqual((repair.remedy, repair.per_second), ("retry", 7))
        until = self.wizard(since=self.ago(hours=4), until=self.ago(hours=2), flow_id=False)
        self.assertEqual(until.count, 2, "of the whole system, and not what failed after that")

    def test_nothing_failed_since(self):
        with self.assertRaisesRegex(UserError, "nothing is to be done"):
            self.wizard(since=fields.Datetime.now() + timedelta(hours=1)).action_replay()

    def test_what_is_missing_since(self):
        """The flow's own look for changes, from that moment on."""
        seed(customer(50, at=-7200), customer(51, at=-60))
        action = self.wizard(what="missing", since=self.ago(hours=1)).action_replay()
        job = self.turn(self.env["integration.sync.job"].browse(action["res_id"]))
        self.assertEqual((job.kind, job.state, job.done_count), ("poll", "done", 1))
        self.drain()
        self.assertTrue(self.partner(51))
        self.assertFalse(self.partner(50), "that one changed before")
        self.assertEqual(self.shop._bulk_endpoint(make=False).lane_id.code, "bulk")

    def test_missing_is_refused_in_words(self):
        self.flow._poll()
        with self.assertRaisesRegex(UserError, "looked for already"):
            self.wizard(what="missing").action_replay()
        self.flow.action_switch_off()
        with self.assertRaisesRegex(UserError, "cannot be asked what changed"):
            self.wizard(what="missing").action_replay()
