# Part of Integration Hub. License LGPL-3.0 or later.
"""OAuth 2.0 against token servers that answer everything they may, and everything they may not."""

import base64
import json
import threading
import time
from contextlib import contextmanager
from urllib.parse import parse_qs

import pytest
from integration_hub_connectors import errors
from integration_hub_connectors.auth import (
    ClientCredentials,
    MemoryTokenStore,
    OAuthClient,
    RefreshToken,
    Token,
    TokenEndpoint,
    TokenNotStored,
)
from integration_hub_connectors.clock import ManualClock
from integration_hub_connectors.http import Client, Request, RequestsTransport, Response, Timeout
from integration_hub_connectors.testing.auths import AuthContract
from integration_hub_connectors.testing.token_stores import TokenStoreContract
from integration_hub_connectors.testing.transport import ScriptedTransport, answer

SECRET = "s3cret+/=?"
FAST = Timeout(connect=1, read=0.3, total=0.6)
REQUEST = Request("GET", "https://api.example.com/things")
GOOD = {"access_token": "t0ken-1", "token_type": "Bearer", "expires_in": 3600}


def endpoint(transport, url="https://login.example.com/token", clock=None, client=None, timeout=FAST):
    client = client or OAuthClient("hub", SECRET)
    return TokenEndpoint(url, client, transport, timeout=timeout, clock=clock or ManualClock())


def credentials(*answers, store=None, clock=None, **options):
    transport = ScriptedTransport(*answers)
    return ClientCredentials(endpoint(transport, clock=clock), store, **options), transport


def form(request):
    return {name: values[0] for name, values in parse_qs(request.body.decode(), strict_parsing=True).items()}


def sent_token(auth):
    return auth.apply(REQUEST).headers["Authorization"]


def failure(call, *hidden):
    with pytest.raises(errors.HubError) as caught:
        call()
    error = caught.value
    shown = (
        f"{error} {error!r} {error.params} {error.hint} {getattr(error, 'excerpt', '')} {getattr(error, 'headers', '')}"
    )
    assert not [secret for secret in (SECRET, "refresh-1", *hidden) if secret in shown]
    return error


class Counting:
    """A token server: a new access and refresh token at each request, after a while."""

    def __init__(self, seconds=0.0, clock=None):
        self.requests, self.seconds, self.clock = [], seconds, clock
        self.lock = threading.Lock()

    def send(self, request, timeout):
        with self.lock:
            self.requests.append(request)
            number = len(self.requests)
        time.sleep(self.seconds)
        fields = {**GOOD, "access_token": f"access-{number}", "refresh_token": f"refresh-{number + 1}"}
        return answer(fields)


class Store(MemoryTokenStore):
    """Remembers what was saved; refuses when told to."""

    def __init__(self, token=None, refusal=None):
        super().__init__(token)
        self.saved, self.refusal, self.entered = [], refusal, 0

    @contextmanager
    def exclusive(self):
        with super().exclusive():
            self.entered += 1
            yield

    def save(self, token):
        if self.refusal is not None:
            raise self.refusal
        self.saved.append(token)
        super().save(token)


class TestClientCredentials(AuthContract):
    secrets = (SECRET, "t0ken-1")

    def auth(self):
        return credentials(answer(GOOD))[0]


class TestRefreshToken(AuthContract):
    secrets = (SECRET, "t0ken-1", "refresh-1")

    def auth(self):
        return RefreshToken(endpoint(ScriptedTransport(answer(GOOD))), Store(Token("old", 0, 1, "refresh-1")))


class TestMemoryTokenStore(TokenStoreContract):
    def stores(self):
        store = MemoryTokenStore()
        return store, store


def test_client_credentials_as_the_rfc_writes_them():
    auth, transport = credentials(answer(GOOD), scope="read write", extra={"audience": "https://api.example.com"})
    assert sent_token(auth) == "Bearer t0ken-1"
    (request,) = transport.requests
    assert (request.method, request.url) == ("POST", "https://login.example.com/token")
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert form(request) == {
        "grant_type": "client_credentials",
        "scope": "read write",
        "audience": "https://api.example.com",
    }
    user_and_password = base64.b64decode(request.headers["Authorization"].removeprefix("Basic ")).decode()
    assert user_and_password == "hub:s3cret%2B%2F%3D%3F"  # RFC 6749 §2.3.1: form-encoded, then base64


