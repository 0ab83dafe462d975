# Part of Integration Hub. License LGPL-3.0 or later.
"""HMAC as a person describes it: it can say what the vendors' schemes say, and nothing that leaves a gap."""

import base64
import hashlib
import hmac
import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from integration_hub_connectors.errors import ConfigurationError, SignatureRefused
from integration_hub_connectors.messages import Headers
from integration_hub_connectors.signatures import FORM, Delivery, SignedScheme, get, vectors
from integration_hub_connectors.signatures.algorithms import PrefixedHash
from integration_hub_connectors.signatures.signed_string import compile_template
from integration_hub_connectors.testing.signed_schemes import SignedContract

DESCRIBED = {
    "stripe": {"signature_header": "Stripe-Signature", "prefix": "v1=", "separator": ",", "timestamp_prefix": "t=",
               "signed": "{timestamp}.{body}"},
    "github": {"signature_header": "X-Hub-Signature-256", "prefix": "sha256="},
    "shopify": {"signature_header": "X-Shopify-Hmac-Sha256", "encoding": "base64"},
    "slack": {"signature_header": "X-Slack-Signature", "prefix": "v0=", "signed": "v0:{timestamp}:{body}",
              "timestamp_header": "X-Slack-Request-Timestamp"},
    "woocommerce": {"signature_header": "X-WC-Webhook-Signature", "encoding": "base64"},
}  # fmt: skip


@pytest.mark.parametrize("key", list(DESCRIBED))
def test_vendors_can_be_described(shared_fixtures, key):
    described = get("hmac", DESCRIBED[key])
    outcomes = list(vectors.run(vectors.load(shared_fixtures / "signatures" / f"{key}.json"), described))
    assert [outcome for outcome in outcomes if not outcome.passed] == []


class TestPlain(SignedContract):
    scheme = get("hmac", {"signature_header": "X-Signature"})
    secret = "s3cret"


class TestItemsOfTheHeader(SignedContract):
    scheme = get(
        "hmac",
        {
            "signature_header": "Paddle-Signature", "prefix": "h1=", "separator": ";", "timestamp_prefix": "ts=",
            "signed": "{timestamp}:{body}", "past": 5, "future": "5", "dedupe_path": "event_id",
        },
    )  # fmt: skip
    secret = "pdl_ntfset_01"

    def test_id_is_in_the_body(self):
        assert self.scheme.dedupe_key(self.verify(self.signed()), {"event_id": "evt_01"}) == "evt_01"


class TestEverything(SignedContract):
    scheme = get(
        "hmac",
        {
            "signature_header": "X-Sig", "signed": "{method}\n{url}\n{id}\n{timestamp}\n{{{body}}}", "digest": "sha512",
            "encoding": "base64", "secret_encoding": "hex", "timestamp_header": "X-Time",
            "timestamp_format": "milliseconds", "past": 60, "future": 30, "id_header": "X-Id",
            "dedupe_headers": "X-Other-Id", "content_types": [FORM],
        },
    )  # fmt: skip
    secret = "00ff" * 8
    other_secret = "ab" * 16
    content_type = FORM

    def test_signed_string_is_the_template_filled(self):
        signed = self.signed(b"a=1", message_id="m1")
        message = b"POST\n" + self.url.encode() + b"\nm1\n1700000000000\n{a=1}"
        expected = hmac.new(bytes.fromhex(self.secret), message, hashlib.sha512).digest()
        assert signed.headers["X-Sig"] == base64.b64encode(expected).decode()

    def test_signed_id_counts_before_any_other(self):
        assert self.verify(self.signed(message_id="m1")).dedupe_key == "m1"

    def test_header_doubled_is_refused(self):
        delivery = self.signed(message_id="one")
        for name in self.scheme.proof_headers:
            assert self.refused(self.having(delivery, name, delivery.headers[name], "x")) == "malformed-header"

    def test_the_sender_tells_its_id_in_the_signed_header_alone(self):
        assert "X-Other-Id" not in self.signed(message_id="m1").headers

    def test_a_time_that_cannot_be_read_is_refused_unproven_too(self):
        with pytest.raises(SignatureRefused, match="The header X-Time holds no timestamp in milliseconds"):
            self.scheme.timestamp(self.having(self.signed(), "X-Time", "soon"))

    def test_id_has_a_limit(self):
        self.verify(self.signed(message_id="x" * 255))
        assert self.refused(self.signed(message_id="x" * 256)) == "malformed-header"

    def test_any_flipped_bit_of_the_secret_is_refused(self):
        assert self.refused(self.signed(), "01" + self.secret[2:]) == "mismatch"
        assert self.refused(self.signed(), self.secret.upper()) == "no-secret"


