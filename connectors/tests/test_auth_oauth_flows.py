# Part of Integration Hub. License LGPL-3.0 or later.
"""A person's authorisation with PKCE and state, and assertions signed by a private key."""

import base64
import hashlib
import json
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from integration_hub_connectors import errors
from integration_hub_connectors.auth import (
    AuthorizationCode,
    ClientCredentials,
    JwtBearer,
    MemoryTokenStore,
    OAuthClient,
    PendingAuthorization,
    SigningKey,
    TokenEndpoint,
    TokenNotStored,
)
from integration_hub_connectors.clock import ManualClock
from integration_hub_connectors.http import Request, Timeout
from integration_hub_connectors.testing.auths import AuthContract
from integration_hub_connectors.testing.transport import ScriptedTransport, answer

CLOCK = ManualClock()
REQUEST = Request("GET", "https://api.example.com/things")
GOOD = {"access_token": "t0ken-1", "token_type": "Bearer", "expires_in": 3600, "refresh_token": "refresh-1"}
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC = ec.generate_private_key(ec.SECP256R1())


def pem(key, password=None):
    encryption = BestAvailableEncryption(password) if password else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption).decode()


def endpoint(*answers, client=None, clock=CLOCK):
    transport = ScriptedTransport(*(answers or (answer(GOOD),)))
    where = "https://login.example.com/token"
    return TokenEndpoint(where, client, transport, timeout=Timeout(1, 1, 2), clock=clock), transport


def flow(*answers, clock=CLOCK, **options):
    asked, transport = endpoint(*answers, client=OAuthClient("hub", "s3cret"), clock=clock)
    made = AuthorizationCode(
        asked, "https://login.example.com/authorize", "https://hub.example.com/return", scope="read", **options
    )
    return made, transport


def form(request):
    return {name: values[0] for name, values in parse_qs(request.body.decode(), strict_parsing=True).items()}


def refused(call):
    with pytest.raises(errors.Unauthorized) as caught:
        call()
    assert caught.value.policy is errors.Policy.SUSPEND
    return caught.value.code


# -- authorization code -----------------------------------------------------------------------------------------------


def test_address_to_send_the_person_to():
    made, _transport = flow(extra={"access_type": "offline"})
    pending = made.start()
    query = {name: values[0] for name, values in parse_qs(urlsplit(pending.url).query, strict_parsing=True).items()}
    challenge = base64.urlsafe_b64encode(hashlib.sha256(pending.verifier.encode()).digest()).rstrip(b"=").decode()
    assert query == {
        "response_type": "code",
        "client_id": "hub",
        "redirect_uri": "https://hub.example.com/return",
        "scope": "read",
        "state": pending.state,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
        "access_type": "offline",
    }
    assert len(pending.verifier) == len(pending.state) == 43  # 256 bits; RFC 7636 §4.1 wants 43 characters or more
    assert pending.verifier not in pending.url


def test_nothing_repeats():
    made, _transport = flow()
    drawn = [made.start() for _ in range(50)]
    assert len({pending.state for pending in drawn} | {pending.verifier for pending in drawn}) == 100


def test_code_is_exchanged_with_its_verifier_and_stored():
    made, transport = flow()
    pending, store = made.start(), MemoryTokenStore()
    pending = PendingAuthorization(**json.loads(json.dumps(pending.to_dict())))
    token = made.finish(pending, {"state": pending.state, "code": "c0de"}, store)
    assert store.load() == token
    assert (token.access_token, token.refresh_token) == ("t0ken-1", "refresh-1")
    assert form(transport.requests[0]) == {
        "grant_type": "authorization_code",
        "code": "c0de",
        "redirect_uri": "https://hub.example.com/return",
        "code_verifier": pending.verifier,
    }


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, "oauth-state-mismatch"),
        ({"code": "c", "state": "other"}, "oauth-state-mismatch"),
        ({"code": "c", "state": ""}, "oauth-state-mismatch"),
        ({"code": "c", "state": "\ud800☃"}, "oauth-state-mismatch"),
        ({"code": "c", "state": ["STATE", "STATE"]}, "oauth-state-mismatch"),
        ({"state": "STATE"}, "oauth-malformed-answer"),
        ({"state": "STATE", "code": ""}, "oauth-malformed-answer"),
        ({"state": "STATE", "code": ["a", "b"]}, "oauth-malformed-answer"),
        ({"state": "STATE", "code": []}, "oauth-malformed-answer"),
        ({"state": "STATE", "code": "c", "error": ["a", "b"]}, "oauth-malformed-answer"),
        ({"state": "STATE", "error": "access_denied"}, "oauth-access-denied"),
        ({"state": "STATE", "error": "server_error", "code": "c"}, "oauth-authorisation-failed"),
    ],
)
def test_answer_that_is_none_is_refused_before_anything_is_sent(fields, code):
    made, transport = flow()
    pending = made.start()
    filled = json.loads(json.dumps(fields).replace("STATE", pending.state))
    assert refused(lambda: made.finish(pending, filled, MemoryTokenStore())) == code
    assert not transport.requests


