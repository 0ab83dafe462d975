# Part of Integration Hub. License LGPL-3.0 or later.
"""Every scheme keeps the contract, and third-party vectors behave as stated."""

import hashlib
import hmac as stdlib_hmac
import importlib
from base64 import b64encode
from dataclasses import replace
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import strategies as st
from integration_hub_connectors.errors import ConfigurationError, DocumentError, SignatureRefused
from integration_hub_connectors.messages import Headers
from integration_hub_connectors.signatures import FORM, JSON, SCHEMES, Delivery, Verified, get, vectors
from integration_hub_connectors.testing.schemes import SchemeContract
from integration_hub_connectors.testing.signed_schemes import SignedContract


class TestStandardWebhooks(SignedContract):
    scheme = get("standard_webhooks")
    secret = "whsec_" + b64encode(bytes(range(24))).decode()

    def test_secret_is_base64_with_or_without_its_prefix(self):
        self.verify(self.signed(), self.secret.removeprefix("whsec_"))
        assert self.refused(self.signed(), "whsec_") == "no-secret"
        assert self.refused(self.signed(), "whsec_not base64!") == "no-secret"

    def test_id_is_signed_and_derived_when_none_is_given(self):
        one, again = self.signed(), self.signed()
        assert one.headers["webhook-id"] == again.headers["webhook-id"]
        assert one.headers["webhook-id"] == "msg_" + hashlib.sha256(b"1700000000" + self.body).hexdigest()[:32]
        other = self.having(one, "webhook-id", "msg_other")
        assert self.refused(other) == "mismatch"

    def test_unknown_versions_alone_are_refused(self):
        delivery = self.signed()
        value = delivery.headers["webhook-signature"].replace("v1,", "v1a,")
        assert self.refused(self.having(delivery, "webhook-signature", value)) == "malformed-header"


_PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


class TestStandardWebhooksAsymmetric(SignedContract):
    scheme = get("standard_webhooks_v1a")
    secret = "whpk_" + b64encode(_PRIVATE.public_key().public_bytes_raw()).decode()
    signing_secret = "whsk_" + b64encode(bytes(range(32))).decode()
    other_secret = (
        "whpk_" + b64encode(Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key().public_bytes_raw()).decode()
    )

    def test_private_key_may_have_the_public_one_behind_it(self):
        both = bytes(range(32)) + _PRIVATE.public_key().public_bytes_raw()
        headers = self.scheme.sign(self.delivery(), "whsk_" + b64encode(both).decode(), now=self.now)
        assert headers == self.scheme.sign(self.delivery(), self.signing_secret, now=self.now)

    def test_neither_half_serves_as_the_other(self):
        assert self.refused(self.signed(), self.signing_secret) == "no-secret"
        with pytest.raises(SignatureRefused) as caught:
            self.scheme.sign(self.delivery(), self.secret, now=self.now)
        assert caught.value.code == "no-secret"

    def test_symmetric_signatures_are_not_accepted(self):
        headers = get("standard_webhooks").sign(self.delivery(), self.secret.removeprefix("whpk_"), now=self.now)
        assert self.refused(self.delivery(headers=headers)) == "malformed-header"


class TestSvix(SignedContract):
    scheme = get("svix")
    secret = TestStandardWebhooks.secret

    def test_headers_of_the_standard_serve_too(self):
        headers = get("standard_webhooks").sign(self.delivery(), self.secret, now=self.now, message_id="msg_1")
        assert self.verify(self.delivery(headers=headers)).dedupe_key == "msg_1"
        assert self.refused(self.delivery(b"{}", headers=headers)) == "mismatch"

    def test_names_do_not_mix(self):
        delivery = self.signed()
        for name in ("id", "timestamp"):
            moved = self.having(
                self.having(delivery, f"webhook-{name}", delivery.headers[f"svix-{name}"]), f"svix-{name}"
            )
            assert self.refused(moved) == "missing-header"

    def test_its_own_signature_counts_where_there_are_both(self):
        headers = get("standard_webhooks").sign(self.delivery(), self.secret, now=self.now)
        wrong = "v1," + b64encode(bytes(32)).decode()
        own = {"svix-id": "1", "svix-timestamp": str(int(self.now)), "svix-signature": wrong}
        assert self.refused(self.delivery(headers={**headers, **own})) == "mismatch"

    def test_what_is_missing_is_named_by_its_own_name(self):
        with pytest.raises(SignatureRefused, match="svix-signature"):
            self.verify(self.delivery())


