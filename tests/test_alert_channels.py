# Part of Integration Hub. License LGPL-3.0 or later.
"""How people are told: by to-dos, by mail, in Slack, by a webhook; to servers that really receive."""

import base64
import json
from datetime import timedelta

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..connectors import signatures
from ..connectors.errors import SignatureRefused
from ..connectors.signatures import Delivery
from ..engine.database import Database
from ..models import alert_messages as messages
from ..models.integration_alert_channel import secret_of
from ..models.integration_alert_sender import FALLS_BACK_AT, LOST_AFTER
from .alert_cases import AlertCase, Receiver

SIGNING = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
PLACE = "/services/T00000000/B00000000/abcdefghijklmnopqrstuvwx"
SENDER = "odoo.addons.integration_hub.models.integration_alert_sender"


class ChannelCase(AlertCase):
    def setUp(self):
        super().setUp()
        self.receiver = self.enterContext(Receiver())
        self.stopping = self.rule("endpoint_stopped")

    def channel(self, kind, **values):
        """Have alerts told through a channel, and nothing else."""
        secret = {"slack": self.receiver.url + PLACE, "webhook": SIGNING}.get(kind)
        url = self.receiver.url + "/alerts" if kind == "webhook" else False
        channel = self.env["integration.alert.channel"].create(
            {"name": kind, "kind": kind, "secret": secret, "url": url} | values
        )
        level = {"after_minutes": 0, "who": "technical", "channel_ids": [(6, 0, channel.ids)], "tz": "UTC"}
        self.stopping.escalation_id = self.env["integration.alert.escalation"].create(
            {"name": kind, "level_ids": [(0, 0, level)]}
        )
        return channel

    def stop(self, endpoint=None, reason="The key is refused (401)"):
        (endpoint or self.outbound).write({"state": "suspended", "state_reason": reason})