def test_answer_of_another_server_is_refused():
    made, transport = flow(issuer="https://login.example.com")
    pending = made.start()
    for issuer in ({}, {"iss": "https://evil.example.com"}, {"iss": ["https://login.example.com"] * 2}):
        fields = {"state": pending.state, "code": "c", **issuer}
        code = refused(lambda fields=fields: made.finish(pending, fields, MemoryTokenStore()))
        assert code in ("oauth-issuer-mismatch", "oauth-malformed-answer")
    assert not transport.requests
    made.finish(pending, {"state": pending.state, "code": "c", "iss": "https://login.example.com"}, MemoryTokenStore())


def test_answer_too_late_is_refused():
    clock = ManualClock()
    made, transport = flow(clock=clock)
    pending = made.start()
    clock.advance(600)
    pending.code({"state": pending.state, "code": "c"}, now=clock.now())
    clock.advance(1)
    fields = {"state": pending.state, "code": "c"}
    assert refused(lambda: made.finish(pending, fields, MemoryTokenStore())) == "oauth-authorisation-expired"
    assert not transport.requests


def test_code_used_twice_suspends_and_shows_neither_code_nor_verifier():
    denied = answer({"error": "invalid_grant", "error_description": "c0de was used"}, 400)
    made, _transport = flow(denied)
    pending = made.start()
    with pytest.raises(errors.Unauthorized) as caught:
        made.finish(pending, {"state": pending.state, "code": "c0de"}, MemoryTokenStore())
    shown = f"{caught.value} {caught.value.excerpt} {caught.value.params} {pending!r} {made!r}"
    assert "was used" in shown
    assert not [secret for secret in ("c0de", "s3cret", pending.verifier, pending.state) if secret in shown]


def test_store_that_refuses_ends_the_authorisation():
    class Refusing(MemoryTokenStore):
        def save(self, token):
            raise OSError("read-only")

    made, _transport = flow()
    pending = made.start()
    with pytest.raises(TokenNotStored):
        made.finish(pending, {"state": pending.state, "code": "c"}, Refusing())


@pytest.mark.parametrize(
    ("authorize", "back"),
    [
        ("http://login.example.com/a", "https://hub.example.com/r"),
        ("https://login.example.com/a", "http://hub.example.com/r"),
        ("javascript:alert(1)", "https://hub.example.com/r"),
    ],
)
def test_both_addresses_are_secure(authorize, back):
    asked, _transport = endpoint(client=OAuthClient("hub"))
    with pytest.raises(errors.ConfigurationError):
        AuthorizationCode(asked, authorize, back)
    with pytest.raises(errors.ConfigurationError):
        AuthorizationCode(endpoint()[0], "https://login.example.com/a", "https://hub.example.com/r")


# -- assertions -------------------------------------------------------------------------------------------------------


def decoded(part):
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def verify(token, key):
    """Header and claims; the signature is checked by cryptography, not by what made it."""
    head, claims, signature = token.split(".")
    signed, raw = f"{head}.{claims}".encode(), decoded(signature)
    if isinstance(key, rsa.RSAPrivateKey):
        key.public_key().verify(raw, signed, padding.PKCS1v15(), hashes.SHA256())
    else:
        assert len(raw) == 64  # RFC 7518 §3.4: R and S, not DER
        der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
        key.public_key().verify(der, signed, ec.ECDSA(hashes.SHA256()))
    return json.loads(decoded(head)), json.loads(decoded(claims))


