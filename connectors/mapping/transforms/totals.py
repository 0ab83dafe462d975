# Part of Integration Hub. License LGPL-3.0 or later.
"""Transforms that add up."""

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
    numbers = [decimal_of(item) for item in value if item is not None and item != ""]
    if not numbers:
        return None
    result = numbers[0]
    for number in numbers[1:]:
        result = EXACT.add(result, number)
    return decimal_text(result)
