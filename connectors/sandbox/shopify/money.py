# Part of Integration Hub. License LGPL-3.0 or later.
"""Amounts as Shopify writes them: decimal strings with the currency's number of digits (ISO 4217)."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from ..core.problem import ControlProblem

_NO_DECIMALS = frozenset(
    ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF")
)
_THREE_DECIMALS = frozenset(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"))


def decimals(currency: str) -> int:
    """Digits after the point."""
    return 0 if currency in _NO_DECIMALS else 3 if currency in _THREE_DECIMALS else 2


def rounded(amount: Decimal, currency: str) -> Decimal:
    """The amount in whole smallest units, halves away from zero."""
    return amount.quantize(Decimal(1).scaleb(-decimals(currency)), rounding=ROUND_HALF_UP)


def text(amount: Decimal, currency: str) -> str:
    """The amount as Shopify's REST resources write it."""
    return str(rounded(amount, currency))


def money_set(amount: Decimal, currency: str) -> dict[str, Any]:
    """Shop money and presentment money, the same unless `present` says otherwise."""
    money = {"amount": text(amount, currency), "currency_code": currency}
    return {"shop_money": dict(money), "presentment_money": dict(money)}


def present(document: Any, currency: str, rate: Decimal) -> None:
    """Write every presentment money below a document in another currency, in place."""
    if isinstance(document, list):
        for one in document:
            present(one, currency, rate)
    elif isinstance(document, dict):
        if "shop_money" in document and "presentment_money" in document:
            amount = text(Decimal(document["shop_money"]["amount"]) * rate, currency)
            document["presentment_money"] = {"amount": amount, "currency_code": currency}
        elif "presentment_currency" in document:
            document["presentment_currency"] = currency
        for value in document.values():
            if isinstance(value, dict | list):
                present(value, currency, rate)


def parse_amount(value: Any, currency: str, pointer: str) -> Decimal:
    """A non-negative amount of whole smallest units, from a string or number.

    Raises ControlProblem: it is none, or has more digits than the currency.
    """
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        amount = Decimal("NaN")
    if isinstance(value, bool) or not amount.is_finite() or amount < 0 or amount > Decimal("1e12"):
        raise ControlProblem("invalid-amount", f"{value!r} is not an amount of 0 or more.", pointer)
    if rounded(amount, currency) != amount:
        raise ControlProblem("invalid-amount", f"{value!r} has more than {decimals(currency)} decimals.", pointer)
    return rounded(amount, currency)


def parse_currency(value: Any, pointer: str) -> str:
    """A currency code in the form of ISO 4217; it need not exist, so that unknown currencies can be tried.

    Raises ControlProblem: it is not three capital letters.
    """
    if not isinstance(value, str) or not re.fullmatch("[A-Z]{3}", value):
        raise ControlProblem("invalid-currency", f"{value!r} is not a code of three capital letters.", pointer)
    return value


def share(amount: Decimal, weights: list[Decimal], currency: str) -> list[Decimal]:
    """Split an amount in proportion to the weights so that the parts add up exactly; the last one takes the rest."""
    total = sum(weights, Decimal(0))
    parts: list[Decimal] = []
    for weight in weights[:-1]:
        part = rounded(amount * weight / total, currency) if total else Decimal(0)
        parts.append(min(part, amount - sum(parts, Decimal(0)), weight))
    return [*parts, amount - sum(parts, Decimal(0))]
