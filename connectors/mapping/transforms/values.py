# Part of Integration Hub. License LGPL-3.0 or later.
"""Transforms of any value: choosing, replacing, looking up."""

import copy
from collections.abc import Callable
from typing import Any

from ..errors import TransformError
from ..registry import DEFAULT, ITSELF, Arg, ArgumentError, Bound, Example, NotInvertible, refuse_type
from .helpers import number_text, subpath

_TRUE = frozenset({"true", "yes", "y", "on", "1"})
_FALSE = frozenset({"false", "no", "n", "off", "0"})


@DEFAULT.transform(
    "get",
    Arg("path", "text"),
    builder=True,
    loses="it takes a part of the value only",
    examples=[Example({"address": {"city": "Ghent"}}, "Ghent", "address.city"), Example(["a"], "a", "[0]")],
)
def get(path: str) -> Bound:
    """What the path finds below the value: get("address.city"), get("[0]")."""
    found = subpath(path)
    return Bound(found.read, found.reads)


@DEFAULT.transform(
    "coalesce",
    Arg("paths", "texts"),
    builder=True,
    loses="which of its fields the value came from is lost",
    examples=[Example({"phone": "", "mobile": "0470 12 34 56"}, "0470 12 34 56", ["phone", "mobile"])],
)
def coalesce(paths: list[str]) -> Bound:
    """The first of the paths below the value that finds something; empty texts do not count."""
    if not paths:
        raise ArgumentError("“paths” is empty")
    compiled = [subpath(path) for path in paths]
    reads = [path.read for path in compiled]

    def choose(value: Any) -> Any:
        for read in reads:
            found = read(value)
            if found is not None and found != "":
                return found
        return None

    return Bound(choose, frozenset(chain for path in compiled for chain in path.reads))


@DEFAULT.transform(
    "default",
    Arg("value", "any"),
    null_tolerant=True,
    inverse=lambda value: [],
    examples=[Example(None, "EUR", "EUR"), Example("USD", "USD", "EUR")],
)
def default(value_: Any, value: Any) -> Any:
    """Use `value` when there is nothing yet; following transforms see it."""
    return copy.deepcopy(value) if value_ is None else value_


@DEFAULT.transform(
    "null_if",
    Arg("values", "any", ""),
    builder=True,
    inverse=ITSELF,
    examples=[Example("", None), Example("n/a", None, ["n/a", "-"]), Example("x", "x")],
)
def null_if(values: Any) -> Callable[[Any], Any]:
    """Treat the value as missing when it equals this one, or one of this list. Without argument: the empty text."""
    refused = [(type(item), item) for item in (values if isinstance(values, list) else [values])]

    def check(value: Any) -> Any:
        return None if (type(value), value) in refused else value

    return check


@DEFAULT.transform("bool", gives="boolean", inverse=ITSELF, examples=[Example("Yes", True), Example(0, False)])
def to_bool(value: Any) -> bool:
    """Change to true or false: 1, 0, "yes", "no", "on", "off", "true", "false" in any case are understood."""
    if isinstance(value, bool):
        return value
    if isinstance(value, (str, int)):
        word = number_text(value).strip().lower()
        if word in _TRUE:
            return True
        if word in _FALSE:
            return False
    raise refuse_type("true or false")


def _value_map_back(map: dict[str, Any], default: Any, otherwise: str, ignore_case: bool) -> list[Any]:
    if default is not None:
        raise NotInvertible("its default stands for many values")
    back: dict[str, str] = {}
    for key, value in map.items():
        if value is None or isinstance(value, (dict, list)):
            raise NotInvertible(f"the value of “{key}” cannot be looked up")
        if (shown := number_text(value)) in back:
            raise NotInvertible(f"“{back[shown]}” and “{key}” become the same value")
        back[shown] = key
    return [{"value_map": {"map": back, "otherwise": "keep" if otherwise == "keep" else "fail"}}]


@DEFAULT.transform(
    "value_map",
    Arg("map", "object"),
    Arg("default", "any", None),
    Arg("otherwise", "text", "fail", choices=("fail", "keep", "clear")),
    Arg("ignore_case", "boolean", False),
    builder=True,
    inverse=_value_map_back,
    examples=[
        Example("paid", "done", {"map": {"paid": "done", "open": "draft"}}),
        Example("void", "void", {"map": {"paid": "done"}, "otherwise": "keep"}),
        Example("void", "other", {"map": {"paid": "done"}, "default": "other"}),
    ],
)
def value_map(map: dict[str, Any], default: Any, otherwise: str, ignore_case: bool) -> Callable[[Any], Any]:
    """Look the value up in `map`. A value that is not in it becomes `default`; without one it is a problem (fail),
    stays as it is (keep) or counts as missing (clear)."""
    if not map:
        raise ArgumentError("“map” is empty")
    table = {key.lower() if ignore_case else key: item for key, item in map.items()}
    if len(table) != len(map):
        raise ArgumentError("“map” has keys that differ only by case")

    def look_up(value: Any) -> Any:
        key = value if isinstance(value, str) else _key(value)
        found = table.get(key.lower() if ignore_case else key, table)
        if found is not table:
            return copy.deepcopy(found) if isinstance(found, (dict, list)) else found
        if default is not None:
            return copy.deepcopy(default)
        if otherwise == "fail":
            raise TransformError(
                "lookup",
                "The value is not in the list of values of this mapping",
                "Add it to the list, with the value it stands for.",
                known=len(table),
            )
        return value if otherwise == "keep" else None

    return look_up


def _key(value: Any) -> str:
    if isinstance(value, (dict, list)):
        raise refuse_type("a text, a number, true or false")
    return number_text(value)
