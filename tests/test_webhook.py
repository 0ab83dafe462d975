# Part of Integration Hub. License LGPL-3.0 or later.
"""The webhook route: what is refused is explained and leaves nothing behind, what is accepted is stored once."""

import json
import logging
import time

from odoo.addons.queue_job.tests.common import trap_jobs
from odoo.tests import tagged

from ..models import intake
from .common import SHOPIFY_SECRET, HubHttpCase, signed

MARK = "Zephyrine-7731"  # of a body; must never be seen outside the payload
GOOD = {"id": 7001, "email": "zephyrine@example.com", "first_name": MARK, "updated_at": "2026-01-02T03:04:05Z"}


class LogCapture(logging.Handler):
    """Every record that any logger lets through, formatted with its traceback."""

    def __init__(self):
        super().__init__(logging.NOTSET)
        self.lines = []
        self.levels = set()

    def emit(self, record):
        self.lines.append(logging.Formatter("%(name)s %(levelname)s %(message)s").format(record))
        self.levels.add(record.levelname)

    def __enter__(self):
        logging.getLogger().addHandler(self)
        return self

    def __exit__(self, *_exception):
        logging.getLogger().removeHandler(self)

    @property
    def text(self):
        return "\n".join(self.lines)


class WebhookCase(HubHttpCase):
    @classmethod
    def set_up_hub(cls):
        cls.shop = cls.connect_shopify()
        cls.hook = cls.shop._endpoint("inbound")
        cls.crm = cls.connect_hubspot()
        cls.crm_hook = cls.crm._endpoint("inbound")

    def kept(self):
        """Return how many rows of messages there are: events, payloads, dedupe keys."""
        self.env.cr.execute(
            """SELECT (SELECT count(*) FROM integration_event), (SELECT count(*) FROM integration_event_payload),
                      (SELECT count(*) FROM integration_dedupe)"""
        )
        return self.env.cr.fetchone()

    def refusals(self, endpoint):
        self.env.invalidate_all()
        return self.env["integration.refusal"].search([("endpoint_id", "=", endpoint.id)], order="id")

    def assert_refused(self, response_of, status, code, endpoint=None):
        """Assert that a delivery is refused: nothing stored, nothing woken, its reason kept, its body nowhere."""
        before = self.kept()
        with LogCapture() as log, trap_jobs() as jobs:
            response = response_of()
        document = self.assert_problem(response, status, code)
        self.assertEqual(self.kept(), before, "a refused delivery left something")
        jobs.assert_jobs_count(0)
        for text in (log.text, response.text):
            self.assertNotIn(MARK, text)
            self.assertNotIn(SHOPIFY_SECRET, text)
        self.assertNotIn("Traceback", log.text)
        self.assertLessEqual(log.levels, {"DEBUG", "INFO"}, log.text)
        if endpoint:
            refusal = self.refusals(endpoint)
            self.assertEqual(refusal.mapped("reason"), [code])
            self.assertEqual((refusal.message, refusal.count), (document["detail"], 1))
            names = refusal.header_names.split(", ")
            self.assertIn("content-length" if "content-length" in names else "transfer-encoding", names)
            self.assertNotIn(MARK, str(refusal.read()))
            self.assertNotIn("application/json", refusal.header_names, "names only, no values")
        return document


