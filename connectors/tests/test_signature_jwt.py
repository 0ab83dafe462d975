# Part of Integration Hub. License LGPL-3.0 or later.
"""Tokens as the proof of a delivery; PyJWT is the other side."""

import base64
import hashlib
import hmac
import json
from dataclasses import replace

import jwt as pyjwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from integration_hub_connectors.errors import ConfigurationError, SignatureRefused
from integration_hub_connectors.messages import Headers
from integration_hub_connectors.signatures import Delivery, get
from integration_hub_connectors.signatures.jwt_scheme import JwtScheme
from integration_hub_connectors.testing.schemes import SchemeContract

NOW = 1_700_000_000.0
SECRET = "a shared secret of 32 characters"


def pem(key):
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public_pem(key):
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


RSA, SMALL_RSA = rsa.generate_private_key(65537, 2048), rsa.generate_private_key(65537, 1024)
EC, OTHER_EC, EC384 = (ec.generate_private_key(curve()) for curve in (ec.SECP256R1, ec.SECP256R1, ec.SECP384R1))


def jwk(key, **more):
    kind = pyjwt.algorithms.RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else pyjwt.algorithms.ECAlgorithm
    return json.loads(kind.to_jwk(key.public_key())) | more


def jwks(*keys):
    return json.dumps({"keys": list(keys)})


def delivered(token, body=b"{}"):
    return Delivery("POST", None, Headers({"Authorization": f"Bearer {token}"}), body)


def refusal(scheme, token, *secrets, now=NOW, body=b"{}"):
    with pytest.raises(SignatureRefused) as caught:
        scheme.verify(delivered(token, body), secrets or [SECRET], now=now)
    words = (caught.value.message, caught.value.hint)
    assert all(words) and "None" not in " ".join(words)
    return caught.value.code


def made(claims=None, key=SECRET, algorithm="HS256", **headers):
    claims = {"iat": int(NOW), "exp": int(NOW) + 60} if claims is None else claims
    return pyjwt.encode(claims, key, algorithm=algorithm, headers=headers or None)


def raw(header, claims, signature=b"x" * 32):
    parts = (
        json.dumps(header).encode(),
        claims if isinstance(claims, bytes) else json.dumps(claims).encode(),
        signature,
    )
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def hs256(claims):
    """A token signed by hand, whose claims may be anything."""
    unsigned = raw({"alg": "HS256"}, claims).rpartition(".")[0]
    mac = hmac.digest(SECRET.encode(), unsigned.encode(), "sha256")
    return f"{unsigned}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


HS = get("jwt", {"algorithms": ["HS256"]})
ES = get("jwt", {"algorithms": ["ES256"]})
RS_OR_ES = get("jwt", {"algorithms": "RS256, ES256"})


class TestSharedSecret(SchemeContract):
    scheme = get("jwt", {"algorithms": ["HS256"], "dedupe_headers": ["X-Id"]})
    secret = SECRET
    other_secret = "another secret of 32 characters!"

    def test_it_says_what_it_covers(self):
        assert (self.scheme.signs_body, self.scheme.secret_headers) == (False, ("Authorization",))


class TestKeyPairWithDigestOfTheBody(SchemeContract):
    scheme = get(
        "jwt",
        {
            "algorithms": ["ES256"], "header": "Plaid-Verification", "body_claim": "request_body_sha256",
            "issuer": "https://issuer.example.com", "audience": "hub",
        },
    )  # fmt: skip
    secret = public_pem(EC)
    signing_secret = pem(EC)
    other_secret = public_pem(OTHER_EC)
    key_part = slice(27, 91)  # the first line of base64

    def test_pyjwt_reads_what_is_signed(self):
        token = self.signed().headers["Plaid-Verification"]
        claims = pyjwt.decode(
            token, self.secret, ["ES256"], audience="hub", issuer="https://issuer.example.com",
            options={"verify_exp": False, "verify_iat": False},
        )  # fmt: skip
        assert claims["request_body_sha256"] == hashlib.sha256(self.body).hexdigest()
        assert (claims["iat"], claims["exp"]) == (self.now, self.now + 300)

    def test_time_is_told_since_the_token_is_for_this_body(self):
        assert self.verify(self.signed()).timestamp == self.now

    def test_id_is_told_beside_it(self):
        self.scheme = replace(self.scheme, dedupe_headers=("X-Id",))
        assert self.verify(self.signed(message_id="7")) == ("7", self.now)

    def test_it_says_what_it_covers(self):
        assert (self.scheme.signs_body, self.scheme.secret_headers) == (True, ("Plaid-Verification",))

    @pytest.mark.parametrize("claim", [None, "", "0" * 64, 5, [], "ü"])
    def test_other_digests_are_a_mismatch(self, claim):
        claims = {"iat": NOW, "iss": "https://issuer.example.com", "aud": "hub", "request_body_sha256": claim}
        token = made(claims, pem(EC), "ES256")
        assert self.refused(self.delivery(headers={"Plaid-Verification": token})) == "mismatch"


