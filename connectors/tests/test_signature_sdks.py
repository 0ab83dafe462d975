# Part of Integration Hub. License LGPL-3.0 or later.
"""The vendors' own libraries as the other side: each accepts what the other signs, both refuse what is wrong."""

import base64
import hashlib
import json
import time
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlencode

import pytest
import standardwebhooks
import stripe
import svix
from hubspot.utils.signature import Signature as HubSpotSignature
from integration_hub_connectors.errors import SignatureRefused
from integration_hub_connectors.messages import Headers
from integration_hub_connectors.signatures import FORM, JSON, Delivery, get
from slack_sdk.signature import Clock as SlackClock
from slack_sdk.signature import SignatureVerifier
from twilio.request_validator import RequestValidator

BODY = '{"id": "evt_1", "note": "Zürich"}'
OTHER = '{"id": "evt_2", "note": "Zürich"}'
WHSEC = "whsec_" + base64.b64encode(bytes(range(24))).decode()
URL = "https://hub.example.com/integration/webhook/abc?x=1"
FIELDS = urlencode([("To", "+15005550006"), ("Body", "Grüezi & co."), ("Empty", "")])


def signed(scheme, secret, body=BODY, now=0.0, url=URL, content_type=JSON):
    """Our headers for a body."""
    bare = Delivery("POST", url, Headers({"Content-Type": content_type}), body.encode())
    return scheme.sign(bare, secret, now=now, message_id="msg_1")


def accepts(scheme, secret, headers, body=BODY, now=0.0, url=URL, content_type=JSON):
    """Whether we accept a sender's headers."""
    delivery = Delivery("POST", url, Headers({"Content-Type": content_type, **headers}), body.encode())
    try:
        scheme.verify(delivery, [secret], now=now)
    except SignatureRefused:
        return False
    return True


# -- each vendor's library: does it accept these headers, and what would it send? -------------------------------------


class Stripe:
    scheme, secret, now = get("stripe"), "whsec_stripe_secret", time.time()

    def accepts(self, headers, body):
        try:
            stripe.Webhook.construct_event(body, headers["Stripe-Signature"], self.secret)
        except stripe.SignatureVerificationError:
            return False
        return True

    def sends(self, body):
        stamp = int(self.now)
        value = stripe.WebhookSignature._compute_signature(f"{stamp}.{body}", self.secret)
        return {"Stripe-Signature": f"t={stamp},v1={value}"}


class StandardWebhooks:
    scheme, secret, now, names = get("standard_webhooks"), WHSEC, time.time(), "webhook"
    library, error = standardwebhooks.Webhook, standardwebhooks.WebhookVerificationError

    def accepts(self, headers, body):
        try:
            self.library(self.secret).verify(body, dict(headers))
        except self.error:
            return False
        return True

    def sends(self, body):
        moment = datetime.fromtimestamp(int(self.now), UTC)
        value = self.library(self.secret).sign("msg_2", moment, body)
        stamp = str(int(self.now))
        return {f"{self.names}-id": "msg_2", f"{self.names}-timestamp": stamp, f"{self.names}-signature": value}


class Svix(StandardWebhooks):
    scheme, names = get("svix"), "svix"
    library, error = svix.Webhook, svix.WebhookVerificationError


class SvixUnderTheStandardsNames(Svix):
    names = "webhook"


class Slack:
    scheme, secret, now = get("slack"), "8f742231b10e8888", 1_700_000_000.0

    def _library(self):
        clock = SlackClock()
        clock.now = lambda: self.now
        return SignatureVerifier(self.secret, clock)

    def accepts(self, headers, body):
        return self._library().is_valid_request(body, dict(headers))

    def sends(self, body):
        stamp = str(int(self.now))
        value = self._library().generate_signature(timestamp=stamp, body=body)
        return {"X-Slack-Signature": value, "X-Slack-Request-Timestamp": stamp}


class HubSpot:
    scheme, secret, now, version = get("hubspot"), "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy", time.time(), "v3"
    header = "X-HubSpot-Signature-v3"

    def accepts(self, headers, body):
        return HubSpotSignature.is_valid(
            headers[self.header], self.secret, body, URL, "POST", self.version,
            headers.get("X-HubSpot-Request-Timestamp"),
        )  # fmt: skip

    def sends(self, body):
        stamp = str(int(self.now * 1000))
        value = HubSpotSignature.get_signature(self.secret, body, self.version, URL, "POST", stamp)
        return {self.header: value, "X-HubSpot-Request-Timestamp": stamp}


class HubSpotV1(HubSpot):
    scheme, version, header = get("hubspot_v1"), "v1", "X-HubSpot-Signature"


