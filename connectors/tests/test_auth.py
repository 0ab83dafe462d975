# Part of Integration Hub. License LGPL-3.0 or later.
"""Static credentials keep the contract of every Auth."""

import base64

import pytest
from integration_hub_connectors.auth import Basic, Bearer, HeaderKey, NoAuth, QueryKey
from integration_hub_connectors.errors import ConfigurationError
from integration_hub_connectors.messages import Request
from integration_hub_connectors.testing.auths import AuthContract

REQUEST = Request("GET", "https://api.example.com/things")


class TestNoAuth(AuthContract):
    def auth(self):
        return NoAuth()


class TestHeaderKey(AuthContract):
    secrets = ("shpat_k3y",)

    def auth(self):
        return HeaderKey("X-Shopify-Access-Token", "shpat_k3y")

    def test_sends_the_key_in_its_header(self):
        assert self.auth().apply(REQUEST).headers["x-shopify-access-token"] == "shpat_k3y"


class TestBearer(AuthContract):
    secrets = ("t0ken",)

    def auth(self):
        return Bearer("t0ken")

    def test_sends_the_token(self):
        assert self.auth().apply(REQUEST).headers["Authorization"] == "Bearer t0ken"


class TestBasic(AuthContract):
    secrets = ("pässword", base64.b64encode("ada:pässword".encode()).decode())

    def auth(self):
        return Basic("ada", "pässword")

    def test_sends_user_and_password_in_utf8(self):
        scheme, _space, value = self.auth().apply(REQUEST).headers["Authorization"].partition(" ")
        assert (scheme, base64.b64decode(value).decode()) == ("Basic", "ada:pässword")


class TestQueryKey(AuthContract):
    secrets = ("k&y=1", "k%26y%3D1")

    def auth(self):
        return QueryKey("api_key", "k&y=1")

    def test_sends_the_key_escaped(self):
        assert self.auth().apply(REQUEST).url == "https://api.example.com/things?api_key=k%26y%3D1"


@pytest.mark.parametrize(
    "make",
    [
        lambda: Bearer(""),
        lambda: Bearer("s3cret\r\nX-Evil: 1"),
        lambda: Bearer("s3cret "),
        lambda: Bearer("s3cret☃"),
        lambda: HeaderKey("X Key", "s3cret"),
        lambda: HeaderKey("", "s3cret"),
        lambda: HeaderKey("X-Key", ""),
        lambda: QueryKey("key", ""),
        lambda: Basic("", "s3cret"),
        lambda: Basic("a:b", "s3cret"),
    ],
)
def test_unusable_credentials_are_refused_at_once_without_showing_them(make):
    with pytest.raises(ConfigurationError) as caught:
        make()
    assert "s3cret" not in f"{caught.value} {caught.value!r} {caught.value.params} {caught.value.hint}"
