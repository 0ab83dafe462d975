# Part of Integration Hub. License LGPL-3.0 or later.
"""Client certificates that a proxy hands on: only the proxy is believed, and only what is on the list."""

import base64
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from integration_hub_connectors.errors import ConfigurationError, SignatureRefused
from integration_hub_connectors.messages import Headers
from integration_hub_connectors.signatures import Delivery, get
from integration_hub_connectors.signatures.certificate_scheme import CertificateScheme
from integration_hub_connectors.signatures.certificates import FORMS, ClientCertificate
from integration_hub_connectors.testing.schemes import SchemeContract

NOW = datetime.fromtimestamp(1_700_000_000, UTC)
KEY = ec.generate_private_key(ec.SECP256R1())


def issued(name, begins=-1, ends=1):
    """A certificate good from `begins` to `ends` days from now."""
    subject = x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Acme, Inc."), x509.NameAttribute(NameOID.COMMON_NAME, name)]
    )
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(KEY.public_key())
    builder = builder.serial_number(7).not_valid_before(NOW + timedelta(days=begins))
    return builder.not_valid_after(NOW + timedelta(days=ends)).sign(KEY, hashes.SHA256())


SHOP, OTHER = issued("shop.example.com"), issued("other.example.com")
FINGERPRINT = SHOP.fingerprint(hashes.SHA256()).hex()
SUBJECT = "CN=shop.example.com,O=Acme\\, Inc."


def rfc9440(certificate):
    return {"Client-Cert": f":{base64.b64encode(certificate.public_bytes(Encoding.DER)).decode()}:"}


def nginx(certificate):
    escaped = quote(certificate.public_bytes(Encoding.PEM).decode(), safe="")
    return {"X-SSL-Client-Verify": "SUCCESS", "X-SSL-Client-Cert": escaped}


def envoy(certificate):
    subject = certificate.subject.rfc4514_string()
    hashed = certificate.fingerprint(hashes.SHA256()).hex()
    return {"X-Forwarded-Client-Cert": f'By=spiffe://hub;Hash={hashed};Subject="{subject}";URI=;DNS=a;DNS=b'}


class CertificateContract(SchemeContract):
    secret = "what only the proxy knows"
    other_secret = "what somebody else knows"
    forward = None

    @property
    def sent_headers(self):
        return type(self).forward(SHOP)

    def presented(self, certificate):
        """A delivery whose proxy saw this certificate."""
        delivery = self.signed()
        for name, value in type(self).forward(certificate).items():
            delivery = self.having(delivery, name, value)
        return delivery

    def test_another_certificate_is_refused(self):
        assert self.refused(self.presented(OTHER)) == "unknown-certificate"

    def test_certificate_without_the_proxys_secret_is_anybodys_claim(self):
        assert self.refused(self.having(self.signed(), "X-Proxy-Secret", "guessed")) == "mismatch"
        assert self.refused(self.having(self.signed(), "X-Proxy-Secret")) == "missing-header"

    def test_it_proves_nothing_about_the_body_and_the_secret_must_not_be_kept(self):
        assert not self.scheme.signs_body
        assert self.scheme.secret_headers == ("X-Proxy-Secret",)
        assert self.verify(self.signed()).timestamp is None

    def test_unreadable_certificates_are_malformed(self):
        name = self.scheme.proof_headers[-1]
        for value in ("x", "::", ":AAAA:", "Hash=", "%00", ":" * 30):
            assert self.refused(self.having(self.signed(), name, value)) == "malformed-header"


