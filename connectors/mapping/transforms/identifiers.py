# Part of Integration Hub. License LGPL-3.0 or later.
"""Transforms of identifiers.

Source: https://shopify.dev/docs/api/usage/gids
"""

import re
from collections.abc import Callable
from typing import Any

from ..errors import TransformError
from ..registry import DEFAULT, Arg, ArgumentError, Example, NotInvertible, refuse_type

_DIGITS = re.compile(r"[0-9]{1,30}")
_GID = re.compile(r"gid://[A-Za-z0-9_-]+/[A-Za-z0-9_]+/([0-9]{1,30})(?:\?.*)?")


@DEFAULT.transform(
    "gid",
    Arg("type", "text"),
    builder=True,
    gives="text",
    filled=True,
    inverse=lambda **arguments: [{"gid_number": arguments["type"]}],
    examples=[Example(1001, "gid://shopify/Order/1001", "Order")],
)
def gid(type: str) -> Callable[[Any], str]:
    """Change a number to Shopify's global id: gid("Order") makes 1001 "gid://shopify/Order/1001". A global id stays."""
    if not re.fullmatch(r"[A-Za-z]{1,60}", type):
        raise ArgumentError("“type” must be the name of a resource, such as Order")
    begin = f"gid://shopify/{type}/"

    def convert(value: Any) -> str:
        if isinstance(value, int) and value is not True and value is not False and 0 <= value < 10**30:
            return f"{begin}{value}"
        if isinstance(value, str):
            if value.startswith("gid://"):
                return value
            if _DIGITS.fullmatch(value):
                return begin + value
        raise TransformError(
            "type",
            "The value is not an id: neither a number nor a global id",
            "Choose the field that holds the id.",
            expected="id",
        )

    return convert


def _gid_back(type: str) -> list[Any]:
    if not type:
        raise NotInvertible("the kind of object is lost: name it, as in gid_number(“Order”)")
    return [{"gid": type}]


@DEFAULT.transform(
    "gid_number",
    Arg("type", "text", ""),
    gives="number",
    inverse=_gid_back,
    examples=[Example("gid://shopify/Order/1001", 1001)],
)
def gid_number(value: Any, type: str) -> int:
    """The number at the end of a global id: "gid://shopify/Order/1001" becomes 1001. A number stays. `type` ("Order")
    is for the way back."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str):
        match = _GID.fullmatch(value)
        if match:
            return int(match.group(1))
        if _DIGITS.fullmatch(value):
            return int(value)
    raise refuse_type("a global id")
