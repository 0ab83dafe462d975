# Part of Integration Hub. License LGPL-3.0 or later.
"""Transforms of amounts in a currency: rounded to its digits, or counted in its minor units (cents).

The currency is one for the mapping ("EUR"), or read: below the value by `currency_path`, together with the amount's own
`path`, or from the document by a `currency_path` that begins with $root.

Source: ISO 4217 (six-group.com/en/products-services/financial-information/data-standards.html), list one.
"""

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from ..errors import TransformError
from ..registry import DEFAULT, ITSELF, Arg, ArgumentError, Bound, Example, NotInvertible, refuse_type
from .decimals import EXACT, decimal_of, decimal_text
from .helpers import subpath

_TWO = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW "
    "CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR "
    "ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV "
    "MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD "
    "SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG"
)
_NONE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE = "BHD IQD JOD KWD LYD OMR TND"
_FOUR = "CLF UYW"
#: How many digits an amount has after the point, by currency.
DIGITS = {code: digits for codes, digits in ((_NONE, 0), (_TWO, 2), (_THREE, 3), (_FOUR, 4)) for code in codes.split()}
_ARGS = (Arg("currency", "text", ""), Arg("path", "text", ""), Arg("currency_path", "text", ""))
_Convert = Callable[[Any, int], Any]


def digits_of(currency: Any) -> int:
    """How many digits amounts in this currency have; raises TransformError for one that ISO 4217 does not have."""
    found = DIGITS.get(currency.strip().upper()) if isinstance(currency, str) else None
    if found is None:
        raise TransformError(
            "currency",
            "The amount's currency is not a code of ISO 4217",
            "Choose the field that holds the currency's three-letter code.",
        )
    return found


def _bind(convert: _Convert, currency: str, path: str, currency_path: str) -> Bound:
    """`convert(amount, digits)` as a transform."""
    if bool(currency) is bool(currency_path):
        raise ArgumentError("name either the currency, or the path where it is found")
    amount_at = subpath(path or "@")
    if currency:
        if currency.upper() not in DIGITS:
            raise ArgumentError(f"“{currency}” is not a currency's three-letter code")
        digits = DIGITS[currency.upper()]
        if not path:
            return Bound(lambda value: convert(value, digits))
        return Bound(lambda value: _or_nothing(convert, amount_at.read(value), digits), amount_at.reads)
    currency_at = subpath(currency_path, root=True)

    def with_currency(value: Any, source: Any) -> Any:
        amount = amount_at.read(value)
        return None if amount is None else convert(amount, digits_of(currency_at.read(source)))

    if currency_at.from_root:
        return Bound(with_currency, amount_at.reads, currency_at.reads)
    return Bound(lambda value: with_currency(value, value), amount_at.reads | currency_at.reads)


def _or_nothing(convert: _Convert, amount: Any, digits: int) -> Any:
    return None if amount is None else convert(amount, digits)


def _one_currency(currency: str, path: str, currency_path: str) -> str:
    if path or currency_path:
        raise NotInvertible("it reads the amount and its currency, and gives one of them")
    return currency


def _money_back(**arguments: str) -> list[Any]:
    return [{"money": _one_currency(**arguments)}]


@DEFAULT.transform(
    "money",
    *_ARGS,
    builder=True,
    gives="text",
    filled=True,
    inverse=_money_back,
    examples=[
        Example("19.995", "20.00", "EUR"),
        Example(1999.5, "2000", "JPY"),
        Example(
            {"amount": "1.2345", "currency_code": "KWD"},
            "1.235",
            {"path": "amount", "currency_path": "currency_code"},
        ),
    ],
)
def money(currency: str, path: str, currency_path: str) -> Bound:
    """Change to a decimal text with as many digits as the currency has, half a unit rounded up: yen have none, Kuwaiti
    dinars three."""

    def rounded(amount: Any, digits: int) -> str:
        return decimal_text(decimal_of(amount).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP, EXACT))

    return _bind(rounded, currency, path, currency_path)


def _to_minor_back(**arguments: str) -> list[Any]:
    return [{"from_minor": _one_currency(**arguments)}]


@DEFAULT.transform(
    "to_minor",
    *_ARGS,
    builder=True,
    gives="number",
    inverse=_to_minor_back,
    examples=[Example("19.90", 1990, "EUR"), Example("1990", 1990, "JPY")],
)
def to_minor(currency: str, path: str, currency_path: str) -> Bound:
    """Count an amount in the currency's minor units, as payment providers do: 19.90 euro are 1990 cents, 1990 yen are
    1990."""

    def counted(amount: Any, digits: int) -> int:
        return int(decimal_of(amount).scaleb(digits, EXACT).quantize(Decimal(1), ROUND_HALF_UP, EXACT))

    return _bind(counted, currency, path, currency_path)


def _from_minor_back(**arguments: str) -> list[Any]:
    return [{"to_minor": _one_currency(**arguments)}]


@DEFAULT.transform(
    "from_minor",
    *_ARGS,
    builder=True,
    gives="text",
    inverse=_from_minor_back,
    examples=[Example(1990, "19.90", "EUR"), Example(1990, "1.990", "KWD")],
)
def from_minor(currency: str, path: str, currency_path: str) -> Bound:
    """The amount of so many minor units, as a decimal text: 1990 cents are 19.90 euro."""

    def amount_of(units: Any, digits: int) -> str:
        number = decimal_of(units)
        if number != number.to_integral_value(context=EXACT):
            raise refuse_type("a whole number of minor units")
        return decimal_text(number.quantize(Decimal(1), context=EXACT).scaleb(-digits, EXACT))

    return _bind(amount_of, currency, path, currency_path)


@DEFAULT.transform(
    "currency_code", gives="text", filled=True, inverse=ITSELF, examples=[Example(" eur", "EUR"), Example("", None)]
)
def currency_code(value: Any) -> str | None:
    """Check a currency's three-letter code (ISO 4217) and write it in capitals. An empty text counts as missing."""
    if isinstance(value, str) and not value.strip():
        return None
    digits_of(value)
    return str(value).strip().upper()