# -- the other side ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
def test_shared_secrets_both_ways(algorithm):
    scheme = get("jwt", {"algorithms": [algorithm]})
    secret = SECRET * 2
    scheme.verify(delivered(made(key=secret, algorithm=algorithm)), [secret], now=NOW)
    token = scheme.sign(delivered(""), secret, now=NOW)["Authorization"].removeprefix("Bearer ")
    assert pyjwt.decode(token, secret, [algorithm], options={"verify_exp": False})["iat"] == NOW


@pytest.mark.parametrize(
    ("algorithm", "key"), [("RS256", RSA), ("RS512", RSA), ("PS256", RSA), ("ES256", EC), ("ES384", EC384)]
)
def test_key_pairs_both_ways(algorithm, key):
    scheme = get("jwt", {"algorithms": [algorithm]})
    token = made(key=pem(key), algorithm=algorithm, kid="k1")
    for secret in (
        public_pem(key),
        jwks(jwk(key)),
        jwks(jwk(key, kid="k1", use="sig", alg=algorithm)),
        json.dumps(jwk(key)),
    ):
        scheme.verify(delivered(token), [secret], now=NOW)
    token = scheme.sign(delivered(""), pem(key), now=NOW)["Authorization"].removeprefix("Bearer ")
    assert pyjwt.decode(token, public_pem(key), [algorithm], options={"verify_exp": False})["exp"] == NOW + 300


# -- whose algorithm, whose key ---------------------------------------------------------------------------------------


def test_none_is_no_algorithm():
    claims = {"exp": NOW + 60}
    for header in ({"alg": "none"}, {"alg": "None"}, {"alg": "NONE"}, {}, {"alg": None}, {"alg": ["HS256"]}):
        for signature in (b"x", b"x" * 32):
            assert refusal(HS, raw(header, claims, signature)) == "malformed-header"
    assert refusal(HS, raw({"alg": "none"}, claims, b"")) == "malformed-header"
    with pytest.raises(ConfigurationError):
        get("jwt", {"algorithms": ["none"]})


def test_algorithm_is_pinned_even_where_the_key_would_fit():
    assert refusal(HS, made(key=SECRET * 2, algorithm="HS512"), SECRET * 2) == "malformed-header"
    assert refusal(get("jwt", {"algorithms": ["RS256"]}), made(key=pem(RSA), algorithm="PS256"), public_pem(RSA)) == (
        "malformed-header"
    )


def test_public_key_is_never_a_shared_secret():
    """Key confusion: a token signed with HMAC under the text of the public key, which everybody knows."""
    forged = raw({"alg": "HS256"}, {"exp": NOW + 60}).rpartition(".")[0]
    mac = hmac.digest(public_pem(RSA).encode(), forged.encode(), "sha256")
    token = f"{forged}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"
    assert refusal(RS_OR_ES, token, public_pem(RSA)) == "malformed-header"
    for secret in (public_pem(RSA), public_pem(EC), jwks(jwk(RSA)), pem(EC)):
        assert refusal(HS, token, secret) == "no-secret"


def test_public_key_in_the_form_of_ssh_is_no_shared_secret_either():
    ssh = EC.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    assert refusal(HS, made(), ssh) == "no-secret"
    assert refusal(HS, made(), "\udc80" * 20) == "no-secret"
    assert refusal(HS, made(), f"  {SECRET} other") == "mismatch"
    HS.verify(delivered(made()), [f"  {SECRET}\n"], now=NOW)


@pytest.mark.parametrize("algorithms", [["HS256", "RS256"], ["ES256", "HS512"]])
def test_shared_secrets_and_key_pairs_do_not_mix(algorithms):
    with pytest.raises(ConfigurationError) as caught:
        get("jwt", {"algorithms": algorithms})
    assert caught.value.params == {"option": "algorithms"}


