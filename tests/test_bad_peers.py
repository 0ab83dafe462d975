# Part of Integration Hub. License LGPL-3.0 or later.
"""Peers that misbehave, as real servers on loopback: the message says what happened, and the others go on."""

import threading
import time
import tracemalloc

from odoo.tests import tagged

from ..connectors.clock import ManualClock
from ..connectors.http.limits import MAX_RESPONSE_BYTES
from ..connectors.testing.raw_server import serving
from .common import HubCase

CREATED = b'{"id": "5", "properties": {}, "createdAt": "2026-01-01T00:00:00Z", "updatedAt": "2026-01-01T00:00:00Z"}'
LOGIN_PAGE = b"<!doctype html><html><title>Sign in</title><script>var s3cret = 1</script></html>"


def created(connection, _head=None, _body=None):
    """Answer as the CRM does."""
    head = f"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: {len(CREATED)}\r\n\r\n"
    connection.sendall(head.encode() + CREATED)


def bad_once(answer):
    """Return a script that answers the first request badly, and all others well."""
    waiting = [answer]

    def script(connection, head, body):
        (waiting.pop() if waiting else created)(connection, head, body)

    return script


def bytes_of(head, body=b""):
    return lambda connection, _head, _body: connection.sendall(head + body)


@tagged("post_install", "-at_install")
class TestBadPeers(HubCase):
    @classmethod
    def set_up_hub(cls):
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=True))
        cls.operator = cls.user("operator")
        cls.peer = cls.enterClassContext(serving())
        cls.crm = cls.connect_hubspot(wanted=("contacts_out",), api_url=cls.peer.url)
        cls.api = cls.crm._endpoint("outbound")
        cls.api.write({"timeout_connect": 1, "timeout_read": 1, "timeout_total": 2})

    def tried(self, script):
        """Send one contact to a peer that answers so, then another; returns the first one's event."""
        self.peer.script = bad_once(script)
        first = self.sent("ada")
        self.assertEqual(self.sent("grace").state, "done", "the unit and the endpoint go on")
        self.assertEqual(self.api.state, "active")
        return first

    def sent(self, name):
        partner = self.env["res.partner"].create({"name": name, "email": f"{name}@x.example"})
        self.drain()
        return self.events(self.api, ("res_id", "=", partner.id))

    def assert_readable(self, event):
        """What a person reads is about the case, and holds nothing of the answer."""
        for text in (event.error_message, event.error_hint, event.attempt_ids.mapped("message")[-1]):
            self.assertTrue(text)
            for hidden in ("<", "s3cret", "Traceback", "Exception", "ada@x.example"):
                self.assertNotIn(hidden, text)

    def again(self):
        """Let the retry's time come; returns what the peer was asked."""
        clock = ManualClock(time.time())
        clock.advance(3600)
        asked = len(self.peer.heads)
        self.drain(clock)
        return len(self.peer.heads) - asked

    def test_an_error_page_under_200(self):
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(LOGIN_PAGE)}\r\n\r\n"
        event = self.tried(bytes_of(head.encode(), LOGIN_PAGE))
        self.assertEqual((event.state, event.error_code, event.in_doubt), ("retry", "error-page", True))
        self.assert_readable(event)
        self.assertIn("text/html", event.error_message)
        self.assertIn("check the base address", event.error_hint)
        self.assertTrue(self.again(), "such pages pass")

    def test_an_error_page_after_a_change_leaves_no_question(self):
        """A change by id may be repeated: nobody has to look."""
        self.peer.script = created
        event = self.sent("ada")
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(LOGIN_PAGE)}\r\n\r\n"
        self.peer.script = bad_once(bytes_of(head.encode(), LOGIN_PAGE))
        self.env["res.partner"].browse(event.res_id).phone = "+32 2 555 01 23"
        self.drain()
        changed = self.events(self.api)[-1]
        self.assertEqual(changed.state, "retry")
        self.assertNotIn("may have been created", changed.error_hint)
        changed.with_user(self.operator).action_retry()
        self.drain()
        self.assertEqual(changed.state, "done")

    def test_a_web_page_under_404_is_no_deletion(self):
        self.peer.script = created
        event = self.sent("ada")
        head = f"HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nContent-Length: {len(LOGIN_PAGE)}\r\n\r\n"
        self.peer.script = bad_once(bytes_of(head.encode(), LOGIN_PAGE))
        self.env["res.partner"].browse(event.res_id).phone = "+32 2 555 01 23"
        self.drain()
        changed = self.events(self.api)[-1]
        self.assertEqual((changed.state, changed.error_code), ("dead", "unexpected-shape"))
        self.assertFalse(
            self.env["integration.binding"]._of_record(self.crm, self.entity(), self.partner(event)).deleted_at
        )

    def entity(self):
        return self.env["integration.entity"].search([("code", "=", "contact")])

    def partner(self, event):
        return self.env["res.partner"].browse(event.res_id)

    def large(self, size):
        def script(connection, _head, _body):
            connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n".encode())
            for _chunk in range(size // 65536):
                connection.sendall(b"x" * 65536)

        return script

    def test_ten_megabytes_that_are_no_json(self):
        event = self.tried(self.large(10 * 1024**2))
        self.assertEqual((event.state, event.error_code, event.in_doubt), ("retry", "error-page", True))
        self.assert_readable(event)
        self.assertLess(len(event.attempt_ids.technical or ""), 2000, "the answer is not kept")

    def test_an_answer_without_end_costs_no_more_memory_than_the_limit(self):
        size = 64 * MAX_RESPONSE_BYTES
        tracemalloc.start()
        self.addCleanup(tracemalloc.stop)
        event = self.tried(self.large(size))
        _now, peak = tracemalloc.get_traced_memory()
        self.assertLess(peak, 4 * MAX_RESPONSE_BYTES)
        self.assertEqual((event.state, event.error_code, event.in_doubt), ("dead", "response-too-large", True))
        self.assert_readable(event)

    def dripping(self, start, left):
        def script(connection, _head, _body):
            connection.sendall(start)
            try:
                while True:
                    connection.sendall(b"x")
                    time.sleep(0.05)
            except OSError:
                left.set()

        return script

    def test_a_peer_that_never_ends(self):
        """Each byte comes in time, so that only the total can end it."""
        for name, start in (
            ("body", b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n"),
            ("headers", b"HTTP/1.1 200 OK\r\nX-Slow: "),
            ("status", b""),
        ):
            with self.subTest(name):
                left = threading.Event()
                event = self.tried(self.dripping(start, left))
                self.assertEqual((event.state, event.in_doubt), ("retry", True), event.error_message)
                self.assertIn(event.error_code, ("timeout", "connection-failed"))
                self.assert_readable(event)
                self.assertTrue(left.wait(30), "we hung up, the peer did not")
                self.again()
                event.invalidate_recordset()
                self.assertEqual(event.state, "done")
                self.env["res.partner"].search([("email", "like", "@x.example")]).unlink()

    def test_a_peer_that_says_nothing(self):
        release = threading.Event()
        self.addCleanup(release.set)
        event = self.tried(lambda *_request: release.wait(30))
        self.assertEqual((event.state, event.error_code, event.in_doubt), ("retry", "timeout", True))
        self.assert_readable(event)

    def test_a_peer_that_hangs_up(self):
        for name, raw in (("before", b""), ("within", b"HTTP/1.1 201 Created\r\nContent-Length: 500\r\n\r\n{")):
            with self.subTest(name):

                def hang_up(connection, _head, _body, raw=raw):
                    connection.sendall(raw)
                    connection.close()

                event = self.tried(hang_up)
                self.assertEqual((event.state, event.in_doubt), ("retry", True))
                self.assert_readable(event)
                self.assertEqual(self.again(), 2, "created again, and made what is so by now")
                event.invalidate_recordset()
                self.assertEqual(event.state, "done")
                self.env["res.partner"].search([("email", "like", "@x.example")]).unlink()

    def test_a_peer_that_is_not_there(self):
        """Nothing was sent: nothing is in doubt."""
        with serving() as gone:
            address = gone.url
        crm = self.connect_hubspot(wanted=("contacts_out",), api_url=address)
        self.peer.script = created
        self.env["res.partner"].create({"name": "Ada", "email": "ada@x.example"})
        self.drain()
        event = self.events(crm)
        self.assertEqual((event.state, event.error_code, event.in_doubt), ("retry", "connection-failed", False))
        self.assert_readable(event)

    def test_what_each_status_comes_to(self):
        """(status, more headers) → the message's state, its doubt, the endpoint's state."""
        table = {
            ("408", ""): ("retry", False, "active"),
            ("425", ""): ("retry", False, "active"),
            ("429", "Retry-After: 7\r\n"): ("retry", False, "active"),
            ("500", ""): ("retry", True, "active"),
            ("502", ""): ("retry", True, "active"),
            ("503", "Retry-After: 7\r\n"): ("retry", False, "active"),
            ("503", ""): ("retry", True, "active"),
            ("504", ""): ("retry", True, "active"),
            ("400", ""): ("dead", False, "active"),
            ("404", ""): ("dead", False, "active"),
            ("409", ""): ("dead", False, "active"),
            ("422", ""): ("dead", False, "active"),
            ("302", "Location: /x\r\n"): ("dead", False, "active"),
            ("401", ""): ("pending", False, "suspended"),
            ("403", ""): ("pending", False, "suspended"),
            ("410", ""): ("pending", False, "disabled"),
        }
        for number, ((status, headers), (state, doubt, endpoint)) in enumerate(table.items()):
            with self.subTest(status=status, headers=headers):
                raw = f"HTTP/1.1 {status} X\r\n{headers}Content-Length: 2\r\n\r\n{{}}"
                self.peer.script = bytes_of(raw.encode())
                event = self.sent(f"c{number}")
                self.assertEqual((event.state, event.in_doubt, self.api.state), (state, doubt, endpoint))
                self.assert_readable(event)
                self.assertEqual(bool(self.api.activity_ids), endpoint != "active", "somebody is told")
                event.with_user(self.operator).action_ignore()
                self.api.activity_ids.unlink()
                self.api.with_user(self.operator)._set_state("active", False)
                self.env.cr.execute("DELETE FROM integration_slowdown")

    def test_retry_after_is_obeyed_between_a_second_and_four_hours(self):
        for said, seconds in (("0", 1), ("120", 120), ("999999", 4 * 3600)):
            with self.subTest(said):
                self.peer.script = bytes_of(
                    f"HTTP/1.1 429 X\r\nRetry-After: {said}\r\nContent-Length: 2\r\n\r\n{{}}".encode()
                )
                event = self.sent(f"r{said}")
                wait = (event.next_try_at - event.attempt_ids.ended_at).total_seconds()
                self.assertAlmostEqual(wait, seconds, delta=1)
                event.with_user(self.operator).action_ignore()
                self.env.cr.execute("DELETE FROM integration_slowdown")
