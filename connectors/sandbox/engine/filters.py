# Part of Integration Hub. License LGPL-3.0 or later.
"""The filters of a list, as data: `{"at": "updated_at", "op": "from", "as": "moment"}`.

A filter may instead have `choices`, each a list of conditions (`?status=open`), and a `default` choice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ... import dotted
from . import formats
from .objects import Record
from .refusals import Refusal

Test = Callable[[Record], bool]


def matching(
    records: Sequence[Record], described: Mapping[str, Mapping[str, Any]], given: Mapping[str, str]
) -> Sequence[Record]:
    """The records that pass all filters. Raises Refusal, invalid_parameter, for a value that cannot be one."""
    tests: list[Test] = []
    for name, one in described.items():
        value = given.get(name, one.get("default"))
        if value is not None:
            tests += _choice(name, one, value) if "choices" in one else [_test(name, one, value)]
    return [record for record in records if all(test(record) for test in tests)]


def _choice(name: str, described: Mapping[str, Any], value: str) -> list[Test]:
    choices = described["choices"]
    if value not in choices:
        raise Refusal("invalid_parameter", f"is one of {', '.join(choices)}", name=name)
    return [_test(name, condition, condition.get("value", "")) for condition in choices[value]]


def _test(name: str, described: Mapping[str, Any], value: str) -> Test:
    path, op = described["at"], described.get("op", "equals")
    read = _READERS[described.get("as", "text")]
    if op in ("set", "empty"):
        return lambda record: (dotted.read(record, path) in (None, "", False)) is (op == "empty")
    try:
        wanted = [read(part) for part in value.split(",")] if op == "in" else read(value)
    except ValueError as error:
        raise Refusal("invalid_parameter", f"is not a {described.get('as', 'text')}", name=name) from error
    compare = _OPERATORS[op]

    def test(record: Record) -> bool:
        held = dotted.read(record, path)
        return held is not None and compare(read(held), wanted)

    return test


def _flag(value: Any) -> bool:
    if str(value).lower() not in ("true", "false"):
        raise ValueError(value)
    return str(value).lower() == "true"


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "text": lambda value: str(value).lower(),
    "number": float,
    "moment": formats.seconds,
    "flag": _flag,
}
_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "equals": lambda held, wanted: bool(held == wanted),
    "in": lambda held, wanted: held in wanted,
    "contains": lambda held, wanted: wanted in held,
    "from": lambda held, wanted: bool(held >= wanted),
    "after": lambda held, wanted: bool(held > wanted),
    "until": lambda held, wanted: bool(held <= wanted),
    "before": lambda held, wanted: bool(held < wanted),
}
