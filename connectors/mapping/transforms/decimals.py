# Part of Integration Hub. License LGPL-3.0 or later.
"""Decimal numbers as the transforms compute with them: exactly, and written without an exponent."""

import re
from decimal import Context, Decimal
from typing import Any

from ..errors import TransformError

EXACT = Context(prec=120)
"""More digits than sums and products of the numbers that are let in can have."""

_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})(?:[eE][+-]?[0-9]{1,3})?")
_LARGEST = 40


def decimal_of(value: Any) -> Decimal:
    """The number that a text or a number is; raises TransformError for anything else, and for extreme ones."""
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


def decimal_text(number: Decimal) -> str:
    """The number in digits, without an exponent; zero has no sign."""
    return format(number if number else abs(number), "f")