class TestBase64Secret(SignedContract):
    scheme = get("hmac", {"signature_header": "X-Sig", "secret_encoding": "base64", "digest": "sha1"})
    secret = base64.b64encode(b"sixteen bytes ok").decode()

    def test_secret_is_decoded(self):
        expected = hmac.new(b"sixteen bytes ok", self.body, hashlib.sha1).hexdigest()
        assert self.signed().headers["X-Sig"] == expected
        for secret in (self.secret.rstrip("="), self.secret + "=", "not base64!"):
            assert self.refused(self.signed(), secret) == "no-secret"


@pytest.mark.parametrize(
    ("options", "option", "words"),
    [
        ({"signed": "{timestamp}"}, "signed", "leaves out {body}"),
        ({"signed": "{body}{payload}"}, "signed", "{payload}"),
        ({"signed": "{body!r}"}, "signed", "{body}"),
        ({"signed": "{body:>9}"}, "signed", "{body}"),
        ({"signed": "{body.__class__}"}, "signed", "{body.__class__}"),
        ({"signed": "{body[0]}"}, "signed", "{body[0]}"),
        ({"signed": "{}{body}"}, "signed", "{}"),
        ({"signed": "{body"}, "signed", "pair"),
        ({"signed": "body}"}, "signed", "pair"),
        ({"signed": "{body}{body}"}, "signed", "twice"),
        ({"signed": "{timestamp}{body}"}, "signed", "{timestamp}"),
        ({"timestamp_header": "X-Time"}, "signed", "{timestamp}"),
        ({"signed": "{id}{body}"}, "signed", "{id}"),
        ({"id_header": "X-Id"}, "signed", "{id}"),
        ({"signed": "{timestamp}{body}", "timestamp_prefix": "t="}, "timestamp_prefix", "separator"),
        (
            {"signed": "{timestamp}{body}", "timestamp_prefix": "t=", "separator": ",", "timestamp_header": "X-T"},
            "timestamp_prefix",
            "one place",
        ),
        ({"separator": ",", "prefix": "v1,"}, "separator", "prefix"),
        (
            {"signed": "{timestamp}{body}", "separator": "=", "timestamp_prefix": "t="},
            "separator",
            "prefix",
        ),
        ({"digest": "md5"}, "digest", "does not hold"),
        ({"encoding": "base32"}, "encoding", "does not hold"),
        ({"secret_encoding": "utf-8"}, "secret_encoding", "does not hold"),
        ({"timestamp_format": "rfc822"}, "timestamp_format", "does not hold"),
        ({"past": -1}, "past", "does not hold"),
        ({"future": "nan"}, "future", "does not hold"),
        ({"past": 86_401}, "past", "does not hold"),
        ({"signature_header": ""}, "signature_header", "is missing"),
        ({"answer_status": "500"}, "answer_status", "does not hold"),
    ],
)
def test_gaps_and_contradictions_name_the_option(options, option, words):
    with pytest.raises(ConfigurationError) as caught:
        get("hmac", {"signature_header": "X-Sig", **options})
    assert caught.value.code == "invalid-option"
    assert caught.value.params == {"option": option}
    assert option in str(caught.value)
    assert words in str(caught.value)


@pytest.mark.parametrize("field", ["signature_header", "timestamp_header", "id_header"])
def test_names_of_headers_are_names(field):
    given = {"signature_header": "X-Sig", "signed": "{id}{timestamp}{body}", "timestamp_header": "T", "id_header": "I"}
    with pytest.raises(ConfigurationError, match="is not a header name"):
        get("hmac", {**given, field: "X Sig:"})


