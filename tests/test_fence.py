# Part of Integration Hub. License LGPL-3.0 or later.
"""The fence: a drain that lost its unit without noticing, with its connection, neither writes nor calls any more."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event as Signal

from odoo.tests import tagged

from ..models.handler import Handler
from .deaths import DeathsCase, Exchange, Worker


class Slow(Exchange):
    """The other side takes its time, until the test says so."""

    def __init__(self):
        super().__init__()
        self.calling, self.answered = Signal(), Signal()

    def send(self, call):
        self.calling.set()
        self.answered.wait(30)
        return super().send(call)


@tagged("post_install", "-at_install")
class TestFence(DeathsCase):
    """A drain loses its connection, and with it the unit, without noticing: it writes nothing more."""

    def cut(self, worker):
        """End the connection by which a drain holds its unit, as an administrator or a pooler does."""
        with self.registry.cursor() as cr:
            cr.execute("SELECT pg_terminate_backend(%s, 10000)", [worker.backend()])
            self.assertEqual(cr.fetchone(), (True,))

    def test_another_drain_worked_it_off_meanwhile(self):
        ids = self.messages()
        handler = Exchange()
        late = Worker(self.db, handler, "late:1")
        heirs = []

        def lose():
            self.cut(late)
            heirs.append(self.heir())

        late.between["Apply"] = lose
        self.assertEqual(late.drain(self.unit), "busy")
        self.assertEqual((handler.applied, heirs[0].left), ([], None))
        self.assert_once_and_in_order(ids)
        self.assertEqual({worker for *_try, worker in self.attempts()}, {"heir:1"})

    def test_another_drain_comes_while_an_effect_is_being_made(self):
        """The other waits for the transaction that is under way, and takes over what it leaves."""
        ids = self.messages()
        with ThreadPoolExecutor(1) as pool:
            heirs = []

            def effect(cr, event):
                if not heirs:
                    self.cut(late)
                    heirs.append(pool.submit(self.heir))
                    self.wait_until_one_waits()

            handler = Exchange(effect)
            late = Worker(self.db, handler, "late:1")
            self.assertEqual(late.drain(self.unit), "busy")
            heirs[0].result(timeout=30)
        self.assert_once_and_in_order(ids)
        done_by = [worker for _event, _number, _outcome, worker in self.attempts()]
        # Whose turn it is when the transaction ends is PostgreSQL's choice; from the heir's first on all is the heir's.
        self.assertEqual(done_by, sorted(done_by, reverse=True))
        self.assertEqual((done_by[0], done_by[-1]), ("late:1", "heir:1"))

    def test_the_answer_comes_when_another_has_the_unit(self):
        """A call outlives the connection: it is in doubt, made again by the other, and its late answer says nothing."""
        (event,) = self.messages(("a",), "outbound")
        late = Worker(self.db, Exchange(), "late:1")

        def lose():
            self.cut(late)
            self.heir()

        late.between["End"] = lose
        self.assertEqual(late.drain(self.unit), "busy")
        self.assertEqual(self.attempts(), [(event, 1, "lost", "late:1"), (event, 2, "done", "heir:1")])
        self.assert_once_and_in_order([event], "a")

    def test_no_call_is_begun_without_the_unit(self):
        """The next of what it has in hand is being sent by another: it is sent once."""
        self.lose_to_a_caller("Begin", at_first=2, later=0)

    def test_nothing_is_claimed_without_the_unit(self):
        """It goes for its next messages while another is sending one of them: that is sent once."""
        self.lose_to_a_caller("Halted", at_first=1, later=1)

    def lose_to_a_caller(self, step, *, at_first, later):
        """Lose the unit after the first message, before a step, to a drain that is in the middle of a call by then."""
        self.messages(["a"] * at_first, "outbound")
        handler, slow, heirs = Exchange(), Slow(), []
        late = Worker(self.db, handler, "late:1")

        def lose():
            self.cut(late)
            self.messages(["b"] * later, "outbound")
            heirs.append(pool.submit(self.heir, slow))
            self.assertTrue(slow.calling.wait(30))

        late.between["End"] = lambda: late.between.update({step: lose})
        with ThreadPoolExecutor(1) as pool:
            try:
                self.assertEqual(late.drain(self.unit), "busy")
            finally:
                slow.answered.set()
            heirs[0].result(timeout=30)
        first, second = self.states()
        self.assertEqual((handler.sent, slow.sent), ([first], [second]))
        self.assert_once_and_in_order([first, second], ())

    def test_the_work_itself_loses_its_connection(self):
        """Nothing is wrong with the message: it is tried again, whatever PostgreSQL says when it gives up."""

        def by_another(cr):
            with self.registry.cursor() as other:
                other.execute("SELECT pg_terminate_backend(%s, 10000)", [cr.connection.info.backend_pid])
            cr.execute("SELECT 1")

        def in_a_statement(cr):
            cr.execute("SELECT pg_terminate_backend(pg_backend_pid())")

        def too_slow(cr):
            cr.execute("SET LOCAL statement_timeout = 1")
            cr.execute("SELECT pg_sleep(10)")

        for fail in (by_another, in_a_statement, too_slow):
            with self.subTest(fail.__name__):
                self._forget_all()
                (event,) = self.messages(("a",))
                fates = iter([fail, lambda cr: None])
                handler = Exchange(lambda cr, _event, fates=fates: next(fates)(cr))
                handler.explain = Handler(self.db).explain
                self.heir(handler)
                told = self.rows("SELECT state, error_code FROM integration_event WHERE endpoint_id = %s")
                self.assertEqual(told, [("retry", "database")])
                self.clock.advance(3600)
                self.heir(handler)
                self.assert_once_and_in_order([event], "a")