class TestStripe(SignedContract):
    scheme = get("stripe")
    secret = "whsec_test_secret_is_text"

    def test_two_timestamps_are_refused(self):
        delivery = self.signed()
        value = f"t={int(self.now)}," + delivery.headers["Stripe-Signature"]
        assert self.refused(self.having(delivery, "Stripe-Signature", value)) == "malformed-header"

    def test_secret_is_text_prefix_and_all(self):
        assert self.refused(self.signed(), self.secret.removeprefix("whsec_")) == "mismatch"

    def test_id_of_the_event_tells_duplicates(self):
        assert self.scheme.dedupe_key(self.verify(self.signed()), {"id": "evt_1"}) == "evt_1"
        assert self.scheme.dedupe_key(Verified("by header", None), {"id": "evt_1"}) == "by header"

    @pytest.mark.parametrize(
        "document", [{}, [], None, {"id": None}, {"id": ""}, {"id": {}}, {"id": True}, {"id": "x" * 256}]
    )
    def test_without_an_id_there_is_none(self, document):
        assert self.scheme.dedupe_key(Verified(None, None), document) is None

    def test_whole_numbers_are_ids(self):
        assert self.scheme.dedupe_key(Verified(None, None), {"id": 0}) == "0"
        assert self.scheme.dedupe_key(Verified(None, None), {"id": "x" * 255}) == "x" * 255


def test_only_who_is_known_to_deliver_again_may_be_told_too_many_requests():
    again = {key for key, kind in SCHEMES.items() if not kind.needs_options and get(key).redelivers}
    assert again == {
        *("standard_webhooks", "standard_webhooks_v1a", "svix"),
        *("hubspot", "hubspot_v1", "hubspot_v2", "intercom", "shopify", "stripe", "xero"),
    }


class TestGitHub(SignedContract):
    scheme = get("github")
    secret = "It's a secret"

    def test_form_deliveries_hold_the_document_in_payload(self):
        body = urlencode({"payload": '{"action": "opened"}'}).encode()
        delivery = Delivery("POST", None, Headers({"Content-Type": FORM}), body)
        assert self.scheme.document(delivery) == {"action": "opened"}

    def test_never_delivers_again(self):
        assert not self.scheme.redelivers

    def test_sha1_alone_is_refused_unless_an_administrator_allows_it(self):
        digest = stdlib_hmac.new(self.secret.encode(), self.body, hashlib.sha1).hexdigest()
        legacy = self.delivery(headers={"X-Hub-Signature": f"sha1={digest}"})
        assert self.refused(legacy) == "missing-header"
        lenient = get("github", {"allow_sha1": True})
        with pytest.raises(SignatureRefused, match="The signature in X-Hub-Signature does not match"):
            lenient.verify(legacy, ["another"], now=0)
        assert lenient.verify(legacy, [self.secret], now=self.now) == Verified(None, None)
        with pytest.raises(SignatureRefused):
            lenient.verify(replace(legacy, body=b"{}"), [self.secret], now=self.now)

    def test_right_sha1_does_not_help_a_wrong_sha256(self):
        digest = stdlib_hmac.new(self.secret.encode(), self.body, hashlib.sha1).hexdigest()
        both = {"X-Hub-Signature": f"sha1={digest}", "X-Hub-Signature-256": "sha256=" + "0" * 64}
        with pytest.raises(SignatureRefused) as caught:
            get("github", {"allow_sha1": True}).verify(self.delivery(headers=both), [self.secret], now=self.now)
        assert caught.value.code == "mismatch"


