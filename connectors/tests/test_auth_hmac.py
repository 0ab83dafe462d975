# Part of Integration Hub. License LGPL-3.0 or later.
"""Signed requests: a vendor's recipe is data, and the receiver's side is computed here by hand."""

import base64
import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st
from integration_hub_connectors.auth import HmacSigning, SigningRecipe
from integration_hub_connectors.clock import ManualClock
from integration_hub_connectors.errors import ConfigurationError
from integration_hub_connectors.messages import Headers, Request
from integration_hub_connectors.testing.auths import AuthContract

PLAIN = SigningRecipe(header="X-Signature", canonical="{method}\n{target}\n{body}")
FULL = SigningRecipe(
    header="Authorization",
    canonical="{key_id}|{method}|{host}|{path}|{query}|{timestamp}|{nonce}|{header:X-Tenant}|{body_sha256_base64}",
    value="HMAC {key_id}:{signature}",
    algorithm="sha512",
    encoding="base64",
    secret_encoding="base64",
    timestamp_header="X-Date",
    timestamp_format="iso",
    nonce_header="X-Nonce",
    digest_header="X-Content-SHA256",
)
BODY = '{"name": "Zürich"}'.encode()
REQUEST = Request("post", "https://api.example.com:8443/v1/things?b=2&a=1", Headers({"X-Tenant": "acme"}), BODY)


class TestPlain(AuthContract):
    secrets = ("s3cret",)

    def auth(self):
        return HmacSigning(PLAIN, "s3cret")


class TestWithTime(AuthContract):
    secrets = ("s3cret",)

    def auth(self):
        recipe = SigningRecipe(
            header="X-Signature",
            canonical="{timestamp}{url}{body_sha256}",
            timestamp_header="X-Time",
            encoding="base64url",
        )
        return HmacSigning(recipe, "s3cret", clock=ManualClock())


def test_method_target_and_body_in_hex():
    expected = hmac.new(b"s3cret", b"POST\n/v1/things?b=2&a=1\n" + BODY, "sha256").hexdigest()
    assert HmacSigning(PLAIN, "s3cret").apply(REQUEST).headers["X-Signature"] == expected


def test_everything_a_recipe_can_say():
    key = b"\x00\xffkey"
    auth = HmacSigning(
        FULL,
        base64.b64encode(key).decode(),
        key_id="k1",
        clock=ManualClock(1_700_000_000.9),
        random=lambda n: b"\x07" * n,
    )
    sent = auth.apply(REQUEST)
    nonce, date = "07" * 16, "2023-11-14T22:13:20Z"
    digest = base64.b64encode(hashlib.sha256(BODY).digest()).decode()
    canonical = f"k1|POST|api.example.com:8443|/v1/things|b=2&a=1|{date}|{nonce}|acme|{digest}"
    signature = base64.b64encode(hmac.new(key, canonical.encode(), "sha512").digest()).decode()
    assert sent.headers["Authorization"] == f"HMAC k1:{signature}"
    assert (sent.headers["X-Date"], sent.headers["X-Nonce"]) == (date, nonce)
    assert sent.headers["X-Content-SHA256"] == digest


@pytest.mark.parametrize(("kind", "text"), [("seconds", "1700000000"), ("milliseconds", "1700000000900")])
def test_timestamps(kind, text):
    recipe = SigningRecipe("X-S", "{timestamp}{path}{body}", timestamp_header="X-T", timestamp_format=kind)
    assert HmacSigning(recipe, "s", clock=ManualClock(1_700_000_000.9)).apply(REQUEST).headers["X-T"] == text


def test_nonce_is_new_each_time():
    auth = HmacSigning(FULL, "c2VjcmV0", key_id="k1")
    assert len({auth.apply(REQUEST).headers["X-Nonce"] for _ in range(20)}) == 20


@given(body=st.binary(max_size=100))
def test_any_body_is_signed_byte_by_byte_even_with_placeholders_in_it(body):
    request = Request("PUT", "https://api.example.com/{nonce}", body=body + b"{timestamp}{key_id}")
    expected = hmac.new(b"k", b"PUT\n/{nonce}\n" + body + b"{timestamp}{key_id}", "sha256").hexdigest()
    assert HmacSigning(PLAIN, "k").apply(request).headers["X-Signature"] == expected


def test_request_without_body_or_path():
    request = Request("GET", "https://api.example.com")
    expected = hmac.new(b"k", b"GET\n/\n", "sha256").hexdigest()
    assert HmacSigning(PLAIN, "k").apply(request).headers["X-Signature"] == expected


@pytest.mark.parametrize("headers", [{}, Headers([("X-Tenant", "a"), ("x-tenant", "b")])])
def test_signed_header_must_be_there_once(headers):
    with pytest.raises(ConfigurationError):
        HmacSigning(FULL, "c2VjcmV0", key_id="k1").apply(Request("GET", "https://api.example.com/", headers))


@pytest.mark.parametrize(
    "options",
    [
        {"algorithm": "md5"},
        {"encoding": "rot13"},
        {"secret_encoding": "base32"},
        {"timestamp_format": "stardate"},
        {"header": "X Signature"},
        {"timestamp_header": "X Time"},
        {"canonical": "{method}{path}{bodies}"},
        {"canonical": "{method}{path}{signature}{body}"},
        {"canonical": "{method}{body}"},
        {"canonical": "{method}{path}"},
        {"value": "HMAC"},
        {"value": "{signature}{secret}"},
        {"value": "{signature}{body}"},
        {"timestamp_header": "X-Time"},
        {"nonce_header": "X-Nonce"},
    ],
)
def test_recipe_that_protects_nothing_or_means_nothing_is_refused(options):
    with pytest.raises(ConfigurationError) as caught:
        SigningRecipe(**{"header": "X-Signature", "canonical": "{method}{path}{body}", **options})
    assert caught.value.code in ("invalid-recipe", "invalid-header")


@pytest.mark.parametrize(
    "make",
    [
        lambda: HmacSigning(PLAIN, ""),
        lambda: HmacSigning(FULL, "s3cret!", key_id="k1"),
        lambda: HmacSigning(FULL, "c2VjcmV0"),
        lambda: HmacSigning(FULL, "c2VjcmV0", key_id="k\n1"),
        lambda: HmacSigning(SigningRecipe("X-S", "{path}{body}", secret_encoding="hex"), "s3cret"),
    ],
)
def test_unusable_secrets_are_refused_without_showing_them(make):
    with pytest.raises(ConfigurationError) as caught:
        make()
    assert "s3cret" not in f"{caught.value} {caught.value!r} {caught.value.params} {caught.value.hint}"
    assert caught.value.__context__ is None
