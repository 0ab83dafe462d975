# Part of Integration Hub. License LGPL-3.0 or later.
"""Of messages that say what a record is like now only the newest is tried; what else there may be, is."""

from odoo.tests import tagged
from odoo.tests.common import BaseCase

from ..engine.claim import COLUMNS, Event
from ..engine.supersede import superseded
from .common import requests_to
from .drain_cases import DrainCase

ONE = dict.fromkeys(COLUMNS) | {
    "kind": "state", "partition_key": "customer:1", "operation": "upsert", "flow_id": 3, "external_id": "1",
    "external_version": "2026-01-01T00:00:00Z",
}  # fmt: skip


@tagged("post_install", "-at_install")
class TestRule(BaseCase):
    """The pure rule."""

    def needless(self, *messages):
        """Return ``{place: place of the newer one}``; each message is what it has other than the usual one."""
        events = [Event(**{**ONE, "id": place, **message}) for place, message in enumerate(messages)]
        return {place: newer.id for place, newer in superseded(events).items()}

    def test_the_newest_of_a_key_is_left(self):
        self.assertEqual(self.needless({}, {}, {}), {0: 2, 1: 2})

    def test_keys_have_nothing_to_do_with_each_other(self):
        self.assertEqual(self.needless({}, {"partition_key": "customer:2", "external_id": "2"}, {}), {0: 2})
        self.assertEqual(self.needless({"partition_key": None}, {"partition_key": None}), {})

    def test_what_does_not_say_the_same(self):
        for other in (
            {"kind": "command"},
            {"operation": "delete"},
            {"flow_id": 4},
            {"object_type": "company"},
            {"external_id": "2"},
            {"res_model": "res.partner", "res_id": 7},
        ):
            with self.subTest(other):
                self.assertEqual(self.needless({}, other), {})
                self.assertEqual(self.needless(other, {}), {})
                self.assertEqual(self.needless({}, other, {}), {}, "what came before it must be there before it")

    def test_what_may_have_happened(self):
        for suspect in ({"in_doubt": True}, {"death_count": 0}, {"death_count": 2}):
            with self.subTest(suspect):
                self.assertEqual(self.needless(suspect, {}), {})

    def test_by_the_vendors_own_version(self):
        older, newer, bad = (
            {"external_version": text} for text in ("2025-12-31T00:00:00Z", "2026-02-01T00:00:00Z", "7")
        )
        none = {"external_version": None}
        self.assertEqual(self.needless(older, newer), {0: 1})
        self.assertEqual(self.needless(newer, older), {}, "it came late, and is not what the record is like now")
        self.assertEqual(self.needless(none, none), {0: 1}, "without versions, what came later is newer")
        self.assertEqual(self.needless(none, newer), {})
        self.assertEqual(self.needless(newer, none), {})
        self.assertEqual(self.needless(bad, newer), {})

    def test_what_is_read_is_what_it_is_like_then(self):
        read = {"operation": "read", "external_version": None}
        self.assertEqual(self.needless(read, read, read), {0: 2, 1: 2})
        self.assertEqual(self.needless({}, read), {0: 1})
        self.assertEqual(self.needless(read, {}), {})

    def test_before_a_flow_is_known_by_the_event_that_it_is(self):
        one, other = ({"flow_id": None, "topic": topic} for topic in ("customers/update", "customers/delete"))
        self.assertEqual(self.needless(one, one), {0: 1})
        self.assertEqual(self.needless(one, other), {})


@tagged("post_install", "-at_install")
class TestSupersede(DrainCase):
    """What becomes of messages that waited together."""

    def test_inbound_only_the_newest_is_applied(self):
        events = [self.customer(30, minute=minute, kind="state") for minute in range(4)]
        self.drain()
        self.assertEqual([event.state for event in events], ["ignored", "ignored", "ignored", "done"])
        self.assertEqual({event.error_code for event in events[:3]}, {"superseded"})
        self.assertEqual(events[0].error_params, {"newer": events[3].id})
        self.assertEqual(events[0].attempt_ids.ids, [], "it had no try")
        self.assertEqual(self.env[events[3].res_model].browse(events[3].res_id).street, "Road 3")

    def test_commands_are_all_carried_out(self):
        events = [self.customer(31, minute=minute) for minute in range(3)]
        self.drain()
        self.assertEqual([event.state for event in events], ["done"] * 3)

    def test_outbound_a_hundred_edits_are_one_call(self):
        self.api.action_pause()
        partner, _event = self.contact("Edda Edit")
        for number in range(1, 100):
            partner.street = f"Road {number}"
            self.commit()
        self.api.action_resume()
        before = len(requests_to("hubspot", "POST"))
        self.drain()
        events = self.events(self.api, ("res_id", "=", partner.id))
        self.assertEqual(len(events), 100)
        self.assertEqual(events.filtered(lambda event: event.state == "done"), events[-1])
        self.assertEqual(set(events[:-1].mapped("error_code")), {"superseded"})
        sent = [request for request in requests_to("hubspot", "POST")[before:] if request["path"].endswith("/contacts")]
        self.assertEqual(len(sent), 1)

    def test_what_fails_is_retried_and_the_older_ones_stay_closed(self):
        self.env["res.country"].search([("code", "=", "XK")]).code = "QX"
        older, newer = self.customer(32, kind="state"), self.customer(32, minute=1, country="XK", kind="state")
        self.drain()
        self.assertEqual((older.state, older.error_code, newer.state), ("ignored", "superseded", "dead"))

    def test_given_up_before_it_is_tried_the_older_one_is_taken(self):
        older, newer = self.customer(33, kind="state"), self.customer(33, minute=1, kind="state")
        newer.with_user(self.operator).action_ignore()
        self.drain()
        self.assertEqual((older.state, newer.state), ("done", "ignored"))
