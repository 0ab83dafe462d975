# Part of Integration Hub. License LGPL-3.0 or later.
"""Transforms of lists and of objects as lists."""

import json
from collections.abc import Callable
from typing import Any

from ..errors import TransformError
from ..registry import DEFAULT, ITSELF, Arg, ArgumentError, Bound, Example, NotInvertible, refuse_type
from .helpers import bounded, number_text


def _list(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    raise refuse_type("a list")


def _blank(value: Any) -> bool:
    return value is None or (isinstance(value, (str, list, dict)) and not value)


@DEFAULT.transform("first", inverse=lambda: ["as_list"], examples=[Example(["a", "b"], "a"), Example([], None)])
def first(value: Any) -> Any:
    """The first item of a list; nothing when it is empty."""
    return next(iter(_list(value)), None)


@DEFAULT.transform("last", inverse=lambda: ["as_list"], examples=[Example(["a", "b"], "b")])
def last(value: Any) -> Any:
    """The last item of a list; nothing when it is empty."""
    return _list(value)[-1] if _list(value) else None


@DEFAULT.transform(
    "as_list", gives="list", inverse=lambda: ["first"], examples=[Example("a", ["a"]), Example(["a"], ["a"])]
)
def as_list(value: Any) -> list[Any]:
    """Make a list of one of a value that is no list."""
    return value if isinstance(value, list) else [value]


def _join_back(separator: str, empty: str) -> list[Any]:
    if not separator:
        raise NotInvertible("what is joined without a separator cannot be parted")
    return [{"split": separator}]


@DEFAULT.transform(
    "join",
    Arg("separator", "text", ", "),
    Arg("empty", "any", None),
    gives="text",
    inverse=_join_back,
    examples=[Example(["a", "", 1], "a, 1"), Example([], None), Example([], "", {"empty": ""})],
)
def join(value: Any, separator: str, empty: Any) -> Any:
    """Join the texts and numbers of a list; empty ones are left out. When none is left: `empty`, else nothing."""
    parts = [number_text(item) for item in _list(value) if not _blank(item)]
    bounded(sum(map(len, parts)) + len(separator) * len(parts))
    return separator.join(parts) or empty


@DEFAULT.transform("list_unique", gives="list", inverse=ITSELF, examples=[Example(["a", "b", "a"], ["a", "b"])])
def list_unique(value: Any) -> list[Any]:
    """Drop every item that occurred before; the order stays."""
    seen: dict[str, Any] = {}
    for item in _list(value):
        seen.setdefault(json.dumps(item, sort_keys=True), item)
    return list(seen.values())


@DEFAULT.transform(
    "compact", inverse=ITSELF, examples=[Example(["a", "", None], ["a"]), Example({"a": 1, "b": ""}, {"a": 1})]
)
def compact(value: Any) -> Any:
    """Drop the empty items of a list, or the empty fields of an object: null, "", [] and {}."""
    if isinstance(value, dict):
        return {key: item for key, item in value.items() if not _blank(item)}
    return [item for item in _list(value) if not _blank(item)]


@DEFAULT.transform(
    "each",
    Arg("transforms", "steps"),
    context=True,
    builder=True,
    gives="list",
    inverse=lambda transforms: [{"each": transforms}],
    examples=[Example([" A", None, "b"], ["a", "b"], ["strip", "lower"])],
)
def each(transforms: Any) -> Callable[[Any, Any], list[Any]]:
    """Do these transforms with each item of a list. An item of which nothing is left is left out."""
    if any(step.bound.root_reads for step in transforms):
        raise ArgumentError("a transform that reads $root cannot stand in “each”")
    calls = [(step.bound.fn, step.transform.context, step.transform.null_tolerant) for step in transforms]

    def convert(value: Any, context: Any) -> list[Any]:
        results = []
        for item in _list(value):
            for fn, wants_context, tolerant in calls:
                if item is not None or tolerant:
                    item = fn(item, context) if wants_context else fn(item)
            if item is not None:
                results.append(item)
        return results

    return convert


_NAMES = (Arg("key", "text", "key"), Arg("value", "text", "value"))


@DEFAULT.transform(
    "pairs",
    *_NAMES,
    builder=True,
    gives="list",
    inverse=lambda key, value: [{"from_pairs": {"key": key, "value": value}}],
    examples=[Example({"gift": "yes"}, [{"name": "gift", "value": "yes"}], {"key": "name"})],
)
def pairs(key: str, value: str) -> Callable[[Any], list[Any]]:
    """Make a list of an object's fields, one object each: its name in `key`, its value in `value`."""

    def convert(found: Any) -> list[Any]:
        if not isinstance(found, dict):
            raise refuse_type("an object")
        return [{key: name, value: item} for name, item in found.items()]

    if key == value:
        raise ArgumentError("“key” and “value” must differ")
    return convert


@DEFAULT.transform(
    "from_pairs",
    *_NAMES,
    builder=True,
    gives="object",
    inverse=lambda key, value: [{"pairs": {"key": key, "value": value}}],
    examples=[Example([{"name": "gift", "value": "yes"}], {"gift": "yes"}, {"key": "name"})],
)
def from_pairs(key: str, value: str) -> Bound:
    """Make an object of a list of names and values, as vendors list a customer's own fields. Of two that have one name
    the last counts."""

    def convert(found: Any) -> dict[str, Any]:
        result = {}
        for item in _list(found):
            if not isinstance(item, dict) or not isinstance(item.get(key), str):
                raise TransformError(
                    "type",
                    f"An item of the list has no name in “{key}”",
                    "Correct it in the source, or name another field as “key”.",
                    expected="object with a name",
                )
            result[item[key]] = item.get(value)
        return result

    return Bound(convert, frozenset({(key,), (value,)}))