@pytest.mark.parametrize(("past", "future"), [(math.nan, 1.0), (1.0, math.nan), (-1.0, 1.0), (1.0, -0.1)])
def test_a_scheme_in_code_is_held_to_the_same(past, future):
    with pytest.raises(ConfigurationError, match="seconds") as caught:
        SignedScheme(key="x", title="X", docs_url="", signature_header="X-Sig", past=past, future=future)
    assert caught.value.params == {"option": "past"}


def test_a_scheme_in_code_has_the_defaults_of_the_options():
    described = get("hmac", {"signature_header": "X-Sig"})
    names = {"key": described.key, "title": described.title, "docs_url": described.docs_url}
    assert SignedScheme(**names, signature_header="X-Sig") == described


def test_no_limit_of_age_where_a_vendor_has_none():
    scheme = SignedScheme(
        key="x", title="X", docs_url="", signature_header="S", signed="{timestamp}{body}", timestamp_header="T",
        past=math.inf, future=0.0,
    )  # fmt: skip
    delivery = Delivery("POST", None, Headers(), b"{}")
    signed = replace(delivery, headers=Headers(scheme.sign(delivery, "s", now=5)))
    scheme.verify(signed, ["s"], now=1e12)
    replace(scheme, future=math.inf).verify(signed, ["s"], now=0)
    with pytest.raises(SignatureRefused) as caught:
        scheme.verify(signed, ["s"], now=4.5)
    assert caught.value.code == "future"
    assert caught.value.params == {"age": -0.5}


def test_methods_are_signed_in_capitals():
    scheme = get("hmac", {"signature_header": "S", "signed": "{method}{body}"})
    upper, lower = (Delivery(method, None, Headers(), b"") for method in ("POST", "post"))
    assert scheme.sign(upper, "s", now=0) == scheme.sign(lower, "s", now=0)


PIECES = st.lists(st.sampled_from(["{method}", "{url}", "{timestamp}", "{id}", ".", ":", "{{", "}}", "ü"]), max_size=6)


@given(before=PIECES, after=PIECES)
def test_templates_are_filled_piece_by_piece(before, after):
    pieces = [*dict.fromkeys(before), "{body}", *(piece for piece in dict.fromkeys(after) if piece not in before)]
    values = {"method": "PUT", "url": "https://x/é", "timestamp": "17", "id": "m"}
    string = compile_template("".join(pieces))
    expected = b"".join(b"\xff body" if piece == "{body}" else piece.format(**values).encode() for piece in pieces)
    assert string.fill(b"\xff body", "17", "m", "put", "https://x/é") == expected
    assert string.names == {piece[1:-1] for piece in pieces if piece[0] == "{" and piece != "{{"}


def test_plain_hash_is_of_key_and_message():
    assert PrefixedHash("sha256").sign(b"key", b"message") == hashlib.sha256(b"keymessage").digest()
    assert (PrefixedHash("sha256").title, PrefixedHash("sha256").size) == ("plain SHA256", 32)


def test_secrets_that_are_no_unicode_are_keys_all_the_same():
    for scheme, secret in ((get("hmac", {"signature_header": "S"}), "\ud800"), (get("basic"), "u:\ud800")):
        delivery = Delivery("POST", None, Headers(), b"{}")
        signed = replace(delivery, headers=Headers(scheme.sign(delivery, secret, now=0)))
        scheme.verify(signed, [secret], now=0)


def test_what_stands_for_the_body_is_made_of_the_delivery():
    scheme = SignedScheme(
        key="x", title="X", docs_url="", signature_header="S", payload=lambda delivery: delivery.body.strip()
    )
    spaced, bare = (Delivery("POST", None, Headers(), body) for body in (b" {} ", b"{}"))
    assert scheme.sign(spaced, "s", now=0) == scheme.sign(bare, "s", now=0)
    assert scheme.sign(spaced, "s", now=0) != scheme.sign(replace(bare, body=b"[]"), "s", now=0)