class TestGitHubWithSha1Allowed(SignedContract):
    scheme = get("github", {"allow_sha1": "yes"})
    secret = TestGitHub.secret


class TestShopify(SignedContract):
    scheme = get("shopify")
    secret = "hush"

    def test_event_id_serves_where_the_webhook_id_is_missing(self):
        assert self.verify(self.having(self.signed(), "X-Shopify-Event-Id", "event-7")).dedupe_key == "event-7"

    def test_doubled_dedupe_header_is_refused_wherever_it_stands(self):
        doubled = self.having(self.signed(), "X-Shopify-Event-Id", "event-7", "event-8")
        assert self.refused(doubled) == "malformed-header"
        assert self.refused(self.having(self.signed(), "X-Shopify-Event-Id", "x" * 256)) == "malformed-header"
        assert self.verify(self.having(self.signed(), "X-Shopify-Event-Id", "x" * 255)).dedupe_key == "x" * 255


class TestSlack(SignedContract):
    scheme = get("slack")
    secret = "8f742231b10e8888"

    def test_url_verification_gets_its_challenge_back(self):
        document = {"type": "url_verification", "challenge": "3eZbrw1a"}
        answer = self.scheme.challenge(self.signed(), document)
        assert answer is not None
        assert (answer.status, answer.body) == (200, b"3eZbrw1a")
        assert answer.content_type.startswith("text/plain")
        for other in ({"type": "event_callback", "challenge": "x"}, {"type": "url_verification"}, [], None):
            assert self.scheme.challenge(self.signed(), other) is None

    def test_id_of_the_event_tells_duplicates(self):
        assert self.scheme.dedupe_key(Verified(None, None), {"event_id": "Ev08MFMKH6"}) == "Ev08MFMKH6"

    def test_interactions_hold_the_document_in_payload(self):
        body = urlencode({"payload": '{"type": "block_actions"}'}).encode()
        delivery = Delivery("POST", None, Headers({"Content-Type": FORM}), body)
        assert self.scheme.document(delivery) == {"type": "block_actions"}

    def test_commands_are_forms(self):
        delivery = Delivery("POST", None, Headers({"Content-Type": FORM}), b"command=%2Fhub&text=&a=1&a=2")
        assert self.scheme.document(delivery) == {"command": "/hub", "text": "", "a": ["1", "2"]}


class TestWooCommerce(SignedContract):
    scheme = get("woocommerce")
    secret = "ck secret "

    def test_ping_is_answered_unsigned(self):
        ping = Delivery("POST", None, Headers({"Content-Type": FORM}), b"webhook_id=535")
        assert not self.scheme.challenge_is_signed
        answer = self.scheme.challenge(ping, None)
        assert answer is not None
        assert answer.status == 200
        assert self.scheme.document(ping) == {"webhook_id": "535"}

    @pytest.mark.parametrize("body", [b"webhook_id=535&a=1", b"webhook_id=x", b"webhook_id=1\n", b'{"webhook_id": 1}'])
    def test_nothing_else_is_a_ping(self, body):
        assert self.scheme.challenge(Delivery("POST", None, Headers({"Content-Type": FORM}), body), None) is None


_texts = st.text(st.characters(codec="utf-8"), max_size=12)


