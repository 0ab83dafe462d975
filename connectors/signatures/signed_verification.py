# Part of Integration Hub. License LGPL-3.0 or later.
"""What a `SignedScheme` says, compiled to functions: it is looked up once, not once a delivery."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ..errors import SignatureRefused
from .encodings import DECODE, TIMESTAMPS
from .model import Delivery, Verified
from .refusals import MAX_ID_CHARS, malformed, mismatch, only_header, usable_keys, wrong_age

if TYPE_CHECKING:
    from .signed_scheme import SignedScheme

MAX_SIGNATURES = 32  # in one header: each of them costs work

Verify = Callable[[Delivery, Sequence[str], float], Verified]
Messages = Callable[[Delivery, str, str], Sequence[bytes]]


def compile_verify(scheme: SignedScheme, messages: Messages) -> Verify:
    """What verifies a delivery with these secrets at this time, as `Scheme.verify` promises."""
    secret_key, title, matches, header_id = scheme.secret_key, scheme.title, scheme.algorithm.matches, scheme.header_id
    signature_header, timestamp_header, id_header = scheme.signature_header, scheme.timestamp_header, scheme.id_header
    signatures_in, stamp_in = signature_reader(scheme), stamp_reader(scheme)
    read_moment, unreadable = TIMESTAMPS[scheme.timestamp_format].read, unreadable_stamp(scheme)
    oldest, earliest, unsigned_id = scheme.past, -scheme.future, bool(scheme.dedupe_headers)

    def verify(delivery: Delivery, secrets: Sequence[str], now: float) -> Verified:
        keys = usable_keys(secrets, secret_key, title)
        header = only_header(delivery, signature_header)
        signatures = signatures_in(header)
        stamp = only_header(delivery, timestamp_header) if timestamp_header else stamp_in(header)
        moment = None
        if stamp is not None:
            moment = read_moment(stamp)
            if moment is None:
                raise unreadable()
            if not earliest <= now - moment <= oldest:
                raise wrong_age(now - moment)
        message_id = only_header(delivery, id_header, MAX_ID_CHARS) if id_header else ""
        dedupe_key = message_id or (header_id(delivery) if unsigned_id else None)
        genuine = False
        for message in messages(delivery, stamp or "", message_id):
            for key in keys:
                genuine |= matches(key, message, signatures)
        if not genuine:
            raise mismatch(signature_header)
        return Verified(dedupe_key, moment)

    return verify


def compile_timestamp(scheme: SignedScheme) -> Callable[[Delivery], float | None]:
    """What reads a delivery's own time, unproven."""
    stamp_in, read_moment = stamp_reader(scheme), TIMESTAMPS[scheme.timestamp_format].read
    unreadable = unreadable_stamp(scheme)

    def timestamp(delivery: Delivery) -> float | None:
        header = only_header(delivery, scheme.signature_header)
        stamp = only_header(delivery, scheme.timestamp_header) if scheme.timestamp_header else stamp_in(header)
        moment = None if stamp is None else read_moment(stamp)
        if stamp is not None and moment is None:
            raise unreadable()
        return moment

    return timestamp


def compile_messages(scheme: SignedScheme) -> Messages:
    """What gives the strings that may have been signed, for a delivery with this timestamp and id."""
    fill, payload, spellings = scheme.signed_string.fill, scheme.payload, scheme.urls

    def with_address(delivery: Delivery, stamp: str, message_id: str) -> Sequence[bytes]:
        if not delivery.url:
            raise SignatureRefused("The delivery's address is not known, but it is signed", code="missing-url")
        urls = spellings(delivery) if spellings else (delivery.url,)
        body = payload(delivery) if payload else delivery.body
        return [fill(body, stamp, message_id, delivery.method, url) for url in urls]

    def without_address(delivery: Delivery, stamp: str, message_id: str) -> Sequence[bytes]:
        body = payload(delivery) if payload else delivery.body
        return (fill(body, stamp, message_id, delivery.method, ""),)

    return with_address if scheme.signs_url else without_address


def signature_reader(scheme: SignedScheme) -> Callable[[str], Sequence[bytes]]:
    """What takes the signatures out of their header; SignatureRefused when there is none of the right form."""
    name, prefix, separator = scheme.signature_header, scheme.prefix, scheme.separator
    decode, size = DECODE[scheme.encoding], scheme.algorithm.size

    def read(header: str) -> Sequence[bytes]:
        items = header.split(separator, MAX_SIGNATURES) if separator else (header,)
        if len(items) > MAX_SIGNATURES:
            raise malformed(name, f"holds more than {MAX_SIGNATURES} items")
        signatures = []
        for item in items:
            if item.startswith(prefix):
                signature = decode(item.removeprefix(prefix))
                if signature is not None and len(signature) == size:
                    signatures.append(signature)
        if not signatures:
            raise malformed(name, "holds no signature of a known kind")
        return signatures

    return read


def stamp_reader(scheme: SignedScheme) -> Callable[[str], str | None]:
    """What takes the timestamp's text out of the signature header; it gives None where it does not stand there."""
    name, prefix, separator = scheme.signature_header, scheme.timestamp_prefix, scheme.separator

    def read(header: str) -> str | None:
        stamps = [item for item in header.split(separator) if item.startswith(prefix)]
        if len(stamps) != 1:
            raise malformed(name, "does not have exactly one timestamp")
        return stamps[0].removeprefix(prefix)

    return read if prefix else lambda _header: None


def unreadable_stamp(scheme: SignedScheme) -> Callable[[], SignatureRefused]:
    """What makes the refusal of a timestamp that is not in the scheme's format."""
    name = scheme.timestamp_header or scheme.signature_header
    return lambda: malformed(name, f"holds no timestamp in {scheme.timestamp_format}")
