# Part of Integration Hub. License LGPL-3.0 or later.
"""What a person reads when a delivery is refused: what failed, where, and what to do next."""

import pytest
from integration_hub_connectors.errors import ConfigurationError, SignatureRefused
from integration_hub_connectors.messages import Headers
from integration_hub_connectors.signatures import Answer, Delivery, get
from integration_hub_connectors.signatures.algorithms import HMAC_SHA1, HMAC_SHA256, HMACS, Ed25519
from integration_hub_connectors.signatures.refusals import malformed, mismatch, only_header, usable_keys, wrong_age


def told(error):
    return error.code, str(error), error.hint, error.params


def header(*values, limit=10):
    return only_header(Delivery("POST", None, Headers(("X-Sig", value) for value in values), b""), "x-sig", limit)


@pytest.mark.parametrize("values", [(), ("",), ("", "")])
def test_header_that_is_missing(values):
    with pytest.raises(SignatureRefused) as caught:
        header(*values)
    assert told(caught.value) == (
        "missing-header",
        "The delivery has no x-sig header",
        "Check that the sender is set up to sign this webhook, and that no proxy removes headers.",
        {"header": "x-sig"},
    )


@pytest.mark.parametrize("values", [("a", "a"), ("", "a"), ("a", "")])
def test_header_that_came_more_than_once(values):
    with pytest.raises(SignatureRefused) as caught:
        header(*values)
    expected = ("malformed-header", "The header x-sig came more than once", SignatureRefused.hint, {"header": "x-sig"})
    assert told(caught.value) == expected


@pytest.mark.parametrize("value", ["a" * 11, "é", "a\tb", "a\x7f"])
def test_header_that_is_odd(value):
    with pytest.raises(SignatureRefused) as caught:
        header(value)
    assert str(caught.value) == "The header x-sig is too long or has characters that do not belong there"


@pytest.mark.parametrize("value", ["a", "a" * 10, " ~"])
def test_header_that_is_right(value):
    assert header(value) == value


def test_limit_of_a_header_is_16_kib():
    delivery = Delivery("POST", None, Headers({"A": "x" * 16_384, "B": "x" * 16_385}), b"")
    assert len(only_header(delivery, "A")) == 16_384
    with pytest.raises(SignatureRefused):
        only_header(delivery, "B")


def test_secrets_that_are_not_usable():
    with pytest.raises(SignatureRefused) as caught:
        usable_keys(["", "x"], lambda secret: None, "Acme")
    assert told(caught.value) == (
        "no-secret",
        "There is no usable signing secret",
        "Enter the secret of this webhook as Acme shows it.",
        {},
    )
    with pytest.raises(ConfigurationError, match="secrets is a list of texts, not one text"):
        usable_keys("secret", str.encode, "Acme")


def test_secrets_keep_their_order_and_lose_the_empty_ones():
    assert usable_keys(["b", "", "a"], str.encode, "Acme") == [b"b", b"a"]
    assert usable_keys(("x",), lambda secret: 0, "Acme") == [0]


@pytest.mark.parametrize(
    ("age", "code", "message"),
    [
        (301.4, "stale", "The delivery was signed 301 s ago"),
        (0.6, "stale", "The delivery was signed 1 s ago"),
        (-11.6, "future", "The delivery was signed 12 s in the future"),
    ],
)
def test_deliveries_of_another_time(age, code, message):
    hint = "Check this server's clock. If it is right, the delivery was delayed or replayed."
    assert told(wrong_age(age)) == (code, message, hint, {"age": age})


def test_headers_that_are_wrong():
    assert told(malformed("X", "is odd")) == (
        "malformed-header",
        "The header X is odd",
        SignatureRefused.hint,
        {"header": "X"},
    )
    text = "The signature in X does not match the delivery"
    assert told(mismatch("X")) == ("mismatch", text, SignatureRefused.hint, {"header": "X"})


@pytest.mark.parametrize(
    ("scheme", "secret", "headers", "message"),
    [
        ("stripe", "s", {"Stripe-Signature": "v1=" + "0" * 64}, "Stripe-Signature does not have exactly one timestamp"),
        ("stripe", "s", {"Stripe-Signature": "t=x,v1=" + "0" * 64}, "Stripe-Signature holds no timestamp in seconds"),
        (
            "stripe",
            "s",
            {"Stripe-Signature": "t=1,v0=" + "0" * 64},
            "Stripe-Signature holds no signature of a known kind",
        ),
        ("stripe", "s", {"Stripe-Signature": ",".join("x" * 40)}, "Stripe-Signature holds more than 32 items"),
        (
            "slack",
            "s",
            {"X-Slack-Signature": "v0=" + "0" * 64, "X-Slack-Request-Timestamp": "x"},
            "X-Slack-Request-Timestamp holds no timestamp in seconds",
        ),
        ("basic", "u:p", {"Authorization": "Basic dTp4"}, "User or password are not those of this webhook"),
        ("basic", "u:p", {"Authorization": "Bearer x"}, "The header Authorization holds no basic credentials"),
    ],
)
def test_words_name_the_header(scheme, secret, headers, message):
    with pytest.raises(SignatureRefused) as caught:
        get(scheme).verify(Delivery("POST", None, Headers(headers), b""), [secret], now=1)
    assert message in str(caught.value)


def test_missing_address_is_named():
    headers = Headers({"X-HubSpot-Signature": "0" * 64})
    with pytest.raises(SignatureRefused, match="The delivery's address is not known, but it is signed"):
        get("hubspot_v2").verify(Delivery("POST", "", headers, b""), ["s"], now=0)


def test_schemes_that_sign_keep_no_credential_in_a_header():
    assert get("stripe").secret_headers == ()
    assert (get("stripe").signs_body, get("stripe").signs_url, get("twilio").signs_url) == (True, False, True)


def test_delivery_shows_neither_headers_nor_body():
    delivery = Delivery("POST", "https://x", {"X-Secret": "hidden"}, b"body")
    assert repr(delivery) == "Delivery(POST, Headers(X-Secret), 4 bytes)"
    assert delivery.headers.getall("x-secret") == ["hidden"]
    assert "body" not in repr(Answer(200, "text/plain", b"body"))


def test_algorithms_are_named():
    assert [HMACS[digest].title for digest in HMACS] == ["HMAC-SHA256", "HMAC-SHA384", "HMAC-SHA512", "HMAC-SHA1"]
    assert [HMACS[digest].size for digest in HMACS] == [32, 48, 64, 20]
    assert (HMACS["sha256"], HMACS["sha1"]) == (HMAC_SHA256, HMAC_SHA1)
    assert (Ed25519().title, Ed25519().size) == ("Ed25519", 64)


def test_twilio_adds_a_port_only_to_web_addresses():
    scheme, url = get("twilio"), "wss://hub.example.com/w"
    headers = Headers(scheme.sign(Delivery("POST", url, Headers(), b""), "s", now=0))
    scheme.verify(Delivery("POST", url, headers, b""), ["s"], now=0)
    with pytest.raises(SignatureRefused):
        scheme.verify(Delivery("POST", "wss://hub.example.com:443/v", headers, b""), ["s"], now=0)
