# Part of Integration Hub. License LGPL-3.0 or later.
"""Every scheme keeps the contract, and third-party vectors behave as stated."""

import hashlib
import hmac as stdlib_hmac
from base64 import b64encode
from urllib.parse import urlencode

import pytest
from hypothesis import strategies as st
from integration_hub_connectors.errors import ConfigurationError, SignatureRefused
from integration_hub_connectors.messages import Headers
from integration_hub_connectors.signatures import FORM, JSON, SCHEMES, Delivery, get, vectors
from integration_hub_connectors.testing.schemes import SchemeContract


class TestStandardWebhooks(SchemeContract):
    scheme = get("standard_webhooks")
    secret = "whsec_" + b64encode(bytes(range(24))).decode()

    def test_secret_is_base64_with_or_without_its_prefix(self):
        self.verify(self.signed(), self.secret.removeprefix("whsec_"))
        assert self.refused(self.signed(), "whsec_") == "no-secret"
        assert self.refused(self.signed(), "whsec_not base64!") == "no-secret"

    def test_id_is_signed_and_derived_when_none_is_given(self):
        one, again = self.signed(), self.signed()
        assert one.headers["webhook-id"] == again.headers["webhook-id"]
        other = self._with(one, one.headers.set("webhook-id", "msg_other"))
        assert self.refused(other) == "mismatch"

    def test_unknown_versions_alone_are_refused(self):
        delivery = self.signed()
        value = delivery.headers["webhook-signature"].replace("v1,", "v1a,")
        assert (
            self.refused(self._with(delivery, delivery.headers.set("webhook-signature", value))) == "malformed-header"
        )


class TestStripe(SchemeContract):
    scheme = get("stripe")
    secret = "whsec_test_secret_is_text"

    def test_two_timestamps_are_refused(self):
        delivery = self.signed()
        value = f"t={int(self.now)}," + delivery.headers["Stripe-Signature"]
        assert self.refused(self._with(delivery, delivery.headers.set("Stripe-Signature", value))) == "malformed-header"

    def test_secret_is_text_prefix_and_all(self):
        assert self.refused(self.signed(), self.secret.removeprefix("whsec_")) == "mismatch"


class TestGitHub(SchemeContract):
    scheme = get("github")
    secret = "It's a secret"

    def test_form_deliveries_hold_the_document_in_payload(self):
        body = urlencode({"payload": '{"action": "opened"}'}).encode()
        delivery = Delivery("POST", None, Headers({"Content-Type": FORM}), body)
        assert self.scheme.document(delivery) == {"action": "opened"}

    def test_never_delivers_again(self):
        assert not self.scheme.redelivers


class TestShopify(SchemeContract):
    scheme = get("shopify")
    secret = "hush"

    def test_event_id_serves_where_the_webhook_id_is_missing(self):
        delivery = self.signed()
        headers = delivery.headers.set("X-Shopify-Event-Id", "event-7")
        assert self.verify(self._with(delivery, headers)).dedupe_key == "event-7"


class TestSlack(SchemeContract):
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

    def test_interactions_hold_the_document_in_payload(self):
        body = urlencode({"payload": '{"type": "block_actions"}'}).encode()
        delivery = Delivery("POST", None, Headers({"Content-Type": FORM}), body)
        assert self.scheme.document(delivery) == {"type": "block_actions"}

    def test_commands_are_forms(self):
        delivery = Delivery("POST", None, Headers({"Content-Type": FORM}), b"command=%2Fhub&text=&a=1&a=2")
        assert self.scheme.document(delivery) == {"command": "/hub", "text": "", "a": ["1", "2"]}


class TestWooCommerce(SchemeContract):
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


class TestTwilio(SchemeContract):
    scheme = get("twilio")
    secret = "12345abcdef"
    content_type = FORM
    body = urlencode([("To", "18005551212"), ("Body", "Gruezi"), ("Media", "b"), ("Media", "a")]).encode()
    bodies = st.lists(st.tuples(_texts, _texts), max_size=5).map(lambda pairs: urlencode(pairs).encode())

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


class TestHubSpot(SchemeContract):
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
        body = b"[]"
        for source in (body, b"POST" + self.url.encode() + body):
            digest = hashlib.sha256(self.secret.encode() + source).hexdigest()
            delivery = Delivery("POST", self.url, Headers({"X-HubSpot-Signature": digest}), body)
            assert self.refused(delivery) == "missing-header"


def test_every_scheme_keeps_the_contract():
    kept = {subclass.scheme.key for subclass in SchemeContract.__subclasses__()}
    assert kept == set(SCHEMES)


@pytest.mark.parametrize("key", list(SCHEMES))
def test_every_scheme_says_what_a_person_needs(key):
    scheme = get(key)
    assert scheme.title
    assert scheme.docs_url.startswith("https://")
    assert 200 <= scheme.answer.status < 300


def test_unknown_scheme_names_the_known_ones():
    with pytest.raises(ConfigurationError) as caught:
        get("nobody")
    assert "stripe" in caught.value.hint


def test_one_text_in_place_of_a_list_of_secrets_is_a_mistake_not_a_list_of_letters():
    with pytest.raises(ConfigurationError):
        get("github").verify(Delivery("POST", None, Headers(), b""), "secret", now=0)


@pytest.mark.parametrize("key", ["standard_webhooks", "stripe", "github", "shopify", "slack", "woocommerce", "twilio"])
def test_third_party_vectors(shared_fixtures, key):
    outcomes = list(vectors.run(vectors.load(shared_fixtures / "signatures" / f"{key}.json")))
    assert [outcome for outcome in outcomes if not outcome.passed] == []
    assert any(outcome.accepted for outcome in outcomes)