@pytest.mark.parametrize(
    ("client", "fields"),
    [
        (OAuthClient("hub", SECRET, method="client_secret_post"), {"client_id": "hub", "client_secret": SECRET}),
        (OAuthClient("hub"), {"client_id": "hub"}),
        (OAuthClient("hub", method="tls_client_auth"), {"client_id": "hub"}),
    ],
)
def test_other_ways_to_say_who_asks(client, fields):
    transport = ScriptedTransport(answer(GOOD))
    ClientCredentials(endpoint(transport, client=client)).apply(REQUEST)
    assert form(transport.requests[0]) == {"grant_type": "client_credentials", **fields}
    assert "authorization" not in transport.requests[0].headers


@pytest.mark.parametrize(
    "make",
    [
        lambda: OAuthClient("", SECRET),
        lambda: OAuthClient("hub", method="client_secret_basic"),
        lambda: OAuthClient("hub", method="private_key_jwt"),
        lambda: OAuthClient("hub", SECRET, method="none"),
        lambda: OAuthClient("hub", SECRET, method="client_secret_jwt"),
        lambda: endpoint(None, "http://login.example.com/token"),
        lambda: endpoint(None, "http://127.0.0.1.example.com/token"),
        lambda: endpoint(None, "https://user:s3cret@login.example.com/token"),
        lambda: endpoint(None, "https://login.example.com/token#x"),
        lambda: endpoint(None, "https://login.example.com/to ken"),
        lambda: endpoint(None, "https://[::1/token"),
        lambda: endpoint(None, "login.example.com/token"),
    ],
)
def test_unusable_settings_are_refused_at_once(make):
    failure(make, "s3cret")


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/t", "http://localhost/t", "http://[::1]/t", "https://a.example/t"])
def test_plain_http_only_on_this_machine(url):
    assert endpoint(None, url).url == url


def test_token_serves_until_shortly_before_its_end():
    clock = ManualClock()
    auth, transport = credentials(answer(GOOD), answer({**GOOD, "access_token": "t0ken-2"}), clock=clock)
    assert sent_token(auth) == "Bearer t0ken-1"
    clock.advance(3539)
    assert sent_token(auth) == "Bearer t0ken-1"
    clock.advance(2)
    assert sent_token(auth) == "Bearer t0ken-2"
    assert len(transport.requests) == 2


def test_short_lived_token_is_not_renewed_at_each_request():
    clock = ManualClock()
    auth, transport = credentials(answer({**GOOD, "expires_in": 30}), clock=clock)
    auth.apply(REQUEST)
    clock.advance(26)
    auth.apply(REQUEST)
    assert len(transport.requests) == 1
    clock.advance(2)
    auth.apply(REQUEST)
    assert len(transport.requests) == 2


@pytest.mark.parametrize(
    ("extra", "lifetime"),
    [
        ({}, 3600),
        ({"expires_in": "600"}, 600),
        ({"expires_in": 1.5}, 1.5),
        ({"expires_in": None}, None),
        ({"expires_in": 10**30}, 315_360_000),
        ({"expires_in": "999999999999999999"}, 315_360_000),
    ],
)
def test_lifetimes_that_servers_send(extra, lifetime):
    clock, store = ManualClock(), Store()
    auth, _transport = credentials(answer({**GOOD, **extra}), store=store, clock=clock)
    auth.apply(REQUEST)
    assert store.saved[0].expires_at == (None if lifetime is None else clock.now() + lifetime)


@pytest.mark.parametrize("kind", [{"token_type": "bearer"}, {"token_type": "BEARER"}, {"token_type": None}])
def test_bearer_in_any_case_or_unsaid(kind):
    auth, _transport = credentials(answer({**GOOD, **kind}))
    assert sent_token(auth) == "Bearer t0ken-1"


# -- what a token server answers instead ------------------------------------------------------------------------------

PAGE = b"<html><title>Maintenance</title></html>"
NO_TOKEN = [
    Response(200, {"Content-Type": "text/html"}, PAGE),
    Response(200, {}, b""),
    Response(200, {}, b'{"access_token": "t0ken-1"'),
    Response(200, {}, b'["t0ken-1"]'),
    Response(200, {}, b"\xff\xfe"),
    Response(200, {}, b'{"access_token": NaN}'),
    Response(200, {}, b"[" * 100_000),
    Response(200, {}, b'{"access_token": "t0ken-1", "x": "' + b"y" * 300_000 + b'"}'),
    Response(204),
    *(
        answer({**GOOD, **wrong})
        for wrong in (
            {"access_token": ""},
            {"access_token": None},
            {"access_token": 7},
            {"access_token": {"a": 1}},
            {"access_token": "a\r\nX-Evil: 1"},
            {"access_token": "a b"},
            {"access_token": "é"},
            {"token_type": "mac"},
            {"token_type": "DPoP"},
            {"token_type": 1},
            {"refresh_token": 7},
            {"refresh_token": " "},
            {"expires_in": 0},
            {"expires_in": -1},
            {"expires_in": "-1"},
            {"expires_in": "soon"},
            {"expires_in": True},
            {"expires_in": []},
        )
    ),
]


