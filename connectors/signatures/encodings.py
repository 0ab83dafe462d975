# Part of Integration Hub. License LGPL-3.0 or later.
"""Strict decoding of what senders write: one text for each value, everything else is refused as None."""

import base64
import binascii
import re
from collections.abc import Callable

_HEX = re.compile(r"(?:[0-9a-f]{2})+\Z")
_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}\Z")
_TIMESTAMP = re.compile(r"[0-9]{1,15}\Z")


def decode_hex(text: str) -> bytes | None:
    """Bytes of lower-case hexadecimal digits."""
    return bytes.fromhex(text) if _HEX.match(text) else None


def decode_base64(text: str) -> bytes | None:
    """Bytes of padded standard base64 (RFC 4648 §4), refusing stray bits in the last character."""
    if not _BASE64.match(text):
        return None
    try:
        data = base64.b64decode(text, validate=True)
    except binascii.Error:
        return None
    return data if base64.b64encode(data).decode() == text else None


def encode_base64(data: bytes) -> str:
    """Padded standard base64."""
    return base64.b64encode(data).decode()


DECODE: dict[str, Callable[[str], bytes | None]] = {"hex": decode_hex, "base64": decode_base64}
ENCODE: dict[str, Callable[[bytes], str]] = {"hex": bytes.hex, "base64": encode_base64}


def decode_timestamp(text: str, units_per_second: int) -> float | None:
    """Unix seconds from ASCII digits only: no sign, fraction, exponent, space or Infinity."""
    return int(text) / units_per_second if _TIMESTAMP.match(text) else None


def text_key(secret: str) -> bytes | None:
    """The key is the secret's text, prefix and all."""
    return secret.encode("utf-8", "surrogatepass") or None


def whsec_key(secret: str) -> bytes | None:
    """The key is base64, with or without ``whsec_`` before it (Standard Webhooks)."""
    return decode_base64(secret.removeprefix("whsec_"))
