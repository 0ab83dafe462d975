# Part of Integration Hub. License LGPL-3.0 or later.
"""Transforms that add up and subtract."""

from decimal import Decimal
from typing import Any

from ..registry import DEFAULT, Example, refuse_type
from .decimals import EXACT, decimal_of, decimal_text


@DEFAULT.transform(
    "sum",
    gives="text",
    loses="the parts of a sum cannot be told from it",
    examples=[Example(["0.10", "0.20", None], "0.30"), Example([], None)],
)
def total(value: Any) -> str | None:
    """Add up the numbers of a list exactly and give a decimal text: ["0.10", "0.20"] becomes "0.30". Empty items do
    not count; nothing when none is left."""
    if not isinstance(value, list):
        raise refuse_type("a list of numbers")
    result = _sum(value)
    return None if result is None else decimal_text(result)


@DEFAULT.transform(
    "difference",
    gives="text",
    loses="what was subtracted cannot be told from the rest",
    examples=[
        Example(["10.00", "2.50"], "7.50"),
        Example([["10.00", "5.00"], "2.50"], "12.50"),
        Example([None, "1"], None),
    ],
)
def difference(value: Any) -> str | None:
    """Take all later numbers of a list from the first, exactly, and give a decimal text; a list in its place counts as
    its sum, empty items as 0. Nothing when the first is empty."""
    if not isinstance(value, list) or not value:
        raise refuse_type("a list of numbers")
    amounts = [_sum(item if isinstance(item, list) else [item]) for item in value]
    result = amounts[0]
    if result is None:
        return None
    for amount in amounts[1:]:
        result = EXACT.subtract(result, amount or Decimal(0))
    return decimal_text(result)


def _sum(items: list[Any]) -> Decimal | None:
    """The sum of those that are not empty; None where none is left."""
    numbers = [decimal_of(item) for item in items if item is not None and item != ""]
    if not numbers:
        return None
    result = numbers[0]
    for number in numbers[1:]:
        result = EXACT.add(result, number)
    return result
