# Part of Integration Hub. License LGPL-3.0 or later.
"""Transforms of numbers. Amounts are decimal texts ("19.90"), so that no cent is lost to binary fractions."""

import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from ..registry import DEFAULT, ITSELF, Arg, ArgumentError, Example, NotInvertible, refuse_type
from .decimals import EXACT, decimal_of, decimal_text

_PLAIN = re.compile(r"(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,12})?")
_INTEGER = re.compile(r"[+-]?[0-9]{1,40}")
_SMALLEST = Decimal("1e-12")


def _was(*types: str) -> Arg:
    """The JSON type that the source had: only the way back needs it."""
    return Arg("was", "text", "", choices=("", *types))


@DEFAULT.transform(
    "int",
    _was("text"),
    gives="number",
    inverse=lambda was: ["to_string"] if was else ["int"],
    examples=[Example("12", 12), Example(3.0, 3)],
)
def to_int(value: Any, was: str) -> int:
    """Change to a whole number; a fraction other than zero is refused. `was`: the way back makes a text of it."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and _INTEGER.fullmatch(value.strip()):
        return int(value)
    number = decimal_of(value)
    if number != number.to_integral_value(context=EXACT):
        raise refuse_type("a whole number")
    return int(number)


@DEFAULT.transform(
    "to_float",
    _was("text"),
    gives="number",
    inverse=lambda was: ["decimal"] if was else ["to_float"],
    examples=[Example("0.35", 0.35)],
)
def to_float(value: Any, was: str) -> float:
    """Change to a number with fraction, for weights and rates; use decimal for amounts. `was`: the way back makes a
    text of it."""
    if isinstance(value, float) and value - value == 0:
        return value
    return float(decimal_of(value))


@DEFAULT.transform(
    "decimal",
    _was("number"),
    builder=True,
    gives="text",
    filled=True,
    inverse=lambda was: ["to_float"] if was else ["decimal"],
    examples=[Example(19.9, "19.9"), Example("1e2", "100")],
)
def decimal(was: str) -> Callable[[Any], str]:
    """Change to a decimal text, exactly: 19.9 becomes "19.9", "1e2" becomes "100". `was`: the way back makes a number
    of it."""
    plain = _PLAIN.fullmatch

    def convert(value: Any) -> str:
        if isinstance(value, str) and plain(value):
            return value
        return decimal_text(decimal_of(value))

    return convert


@DEFAULT.transform(
    "round_money",
    Arg("digits", "integer", 2, low=0, high=8),
    builder=True,
    gives="text",
    filled=True,
    inverse=ITSELF,
    examples=[Example("2.675", "2.68"), Example(1000.5, "1001", 0)],
)
def round_money(digits: int) -> Callable[[Any], str]:
    """Change to a decimal text with this many digits after the point, half a unit rounded up: "2.675" → "2.68"."""
    unit = Decimal(1).scaleb(-digits)
    fraction = rf"\.[0-9]{{{digits}}}" if digits else ""
    ready = re.compile(rf"(?:0|[1-9][0-9]{{0,17}}){fraction}").fullmatch

    def rounded(value: Any) -> str:
        if isinstance(value, str) and ready(value):
            return value
        return decimal_text(decimal_of(value).quantize(unit, ROUND_HALF_UP, EXACT))

    return rounded


def _multiply_back(factor: float) -> list[Any]:
    if not factor:
        raise NotInvertible("what was multiplied by 0 is lost")
    return [{"divide": factor}]


@DEFAULT.transform(
    "multiply",
    Arg("factor", "number"),
    builder=True,
    gives="text",
    inverse=_multiply_back,
    examples=[Example(1990, "19.90", 0.01), Example("250", "0.250", 0.001)],
)
def multiply(factor: float) -> Callable[[Any], str]:
    """Multiply exactly and give a decimal text: cents by 0.01, grams by 0.001."""
    by = Decimal(str(factor))

    def multiplied(value: Any) -> str:
        return decimal_text(EXACT.multiply(decimal_of(value), by))

    return multiplied


def _divide_back(by: float) -> list[Any]:
    numerator, _denominator = Decimal(str(by)).as_integer_ratio()
    for prime in (2, 5):
        while numerator % prime == 0:
            numerator //= prime
    if abs(numerator) != 1:
        raise NotInvertible(f"the quotient by {by} is rounded")
    return [{"multiply": by}]


@DEFAULT.transform(
    "divide",
    Arg("by", "number"),
    builder=True,
    gives="text",
    inverse=_divide_back,
    examples=[Example("19.90", "1990", 0.01), Example(1, "0.333333333333", 3)],
)
def divide(by: float) -> Callable[[Any], str]:
    """Divide and give a decimal text: exactly, or to 12 digits after the point where the quotient has no end."""
    divisor = Decimal(str(by))
    if not divisor:
        raise ArgumentError("“by” must not be 0")

    def divided(value: Any) -> str:
        number = decimal_of(value)
        quotient = EXACT.divide(number, divisor)
        if EXACT.multiply(quotient, divisor) != number:
            quotient = quotient.quantize(_SMALLEST, ROUND_HALF_UP, EXACT)
        return decimal_text(quotient)

    return divided