class TestRfc9440(CertificateContract):
    forward = staticmethod(rfc9440)
    scheme = get("mtls_header", {"form": "rfc9440", "fingerprints": [FINGERPRINT], "dedupe_headers": ["X-Id"]})

    def test_byte_sequence_stands_between_colons_in_strict_base64(self):
        encoded = rfc9440(SHOP)["Client-Cert"][1:-1]
        for value in (
            encoded,
            f":{encoded}",
            f"{encoded}:",
            f"x{encoded}x",
            f":{encoded}:;a=1",
            f":{encoded.rstrip('=')[:-1]}:",
            ":",
            "::",
        ):
            assert self.refused(self.having(self.signed(), "Client-Cert", value)) == "malformed-header"

    def test_certificate_of_a_version_that_does_not_exist_is_none(self):
        der = SHOP.public_bytes(Encoding.DER)
        assert der.count(b"\xa0\x03\x02\x01\x02") == 1  # version 3 (RFC 5280 §4.1.2.1)
        odd = base64.b64encode(der.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x09")).decode()
        assert self.refused(self.having(self.signed(), "Client-Cert", f":{odd}:")) == "malformed-header"

    @pytest.mark.parametrize(
        ("begins", "ends", "code"), [(-1, 1, ""), (0, 1, ""), (-1, 0, ""), (-2, -1, "stale"), (1, 2, "future")]
    )
    def test_certificates_have_their_time(self, begins, ends, code):
        certificate = issued("shop.example.com", begins, ends)
        scheme = get("mtls_header", {"form": "rfc9440", "subjects": [SUBJECT]})
        self.scheme = scheme
        delivery = self.delivery(headers={**rfc9440(certificate), "X-Proxy-Secret": self.secret})
        if code:
            assert self.refused(delivery) == code
        else:
            self.verify(delivery)


class TestNginx(CertificateContract):
    forward = staticmethod(nginx)
    scheme = get("mtls_header", {"form": "nginx", "subjects": [SUBJECT]})

    @pytest.mark.parametrize("verdict", ["NONE", "FAILED:self-signed certificate", "success", "SUCCESS "])
    def test_only_success_is_success(self, verdict):
        assert self.refused(self.having(self.signed(), "X-SSL-Client-Verify", verdict)) == "malformed-header"


class TestEnvoy(CertificateContract):
    forward = staticmethod(envoy)
    scheme = get(
        "mtls_header", {"form": "envoy", "fingerprints": FINGERPRINT.upper(), "proxy_header": "X-Proxy-Secret"}
    )

    def test_subject_is_read_without_its_quotes(self):
        self.scheme = get("mtls_header", {"form": "envoy", "subjects": [SUBJECT]})
        self.verify(self.presented(issued("shop.example.com", 5, 6)))
        assert self.refused(self.presented(OTHER)) == "unknown-certificate"

    def test_a_name_with_a_comma_is_not_the_parts_that_it_spells(self):
        genuine, pretended = self.presented(issued("a")), self.presented(issued("a,O=Acme, Inc."))
        self.scheme = get("mtls_header", {"form": "envoy", "subjects": ["CN=a,O=Acme\\, Inc."]})
        self.verify(genuine)
        for spelled in ("CN=a,O=Acme, Inc.", "CN=a,O=Acme, Inc.,O=Acme, Inc.", "CN=a,O=Acme, Inc.,O=Acme\\, Inc."):
            self.scheme = get("mtls_header", {"form": "envoy", "subjects": [spelled]})
            assert self.refused(genuine) == self.refused(pretended) == "unknown-certificate"

    def test_several_subjects_are_parted_by_semicolons_since_commas_stand_inside_of_them(self):
        self.scheme = get("mtls_header", {"form": "envoy", "subjects": f"CN=x,O=Acme; {SUBJECT}"})
        assert self.scheme.subjects == ("CN=x,O=Acme", SUBJECT)
        self.verify(self.signed())

    @pytest.mark.parametrize(
        "value",
        [
            "Hash={0},Hash={0}", "Hash={0};Hash={0}", "Hash={1},Hash={0}", "hash={0};HASH={0}",
            "Subject=x", "Hash={0}x", "Hash={0};Subject=\"a", "Hash={0};Subject=\"a\"x", "Hash={0};junk", "Hash=\"{0}",
            "Hash={0};Subject=a;Subject=b", ";Hash={0}", "Hash={0},", "Hash=ab",
        ],
    )  # fmt: skip
    def test_anything_but_one_element_is_refused(self, value):
        text = value.format(FINGERPRINT, "0" * 64)
        assert self.refused(self.having(self.signed(), "X-Forwarded-Client-Cert", text)) == "malformed-header"

    @pytest.mark.parametrize(
        "value", ["Hash={0}", 'Hash="{0}"', "hash={0};", 'Subject="a;Hash=b,\\"c";Hash={0}', "URI=a;URI=b;Hash={0}"]
    )
    def test_one_element_may_be_written_in_several_ways(self, value):
        self.verify(self.having(self.signed(), "X-Forwarded-Client-Cert", value.format(FINGERPRINT)))


def test_fingerprints_are_as_tools_write_them():
    colons = ":".join(FINGERPRINT[place : place + 2] for place in range(0, 64, 2)).upper()
    assert get("mtls_header", {"form": "rfc9440", "fingerprints": [colons]}).fingerprints == (FINGERPRINT,)


@pytest.mark.parametrize(
    "options",
    [{}, {"fingerprints": ["ab"]}, {"fingerprints": [FINGERPRINT + "00"]}, {"fingerprints": [FINGERPRINT, "x"]},
     {"fingerprints": ["SHA256:" + FINGERPRINT]}],
)  # fmt: skip
def test_the_list_is_needed_and_checked(options):
    with pytest.raises(ConfigurationError) as caught:
        get("mtls_header", {"form": "rfc9440", **options})
    assert caught.value.code == "invalid-option"
    assert caught.value.params == {"option": "fingerprints"}


def test_names_of_headers_are_names():
    with pytest.raises(ConfigurationError, match="is not a header name"):
        get("mtls_header", {"form": "rfc9440", "fingerprints": [FINGERPRINT], "proxy_header": "X Secret"})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "fingerprints and subjects are both empty: no certificate would be allowed"),
        ({"fingerprints": ["ab"]}, "fingerprints holds something that is no SHA-256 in hexadecimal"),
        (
            {"fingerprints": ["", "x"], "subjects": ["CN=a"]},
            "fingerprints holds something that is no SHA-256 in hexadecimal",
        ),
    ],
)
def test_what_is_wrong_with_the_list_is_said(options, message):
    with pytest.raises(ConfigurationError) as caught:
        get("mtls_header", {"form": "rfc9440", **options})
    assert caught.value.message == message