@tagged("post_install", "-at_install")
class TestWebhookRefused(WebhookCase):
    """Bad input, each with a stable type."""

    def test_bodies(self):
        deep = b'{"id": 1, "a": ' + b"[" * 200 + b"]" * 200 + b"}"
        cases = {
            "not JSON": (f"{MARK} = 1".encode(), "invalid-json"),
            "cut short": (f'{{"id": 1, "name": "{MARK}'.encode(), "invalid-json"),
            "empty": (b"", "empty-body"),
            "blank": (b" \n ", "empty-body"),
            "deep": (deep, "too-deep"),
            "very deep": (b"[" * 100_000, "too-deep"),
            "NaN": (f'{{"id": 1, "price": NaN, "name": "{MARK}"}}'.encode(), "non-finite-number"),
            "Infinity": (b'{"id": 1, "price": -Infinity}', "non-finite-number"),
            "overflow": (b'{"id": 1, "price": 1e999}', "non-finite-number"),
            "long number": (b'{"id": ' + b"9" * 5000 + b"}", "number-too-long"),
            "duplicate keys": (f'{{"id": 1, "id": 2, "name": "{MARK}"}}'.encode(), "duplicate-key"),
            "invalid UTF-8": (b'{"id": 1, "name": "' + MARK.encode() + b'\xff"}', "invalid-utf8"),
            "half a surrogate": (b'{"id": 1, "name": "\\ud800"}', "invalid-utf8"),
            "NUL": (b'{"id": 1, "name": "a\x00b"}', "nul-character"),
            "escaped NUL": (b'{"id": 1, "name": "a\\u0000b"}', "nul-character"),
            "a list": (json.dumps([GOOD]).encode(), "unexpected-shape"),
            "no id": (json.dumps({"email": MARK}).encode(), "invalid-identifier"),
        }
        for name, (body, code) in cases.items():
            with self.subTest(name):
                intake._counter._seen.clear()
                self.refusals(self.hook).sudo().unlink()
                self.assert_refused(
                    lambda body=body: self.deliver(self.hook, body, topic="customers/create"), 422, code, self.hook
                )

    def test_content_type(self):
        for given in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""):
            with self.subTest(given):
                intake._counter._seen.clear()
                self.refusals(self.hook).sudo().unlink()
                self.assert_refused(
                    lambda given=given: self.deliver(
                        self.hook, GOOD, topic="customers/create", headers={"Content-Type": given}
                    ),
                    415, "unsupported-content-type", self.hook,
                )  # fmt: skip

    def test_texts_that_nothing_could_be_looked_up_by(self):
        for name, document, topic in (
            ("topic", GOOD, f"customers/{MARK * 30}"),
            ("id", {**GOOD, "id": int("7" * 300)}, "customers/create"),
        ):
            with self.subTest(name):
                intake._counter._seen.clear()
                self.refusals(self.hook).sudo().unlink()
                self.assert_refused(
                    lambda document=document, topic=topic: self.deliver(self.hook, document, topic=topic),
                    422, "key-too-long", self.hook,
                )  # fmt: skip

    def test_a_delivery_of_more_messages_than_anybody_sends(self):
        event = {"subscriptionType": "contact.creation", "objectId": 1, "eventId": 1}
        documents = [event] * (intake.MAX_MESSAGES + 1)
        self.assert_refused(lambda: self.deliver(self.crm_hook, documents), 422, "too-many-messages", self.crm_hook)

    def test_a_content_type_is_not_repeated_at_length(self):
        given = "text/" + "x" * 10_000
        self.deliver(self.hook, GOOD, topic="customers/create", headers={"Content-Type": given})
        self.assertLess(len(self.refusals(self.hook).message), 200)

    def test_30_mb(self):
        body = b'{"id": 1, "name": "' + MARK.encode() * (30 * 1024 * 1024 // len(MARK)) + b'"}'
        self.assert_refused(
            lambda: self.deliver(self.hook, body, topic="customers/create"), 413, "body-too-large", self.hook
        )

    def test_30_mb_of_unknown_length(self):
        """In chunks, without a Content-Length that could be checked first."""
        piece = MARK.encode() * 8192
        self.assert_refused(
            lambda: self.url_open(
                f"/integration/webhook/{self.hook.slug}",
                data=(piece for _number in range(30 * 1024 * 1024 // len(piece))),
                headers={"Content-Type": "application/json", "X-Shopify-Topic": "customers/create"},
                method="POST",
                timeout=60,
            ),
            413,
            "body-too-large",
            self.hook,
        )

    def test_largest_body_is_the_endpoints(self):
        self.hook.max_body_bytes = 100
        self.assert_refused(
            lambda: self.deliver(self.hook, GOOD, topic="customers/create"), 413, "body-too-large", self.hook
        )
        self.hook.max_body_bytes = 1000
        self.assertEqual(self.deliver(self.hook, GOOD, topic="customers/create").status_code, 202)

    def test_exactly_the_largest_body(self):
        body = json.dumps(GOOD).encode()
        self.hook.max_body_bytes = len(body)
        self.assertEqual(self.deliver(self.hook, body, topic="customers/create").status_code, 202)
        self.hook.max_body_bytes = len(body) - 1
        self.assertEqual(self.deliver(self.hook, body, topic="customers/create").status_code, 413)

    def test_no_topic(self):
        self.assert_refused(
            lambda: self.deliver(self.hook, GOOD, topic="x", headers={"X-Shopify-Topic": ""}),
            422, "missing-topic", self.hook,
        )  # fmt: skip

    def test_unknown_slug(self):
        for slug in ("no-such-endpoint", "%00", "a%00b", "ünïcode", "a" * 3000, "' OR 1=1 --"):
            with self.subTest(slug[:20]):
                self.assert_refused(
                    lambda slug=slug: self.url_open(
                        f"/integration/webhook/{slug}", data=json.dumps(GOOD), method="POST",
                        headers={"Content-Type": "application/json"},
                    ),
                    404, "unknown-endpoint",
                )  # fmt: skip

    def test_outbound_endpoints_are_no_webhooks(self):
        api = self.shop._endpoint("outbound")
        response = self.url_open(f"/integration/webhook/{api.slug}", data=b"{}", method="POST")
        self.assert_problem(response, 404, "unknown-endpoint")

    def test_archived(self):
        self.hook.active = False
        response = self.deliver(self.hook, GOOD, topic="customers/create")
        self.assert_problem(response, 404, "unknown-endpoint")

    def test_disabled(self):
        self.hook.action_disable()
        self.assert_refused(lambda: self.deliver(self.hook, GOOD, topic="customers/create"), 409, "endpoint-disabled")

    def test_other_environment(self):
        self.hook.environment_id = self.env.ref("integration_hub.integration_environment_production")
        self.assert_refused(lambda: self.deliver(self.hook, GOOD, topic="customers/create"), 409, "endpoint-disabled")

    def test_no_secret(self):
        self.hook.credential_id = False
        self.assert_refused(
            lambda: self.deliver(self.hook, GOOD, topic="customers/create"), 409, "endpoint-not-configured", self.hook
        )

    def test_retired_secret(self):
        self.hook.credential_id.version_ids._retire("test")
        self.assert_refused(
            lambda: self.deliver(self.hook, GOOD, topic="customers/create"), 409, "endpoint-not-configured", self.hook
        )

    def test_signatures(self):
        body = json.dumps(GOOD).encode()
        good = signed(self.hook, body, url="https://x", topic="customers/create").headers["X-Shopify-Hmac-Sha256"]
        cases = {
            "tampered body": (body.replace(b"7001", b"7002"), good, "mismatch"),
            "other secret": (body, signed(self.hook, body, url="x", topic="x", secret="other").headers[
                "X-Shopify-Hmac-Sha256"], "mismatch"),
            "no header": (body, None, "missing-header"),
            "empty header": (body, "", "missing-header"),
            "not base64": (body, "@@@@", "malformed-header"),
            "another length": (body, "YWJj", "malformed-header"),
        }  # fmt: skip
        for name, (sent, signature, code) in cases.items():
            with self.subTest(name):
                intake._counter._seen.clear()
                self.refusals(self.hook).sudo().unlink()
                headers = {"Content-Type": "application/json", "X-Shopify-Topic": "customers/create"}
                if signature is not None:
                    headers["X-Shopify-Hmac-Sha256"] = signature
                self.assert_refused(
                    lambda sent=sent, headers=headers: self.url_open(
                        f"/integration/webhook/{self.hook.slug}", data=sent, headers=headers, method="POST"
                    ),
                    401, f"signature-{code}", self.hook,
                )  # fmt: skip

    def test_replay_window(self):
        entry = [
            {"eventId": 1, "subscriptionId": 2, "objectId": 3, "occurredAt": 4, "subscriptionType": "contact.creation"}
        ]
        for name, moment, code in (("stale", -3600, "stale"), ("future", 3600, "future")):
            with self.subTest(name):
                intake._counter._seen.clear()
                self.refusals(self.crm_hook).sudo().unlink()
                self.assert_refused(
                    lambda moment=moment: self.deliver(self.crm_hook, entry, now=time.time() + moment),
                    401, f"signature-{code}", self.crm_hook,
                )  # fmt: skip

    def test_refusals_are_counted_not_piled_up(self):
        for _time in range(5):
            self.deliver(self.hook, b"{", topic="customers/create")
        self.assertEqual(self.refusals(self.hook).mapped("count"), [1])
        key = (self.env.cr.dbname, self.hook.id, "invalid-json")
        last, count = intake._counter._seen[key]
        self.assertEqual(count, 4)
        intake._counter._seen[key] = (last - 2, count)
        self.deliver(self.hook, b"{", topic="customers/create")
        self.assertEqual(self.refusals(self.hook).mapped("count"), [1, 5])

    def test_get_is_no_delivery(self):
        response = self.url_open(f"/integration/webhook/{self.hook.slug}")
        self.assertIn(response.status_code, (404, 405))
        self.assertNotIn("Traceback", response.text)


@tagged("post_install", "-at_install")
class TestWebhookAccepted(WebhookCase):
    """What is accepted is stored before it is acknowledged, once."""

    def test_stored_with_its_payload(self):
        self.finish_jobs()
        with LogCapture() as log:
            response = self.deliver(
                self.hook, GOOD, topic="customers/create", webhook_id="w-1", headers={"Authorization": f"Bearer {MARK}"}
            )
        event = self.events(self.hook)
        self.assertEqual((response.status_code, response.json()), (202, {"id": event.id, "status": "accepted"}))
        self.assertEqual(response.headers["Content-Type"].partition(";")[0], "application/json")
        self.assertEqual(
            (event.state, event.direction, event.topic, event.object_type, event.external_id, event.partition_key),
            ("pending", "inbound", "customers/create", "customer", "gid://shopify/Customer/7001",
             "customer:gid://shopify/Customer/7001"),
        )  # fmt: skip
        self.assertEqual(event.company_id, self.shop.company_id)
        self.assertEqual(event.flow_id.template_key, "customers_in")
        payload = event.payload_ids
        self.assertEqual(payload.body, json.dumps(GOOD), "byte for byte what was signed")
        self.assertEqual(payload.headers["x-shopify-topic"], "customers/create")
        self.assertFalse({"authorization", "cookie"} & payload.headers.keys())
        self.assertEqual(self.waiting_jobs(), [f"wake:{self.hook.id}:inbound:{event.slot}"])
        self.assertNotIn(MARK, log.text)

    def test_duplicate(self):
        first = self.deliver(self.hook, GOOD, topic="customers/create", webhook_id="w-2").json()
        kept = self.kept()
        with trap_jobs() as jobs:
            again = self.deliver(self.hook, GOOD, topic="customers/create", webhook_id="w-2")
        self.assertEqual((again.status_code, again.json()), (202, {"id": first["id"], "status": "duplicate"}))
        self.assertEqual(self.kept(), kept)
        jobs.assert_jobs_count(0)

    def test_same_body_new_delivery_is_new(self):
        first = self.deliver(self.hook, GOOD, topic="customers/create", webhook_id="w-3").json()
        second = self.deliver(self.hook, GOOD, topic="customers/create", webhook_id="w-4").json()
        third = self.deliver(self.hook, GOOD, topic="customers/create").json()
        self.assertEqual([each["status"] for each in (first, second, third)], ["accepted"] * 3)
        self.assertEqual(len({each["id"] for each in (first, second, third)}), 3)

    def test_the_same_delivery_id_at_another_endpoint_is_new(self):
        other = self.connect_shopify()._endpoint("inbound")
        self.deliver(self.hook, GOOD, topic="customers/create", webhook_id="w-5")
        self.assertEqual(
            self.deliver(other, GOOD, topic="customers/create", webhook_id="w-5").json()["status"], "accepted"
        )

    def test_unknown_topic_is_ignored_and_visible(self):
        self.finish_jobs()
        response = self.deliver(self.hook, GOOD, topic="themes/publish")
        self.assertEqual(self.waiting_jobs(), [], "nobody has to look at it")
        event = self.events(self.hook)
        self.assertEqual((response.status_code, response.json()["id"]), (202, event.id))
        self.assertEqual((event.state, event.topic), ("ignored", "themes/publish"))
        self.assertIn("themes/publish", event.error_message)
        self.assertTrue(event.payload_ids)
        self.drain()
        self.assertEqual(self.events(self.hook).state, "ignored")

    def test_switched_off_flow_is_ignored_and_visible(self):
        self.shop.flow_ids.action_switch_off()
        self.deliver(self.hook, GOOD, topic="customers/create")
        self.assertEqual(self.events(self.hook).state, "ignored")
        self.shop.flow_ids.action_switch_on()
        self.deliver(self.hook, GOOD, topic="customers/create")
        self.assertEqual(self.events(self.hook).mapped("state"), ["ignored", "pending"])

    def test_paused_endpoint_keeps_what_arrives(self):
        self.hook.action_pause()
        with trap_jobs() as jobs:
            response = self.deliver(self.hook, GOOD, topic="customers/create")
        self.assertEqual(response.status_code, 202)
        jobs.assert_jobs_count(0)
        self.drain()
        event = self.events(self.hook)
        self.assertEqual(event.state, "pending", "held is derived, never written")
        self.assertIn("Paused by", event.waiting_reason)
        with trap_jobs() as jobs:
            self.hook.action_resume()
            self.commit()
            jobs.assert_jobs_count(1)
        self.drain()
        self.assertEqual(self.events(self.hook).state, "done")

    def test_redelivery_of_a_dead_event_gives_it_one_more_try(self):
        bad = GOOD | {"id": 7100, "email": "x@y.example", "default_address": {"country_code": "XK", "address1": "A 1"}}
        self.env["res.country"].search([("code", "=", "XK")]).code = "QX"
        first = self.deliver(self.hook, bad, topic="customers/create", webhook_id="w-6").json()
        self.drain()
        event = self.events(self.hook)
        self.assertEqual((event.state, event.attempt_count), ("dead", 1), event.error_message)
        self.finish_jobs()
        again = self.deliver(self.hook, bad, topic="customers/create", webhook_id="w-6")
        self.assertEqual(self.waiting_jobs(), [f"wake:{self.hook.id}:inbound:{event.slot}"])
        self.assertEqual((again.status_code, again.json()), (202, {"id": first["id"], "status": "duplicate"}))
        self.env["res.country"].search([("code", "=", "QX")]).code = "XK"
        self.drain()
        event = self.events(self.hook)
        self.assertEqual((event.state, event.attempt_count, len(event.attempt_ids)), ("done", 2, 2))
        self.assertEqual(self.blocked_keys(self.hook), {})

    def test_batch(self):
        entries = [
            {"eventId": n, "subscriptionId": 7, "objectId": 900 + n, "occurredAt": 1_700_000_000_000 + n,
             "subscriptionType": "contact.creation", "attemptNumber": 0}
            for n in range(5)
        ]  # fmt: skip
        response = self.deliver(self.crm_hook, entries)
        events = self.events(self.crm_hook)
        self.assertEqual(response.json(), {"id": events[0].id, "ids": events.ids, "status": "accepted"})
        self.assertEqual(events.mapped("external_id"), [str(900 + n) for n in range(5)])
        self.assertEqual(set(events.mapped("operation")), {"read"}, "they only name the object")
        self.assertEqual(
            [json.loads(body) for body in events.payload_ids.mapped("body")], entries, "one entry each, not the batch"
        )
        repeated = [entry | {"attemptNumber": 1} for entry in entries[:2]] + [entries[4] | {"eventId": 99}]
        again = self.deliver(self.crm_hook, repeated).json()
        self.assertEqual((again["status"], again["ids"][:2]), ("accepted", events.ids[:2]))
        self.assertEqual(len(self.events(self.crm_hook)), 6, "two were known, one is new")
        self.assertEqual(self.deliver(self.crm_hook, repeated).json()["status"], "duplicate")

    def test_empty_batch(self):
        response = self.deliver(self.crm_hook, [])
        self.assertEqual((response.status_code, response.json()), (202, {"id": None, "status": "accepted"}))
        self.assertFalse(self.events(self.crm_hook))

    def test_a_batch_with_one_bad_entry_stores_nothing(self):
        entries = [
            {"eventId": 1, "objectId": 901, "subscriptionType": "contact.creation"},
            {"eventId": 2, "objectId": None, "subscriptionType": "contact.creation"},
        ]
        self.assert_problem(self.deliver(self.crm_hook, entries), 422, "invalid-identifier")
        self.assertFalse(self.events(self.crm_hook))

    def test_both_secrets_work_while_rotating(self):
        credential = self.hook.credential_id
        credential.secret = "a-new-secret"
        for number, secret in enumerate((SHOPIFY_SECRET, "a-new-secret")):
            response = self.deliver(self.hook, GOOD, topic="customers/create", secret=secret, webhook_id=f"r-{number}")
            self.assertEqual(response.status_code, 202)
        credential.action_retire_previous()
        self.assert_problem(self.deliver(self.hook, GOOD, topic="customers/create"), 401, "signature-mismatch")
        response = self.deliver(self.hook, GOOD, topic="customers/create", secret="a-new-secret")
        self.assertEqual(response.status_code, 202)
