# Part of Integration Hub. License LGPL-3.0 or later.
"""Signature schemes with settings: chosen and filled in on the endpoint, checked there, used by the route."""

import json
import time

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from ..connectors import signatures
from ..connectors.signatures import Delivery
from .common import HubCase, HubHttpCase

SECRET = "shared with nobody"
OPTIONS = {
    "signature_header": "X-Acme-Signature",
    "prefix": "v1=",
    "signed": "{timestamp}.{body}",
    "timestamp_header": "X-Acme-Time",
    "encoding": "base64",
}


@tagged("post_install", "-at_install")
class TestSignatureSettings(HubCase):
    @classmethod
    def set_up_hub(cls):
        cls.hook = cls.connect_shopify()._endpoint("inbound")

    def fill_in(self, scheme, **options):
        self.hook.write(
            {
                "scheme": scheme,
                "option_ids": [(0, 0, {"name": name, "value": value}) for name, value in options.items()],
            }
        )

    def test_every_scheme_can_be_chosen_and_shows_its_settings(self):
        self.assertFalse(self.hook.option_ids)
        for key, options in signatures.OPTIONS.items():
            with self.subTest(key):
                needed = {option.name: (*option.choices, "X-Signature")[0] for option in options if option.required}
                if "fingerprints" in {option.name for option in options}:
                    needed["fingerprints"] = "ab" * 32
                self.hook.option_ids.unlink()
                self.hook.write({"scheme": "shopify"})
                self.fill_in(key, **{option.name: needed.get(option.name, False) for option in options})
                self.assertEqual(self.hook.option_ids.mapped("name"), [option.name for option in options])
                self.assertEqual(self.hook.option_ids.mapped("label"), [option.label for option in options])

    def test_a_new_scheme_brings_its_settings_and_drops_the_old_ones(self):
        self.fill_in("hmac", **OPTIONS)
        self.hook.scheme = "github"
        self.assertEqual(self.hook.option_ids.mapped("name"), [option.name for option in signatures.OPTIONS["github"]])
        self.assertFalse(any(self.hook.option_ids.mapped("value")))

    def test_wrong_settings_are_named_and_nothing_changes(self):
        for options, words in (
            ({"signature_header": False}, "signature_header is missing"),
            ({**OPTIONS, "encoding": "base65"}, "one of"),
            ({**OPTIONS, "signed": "{timestamp}"}, "body"),
            ({**OPTIONS, "past": "for ever"}, "number"),
        ):
            with (
                self.subTest(words),
                self.assertRaisesRegex(ValidationError, words),
                self.env.cr.savepoint(),
            ):
                self.fill_in("hmac", **options)
        self.assertEqual(self.hook.scheme, "shopify")

    def test_a_proof_that_leaves_the_body_open_says_so(self):
        self.assertTrue(self.hook.scheme_covers_body)
        self.hook.scheme = "basic"
        self.assertFalse(self.hook.scheme_covers_body)

    def test_a_change_is_told_in_the_chatter(self):
        self.fill_in("hmac", **OPTIONS)
        self.assertEqual(self.hook.option_ids.mapped("name"), [option.name for option in signatures.OPTIONS["hmac"]])
        line = self.hook.option_ids.filtered(lambda line: line.name == "prefix")
        line.value = "v2="
        self.assertIn("v1= → v2=", self.hook.message_ids[:1].body)


@tagged("post_install", "-at_install")
class TestSignatureRoute(HubHttpCase):
    @classmethod
    def set_up_hub(cls):
        cls.shop = cls.connect_shopify(webhook_secret=SECRET)
        cls.hook = cls.shop._endpoint("inbound")

    def post(self, scheme, body, secret=SECRET, headers=None, content_type="application/json", **options):
        path = f"/integration/webhook/{self.hook.slug}"
        bare = Delivery("POST", self.base_url() + path, {"Content-Type": content_type}, body)
        signed = signatures.get(scheme, options).sign(bare, secret, now=time.time())
        self.env.flush_all()
        return self.url_open(
            path,
            data=body,
            headers={"Content-Type": content_type, "X-Shopify-Topic": "customers/create", **signed, **(headers or {})},
            method="POST",
        )

    def test_a_scheme_that_a_person_described(self):
        choose_lines = [(0, 0, {"name": name, "value": value}) for name, value in OPTIONS.items()]
        self.hook.write({"scheme": "hmac", "option_ids": choose_lines})
        body = json.dumps({"id": 81, "email": "a@example.com"}).encode()
        response = self.post("hmac", body, **OPTIONS)
        self.assertEqual((response.status_code, response.json()["status"]), (202, "accepted"))
        self.assert_problem(self.post("hmac", body, secret="another", **OPTIONS), 401, "signature-mismatch")
        self.assert_problem(self.post("hmac", body, **{**OPTIONS, "prefix": "v2="}), 401, "signature-malformed-header")
        # a setting that is changed counts for the next delivery
        self.hook.option_ids.filtered(lambda line: line.name == "prefix").value = "v2="
        self.assertEqual(self.post("hmac", body + b" ", **{**OPTIONS, "prefix": "v2="}).status_code, 202)

    def test_a_name_with_underscores_is_not_the_header(self):
        """CGI makes one name of both: a proxy that sets or removes the one would let the other through."""
        body = json.dumps({"id": 83}).encode()
        signed = signatures.get("shopify").sign(Delivery("POST", "", {}, body), SECRET, now=time.time())
        headers = {name.replace("-", "_"): value for name, value in signed.items()}
        path = f"/integration/webhook/{self.hook.slug}"
        for also, code in (({}, "missing-header"), (dict.fromkeys(signed, "AA=="), "malformed-header")):
            given = {"Content-Type": "application/json", "X-Shopify-Topic": "customers/create", **headers, **also}
            response = self.url_open(path, data=body, headers=given, method="POST")
            self.assert_problem(response, 401, f"signature-{code}")

    def test_the_sender_gets_the_refusal_it_wants(self):
        self.hook.scheme = "xero"
        body = json.dumps({"id": 82}).encode()
        refused = self.post("xero", body, secret="another")
        self.assertEqual((refused.status_code, refused.content), (401, b""))
        refusal = self.env["integration.refusal"].search([("endpoint_id", "=", self.hook.id)])
        self.assertEqual(refusal.reason, "signature-mismatch")
        accepted = self.post("xero", body)
        self.assertEqual((accepted.status_code, accepted.content), (200, b""))

    def test_a_handshake_is_answered_and_not_kept(self):
        self.hook.scheme = "xero"
        before = self.env["integration.event"].search_count([])
        trial = b'{"events": [], "firstEventSequence": 0}'
        self.assertEqual(self.post("xero", trial).status_code, 200)
        self.assertEqual(self.post("xero", trial, secret="another").status_code, 401)
        self.assertEqual(self.env["integration.event"].search_count([]), before)

    def test_a_password_is_not_kept_with_the_message(self):
        self.hook.scheme = "basic"
        credential = self.hook.credential_id
        credential.secret = "hub:a password nobody logs"
        body = json.dumps({"id": 83, "email": "c@example.com"}).encode()
        response = self.post("basic", body, secret="hub:a password nobody logs")
        self.assertEqual(response.status_code, 202)
        event = self.env["integration.event"].browse(response.json()["id"])
        payload = self.env["integration.event.payload"].sudo().search([("event_id", "=", event.id)])
        self.assertNotIn("authorization", json.dumps(payload.read(), default=str).lower())
