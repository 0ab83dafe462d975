# Part of Integration Hub. License LGPL-3.0 or later.
"""Transforms of numbers. Amounts are decimal texts ("19.90"), so that no cent is lost to binary fractions."""

import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from ..errors import TransformError
from ..registry import DEFAULT, Arg, refuse_type

_PLAIN = re.compile(r"(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,12})?")
_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})(?:[eE][+-]?[0-9]{1,3})?")
_INTEGER = re.compile(r"[+-]?[0-9]{1,40}")
_CONTEXT = Context(prec=120)
_LARGEST = 40


def _decimal(value: Any) -> Decimal:
    if isinstance(value, str) and _NUMBER.fullmatch(text := value.strip()):
        number = Decimal(text)
    elif isinstance(value, float) and value - value == 0:
        number = Decimal(repr(value))
    elif isinstance(value, int) and not isinstance(value, bool) and value.bit_length() <= 140:
        number = Decimal(value)
    elif isinstance(value, Decimal) and value.is_finite():
        number = value
    else:
        raise TransformError(
            "type",
            "The value is not a number",
            "Numbers have a point as decimal separator and no thousands separator.",
            expected="number",
        )
    if number and abs(number.adjusted()) > _LARGEST:
        raise TransformError(
            "type", "The number is too large or too small", "Correct it in the source.", expected="number"
        )
    return number


def _written(number: Decimal) -> str:
    return format(number if number else abs(number), "f")


@DEFAULT.transform("int")
def to_int(value: Any) -> int:
    """Change to a whole number; a fraction other than zero is refused."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and _INTEGER.fullmatch(value.strip()):
        return int(value)
    number = _decimal(value)
    if number != number.to_integral_value(context=_CONTEXT):
        raise refuse_type("a whole number")
    return int(number)


@DEFAULT.transform("to_float")
def to_float(value: Any) -> float:
    """Change to a number with fraction, for weights and rates; use decimal for amounts."""
    if isinstance(value, float) and value - value == 0:
        return value
    return float(_decimal(value))


@DEFAULT.transform("decimal")
def decimal(value: Any) -> str:
    """Change to a decimal text, exactly: 19.9 becomes "19.9", "1e2" becomes "100"."""
    if isinstance(value, str) and _PLAIN.fullmatch(value):
        return value
    return _written(_decimal(value))


@DEFAULT.transform("round_money", Arg("digits", "integer", 2, low=0, high=8), builder=True)
def round_money(digits: int) -> Callable[[Any], str]:
    """Change to a decimal text with this many digits after the point, half a unit rounded up: "2.675" → "2.68"."""
    unit = Decimal(1).scaleb(-digits)
    fraction = rf"\.[0-9]{{{digits}}}" if digits else ""
    ready = re.compile(rf"(?:0|[1-9][0-9]{{0,17}}){fraction}").fullmatch

    def rounded(value: Any) -> str:
        if isinstance(value, str) and ready(value):
            return value
        return _written(_decimal(value).quantize(unit, ROUND_HALF_UP, _CONTEXT))

    return rounded


@DEFAULT.transform("multiply", Arg("factor", "number"), builder=True)
def multiply(factor: float) -> Callable[[Any], str]:
    """Multiply exactly and give a decimal text: cents by 0.01, grams by 0.001."""
    by = Decimal(str(factor))

    def multiplied(value: Any) -> str:
        return _written(_CONTEXT.multiply(_decimal(value), by))

    return multiplied