class HubSpotV2(HubSpot):
    scheme, version, header = get("hubspot_v2"), "v2", "X-HubSpot-Signature"


VENDORS = [Stripe, StandardWebhooks, Svix, SvixUnderTheStandardsNames, Slack, HubSpot, HubSpotV1, HubSpotV2]


@pytest.fixture(params=VENDORS, ids=lambda vendor: vendor.__name__)
def vendor(request):
    return request.param()


def test_the_vendor_accepts_what_we_sign(vendor):
    headers = signed(vendor.scheme, vendor.secret, now=vendor.now)
    assert vendor.accepts(headers, BODY)
    assert not vendor.accepts(headers, OTHER)
    assert not vendor.accepts(signed(vendor.scheme, WHSEC[:-4] + "AAAA", now=vendor.now), BODY)


def test_we_accept_what_the_vendor_signs(vendor):
    headers = vendor.sends(BODY)
    assert accepts(vendor.scheme, vendor.secret, headers, now=vendor.now)
    assert not accepts(vendor.scheme, vendor.secret, headers, OTHER, now=vendor.now)
    assert not accepts(vendor.scheme, WHSEC[:-4] + "AAAA", headers, now=vendor.now)


@pytest.mark.parametrize("vendor", [Stripe, StandardWebhooks, Svix, Slack, HubSpot])
def test_neither_accepts_what_is_old(vendor):
    side = vendor()
    old = signed(side.scheme, side.secret, now=side.now - 3600)
    assert not accepts(side.scheme, side.secret, old, now=side.now)
    try:
        assert not side.accepts(old, BODY)
    except Exception as error:  # noqa: BLE001 -- HubSpot's library has an error of its own for this
        assert type(error).__name__ == "InvalidSignatureTimestampError"


# -- Twilio signs the address and the fields --------------------------------------------------------------------------

TWILIO = RequestValidator("12345abcdef")


@pytest.mark.parametrize(
    "url", [URL, "https://hub.example.com:443/w", "http://hub.example.com/w", "https://h.example/w?a=b"]
)
def test_twilio_forms(url):
    fields = {name: values[0] for name, values in parse_qs(FIELDS, keep_blank_values=True).items()}
    ours = signed(get("twilio"), "12345abcdef", FIELDS, url=url, content_type=FORM)
    assert TWILIO.validate(url, fields, ours["X-Twilio-Signature"])
    assert not TWILIO.validate(url, {**fields, "To": "+1"}, ours["X-Twilio-Signature"])
    theirs = {"X-Twilio-Signature": TWILIO.compute_signature(url, fields)}
    assert accepts(get("twilio"), "12345abcdef", theirs, FIELDS, url=url, content_type=FORM)
    assert not accepts(get("twilio"), "12345abcdef", theirs, FIELDS + "&a=1", url=url, content_type=FORM)
    assert not accepts(get("twilio"), "12345abcdef", theirs, FIELDS, url=url + "2", content_type=FORM)


def test_twilio_json():
    url = f"{URL}&bodySHA256={hashlib.sha256(BODY.encode()).hexdigest()}"
    ours = signed(get("twilio"), "12345abcdef", url=url)["X-Twilio-Signature"]
    assert TWILIO.validate(url, BODY, ours)
    assert not TWILIO.validate(url, OTHER, ours)
    theirs = {"X-Twilio-Signature": TWILIO.compute_signature(url, {})}
    assert accepts(get("twilio"), "12345abcdef", theirs, url=url)
    assert not accepts(get("twilio"), "12345abcdef", theirs, OTHER, url=url)


# -- where we are stricter, on purpose --------------------------------------------------------------------------------


def test_future_deliveries_that_the_vendor_lets_pass_are_refused():
    for vendor in (Stripe(), HubSpot()):
        ahead = signed(vendor.scheme, vendor.secret, now=vendor.now + 3600)
        assert vendor.accepts(ahead, BODY)
        assert not accepts(vendor.scheme, vendor.secret, ahead, now=vendor.now)


def test_document_is_the_vendors_too():
    side = Stripe()
    event = stripe.Webhook.construct_event(BODY, side.sends(BODY)["Stripe-Signature"], side.secret)
    delivery = Delivery("POST", None, Headers({"Content-Type": JSON}), BODY.encode())
    assert side.scheme.document(delivery) == json.loads(BODY)
    assert side.scheme.dedupe_key(side.scheme.verify(
        Delivery("POST", None, Headers(side.sends(BODY)), BODY.encode()), [side.secret], now=side.now
    ), side.scheme.document(delivery)) == event["id"]  # fmt: skip
