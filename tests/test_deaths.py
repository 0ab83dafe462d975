# Part of Integration Hub. License LGPL-3.0 or later.
"""Deaths: a worker may die at any step, and each event still takes effect once, in order, with a true account of it."""

from odoo.tests import tagged

from ..engine.steps import Halt
from .deaths import KEYS, DeathsCase, Exchange, Worker


@tagged("post_install", "-at_install")
class TestEveryStep(DeathsCase):
    """Whoever dies wherever: the next drain does what is left, each once, and says who died with what."""

    def check(self, direction, when, step, nth, *, in_hand, lost=()):
        """Die at a point; *in_hand* are the places of the messages that were, *lost* of those that may be to blame."""
        with self.subTest(f"{direction}: {when} {step}, {nth}"):
            self._forget_all()
            ids = self.messages(direction=direction)
            self.die(when, step, nth)
            self.assertEqual(self.claimed() or [], [ids[place] for place in in_hand])
            heir = self.heir()
            self.assertIsNone(heir.left)
            self.assert_once_and_in_order(ids)
            told = [(ids[place], 1, "lost", "dead:7") for place in lost]
            self.assertEqual([try_ for try_ in self.attempts() if try_[2] != "done"], told)
            self.assertEqual(self.deaths(), {event: 1 for event, *_more in told})
            self.assertEqual(self.in_doubt(), [])
            self.assertIsNone(self.claimed())
            behind = {KEYS[place] for place in lost} - {None}
            for place in in_hand:
                if place not in lost and KEYS[place] not in behind:
                    self.assertIn([ids[place]], heir.claims, "what was in hand runs one by one")
            told = self.rows(
                """SELECT a.error_code, a.started_at <= a.ended_at, e.in_doubt FROM integration_event_attempt a
                     JOIN integration_event e ON e.id = a.event_id WHERE e.endpoint_id = %s AND a.outcome = 'lost'"""
            )
            self.assertEqual(told, [("worker-died", True, None)] * len(lost))

    def test_with_nothing_in_hand(self):
        for direction in ("inbound", "outbound"):
            for when, step in (
                ("before", "Lock"),
                ("after", "Lock"),
                ("after", "Bury"),
                ("after", "Halted"),
                ("before", "Claim"),
                ("before", "Release"),
            ):
                self.check(direction, when, step, 1, in_hand=[])

    def test_with_all_in_hand(self):
        self.check("inbound", "after", "Claim", 1, in_hand=range(5))
        self.check("inbound", "after", "Load", 1, in_hand=range(5))
        self.check("outbound", "after", "Claim", 1, in_hand=range(5))
        self.check("outbound", "before", "Begin", 1, in_hand=range(5))

    def test_between_two_messages(self):
        self.check("inbound", "after", "Apply", 1, in_hand=range(1, 5))
        self.check("inbound", "after", "Apply", 3, in_hand=range(3, 5))
        # of each key one at a time: the first and the second, and the one without a key
        self.check("outbound", "after", "End", 1, in_hand=(2, 4))
        self.check("outbound", "before", "Begin", 2, in_hand=(2, 4))

    def test_with_one_in_hand(self):
        self.check("inbound", "before", "Load", 5, in_hand=[4], lost=[4])
        self.check("inbound", "before", "Apply", 5, in_hand=[4], lost=[4])

    def test_with_calls_under_way(self):
        """It is known which of all they were, in hand or not; the next answers settle the doubt."""
        for when, step in (("after", "Begin"), ("after", "Send"), ("after", "Gather"), ("before", "End")):
            self.check("outbound", when, step, 1, in_hand=range(5), lost=(0, 1, 3))
            self.check("outbound", when, step, 2, in_hand=(2, 4), lost=(2, 4))

    def test_after_the_end(self):
        """All is done; only nobody has looked again for what came meanwhile."""
        for when, step in (("after", "Release"), ("before", "Look")):
            self._forget_all()
            ids = self.messages()
            dying = Worker(self.db, Exchange(), "dead:7", when, step)
            late = []
            dying.between["Release"] = lambda late=late: late.append(self.committed())
            self.assertEqual(dying.drain(self.unit), "died")
            self.assertEqual(self.states(), dict.fromkeys(ids, "done") | dict.fromkeys(late, "pending"))
            self.assertIsNone(self.heir().left)
            self.assertEqual(self.effects(), dict.fromkeys([*ids, *late], 1))

    def test_within_a_transaction(self):
        """The effect was made, the outcome was written, and neither is there: the transaction died too."""
        ids = self.messages()
        self.die_of(ids[2])
        self.assertEqual(self.effects(), dict(zip(ids, (1, 1, 0, 0, 0), strict=True)))
        self.assertEqual(self.claimed(), ids[2:])
        self.heir()
        self.assert_once_and_in_order(ids)
        self.assertEqual(self.deaths(), {}, "three were in hand: nobody is blamed")

    def test_a_halt_before_the_first_claim(self):
        """It is not forgotten what is to be claimed alone."""
        ids = self.messages()
        self.die("after", "Claim")
        halted = Exchange()
        halted.halted = lambda endpoint_id: Halt("The test says so")
        self.assertEqual(Worker(self.db, halted).drain(self.unit), Halt("The test says so"))
        self.assertEqual(self.claimed(), None)
        self.assertEqual(self.heir().claims[: len(ids)], [[event] for event in ids])
        self.assert_once_and_in_order(ids)

    def test_within_a_shared_transaction(self):
        ids = self.messages()
        handler = Exchange(deadly=ids[3:4])
        handler.together = lambda cr, flow_ids: set(flow_ids)
        with self.db.read_committed() as cr:
            cr.execute("UPDATE integration_event SET flow_id = 1 WHERE endpoint_id = %s", [self.endpoint_id])
        self.assertEqual(Worker(self.db, handler, "dead:7").drain(self.unit), "died")
        self.assertEqual((self.claimed(), self.attempts()), (ids, []))
        self.heir()
        self.assert_once_and_in_order(ids)

    def test_within_a_failure(self):
        def refuse(cr, event):
            raise ZeroDivisionError

        for when, state in (("before", "pending"), ("after", "dead")):
            self._forget_all()
            first, follower = self.messages(("a", "a"))
            self.die(when, "Fail", handler=Exchange(refuse))
            self.assertEqual(self.states(), {first: state, follower: "pending"})
            self.heir()
            self.assertEqual(set(self.states().values()), {"done"} if when == "before" else {"dead", "pending"})
            self.assertEqual([outcome for _event, _number, outcome, _worker in self.attempts(first)],
                             ["done"] if when == "before" else ["dead"])  # fmt: skip

    def test_the_call_was_made(self):
        """What the other side got before the death is not sent as if nothing had been: the message says its doubt."""
        (event,) = self.messages(("a",), "outbound")
        handler, doubts = Exchange(), []
        handler.prepare = lambda cr, events: [doubts.append(event.in_doubt) or event.id for event in events]
        self.die("after", "Gather", handler=handler)
        self.heir(handler)
        self.assertEqual((handler.sent, doubts), ([event, event], [None, True]))
        self.assertEqual(self.attempts(), [(event, 1, "lost", "dead:7"), (event, 2, "done", "heir:1")])

    def test_given_up_while_its_call_was_under_way(self):
        """A person gave the message up, then its worker died: the try is not under way for ever."""
        (event,) = self.messages(("a",), "outbound")
        handler = Exchange()
        dying = Worker(self.db, handler, "dead:7", "after", "Gather")
        dying.between["Send"] = lambda: self.rows(
            "UPDATE integration_event SET state = 'ignored' WHERE endpoint_id = %s RETURNING id"
        )
        self.assertEqual(dying.drain(self.unit), "died")
        self.heir(handler)
        self.assertEqual((self.states(), handler.sent), ({event: "ignored"}, [event]))
        self.assertEqual(self.attempts(), [(event, 1, "lost", "dead:7")])