FORWARDED = {"rfc9440": rfc9440(OTHER), "nginx": nginx(OTHER), "envoy": envoy(OTHER)}


@pytest.mark.parametrize(
    ("form", "headers", "code", "message", "params"),
    [
        *[
            (form, headers, "unknown-certificate", "The client's certificate is not among those allowed",
             {"fingerprint": OTHER.fingerprint(hashes.SHA256()).hex()})
            for form, headers in FORWARDED.items()
        ],
        ("rfc9440", {"X-Proxy-Secret": "x"}, "mismatch",
         "The secret in X-Proxy-Secret is not the proxy's: the certificate may be anybody's claim",
         {"header": "X-Proxy-Secret"}),
        ("rfc9440", {"Client-Cert": "x"}, "malformed-header",
         "The header Client-Cert holds no byte sequence between colons", {"header": "Client-Cert"}),
        ("rfc9440", {"Client-Cert": ":AAAA:"}, "malformed-header",
         "The header Client-Cert holds no certificate", {"header": "Client-Cert"}),
        ("rfc9440", {"Client-Cert": ""}, "missing-header",
         "The delivery has no Client-Cert header", {"header": "Client-Cert"}),
        ("nginx", {"X-SSL-Client-Verify": "NONE"}, "malformed-header",
         "The header X-SSL-Client-Verify does not say that the proxy has verified the certificate",
         {"header": "X-SSL-Client-Verify"}),
        ("nginx", {"X-SSL-Client-Verify": ""}, "missing-header",
         "The delivery has no X-SSL-Client-Verify header", {"header": "X-SSL-Client-Verify"}),
        ("nginx", {**nginx(SHOP), "X-SSL-Client-Cert": "x"}, "malformed-header",
         "The header X-SSL-Client-Cert holds no certificate", {"header": "X-SSL-Client-Cert"}),
        ("nginx", {**nginx(SHOP), "X-SSL-Client-Cert": ""}, "missing-header",
         "The delivery has no X-SSL-Client-Cert header", {"header": "X-SSL-Client-Cert"}),
        ("envoy", {"X-Forwarded-Client-Cert": "Hash=ab"}, "malformed-header",
         "The header X-Forwarded-Client-Cert does not hold the Hash of one certificate",
         {"header": "X-Forwarded-Client-Cert"}),
        ("envoy", {"X-Forwarded-Client-Cert": "?"}, "malformed-header",
         "The header X-Forwarded-Client-Cert does not describe exactly one certificate",
         {"header": "X-Forwarded-Client-Cert"}),
        ("rfc9440", rfc9440(issued("shop.example.com", -3, -2)), "stale",
         "The client's certificate is no longer valid", {}),
        ("rfc9440", rfc9440(issued("shop.example.com", 2, 3)), "future",
         "The client's certificate is not yet valid", {}),
    ],
)  # fmt: skip
def test_refusals_say_what_is_wrong(form, headers, code, message, params):
    scheme = get("mtls_header", {"form": form, "subjects": [SUBJECT]})
    with pytest.raises(SignatureRefused) as caught:
        scheme.verify(
            Delivery("POST", None, Headers({"X-Proxy-Secret": "s", **headers}), b""), ["s"], now=NOW.timestamp()
        )
    assert (caught.value.code, caught.value.message, caught.value.params) == (code, message, params)
    if code == "unknown-certificate":
        assert caught.value.hint.startswith("Compare its SHA-256 fingerprint with the list.")