@tagged("post_install", "-at_install")
class TestSlack(ChannelCase):
    def assert_shape(self, payload):
        """As Slack documents incoming webhooks and blocks (docs.slack.dev/reference/block-kit/blocks)."""
        self.assertEqual(payload.keys(), {"text", "blocks"})
        self.assertTrue(payload["text"])
        header, *sections = payload["blocks"]
        self.assertLessEqual(len(payload["blocks"]), 50)
        self.assertEqual((header["type"], header["text"]["type"]), ("header", "plain_text"))
        self.assertLessEqual(len(header["text"]["text"]), 150)
        for section in sections:
            self.assertEqual((section["type"], section["text"]["type"]), ("section", "mrkdwn"))
            self.assertTrue(1 <= len(section["text"]["text"]) <= 3000)
            button = section["accessory"]
            self.assertEqual((button["type"], button["text"]["type"]), ("button", "plain_text"))
            self.assertLessEqual(len(button["text"]["text"]), 75)
            self.assertLessEqual(len(button["url"]), 3000)
            self.assertLessEqual(len(button["action_id"]), 255)
        self.assertLessEqual(len(json.dumps(payload)), 13_000, "longer ones are refused as a whole")

    def test_it_arrives_once_and_its_end_too(self):
        channel = self.channel("slack")
        self.stop()
        alert = self.look()
        self.look(after=1)
        ((path, headers, _body),) = self.receiver.requests
        self.assertEqual((path, headers["Content-Type"]), (PLACE, "application/json"))
        (payload,) = self.receiver.documents()
        self.assert_shape(payload)
        text = payload["blocks"][1]["text"]["text"]
        self.assertIn(alert.name, text)
        self.assertIn("The key is refused (401)", text)
        self.assertIn(f"/odoo/integration-alerts/{alert.id}", payload["blocks"][1]["accessory"]["url"])
        self.assertTrue(channel.worked_at)
        self.outbound.state = "active"
        self.look(after=1)
        self.look(after=1)
        self.assertEqual(len(self.receiver.requests), 2)
        self.assertIn(messages.OVER, self.receiver.documents()[1]["blocks"][1]["text"]["text"])

    def test_many_are_few_messages(self):
        """What opens at once is told at once, the most severe first, in messages that Slack takes."""
        self.channel("slack")
        self.env["integration.endpoint"].create(
            [
                {"name": f"API {number} {'x' * 400}", "system_id": self.shop.id, "direction": "outbound",
                 "state": "suspended", "state_reason": "y" * 2000}
                for number in range(messages.AT_ONCE + 3)
            ]
        )  # fmt: skip
        self.look()
        documents = self.receiver.documents()
        self.assertEqual([len(each["blocks"]) - 1 for each in documents], [messages.AT_ONCE, 3])
        for payload in documents:
            self.assert_shape(payload)

    def test_what_slack_would_take_for_markup_is_escaped(self):
        self.channel("slack")
        self.stop(reason="<!channel> & <https://evil.example|here>")
        self.look()
        text = self.receiver.documents()[0]["blocks"][1]["text"]["text"]
        self.assertIn("&lt;!channel&gt; &amp;", text)
        self.assertNotIn("<!", text)

    def test_personal_data_stays_here(self):
        self.channel("slack")
        self.stop(reason="ada.arden@example.com, +32 470 12 34 56, token=abc")
        self.look()
        body = self.receiver.requests[0][2].decode()
        for private in ("ada.arden", "470 12", "abc"):
            self.assertNotIn(private, body)

    def test_values_of_personal_messages_stay_here(self):
        self.flow.data_class = "personal"
        self.assertEqual(messages.masked('Contact "Ada Arden" has no e-mail', True), "Contact *** has no e-mail")
        self.assertEqual(messages.masked('Tax "VAT 5.5" is unknown', False), 'Tax "VAT 5.5" is unknown')

    def test_a_channel_that_fails_says_so_and_people_find_a_todo(self):
        channel = self.channel("slack")
        self.receiver.status = 500
        self.stop()
        with mute_logger(SENDER):
            alert = self.look()
            self.assertIn("500", channel.problem)
            self.assertFalse(self.todos(self.technician))
            for _time in range(FALLS_BACK_AT):
                self.look(after=5)
        self.assertEqual(len(self.todos(self.technician, alert)), 1)
        self.receiver.status = 200
        self.look(after=30)
        self.assertFalse(channel.problem)
        self.assertEqual(self.notices(alert, channel_id=channel.id).state, "sent")
        self.assertEqual(len(self.todos(self.technician, alert)), 1)

    def test_a_channel_that_is_gone_is_not_tried_again(self):
        channel = self.channel("slack")
        self.receiver.status = 404
        self.stop()
        with mute_logger(SENDER):
            alert = self.look()
            self.look(after=30)
        self.assertEqual(len(self.receiver.requests), 1)
        self.assertEqual(self.notices(alert, channel_id=channel.id).state, "failed")
        self.assertTrue(self.todos(self.technician, alert))
        self.assertNotIn("abcdefghijklmnopqrstuvwx", channel.problem, "the address is a secret")

    def test_a_pause_that_is_asked_for_is_kept(self):
        channel = self.channel("slack")
        self.receiver.status, self.receiver.headers = 429, {"Retry-After": "600"}
        self.stop()
        with mute_logger(SENDER):
            alert = self.look()
            self.look(after=9)
        self.assertEqual(len(self.receiver.requests), 1)
        self.receiver.status = 200
        self.look(after=2)
        self.assertEqual(self.notices(alert, channel_id=channel.id).state, "sent")

    def test_whose_sender_died_is_sent_again(self):
        """Taken in hand and not finished: another one comes, later."""
        self.channel("slack")
        self.stop()
        send, self.send = self.send, lambda db: None
        alert = self.look()
        with self.engine_mode():
            self.env["integration.alert.notice"]._claim(Database(self.env.cr.dbname, self.clock), 0)
        self.send = send
        self.look(after=1)
        self.assertFalse(self.receiver.requests)
        self.look(after=LOST_AFTER / 60)
        self.assertEqual((len(self.receiver.requests), self.notices(alert).state), (1, "sent"))

    def test_what_no_job_sends_the_cron_does(self):
        self.channel("slack")
        self.stop()
        self.send = lambda db: self.env["integration.alert.notice"]._send_overdue(db)
        self.look()
        self.assertFalse(self.receiver.requests)
        self.look(after=1)
        self.assertEqual(len(self.receiver.requests), 1)

    def test_a_job_is_called(self):
        self.channel("slack")
        self.stop()
        self.send = lambda db: None
        self.look()
        jobs = self.env["queue.job"].search(
            [("model_name", "=", "integration.alert.notice"), ("state", "=", "pending")]
        )
        self.assertEqual((jobs.method_name, jobs.channel), ("_send_notices", "root.integration.critical"))

    def test_the_address_guard_is_asked(self):
        """A private address is called only where the server's configuration allows its network."""
        channel = self.channel("slack")
        channel.secret = "https://10.1.2.3/services/x"
        with self.assertRaisesRegex(UserError, "10.1.2.3"):
            channel.action_test()

    def test_severity_and_company(self):
        channel = self.channel("slack", least_severity="critical")
        self.stop()
        alert = self.look()
        self.assertFalse(self.receiver.requests)
        self.assertTrue(self.todos(self.technician, alert), "nobody else would hear of it")
        self.assertTrue(channel.active)


