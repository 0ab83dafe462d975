# Part of Integration Hub. License LGPL-3.0 or later.
"""Strict reading of what senders write: one text for each value, everything else is refused as None."""

import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?Z")
_MAX_DIGITS = 15
_URL_SAFE = str.maketrans("-_", "+/")


def decode_hex(text: str) -> bytes | None:
    """Bytes of lower-case hexadecimal digits, at least one."""
    try:
        data = bytes.fromhex(text)
    except ValueError:
        return None
    return data if data and data.hex() == text else None


def decode_base64(text: str) -> bytes | None:
    """Bytes of padded standard base64 (RFC 4648 §4), at least one, without stray bits in the last character."""
    try:
        data = binascii.a2b_base64(text)
    except ValueError:
        return None
    return data if data and binascii.b2a_base64(data, newline=False).decode() == text else None


def encode_base64(data: bytes) -> str:
    """Padded standard base64."""
    return binascii.b2a_base64(data, newline=False).decode()


def decode_base64url(text: str) -> bytes | None:
    """Bytes of base64url without padding (RFC 7515 §2), at least one, without stray bits in the last character."""
    if not text.isascii() or not text.replace("-", "a").replace("_", "a").isalnum():
        return None
    return decode_base64(text.translate(_URL_SAFE) + "=" * (-len(text) % 4))


DECODE: Mapping[str, Callable[[str], bytes | None]] = {"hex": decode_hex, "base64": decode_base64}
ENCODE: Mapping[str, Callable[[bytes], str]] = {"hex": bytes.hex, "base64": encode_base64}


def text_key(secret: str) -> bytes | None:
    """The key is the secret's text, prefix and all."""
    return secret.encode("utf-8", "surrogatepass") or None


def whsec_key(secret: str) -> bytes | None:
    """The key is base64, with or without `whsec_` before it (Standard Webhooks)."""
    return decode_base64(secret.removeprefix("whsec_"))


KEYS: Mapping[str, Callable[[str], bytes | None]] = {"text": text_key, "base64": decode_base64, "hex": decode_hex}


@dataclass(frozen=True)
class TimestampFormat:
    """How a moment in unix seconds is written, and read back; None for text that is not of this format."""

    write: Callable[[float], str]
    read: Callable[[str], float | None]


def _digits(units_per_second: int) -> TimestampFormat:
    """Whole units since 1970 in ASCII digits only: no sign, fraction, exponent, space or Infinity."""

    def read(text: str) -> float | None:
        if len(text) <= _MAX_DIGITS and text.isascii() and text.isdigit():
            return int(text) / units_per_second
        return None

    return TimestampFormat(lambda now: str(int(now * units_per_second)), read)


def _read_moment(text: str) -> float | None:
    if not _MOMENT.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        return None


def _write_moment(now: float) -> str:
    return datetime.fromtimestamp(int(now), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


TIMESTAMPS: Mapping[str, TimestampFormat] = {
    "seconds": _digits(1),
    "milliseconds": _digits(1000),
    "iso8601": TimestampFormat(_write_moment, _read_moment),
}