@pytest.mark.parametrize(("key", "algorithm"), [(RSA, "RS256"), (EC, "ES256")])
@pytest.mark.parametrize("password", [None, b"pw"])
def test_jwt_bearer_assertion(key, algorithm, password):
    asked, transport = endpoint()
    signing = SigningKey(pem(key, password), algorithm, key_id="key-1", password="pw" if password else None)
    auth = JwtBearer(asked, signing, issuer="svc", subject="ada", scope="read", claims={"scope": "read"})
    assert auth.apply(REQUEST).headers["Authorization"] == "Bearer t0ken-1"
    fields = form(transport.requests[0])
    head, claims = verify(fields.pop("assertion"), key)
    assert fields == {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "scope": "read"}
    assert head == {"alg": algorithm, "typ": "JWT", "kid": "key-1"}
    assert len(claims.pop("jti")) == 32
    now = int(CLOCK.now())
    assert claims == {
        "iss": "svc",
        "sub": "ada",
        "aud": "https://login.example.com/token",
        "iat": now,
        "exp": now + 300,
        "scope": "read",
    }


def test_assertion_is_new_each_time_and_changed_ones_do_not_verify():
    clock = ManualClock()
    asked, transport = endpoint(clock=clock)
    auth = JwtBearer(asked, SigningKey(pem(EC), "ES256"), issuer="svc")
    auth.apply(REQUEST)
    clock.advance(3600)
    auth.apply(REQUEST)
    first, second = (form(request)["assertion"] for request in transport.requests)
    assert verify(first, EC)[1]["jti"] != verify(second, EC)[1]["jti"]
    assert verify(second, EC)[1]["iat"] == int(clock.now())
    with pytest.raises(InvalidSignature):
        verify(f"{first.rpartition('.')[0]}.{second.rpartition('.')[2]}", EC)


@pytest.mark.parametrize(("key", "algorithm"), [(RSA, "RS256"), (EC, "ES256")])
def test_private_key_instead_of_a_client_secret(key, algorithm):
    asked, transport = endpoint(client=OAuthClient("hub", key=SigningKey(pem(key), algorithm)))
    ClientCredentials(asked).apply(REQUEST)
    fields = form(transport.requests[0])
    _head, claims = verify(fields.pop("client_assertion"), key)
    assert (claims["iss"], claims["sub"], claims["aud"]) == ("hub", "hub", "https://login.example.com/token")
    assert fields == {
        "grant_type": "client_credentials",
        "client_id": "hub",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    }


@pytest.mark.parametrize(
    ("text", "algorithm", "password"),
    [
        ("", "RS256", None),
        ("s3cret", "RS256", None),
        (pem(RSA)[:200], "RS256", None),
        (pem(RSA), "ES256", None),
        (pem(EC), "RS256", None),
        (pem(ec.generate_private_key(ec.SECP384R1())), "ES256", None),
        (pem(rsa.generate_private_key(public_exponent=65537, key_size=1024)), "RS256", None),
        (pem(RSA), "HS256", None),
        (pem(RSA), "none", None),
        (pem(RSA, b"pw"), "RS256", None),
        (pem(RSA, b"pw"), "RS256", "s3cret"),
        (pem(RSA), "RS256", "s3cret"),
    ],
)
def test_key_that_cannot_sign_is_refused_at_once(text, algorithm, password):
    with pytest.raises(errors.ConfigurationError) as caught:
        SigningKey(text, algorithm, password=password)
    error = caught.value
    assert not [
        hidden for hidden in ("s3cret", "PRIVATE") if hidden in f"{error} {error!r} {error.params} {error.hint}"
    ]
    assert error.__context__ is None


def test_key_shows_only_what_is_public():
    assert repr(SigningKey(pem(EC), "ES256", key_id="k1")) == "SigningKey(***, 'ES256', key_id='k1')"


@pytest.mark.parametrize("algorithm", ["none", "HS256", "ES384", "rs256", ""])
def test_only_two_algorithms_sign(algorithm):
    for key in (RSA, EC):
        with pytest.raises(errors.ConfigurationError) as caught:
            SigningKey(pem(key), algorithm)
        assert (caught.value.code, caught.value.params) == ("invalid-algorithm", {"algorithm": algorithm})


class TestJwtBearer(AuthContract):
    secrets = ("t0ken-1", pem(RSA).splitlines()[3])

    def auth(self):
        return JwtBearer(endpoint()[0], SigningKey(pem(RSA), "RS256"), issuer="svc")
