# Part of Integration Hub. License LGPL-3.0 or later.
import base64
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from integration_hub_connectors.auth import KINDS, Auth, Exchange, Token, authorization, build, check, signs_in
from integration_hub_connectors.errors import ConfigurationError, ResponseError, Unauthorized
from integration_hub_connectors.http import Client, Timeout
from integration_hub_connectors.http.echoes import without_credentials
from integration_hub_connectors.messages import Request
from integration_hub_connectors.testing.auths import AuthContract
from integration_hub_connectors.testing.transport import ScriptedTransport, answer

SECRET = "s3cret"
OAUTH = {
    "kind": "oauth_client_credentials",
    "token_url": "https://login.example/token",
    "client_id": "hub",
    "scope": "read",
}
SIGN_IN = {**OAUTH, "kind": "oauth_authorization_code", "authorize_url": "https://login.example/authorize"}
SPECS: list[dict[str, Any]] = [
    {"kind": "none"},
    {"kind": "bearer"},
    {"kind": "header", "name": "X-Api-Key"},
    {"kind": "header", "name": "Authorization", "prefix": "Token "},
    {"kind": "query", "name": "api_key"},
    {"kind": "basic", "user": "ada"},
    {"kind": "basic"},
    OAUTH,
    SIGN_IN,
]


def exchange() -> tuple[Exchange, ScriptedTransport]:
    transport = ScriptedTransport(answer({"access_token": "t0ken", "token_type": "Bearer"}))
    return Exchange(transport, Timeout(1, 1, 2)), transport


def built(spec: dict[str, Any], secret: str = SECRET) -> Auth:
    given = exchange()[0]
    if signs_in(spec):
        given.store.save(Token("t0ken", obtained_at=given.clock.now()))  # what the person allowed
    return build(spec, secret, given)


def sent(spec: dict[str, Any], secret: str = SECRET) -> Request:
    return built(spec, secret).apply(Request("GET", "https://api.example.com/v1?page=2"))


def basic(text: str) -> str:
    return f"Basic {base64.b64encode(text.encode()).decode()}"


def test_each_kind_is_covered() -> None:
    assert {spec["kind"] for spec in SPECS} == set(KINDS)


def test_each_kind_sends_the_secret_where_it_says() -> None:
    assert "Authorization" not in sent({"kind": "none"}).headers
    assert sent({"kind": "bearer"}).headers["Authorization"] == f"Bearer {SECRET}"
    assert sent({"kind": "header", "name": "X-Api-Key"}).headers["X-Api-Key"] == SECRET
    assert sent(SPECS[3]).headers["Authorization"] == f"Token {SECRET}"
    assert sent({"kind": "query", "name": "api_key"}).url.endswith(f"?page=2&api_key={SECRET}")
    assert sent({"kind": "basic", "user": "ada"}).headers["Authorization"] == basic(f"ada:{SECRET}")
    assert sent({"kind": "basic"}, "ada:pass:word").headers["Authorization"] == basic("ada:pass:word")
    assert sent({"kind": "basic"}, "sk_live_1").headers["Authorization"] == basic("sk_live_1:")
    assert sent(OAUTH).headers["Authorization"] == "Bearer t0ken"
    assert sent(SIGN_IN).headers["Authorization"] == "Bearer t0ken"


def test_signing_in_begins_with_the_person() -> None:
    given, transport = exchange()
    with pytest.raises(Unauthorized) as caught:
        build(SIGN_IN, SECRET, given).apply(Request("GET", "https://api.example.com/v1"))
    assert caught.value.code == "oauth-not-authorised" and not transport.requests
    begun = authorization(SIGN_IN, SECRET, given, "https://odoo.example/back").start()
    asked = parse_qs(urlsplit(begun.url).query)
    assert begun.url.startswith("https://login.example/authorize?") and SECRET not in begun.url
    assert (asked["scope"], asked["redirect_uri"]) == (["read"], ["https://odoo.example/back"])
    assert asked["code_challenge_method"] == ["S256"]
    assert not any(signs_in(spec) for spec in SPECS if spec is not SIGN_IN)


