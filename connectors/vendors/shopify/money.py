# Part of Integration Hub. License LGPL-3.0 or later.
"""Amounts as Shopify's webhooks write them: always as many decimals as the currency has (ISO 4217).

GraphQL drops zeros at the end or adds one ("49.9", "15000.0"), so the same amount read both ways would look like a
change. Only zeros are added or dropped, the amount never changes.
"""

from __future__ import annotations

_NONE = frozenset(
    ["BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"]
)
_THREE = frozenset(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"])


def decimals(currency: str) -> int:
    """How many decimals amounts of a currency have; two for a currency that is not known."""
    return 0 if currency in _NONE else 3 if currency in _THREE else 2


def amount(text: str, currency: str) -> str:
    """ "49.9" in EUR is "49.90", "15000.0" in XAF is "15000"; further digits that are not zero stay."""
    whole, _, fraction = text.partition(".")
    digits = fraction.rstrip("0").ljust(decimals(currency), "0")
    return f"{whole}.{digits}" if digits else whole