@pytest.mark.parametrize("response", NO_TOKEN, ids=range(len(NO_TOKEN)))
def test_success_without_a_token_is_a_fault_tried_again(response):
    auth, transport = credentials(response)
    error = failure(lambda: auth.apply(REQUEST), "t0ken-1")
    assert (type(error), error.code, error.policy) == (errors.ServerFault, "oauth-bad-answer", errors.Policy.RETRY)
    assert "login.example.com" in str(error)
    assert len(transport.requests) == 1


@pytest.mark.parametrize("status", [400, 401, 200])
@pytest.mark.parametrize(
    "code",
    [
        "invalid_request",
        "invalid_client",
        "invalid_grant",
        "unauthorized_client",
        "unsupported_grant_type",
        "invalid_scope",
    ],
)
def test_each_refusal_of_the_rfc_suspends(code, status):
    document = {"error": code, "error_description": f"client hub with {SECRET} is wrong: “nein”"}
    auth, _transport = credentials(answer(document, status))
    error = failure(lambda: auth.apply(REQUEST))
    assert (type(error), error.policy, error.status) == (errors.Unauthorized, errors.Policy.SUSPEND, status)
    assert error.code == "oauth-" + code.replace("_", "-")
    assert error.params["error"] == code
    assert "is wrong" in error.excerpt


@pytest.mark.parametrize(
    "response",
    [
        answer({"error": {"message": "no"}}, 400),
        answer({"error": "<script>" * 20}, 400),
        answer({"error": "a\nb"}, 401),
        answer({"message": "no"}, 400),
        Response(401, {}, PAGE),
        Response(403, {}, b""),
        Response(404, {}, PAGE),
        Response(410, {}, PAGE),
        Response(302, {"Location": "https://evil.example.com/"}),
    ],
)
def test_any_other_refusal_suspends_too(response):
    auth, _transport = credentials(response)
    error = failure(lambda: auth.apply(REQUEST), "evil")
    assert (type(error), error.code) == (errors.Unauthorized, "oauth-refused")
    assert str(error).isprintable()
    assert "<" not in str(error)


@pytest.mark.parametrize(
    ("response", "kind", "wait"),
    [
        (answer({"error": "temporarily_unavailable"}, 400), errors.ServerFault, None),
        (answer({"error": "server_error"}, 500), errors.ServerFault, None),
        (Response(503, {"Retry-After": "30"}, PAGE), errors.ServerFault, 30.0),
        (Response(408), errors.ServerFault, None),
        (answer({"error": "invalid_client"}, 500), errors.ServerFault, None),
        (Response(429, {"Retry-After": "315360000"}, b'{"error": "slow_down"}'), errors.Throttled, 14400.0),
    ],
)
def test_server_that_cannot_answer_now_is_asked_again(response, kind, wait):
    auth, _transport = credentials(response)
    error = failure(lambda: auth.apply(REQUEST))
    assert (type(error), error.policy, error.retry_after) == (kind, errors.Policy.RETRY, wait)


def test_description_that_echoes_what_was_sent_is_not_shown():
    echo = answer({"error": "invalid_grant", "error_description": f"refresh-1 of hub:{SECRET} is unknown"}, 400)
    auth = RefreshToken(endpoint(ScriptedTransport(echo)), Store(Token("old", 0, 1, "refresh-1")))
    assert "is unknown" in failure(lambda: auth.apply(REQUEST)).excerpt


# -- over a real connection -------------------------------------------------------------------------------------------


def real(server, **options):
    return ClientCredentials(endpoint(RequestsTransport(), f"{server.url}/token", **options))


def test_token_and_request_over_real_connections(server):
    server.script = lambda connection, head, body: connection.sendall(
        b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(reply := reply_to(head)), reply)
    )

    def reply_to(head):
        return json.dumps(GOOD if head.startswith(b"POST /token") else {"id": 7}).encode()

    client = Client(server.url, timeout=FAST, auth=real(server))
    assert client.get("/me").json() == {"id": 7}
    assert client.get("/me").json() == {"id": 7}
    assert [head.split()[1] for head in server.heads] == [b"/token", b"/me", b"/me"]
    assert b"\r\nAuthorization: Bearer t0ken-1" in server.heads[1]