@pytest.mark.parametrize(("length", "usable"), [(13, False), (14, True)])
def test_shared_secret_has_112_bits(length, usable):
    token = HS.sign(delivered(""), SECRET, now=NOW)["Authorization"].partition(" ")[2]
    assert refusal(HS, token, "x" * length) == ("mismatch" if usable else "no-secret")


@pytest.mark.parametrize(
    "secret",
    [
        "", "not a key", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "{", "{}", "[]", '{"keys": {}}',
        '{"keys": []}', '{"keys": 5}', '{"keys": ["x", 5]}', jwks({"kty": "oct", "k": "AAAA"}),
        jwks({"kty": "EC", "crv": "P-9"}), jwks(jwk(RSA, kid=5)),
        jwks({"kty": "RSA", "n": 5}), jwks({"kty": []}), jwks({"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}),
        jwks(jwk(RSA, use="enc")), jwks(jwk(RSA, alg="RS512")), public_pem(SMALL_RSA), jwks(jwk(SMALL_RSA)), "\udc80",
        '{"kty": "RSA", "n": "é"}',
    ],
)  # fmt: skip
def test_unusable_keys_are_passed_over(secret):
    token = made(key=pem(RSA), algorithm="RS256")
    assert refusal(RS_OR_ES, token, secret) == "no-secret"
    RS_OR_ES.verify(delivered(token), [secret, public_pem(RSA)], now=NOW)


def test_keys_for_another_use_or_kind_do_not_hide_those_behind_them():
    bare = {name: value for name, value in jwk(RSA).items() if name != "key_ops"}
    token = made(key=pem(RSA), algorithm="RS256")
    for other in (bare | {"use": "enc"}, bare | {"alg": "RS512"}, bare | {"kty": "EC"}, bare | {"kty": "oct"}):
        assert refusal(RS_OR_ES, token, jwks(other)) == "no-secret"
        RS_OR_ES.verify(delivered(token), [jwks(other, jwk(RSA))], now=NOW)


def test_a_key_without_an_id_serves_every_id():
    HS.verify(delivered(made(kid="any")), [SECRET], now=NOW)
    ES.verify(delivered(made(key=pem(EC), algorithm="ES256", kid="any")), [public_pem(EC)], now=NOW)


def test_key_id_chooses_the_key():
    keys = jwks(jwk(OTHER_EC, kid="old"), jwk(EC, kid="new"), {"kty": "unheard-of"})
    ES.verify(delivered(made(key=pem(EC), algorithm="ES256", kid="new")), [keys], now=NOW)
    assert refusal(ES, made(key=pem(EC), algorithm="ES256", kid="old"), keys) == "mismatch"
    assert refusal(ES, made(key=pem(EC), algorithm="ES256", kid="newer"), keys) == "unknown-key"
    ES.verify(delivered(made(key=pem(EC), algorithm="ES256")), [keys], now=NOW)


def test_key_for_another_algorithm_is_not_used():
    both = get("jwt", {"algorithms": ["RS256", "PS256"]})
    keys = jwks(jwk(RSA, alg="PS256"))
    both.verify(delivered(made(key=pem(RSA), algorithm="PS256")), [keys], now=NOW)
    assert refusal(both, made(key=pem(RSA), algorithm="RS256"), keys) == "unknown-key"


def test_curve_belongs_to_the_algorithm():
    assert refusal(ES, made(key=pem(EC384), algorithm="ES384"), public_pem(EC384)) == "malformed-header"
    assert refusal(ES, made(key=pem(EC), algorithm="ES256"), public_pem(EC384)) == "mismatch"


def test_sender_says_which_key_it_signed_with():
    private = json.loads(pyjwt.algorithms.ECAlgorithm.to_jwk(EC)) | {"kid": "k7"}
    token = ES.sign(delivered(""), json.dumps(private), now=NOW)["Authorization"].partition(" ")[2]
    assert pyjwt.get_unverified_header(token) == {"alg": "ES256", "typ": "JWT", "kid": "k7"}


# -- the token --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "token",
    [
        "",
        "a",
        "a.b",
        "a.b.c",
        "..",
        "a.b.c.d",
        "e30.e30.eA.",
        "e30.e30.eA.!",
        "e30.!.eA",
        "é.é.é",
        "e30.e30.",
        "W10.e30.eA",
        "eA.e30.eA",
    ],
)
def test_what_is_no_token_is_malformed(token):
    assert refusal(HS, token) == "malformed-header"


def test_base64url_has_one_spelling():
    head, _dot, signature = made().rpartition(".")
    stray = {"A": "B", "Q": "R", "g": "h", "w": "x"}
    last = next((signature[:-1] + chr(ord(signature[-1]) + 1) for _ in "x" if signature[-1].isalnum()), signature)
    for text in (signature + "=", signature + "\n", f"{signature[:5]} {signature[5:]}", last):
        assert refusal(HS, f"{head}.{text}") in ("malformed-header", "mismatch")
    for char, other in stray.items():
        token = next(t for t in (made({"exp": NOW + 60, "n": n}) for n in range(2000)) if t.endswith(char))
        assert refusal(HS, token[:-1] + other) == "malformed-header"


def test_bearer_is_the_word():
    token = made()
    for word in ("bearer", "BEARER"):
        HS.verify(Delivery("POST", None, Headers({"Authorization": f"{word} {token}"}), b""), [SECRET], now=NOW)
    for value in (token, f"Basic {token}", f"Bearer  {token}", f"Bearer {token} {token}"):
        with pytest.raises(SignatureRefused) as caught:
            HS.verify(Delivery("POST", None, Headers({"Authorization": value}), b""), [SECRET], now=NOW)
        assert caught.value.code == "malformed-header"


def test_critical_extensions_nobody_knows_are_refused():
    assert refusal(HS, made(crit=["exp2"], exp2=1)) == "mismatch"
    HS.verify(delivered(made(extra="is ignored")), [SECRET], now=NOW)


@pytest.mark.parametrize("claims", [b"[]", b"5", b"null", b"", b"{", b'{"exp": NaN}', b'{"exp": Infinity}',
                                    b'{"exp": 1, "exp": 99999999999}', b"\xff"])  # fmt: skip
def test_claims_are_a_strict_object(claims):
    assert refusal(HS, hs256(claims)) == "malformed-header"


# -- time -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("claims", "now", "code"),
    [
        ({"exp": NOW}, NOW + 10, ""), ({"exp": NOW}, NOW + 10.5, "stale"),
        ({"iat": NOW}, NOW + 310, ""), ({"iat": NOW}, NOW + 310.5, "stale"),
        ({"iat": NOW}, NOW - 10, ""), ({"iat": NOW}, NOW - 10.5, "future"),
        ({"exp": NOW + 99, "nbf": NOW}, NOW - 10, ""), ({"exp": NOW + 99, "nbf": NOW}, NOW - 10.5, "future"),
        ({"exp": NOW + 9999, "iat": NOW}, NOW + 5000, ""),
        ({"exp": NOW + 99, "iat": NOW - 50, "nbf": NOW}, NOW - 10.5, "future"),
        ({"iat": 0}, 300, ""), ({"exp": 0}, 0, ""),
        ({}, NOW, "malformed-header"), ({"nbf": NOW}, NOW, "malformed-header"),
        ({"exp": None}, NOW, "malformed-header"),
    ],
)  # fmt: skip
def test_tokens_have_their_time(claims, now, code):
    token = hs256(claims)
    if code:
        assert refusal(HS, token, now=now) == code
    else:
        assert HS.verify(delivered(token), [SECRET], now=now).timestamp is None