class TestTwilio(SignedContract):
    scheme = get("twilio")
    secret = "12345abcdef"
    content_type = FORM
    multipart_refusal = "body-not-covered"
    body = urlencode([("To", "18005551212"), ("Body", "Gruezi"), ("Media", "b"), ("Media", "a")]).encode()
    bodies = st.lists(st.tuples(_texts, _texts), max_size=5).map(lambda pairs: urlencode(pairs).encode())

    def _check_form_in_other_bytes(self, signed):
        self.verify(replace(signed, body=b"b=%C3%BC&a=1"))  # it signs the fields, sorted

    def test_what_it_sends_is_read(self):
        assert self.scheme.document(self.delivery(b"a=1")) == {"a": "1"}
        assert self.scheme.document(Delivery("POST", None, Headers({"Content-Type": JSON}), b"[1]")) == [1]

    def test_one_value_twice_counts_once_and_order_does_not_count(self):
        delivery = self.signed(b"b=2&a=1&b=1")
        self.verify(Delivery("POST", self.url, delivery.headers, b"a=1&b=1&b=2&b=1"))

    @pytest.mark.parametrize(
        ("signed", "arrived"),
        [
            ("https://hub.example.com/w", "https://hub.example.com:443/w"),
            ("https://hub.example.com:443/w", "https://hub.example.com/w"),
            ("http://hub.example.com:80/w", "http://hub.example.com/w"),
            ("https://hub.example.com/w?a=1", "https://hub.example.com:8443/w?a=1"),
        ],
    )
    def test_port_may_be_there_or_not(self, signed, arrived):
        headers = self.scheme.sign(Delivery("POST", signed, self.delivery().headers, b"a=1"), self.secret, now=0)
        self.verify(Delivery("POST", arrived, Headers({**headers, "Content-Type": FORM}), b"a=1"))

    def test_other_host_or_path_is_refused(self):
        headers = self.signed(b"a=1").headers
        for url in (
            "https://evil.example.com/integration/webhook/abc?x=1",
            self.url + "&y=2",
            "https://hub.example.com/",
        ):
            assert self.refused(Delivery("POST", url, headers, b"a=1")) == "mismatch"
        assert self.refused(Delivery("POST", None, headers, b"a=1")) == "missing-url"
        assert self.refused(Delivery("POST", "https://[bad/", headers, b"a=1")) == "malformed-url"

    def test_json_body_is_covered_by_its_hash_in_the_address(self):
        body = b'{"a": 1}'
        url = f"{self.url}&bodySHA256={hashlib.sha256(body).hexdigest()}"
        bare = Delivery("POST", url, Headers({"Content-Type": JSON}), body)
        headers = Headers({"Content-Type": JSON, **self.scheme.sign(bare, self.secret, now=0)})
        self.verify(Delivery("POST", url, headers, body))
        assert self.refused(Delivery("POST", url, headers, b'{"a": 2}')) == "mismatch"

    def test_the_hash_stands_in_the_address_once(self):
        right, wrong = (f"bodySHA256={hashlib.sha256(body).hexdigest()}" for body in (b"{}", b"[]"))
        for query in (f"{right}&{right}", f"{right}&{wrong}", f"{wrong}&{right}"):
            with pytest.raises(SignatureRefused, match="The body does not match bodySHA256 in the address") as caught:
                self.scheme.sign(Delivery("POST", f"https://x.example/w?{query}", Headers(), b"{}"), "s", now=0)
            assert caught.value.code == "mismatch"

    def test_claiming_another_content_type_covers_nothing(self):
        delivery = self.signed(b"a=1")
        headers = delivery.headers.set("Content-Type", JSON)
        assert self.refused(Delivery("POST", self.url, headers, b'{"admin": true}')) == "body-not-covered"
        with pytest.raises(SignatureRefused):
            self.scheme.sign(Delivery("POST", self.url, Headers({"Content-Type": JSON}), b"{}"), self.secret, now=0)

    @pytest.mark.parametrize("body", [b"a", b"a=1&b", b"a=%ff", b"a=1 2", b"a=\xc3\xa9", b"a=1\n"])
    def test_malformed_forms_are_refused(self, body):
        delivery = self.signed(b"a=1")
        assert self.refused(Delivery("POST", self.url, delivery.headers, body)) == "malformed-body"