def test_slow_server_costs_its_timeout_only(server):
    def drip(connection, _head, _body):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n")
        for _ in range(100):
            connection.sendall(b" ")
            time.sleep(0.05)

    server.script = drip
    started = time.monotonic()
    error = failure(lambda: real(server).apply(REQUEST))
    assert (type(error), error.in_doubt, error.policy) == (errors.TimeoutExceeded, False, errors.Policy.RETRY)
    assert str(error).startswith("No access token could be got: ")
    assert time.monotonic() - started < 3


@pytest.mark.parametrize("raw", [b"", b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"access_token"'])
def test_connection_that_breaks_off(server, raw):
    server.send(raw, close=True)
    error = failure(lambda: real(server).apply(REQUEST))
    assert isinstance(error, errors.TransportError)
    assert (error.in_doubt, error.policy) == (False, errors.Policy.RETRY)


# -- one refresh for all ----------------------------------------------------------------------------------------------


def in_threads(number, work):
    results = []

    def run():
        try:
            results.append(work())
        except errors.HubError as error:
            results.append(error)

    threads = [threading.Thread(target=run) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_many_threads_make_one_refresh():
    server, store = Counting(seconds=0.1), Store(Token("old", 0, 1, "refresh-1"))
    auth = RefreshToken(endpoint(server), store)
    assert in_threads(16, lambda: sent_token(auth)) == ["Bearer access-1"] * 16
    assert len(server.requests) == 1
    assert form(server.requests[0])["refresh_token"] == "refresh-1"
    assert store.entered == 1, "whoever waited here does not wait for other processes too"


def test_many_processes_make_one_refresh():
    """Each process has an Auth of its own; the store is what they share."""
    server, store = Counting(seconds=0.05), Store(Token("old", 0, 1, "refresh-1"))
    auths = [RefreshToken(endpoint(server), store) for _ in range(8)]
    assert in_threads(8, lambda: sent_token(auths.pop())) == ["Bearer access-1"] * 8
    assert (len(server.requests), store.entered) == (1, 8)


def test_threads_refused_together_renew_once():
    clock = ManualClock()
    server, store = Counting(), Store(Token("refused", clock.now() - 600, clock.now() + 600, "refresh-1"))
    auth = RefreshToken(endpoint(server, clock=clock), store)
    barrier = threading.Barrier(8)

    def work():
        used = sent_token(auth)
        barrier.wait()
        return used, auth.recover(Response(401)), sent_token(auth)

    assert in_threads(8, work) == [("Bearer refused", True, "Bearer access-1")] * 8
    assert len(server.requests) == 1


def test_those_who_waited_share_the_failure():
    class Failing(Counting):
        def send(self, request, timeout):
            super().send(request, timeout)
            return Response(503)

    server = Failing(seconds=0.2)
    auth = RefreshToken(endpoint(server), Store(Token("old", 0, 1, "refresh-1")))
    results = in_threads(8, lambda: auth.apply(REQUEST))
    assert {type(result) for result in results} == {errors.ServerFault}
    assert len({id(result) for result in results}) == 8, "each thread raises an error of its own"
    assert len(server.requests) == 1
    failure(lambda: auth.apply(REQUEST))
    assert len(server.requests) == 2, "whoever comes later asks again"


def test_refusal_renews_once_and_sends_once_more():
    clock = ManualClock()
    server, store = Counting(), Store(Token("revoked", clock.now() - 600, None, "refresh-1"))
    vendor = ScriptedTransport(lambda request: Response(200 if "access-1" in request.headers["Authorization"] else 401))
    auth = RefreshToken(endpoint(server, clock=clock), store)
    client = Client("https://api.example.com", timeout=FAST, auth=auth, transport=vendor, clock=clock)
    assert client.get("/me").status == 200
    assert (len(vendor.requests), len(server.requests)) == (2, 1)


def test_refusal_of_a_fresh_token_asks_for_no_other():
    clock = ManualClock()
    auth, transport = credentials(answer(GOOD), clock=clock)
    auth.apply(REQUEST)
    assert not auth.recover(Response(401))
    clock.advance(31)
    assert auth.recover(Response(401))
    assert len(transport.requests) == 2


def test_missing_scope_is_no_reason_to_renew():
    clock = ManualClock()
    auth, transport = credentials(answer(GOOD), clock=clock)
    auth.apply(REQUEST)
    clock.advance(600)
    assert not auth.recover(Response(403, {"WWW-Authenticate": 'Bearer error="insufficient_scope", scope="admin"'}))
    assert len(transport.requests) == 1


def test_recover_without_having_sent_anything():
    auth, transport = credentials(answer(GOOD))
    assert not auth.recover(Response(401))
    assert not transport.requests


# -- the store --------------------------------------------------------------------------------------------------------


def test_token_is_stored_before_it_is_used_and_the_refresh_token_is_rotated():
    clock, server, store = ManualClock(), Counting(), Store(Token("old", 0, 1, "refresh-1", "read"))
    seen = []
    auth = RefreshToken(endpoint(server, clock=clock), store)
    for _ in range(3):
        seen.append((sent_token(auth), store.load().access_token, store.load().refresh_token))
        clock.advance(3600)
    assert seen == [(f"Bearer access-{n}", f"access-{n}", f"refresh-{n + 1}") for n in (1, 2, 3)]
    assert [form(request)["refresh_token"] for request in server.requests] == ["refresh-1", "refresh-2", "refresh-3"]
    assert {token.scope for token in store.saved} == {"read"}


def test_refresh_token_that_is_not_mentioned_stays():
    store = Store(Token("old", 0, 1, "refresh-1"))
    RefreshToken(endpoint(ScriptedTransport(answer(GOOD))), store).apply(REQUEST)
    assert store.load().refresh_token == "refresh-1"


def test_token_that_cannot_be_stored_is_not_used():
    store = Store(Token("old", 0, 1, "refresh-1"), refusal=RuntimeError("disk full"))
    auth = RefreshToken(endpoint(Counting()), store)
    error = failure(lambda: auth.apply(REQUEST), "access-1", "refresh-2")
    assert (type(error), error.policy) == (TokenNotStored, errors.Policy.RETRY)
    assert isinstance(error.__cause__, RuntimeError)
    assert store.load().access_token == "old"
    store.refusal = None
    assert sent_token(auth) == "Bearer access-2", "the first one was forgotten"


def test_stores_own_hub_error_passes():
    refusal = errors.ConfigurationError("the vault is locked", code="vault-locked")
    auth = RefreshToken(endpoint(Counting()), Store(Token("old", 0, 1, "refresh-1"), refusal=refusal))
    assert failure(lambda: auth.apply(REQUEST)) is refusal


def test_token_of_another_process_is_used_instead_of_a_refresh():
    clock, server = ManualClock(), Counting()
    store = Store(Token("mine", clock.now() - 600, clock.now() + 600, "refresh-1"))
    auth = RefreshToken(endpoint(server, clock=clock), store)
    auth.apply(REQUEST)
    store.save(Token("theirs", clock.now(), clock.now() + 3600, "refresh-9"))
    assert auth.recover(Response(401))
    assert sent_token(auth) == "Bearer theirs"
    assert not server.requests


def test_fresh_token_that_another_process_has_replaced():
    """Some servers end the old access token with the refresh that replaces it."""
    clock, server = ManualClock(), Counting()
    store = Store(Token("old", 0, 1, "refresh-1"))
    auth = RefreshToken(endpoint(server, clock=clock), store)
    assert sent_token(auth) == "Bearer access-1"
    assert not auth.recover(Response(401))
    store.save(Token("theirs", clock.now(), clock.now() + 3600, "refresh-9"))
    assert auth.recover(Response(401))
    assert sent_token(auth) == "Bearer theirs"
    assert len(server.requests) == 1


@pytest.mark.parametrize("token", [None, Token("old", 0, 1)])
def test_without_a_refresh_token_a_person_must_authorise(token):
    auth = RefreshToken(endpoint(ScriptedTransport(answer(GOOD))), Store(token))
    error = failure(lambda: auth.apply(REQUEST))
    assert (error.code, error.policy) == ("oauth-not-authorised", errors.Policy.SUSPEND)


def test_client_credentials_keep_no_refresh_token():
    store = Store()
    credentials(answer({**GOOD, "refresh_token": "r"}), store=store)[0].apply(REQUEST)
    assert store.load().refresh_token is None


def test_token_survives_its_json():
    token = Token("a", 1.0, 2.0, "r", "s")
    assert Token.from_dict(json.loads(json.dumps(token.to_dict()))) == token
    assert "a" not in repr(token).replace("Token(***, expires_at=2.0)", "")
    for wrong in (
        {},
        {"access_token": 7, "obtained_at": 1},
        {**token.to_dict(), "x": 1},
        {**token.to_dict(), "obtained_at": "1"},
    ):
        with pytest.raises(errors.ConfigurationError):
            Token.from_dict(wrong)