@pytest.mark.parametrize("name", ["exp", "iat", "nbf"])
@pytest.mark.parametrize("value", [-1, NOW * 1000, 1e11, "1700000000", True, [], {}, "Infinity", -0.5])
def test_times_are_seconds_since_1970(name, value):
    assert refusal(HS, hs256({"iat": NOW, "exp": NOW + 60, name: value})) == "malformed-header"


def test_limits_are_options():
    scheme = get("jwt", {"algorithms": ["HS256"], "leeway": 0, "max_age": 5})
    scheme.verify(delivered(hs256({"iat": NOW})), [SECRET], now=NOW + 5)
    assert refusal(scheme, hs256({"iat": NOW}), now=NOW + 5.5) == "stale"
    assert refusal(scheme, hs256({"iat": NOW}), now=NOW - 0.5) == "future"


# -- parties ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "claims", "code"),
    [
        ({"issuer": "a"}, {"iss": "a"}, ""), ({"issuer": "a"}, {"iss": "b"}, "wrong-issuer"),
        ({"issuer": "a"}, {}, "wrong-issuer"), ({"issuer": "a"}, {"iss": ["a"]}, "wrong-issuer"),
        ({}, {"iss": "a"}, ""),
        ({"audience": "a"}, {"aud": "a"}, ""), ({"audience": "a"}, {"aud": ["b", "a"]}, ""),
        ({"audience": "a"}, {"aud": "ab"}, "wrong-audience"), ({"audience": "a"}, {"aud": []}, "wrong-audience"),
        ({"audience": "a"}, {}, "wrong-audience"), ({"audience": "a"}, {"aud": {"a": 1}}, "wrong-audience"),
        ({}, {"aud": "a"}, "wrong-audience"), ({}, {"aud": ["a"]}, "wrong-audience"), ({}, {"aud": ""}, ""),
    ],
)  # fmt: skip
def test_issuer_and_audience(options, claims, code):
    scheme = get("jwt", {"algorithms": ["HS256"], **options})
    token = hs256({"exp": NOW + 60, **claims})
    if code:
        assert refusal(scheme, token) == code
    else:
        scheme.verify(delivered(token), [SECRET], now=NOW)