def test_the_sign_in_address_is_a_secure_one() -> None:
    with pytest.raises(ConfigurationError, match="sign-in address"):
        check({**SIGN_IN, "authorize_url": "http://login.example/authorize"})


def test_a_token_is_asked_for_once_however_often_the_auth_is_built() -> None:
    given, transport = exchange()
    for _call in range(3):
        build(OAUTH, SECRET, given).apply(Request("GET", "https://api.example.com/v1"))
    (request,) = transport.requests
    assert request.url == "https://login.example/token" and b"scope=read" in (request.body or b"")
    assert request.headers["Authorization"] == basic(f"hub:{SECRET}")


def test_the_client_may_prove_itself_in_the_body() -> None:
    given, transport = exchange()
    build({**OAUTH, "method": "client_secret_post"}, SECRET, given).apply(Request("GET", "https://api.example.com"))
    assert f"client_secret={SECRET}".encode() in (transport.requests[0].body or b"")


@pytest.mark.parametrize(
    ("spec", "named"),
    [
        ({}, "None"),
        ({"kind": "digest"}, "digest"),
        ({"kind": ["bearer"]}, "bearer"),
        ({"kind": "header"}, "name"),
        ({"kind": "header", "name": ""}, "name"),
        ({"kind": "header", "name": 5}, "name"),
        ({"kind": "bearer", "name": "X"}, "name"),
        ({"kind": "query", "name": "key", "secret": "x"}, "secret"),
        ({**OAUTH, "token_url": "http://login.example/token"}, "token address"),
        ({**OAUTH, "token_url": "login.example"}, "token address"),
        ({**OAUTH, "method": "magic"}, "magic"),
        ({"kind": "header", "name": "no header"}, "no header"),
        ({"kind": "basic", "user": "a:b"}, "colon"),
    ],
)
def test_a_wrong_description_is_refused_before_anything_is_sent(spec: dict[str, Any], named: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        check(spec)
    assert named in f"{caught.value}" and caught.value.hint


@pytest.mark.parametrize("spec", [spec for spec in SPECS if spec["kind"] != "none"])
def test_an_empty_secret_is_never_sent(spec: dict[str, Any]) -> None:
    if spec != {"kind": "basic", "user": "ada"}:  # some vendors want a user and no password
        with pytest.raises(ConfigurationError):
            build(spec, "", exchange()[0])


def test_without_an_exchange_there_is_no_token() -> None:
    with pytest.raises(ConfigurationError) as caught:
        build(OAUTH, SECRET)
    assert caught.value.code == "invalid-auth"


class TestBuilt(AuthContract):
    secrets = (SECRET,)

    def auth(self) -> Any:
        return build({"kind": "header", "name": "Authorization", "prefix": "Token "}, SECRET)


@pytest.mark.parametrize("spec", [*SPECS[1:], {"kind": "header", "name": "Authorization", "prefix": "Basic "}])
def test_an_answer_that_repeats_the_credential_is_not_kept_with_it(spec: dict[str, Any]) -> None:
    said = f"no such key: “{SECRET}”, “t0ken”, {base64.b64encode(f'ada:{SECRET}'.encode()).decode()}, order 2"
    for status in (400, 401, 500):
        transport = ScriptedTransport(*[answer({"error": said}, status=status)] * 2)
        auth = built(spec)
        client = Client("https://api.example.com/v1", timeout=Timeout(1, 1, 2), auth=auth, transport=transport)
        with pytest.raises(ResponseError) as caught:
            client.get("/orders", params={"page": "2"})
        hidden = "t0ken" if spec in (OAUTH, SIGN_IN) else SECRET
        assert hidden not in caught.value.excerpt
        assert "no such key" in caught.value.excerpt and "order 2" in caught.value.excerpt


def test_a_key_as_short_as_a_word_is_left_in_the_answer() -> None:
    plain = Request("GET", "https://api.example.com/")
    assert without_credentials(b"no such key", plain, plain.with_query("key", "no")) == b"no such key"