class TestHubSpot(SignedContract):
    scheme = get("hubspot")
    secret = "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy"

    def test_signed_string_is_method_address_body_and_milliseconds(self):
        message = b"POST" + self.url.encode() + b"[]" + b"1700000000000"
        expected = b64encode(stdlib_hmac.new(self.secret.encode(), message, hashlib.sha256).digest()).decode()
        signed = self.signed(b"[]")
        assert signed.headers["X-HubSpot-Signature-v3"] == expected
        assert signed.headers["X-HubSpot-Request-Timestamp"] == "1700000000000"

    def test_some_characters_of_the_address_are_decoded_first(self):
        escaped = "https://hub.example.com/w?u=https%3A%2f%2Fa.example%3Fb%40c%21%24%27%28%29%2A%2C%3B&keep=%20%26%3D"
        decoded = "https://hub.example.com/w?u=https://a.example?b@c!$'()*,;&keep=%20%26%3D"
        headers = Headers(self.scheme.sign(Delivery("POST", decoded, Headers(), b"[]"), self.secret, now=self.now))
        self.verify(Delivery("POST", escaped, headers, b"[]"))
        raw = stdlib_hmac.new(self.secret.encode(), f"POST{escaped}[]1700000000000".encode(), hashlib.sha256).digest()
        exact = headers.set("X-HubSpot-Signature-v3", b64encode(raw).decode())
        self.verify(Delivery("POST", escaped, exact, b"[]"))

    def test_method_and_address_are_signed(self):
        delivery = self.signed()
        assert self.refused(Delivery("PUT", self.url, delivery.headers, self.body)) == "mismatch"
        assert self.refused(Delivery("POST", self.url + "2", delivery.headers, self.body)) == "mismatch"

    def test_older_versions_are_not_accepted(self):
        for key in ("hubspot_v1", "hubspot_v2"):
            older = self.delivery(headers=get(key).sign(self.delivery(), self.secret, now=self.now))
            assert self.refused(older) == "missing-header"


class TestHubSpotV1(SignedContract):
    scheme = get("hubspot_v1")
    secret = TestHubSpot.secret

    def test_vendors_own_example(self):
        body = (
            b'[{"eventId":1,"subscriptionId":12345,"portalId":62515,"occurredAt":1564113600000,'
            b'"subscriptionType":"contact.creation","attemptNumber":0,"objectId":123,"changeSource":"CRM",'
            b'"changeFlag":"NEW","appId":54321}]'
        )
        signature = "232db2615f3d666fe21a8ec971ac7b5402d33b9a925784df3ca654d05f4817de"
        self.verify(self.delivery(body, {"X-HubSpot-Signature": signature}))

    def test_lengthened_body_is_no_document(self):
        longer = replace(self.delivery(), body=self.body + b"\x80" + bytes(40) + b"{}")
        with pytest.raises(DocumentError):
            self.scheme.document(longer)


class TestHubSpotV2(SignedContract):
    scheme = get("hubspot_v2")
    secret = TestHubSpot.secret

    @pytest.mark.parametrize(
        ("method", "body", "signature"),
        [
            ("GET", b"", "eee2dddcc73c94d699f5e395f4b9d454a069a6855fbfa152e91e88823087200e"),
            (
                "POST",
                b'{"example_field":"example_value"}',
                "9569219f8ba981ffa6f6f16aa0f48637d35d728c7e4d93d0d52efaa512af7900",
            ),
        ],
    )
    def test_vendors_own_examples(self, method, body, signature):
        headers = Headers({"X-HubSpot-Signature": signature})
        self.verify(Delivery(method, "https://www.example.com/webhook_uri", headers, body))