@pytest.mark.parametrize(("digest", "encoding"), [("sha256", "base64"), ("sha512", "hex"), ("sha384", "base64")])
def test_digest_of_the_body_as_the_sender_writes_it(digest, encoding):
    options = {"algorithms": ["HS256"], "body_claim": "h", "body_digest": digest, "body_encoding": encoding}
    hashed = hashlib.new(digest, b"body").digest()
    written = hashed.hex() if encoding == "hex" else base64.b64encode(hashed).decode()
    token = hs256({"exp": NOW + 60, "h": written})
    verified = get("jwt", options).verify(delivered(token, b"body"), [SECRET], now=NOW)
    assert verified.timestamp is None  # it has no iat
    assert refusal(get("jwt", options), token, body=b"other") == "mismatch"


@pytest.mark.parametrize(
    ("algorithm", "key"),
    [
        *[(name, RSA) for name in ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")],
        ("ES256", EC),
        ("ES384", EC384),
        ("ES512", ec.generate_private_key(ec.SECP521R1())),
    ],
)
def test_every_algorithm_with_a_key_pair(algorithm, key):
    """PyJWT signs; the key is known as PEM, and as one of a JWKS."""
    token = made(key=key, algorithm=algorithm)
    for known in (public_pem(key), jwks(jwk(OTHER_EC), jwk(key))):
        get("jwt", {"algorithms": [algorithm]}).verify(delivered(token), [known], now=NOW)
    assert refusal(get("jwt", {"algorithms": [algorithm]}), token[:-8] + "AAAAAAAA", public_pem(key)) == "mismatch"


def test_how_long_ago_a_token_expired_is_told():
    token = made({"iat": int(NOW) - 600, "exp": int(NOW) - 300})
    with pytest.raises(SignatureRefused, match="expired 300 s ago"):
        get("jwt", {"algorithms": ["HS256"]}).verify(delivered(token), [SECRET], now=NOW)


@pytest.mark.parametrize("algorithms", [[], ["none"], ["HS256", "RS256"], ["hs256"]])
def test_algorithms_that_do_not_go_together(algorithms):
    with pytest.raises(ConfigurationError) as caught:
        get("jwt", {"algorithms": algorithms})
    assert caught.value.code == "invalid-option"
    assert "algorithms" in caught.value.message


# -- what a person reads ----------------------------------------------------------------------------------------------


def told(caught):
    error = caught.value
    return error.code, error.message, error.params


@pytest.mark.parametrize(
    ("token", "code", "message"),
    [
        ("a.b", "malformed-header", "The header X-T holds no signed token"),
        (raw([], {}), "malformed-header", "The header X-T holds a token without a readable header"),
        ("e2E.e2E.e2E", "malformed-header", "The header X-T holds a token without a readable header"),
        (
            raw({"alg": "RS256"}, {}),
            "malformed-header",
            "The header X-T holds a token that is not signed with HS256 or HS384",
        ),
        (hs256([]), "malformed-header", "The header X-T holds a token whose claims are no object"),
        (
            hs256({}),
            "malformed-header",
            "The header X-T holds a token without exp and iat, which would be good for ever",
        ),
        (
            hs256({"exp": "x"}),
            "malformed-header",
            "The header X-T holds a token whose exp is no number of seconds since 1970",
        ),
        (made(key=SECRET * 2), "mismatch", "The token in X-T is not signed with a key of this webhook"),
        (made({"exp": NOW - 20}), "stale", "The token expired 20 s ago"),
        (made({"exp": NOW + 99, "nbf": NOW + 20}), "future", "The token is good only in 20 s"),
        (hs256({"exp": NOW}), "wrong-issuer", "The token was issued by somebody else"),
        (hs256({"exp": NOW, "iss": "i"}), "wrong-audience", "The token is meant for another receiver"),
        (hs256({"exp": NOW, "iss": "i", "aud": "a"}), "mismatch", "The claim h is not the digest of the body"),
    ],
)
def test_refusals_say_what_is_wrong_with_the_token(token, code, message):
    options = {"algorithms": ["HS256", "HS384"], "header": "X-T", "issuer": "i", "audience": "a", "body_claim": "h"}
    with pytest.raises(SignatureRefused) as caught:
        get("jwt", options).verify(Delivery("POST", None, Headers({"X-T": token}), b""), [SECRET], now=NOW)
    assert told(caught) == (code, message, {"header": "X-T"} if code == "malformed-header" else {})


def test_refusals_say_why_claims_cannot_be_read_and_what_is_to_be_done():
    with pytest.raises(SignatureRefused, match=r"Authorization holds a token whose claims are no JSON: .+"):
        HS.verify(delivered(hs256(b"{")), [SECRET], now=NOW)
    with pytest.raises(SignatureRefused, match="The header Authorization holds no bearer token"):
        HS.verify(Delivery("POST", None, Headers({"Authorization": "x"}), b""), [SECRET], now=NOW)
    with pytest.raises(SignatureRefused) as caught:
        HS.verify(delivered(hs256({"exp": NOW, "aud": "b"})), [SECRET], now=NOW)
    assert caught.value.hint == "Set the option audience to the name that the sender has for this webhook."
    with pytest.raises(SignatureRefused, match="The token names a key that is not among those of this webhook"):
        ES.verify(delivered(made(key=pem(EC), algorithm="ES256", kid="b")), [jwks(jwk(EC, kid="a"))], now=NOW)
    for act in (HS.verify, HS.sign):
        with pytest.raises(SignatureRefused) as caught:
            act(delivered(made()), ["short"] if act == HS.verify else "short", now=NOW)
        assert caught.value.hint == "Enter the secret of this webhook as JSON Web Token (JWT) shows it."


def test_algorithms_that_do_not_go_together_are_named_with_those_there_are():
    with pytest.raises(ConfigurationError) as caught:
        get("jwt", {"algorithms": ["HS256", "RS256"]})
    assert caught.value.message.startswith("algorithms mixes algorithms with a shared secret and with a key pair")
    assert caught.value.hint == (
        "Choose some of HS256, HS384, HS512, or some of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512."
    )


@pytest.mark.parametrize("kinds", [("HS",), ("RS", "PS", "ES")])
def test_all_algorithms_of_a_kind_go_together(kinds):
    algorithms = [f"{kind}{bits}" for kind in kinds for bits in (256, 384, 512)]
    assert get("jwt", {"algorithms": algorithms}).algorithms == tuple(algorithms)


def test_a_scheme_in_code_has_the_defaults_of_the_options():
    scheme = JwtScheme(key="jwt", title="JSON Web Token (JWT)", docs_url=HS.docs_url, algorithms=("HS256",))
    assert scheme == HS
    with pytest.raises(ConfigurationError, match="is not a header name"):
        get("jwt", {"algorithms": ["HS256"], "header": "X T"})


def test_the_key_says_which_of_the_algorithms_signs():
    private = json.loads(pyjwt.algorithms.RSAAlgorithm.to_jwk(RSA)) | {"alg": "PS256"}
    scheme = get("jwt", {"algorithms": ["RS256", "PS256"]})
    token = scheme.sign(delivered(""), json.dumps(private), now=NOW)["Authorization"].partition(" ")[2]
    assert pyjwt.get_unverified_header(token) == {"alg": "PS256", "typ": "JWT"}
    token = scheme.sign(delivered(""), pem(RSA), now=NOW)["Authorization"].partition(" ")[2]
    assert pyjwt.get_unverified_header(token) == {"alg": "RS256", "typ": "JWT"}


def test_a_token_says_nothing_that_was_not_asked_for():
    token = HS.sign(delivered(""), SECRET, now=NOW + 0.9)["Authorization"].partition(" ")[2]
    claims = pyjwt.decode(token, SECRET, ["HS256"], options={"verify_exp": False, "verify_iat": False})
    assert claims == {"iat": NOW, "exp": NOW + 300}