@tagged("post_install", "-at_install")
class TestWebhook(ChannelCase):
    def test_it_is_signed_as_standard_webhooks_says(self):
        self.channel("webhook")
        self.stop()
        alert = self.look()
        self.look(after=1)
        ((path, headers, body),) = self.receiver.requests
        scheme = signatures.get("standard_webhooks")
        delivery = Delivery("POST", self.receiver.url + path, headers, body)
        moment = float(headers["webhook-timestamp"])
        scheme.verify(delivery, [SIGNING], now=moment)
        with self.assertRaises(SignatureRefused):
            scheme.verify(Delivery("POST", delivery.url, headers, body + b" "), [SIGNING], now=moment)
        document = json.loads(body)
        self.assertEqual(document["type"], "alert.opened")
        data = document["data"]
        self.assertEqual((data["alert_id"], data["state"], data["severity"]), (alert.id, "open", alert.severity))
        self.outbound.state = "active"
        self.look(after=1)
        _path, ended, body = self.receiver.requests[1]
        self.assertEqual((json.loads(body)["type"], json.loads(body)["data"]["state"]), ("alert.resolved", "resolved"))
        self.assertNotEqual(ended["webhook-id"], headers["webhook-id"])

    def test_the_same_change_has_the_same_id(self):
        """A receiver knows what it was sent twice."""
        self.channel("webhook")
        self.receiver.status = 500
        self.stop()
        with mute_logger(SENDER):
            self.look()
        self.receiver.status = 200
        self.look(after=2)
        first, second = (headers["webhook-id"] for _path, headers, _body in self.receiver.requests)
        self.assertEqual(first, second)

    def test_secrets(self):
        """Written, never read; tied to the address; not in any log, and opened by a function only."""
        channel = self.channel("webhook")
        self.assertFalse(channel.secret)
        self.assertTrue(channel.has_secret)
        self.assertNotIn(SIGNING, str(channel.read()))
        self.assertEqual(secret_of(channel), SIGNING)
        channel.url = "https://elsewhere.example/alerts"
        with self.assertRaisesRegex(UserError, "another address"):
            channel.action_test()
        with self.assertRaises(UserError):
            channel.secret = "no secret of theirs"
        for bad in ("http://hub.example/x", "ftp://hub.example", "hub.example"):
            with self.subTest(bad), self.assertRaises(ValidationError):
                channel.url = bad
        operator = self.user("consultant", "operator")
        with self.assertRaises(AccessError):
            channel.with_user(operator).secret = SIGNING
        with self.assertRaises(AccessError):
            channel.with_user(self.technician).read(["ciphertext"])

    def test_a_test(self):
        channel = self.channel("webhook")
        channel.with_user(self.technician).action_test()
        self.assertEqual(self.receiver.documents()[0]["type"], "alert.test")
        with self.assertRaises(AccessError):
            channel.with_user(self.owner).action_test()


@tagged("post_install", "-at_install")
class TestMail(ChannelCase):
    def mails(self):
        return self.env["mail.mail"].search([("email_to", "like", "tom@example.com")])

    def test_a_digest(self):
        """Several alerts are one mail, in the language of who reads it."""
        self.env["res.lang"]._activate_lang("fr_FR")
        self.technician.lang = "fr_FR"
        self.channel("email")
        self.stop()
        self.stop(self.outbound.copy({"name": "Second"}))
        self.look()
        mail = self.mails()
        self.assertEqual(len(mail), 1)
        for alert in self.alerts():
            self.assertIn(f"/odoo/integration-alerts/{alert.id}", mail.body_html)
        self.assertIn("Second", mail.body_html)
        self.look(after=1)
        self.assertEqual(self.mails(), mail)

    def test_who_has_no_address_finds_a_todo(self):
        self.technician.email = False
        channel = self.channel("email")
        self.stop()
        with mute_logger(SENDER):
            alert = self.look()
        self.assertFalse(channel.problem, "the channel is not to blame")
        self.assertTrue(self.todos(self.technician, alert))

    def test_a_mail_that_cannot_be_delivered(self):
        channel = self.channel("email")
        self.stop()
        alert = self.look()
        self.mails().write({"state": "exception", "failure_reason": "Mailbox unavailable"})
        self.look(after=1)
        self.assertIn("Mailbox unavailable", channel.problem)
        self.assertTrue(self.todos(self.technician, alert))


@tagged("post_install", "-at_install")
class TestCopy(ChannelCase):
    def test_a_copy_tells_nobody(self):
        channel = self.channel("slack")
        self.stop()
        self.env.cr.execute("DELETE FROM integration_home")
        self.env.cr.execute("INSERT INTO integration_home VALUES ('elsewhere')")
        self.env.cr.cache.clear()
        self.look()
        self.assertFalse(self.receiver.requests)
        self.assertFalse(channel.worked_at)

    def test_what_is_over_is_forgotten(self):
        self.stop()
        alert = self.look()
        self.outbound.state = "active"
        self.look(after=1)
        kept = self.env["integration.retention"]._kept().failed
        alert.resolved_at = kept + timedelta(days=1)
        self.Alert._gc_resolved()
        self.assertTrue(alert.exists())
        alert.resolved_at = kept - timedelta(days=1)
        self.Alert._gc_resolved()
        self.assertFalse(alert.exists())
