# Part of Integration Hub. License LGPL-3.0 or later.
"""Twilio: signs its address with the form's sorted fields, or with the hash of a JSON body in the address."""

import hashlib
import hmac
from urllib.parse import parse_qs, urlsplit, urlunsplit

from ...errors import DocumentError, SignatureRefused
from ..algorithms import HMAC_SHA1
from ..bodies import form_pairs
from ..model import FORM, JSON, Answer, Delivery
from ..signed_scheme import SignedScheme

_PORTS = {"https": 443, "http": 80}


def _with_and_without_port(delivery: Delivery) -> tuple[str, ...]:
    """Twilio signs with or without the port depending on the product, so both spellings count."""
    url = delivery.url or ""
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.netloc
    except ValueError:
        raise SignatureRefused("The delivery's address is malformed", code="malformed-url") from None
    if port is not None:
        return url, urlunsplit(parts._replace(netloc=host.rpartition(":")[0]))
    if parts.scheme in _PORTS:
        return url, urlunsplit(parts._replace(netloc=f"{host}:{_PORTS[parts.scheme]}"))
    return (url,)


def _fields_or_hash(delivery: Delivery) -> bytes:
    """The form's fields, sorted, each value once; nothing for a body whose hash the address holds.

    The content type is not signed, so a body that neither way covers is refused whatever it claims to be.
    """
    hashes = parse_qs(urlsplit(delivery.url or "").query).get("bodySHA256", [])
    if hashes:
        expected = hashlib.sha256(delivery.body).hexdigest()
        if len(hashes) > 1 or not hmac.compare_digest(hashes[0].encode(), expected.encode()):
            raise SignatureRefused("The body does not match bodySHA256 in the address", code="mismatch")
        return b""
    if not delivery.body:
        return b""
    if delivery.content_type != FORM:
        raise SignatureRefused("Neither a form nor bodySHA256: nothing signs the body", code="body-not-covered")
    try:
        fields = sorted(set(form_pairs(delivery.body)))
    except DocumentError as error:
        raise SignatureRefused(error.message, code="malformed-body") from None
    return "".join(name + value for name, value in fields).encode()


SCHEME = SignedScheme(
    key="twilio",
    title="Twilio",
    docs_url="https://www.twilio.com/docs/usage/security#validating-requests",
    signature_header="X-Twilio-Signature",
    signed="{url}{body}",
    algorithm=HMAC_SHA1,  # Twilio has nothing else
    encoding="base64",
    urls=_with_and_without_port,
    payload=_fields_or_hash,
    dedupe_headers=("I-Twilio-Idempotency-Token",),
    answer=Answer(200, "text/xml; charset=utf-8", b'<?xml version="1.0" encoding="UTF-8"?><Response/>'),
    content_types=(FORM, JSON),
)