class TestZendesk(SignedContract):
    scheme = get("zendesk")
    secret = "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=="

    def test_time_is_iso_8601_and_the_secret_text(self):
        delivery = self.signed(b"{}")
        stamp = delivery.headers["X-Zendesk-Webhook-Signature-Timestamp"]
        assert stamp == "2023-11-14T22:13:20Z"
        expected = stdlib_hmac.new(self.secret.encode(), f"{stamp}{{}}".encode(), hashlib.sha256).digest()
        assert delivery.headers["X-Zendesk-Webhook-Signature"] == b64encode(expected).decode()

    @pytest.mark.parametrize(
        "text",
        ["2023-11-14T22:13:20", "2023-11-14T22:13:20+00:00", "2023-11-14 22:13:20Z", "2023-11-14",
         "2023-13-14T22:13:20Z", "0000-11-14T22:13:20Z", "2023-11-14T22:13:20Zx", "2023-11-14T22:13:20.Z",
         "٢٠٢٣-11-14T22:13:20Z"],
    )  # fmt: skip
    def test_other_spellings_of_time_are_refused(self, text):
        assert self.refused(self.at(text)) == "malformed-header"

    def test_fractions_of_seconds_count(self):
        delivery = self.signed()
        value = "2023-11-14T22:13:20.500Z"
        assert (
            self.scheme.timestamp(self.having(delivery, "X-Zendesk-Webhook-Signature-Timestamp", value))
            == self.now + 0.5
        )


class TestXero(SignedContract):
    scheme = get("xero")
    secret = "jBMFTgFFjxPmTmAnn4bvQg=="

    def test_intent_to_receive_is_answered_when_it_is_signed(self):
        trial = {"events": [], "lastEventSequence": 0, "firstEventSequence": 0, "entropy": "S0m3r4Nd0mt3xt"}
        assert self.scheme.challenge_is_signed
        answer = self.scheme.challenge(self.signed(), trial)
        assert (answer.status, answer.body) == (200, b"")
        for document in ({"events": [{}]}, {}, [], None):
            assert self.scheme.challenge(self.signed(), document) is None

    def test_answers_have_no_body(self):
        assert (self.scheme.answer.status, self.scheme.answer.body) == (200, b"")
        assert (self.scheme.refusal.status, self.scheme.refusal.body) == (401, b"")


class TestIntercom(SignedContract):
    scheme = get("intercom")
    secret = "6c7e9c1b-client-secret"

    def test_signature_is_sha1_in_hexadecimal(self):
        expected = stdlib_hmac.new(self.secret.encode(), self.body, hashlib.sha1).hexdigest()
        assert self.signed().headers["X-Hub-Signature"] == f"sha1={expected}"

    def test_id_of_the_notification_tells_duplicates(self):
        assert self.scheme.dedupe_key(Verified(None, None), {"id": "notif_78c122d0"}) == "notif_78c122d0"


def heirs(contract):
    """All classes below it."""
    return {heir for child in contract.__subclasses__() for heir in (child, *heirs(child))}


def test_every_scheme_keeps_the_contract():
    for name in ("basic", "certificates", "hmac", "jwt"):
        importlib.import_module(f"test_signature_{name}")
    assert {heir.scheme.key for heir in heirs(SchemeContract) if hasattr(heir, "scheme")} == set(SCHEMES)


FIXED = [key for key, kind in SCHEMES.items() if not kind.needs_options]


@pytest.mark.parametrize("key", FIXED)
def test_every_scheme_says_what_a_person_needs(key):
    scheme = get(key)
    assert (scheme.key, scheme.title, scheme.docs_url) == (key, SCHEMES[key].title, SCHEMES[key].docs_url)
    assert scheme.docs_url.startswith("https://")
    assert 200 <= scheme.answer.status < 300
    assert scheme.proof_headers


def test_no_scheme_accepts_everything():
    for key in ("none", "", "unsigned"):
        with pytest.raises(ConfigurationError):
            get(key)


def test_unknown_scheme_names_the_known_ones():
    with pytest.raises(ConfigurationError) as caught:
        get("nobody")
    assert caught.value.code == "unknown-scheme"
    assert "stripe" in caught.value.hint


@pytest.mark.parametrize("key", ["standard_webhooks", "stripe", "github", "shopify", "slack", "woocommerce", "twilio"])
def test_third_party_vectors(shared_fixtures, key):
    outcomes = list(vectors.run(vectors.load(shared_fixtures / "signatures" / f"{key}.json")))
    assert [outcome for outcome in outcomes if not outcome.passed] == []
    assert any(outcome.accepted for outcome in outcomes)