def test_without_a_secret_its_place_is_named():
    scheme = get("mtls_header", {"form": "rfc9440", "subjects": [SUBJECT]})
    delivery = Delivery("POST", None, Headers(rfc9440(SHOP)), b"")
    for act in (lambda: scheme.verify(delivery, [""], now=0), lambda: scheme.sign(delivery, "", now=0)):
        with pytest.raises(SignatureRefused) as caught:
            act()
        hint = "Enter the secret of this webhook as Client certificate, from a trusted proxy shows it."
        assert (caught.value.code, caught.value.hint) == ("no-secret", hint)


def test_the_proxys_part_is_made_for_certificates_that_are_allowed_and_good():
    scheme = get("mtls_header", {"form": "rfc9440", "subjects": [SUBJECT]})
    for certificate, code in ((OTHER, "unknown-certificate"), (issued("shop.example.com", -3, -2), "stale")):
        with pytest.raises(SignatureRefused) as caught:
            scheme.sign(Delivery("POST", None, Headers(rfc9440(certificate)), b""), "s", now=NOW.timestamp())
        assert caught.value.code == code


def test_a_subject_that_envoy_does_not_tell_is_empty():
    delivery = Delivery("POST", None, Headers({"X-Forwarded-Client-Cert": f"Hash={FINGERPRINT}"}), b"")
    assert FORMS["envoy"].read(delivery) == ClientCertificate(FINGERPRINT, "")


def test_headers_are_told_as_the_proxies_write_them():
    assert {form: FORMS[form].headers for form in FORMS} == {
        "rfc9440": ("Client-Cert",),
        "nginx": ("X-SSL-Client-Verify", "X-SSL-Client-Cert"),
        "envoy": ("X-Forwarded-Client-Cert",),
    }


def test_a_scheme_in_code_has_the_defaults_of_the_options():
    described = {"key": "mtls_header", "title": "Client certificate, from a trusted proxy", "form": "nginx"}
    docs = "https://www.rfc-editor.org/rfc/rfc9440"
    for allowed in ({"subjects": (SUBJECT,)}, {"fingerprints": (FINGERPRINT,)}):
        assert CertificateScheme(**described, docs_url=docs, **allowed) == get(
            "mtls_header", {"form": "nginx", **allowed}
        )
