# Part of Integration Hub. License LGPL-3.0 or later.
"""The client certificate that a TLS-terminating proxy hands on in headers, in the forms that proxies use."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from .encodings import decode_base64, decode_hex
from .model import Delivery
from .refusals import malformed, only_header

_XFCC_FIELD = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*"|[^;,"]*)(?:;|\Z)')

_NO_CERTIFICATE = (ValueError, x509.InvalidVersion)


@dataclass(frozen=True)
class ClientCertificate:
    """What tells one certificate from another.

    fingerprint: the SHA-256 of its DER, lower-case hexadecimal. subject: as RFC 4514 writes it. begins, ends: unix
    seconds between which it is good, None where the proxy does not hand on the certificate itself.
    """

    fingerprint: str
    subject: str
    begins: float | None = None
    ends: float | None = None


@dataclass(frozen=True)
class CertificateForm:
    """How one kind of proxy does it: its headers, and how they are read (SignatureRefused when they make no sense)."""

    headers: tuple[str, ...]
    read: Callable[[Delivery], ClientCertificate]


def certificate(loaded: x509.Certificate) -> ClientCertificate:
    """What identifies a parsed certificate."""
    return ClientCertificate(
        loaded.fingerprint(SHA256()).hex(),
        loaded.subject.rfc4514_string(),
        loaded.not_valid_before_utc.timestamp(),
        loaded.not_valid_after_utc.timestamp(),
    )


def _client_cert(delivery: Delivery) -> ClientCertificate:
    """RFC 9440 §2.2: a byte sequence of RFC 8941, base64 between colons, that is the certificate in DER."""
    name = "Client-Cert"
    value = only_header(delivery, name)
    der = decode_base64(value[1:-1]) if value[0] == value[-1] == ":" else None
    if der is None:
        raise malformed(name, "holds no byte sequence between colons")
    try:
        return certificate(x509.load_der_x509_certificate(der))
    except _NO_CERTIFICATE:
        raise malformed(name, "holds no certificate") from None


def _nginx(delivery: Delivery) -> ClientCertificate:
    """nginx' `$ssl_client_verify` and `$ssl_client_escaped_cert`, in two headers of these names."""
    verdict = only_header(delivery, "X-SSL-Client-Verify")
    if verdict != "SUCCESS":
        raise malformed("X-SSL-Client-Verify", "does not say that the proxy has verified the certificate")
    name = "X-SSL-Client-Cert"
    try:
        return certificate(x509.load_pem_x509_certificate(unquote_to_bytes(only_header(delivery, name))))
    except _NO_CERTIFICATE:
        raise malformed(name, "holds no certificate") from None


def _envoy(delivery: Delivery) -> ClientCertificate:
    """Hash and Subject of one client, as Envoy writes them with `forward_client_cert_details: SANITIZE_SET`.

    Between its quotes the subject is the text of RFC 4514, whose own backslashes tell `CN=a\\,O=b` from two parts.
    """
    name = "X-Forwarded-Client-Cert"
    fields = dict(_xfcc_fields(only_header(delivery, name)))
    fingerprint = decode_hex(fields.get("hash", ""))
    if fingerprint is None or len(fingerprint) != SHA256.digest_size:
        raise malformed(name, "does not hold the Hash of one certificate")
    return ClientCertificate(fingerprint.hex(), fields.get("subject", ""))


def _xfcc_fields(value: str) -> Iterator[tuple[str, str]]:
    """The fields of the one element; of several, or of a field that comes twice, one may be the client's own."""
    place, seen = 0, set[str]()
    while place < len(value):
        match = _XFCC_FIELD.match(value, place)
        if match is None or (key := match[1].lower()) in seen - {"uri", "dns"}:
            raise malformed("X-Forwarded-Client-Cert", "does not describe exactly one certificate")
        seen.add(key)
        text = match[2]
        yield key, text[1:-1] if text.startswith('"') else text
        place = match.end()


FORMS: Mapping[str, CertificateForm] = {
    "rfc9440": CertificateForm(("Client-Cert",), _client_cert),
    "nginx": CertificateForm(("X-SSL-Client-Verify", "X-SSL-Client-Cert"), _nginx),
    "envoy": CertificateForm(("X-Forwarded-Client-Cert",), _envoy),
}
