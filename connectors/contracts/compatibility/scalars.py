# Part of Integration Hub. License LGPL-3.0 or later.
"""Differences between two shapes of one type that are not about parts: values, limits, facts, conditions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from .changes import BACKWARD, BOTH, FORWARD, NONE, Change, Direction
from .sameness import Sameness
from .shapes import Bound, Fact, Shape, Values, fulfils, measures

_MEASURES = {
    "number": ("the value", "minimum", "maximum"),
    "string": ("the length", "minLength", "maxLength"),
    "array": ("the number of items", "minItems", "maxItems"),
    "object": ("the number of fields", "minProperties", "maxProperties"),
}
_CODES = {"multipleOf": "multiple-of", "uniqueItems": "unique-items"}
_WORDS = {
    "pattern": "the pattern {}",
    "format": "the format {}",
    "multipleOf": "being a multiple of {}",
    "uniqueItems": "that no item occurs twice",
}
_SHOWN = 6


Found = tuple[tuple[str, ...], Change]
"""The keys within the schema that a change is about, and the change, its pointer still to be filled from them."""


def differences(old: Shape, new: Shape, same: Sameness) -> Iterator[Found]:
    """Every difference between two shapes of the same type, those of their parts left out."""
    yield from _conditions(old, new, same)
    if old.values is not None or new.values is not None:
        yield from _values(old, new)
        both = old.values is not None and new.values is not None
        yield from _facts(*((old, new) if both else map(_only_format, (old, new))))
        return
    if old.integer != new.integer:
        code, breaks = ("type-widened", FORWARD) if old.integer else ("type-narrowed", BACKWARD)
        words = ("a whole number", "any number")
        before, after = words if old.integer else words[::-1]
        yield ("type",), _change(code, f"it was {before} and is now {after}", breaks)
    yield from _limits(old, new)
    yield from _facts(old, new)


def _values(old: Shape, new: Shape) -> Iterator[Found]:
    if old.values is not None and new.values is not None:
        gone = {key: value for key, value in old.values.items() if key not in new.values}
        come = {key: value for key, value in new.values.items() if key not in old.values}
        if gone:
            yield ("enum",), _change("enum-value-removed", f"no longer allowed: {_listed(gone)}", BACKWARD)
        if come:
            yield ("enum",), _change("enum-value-added", f"now also allowed: {_listed(come)}", FORWARD)
    elif new.values is not None:
        breaks = BACKWARD if _all_fit(new.values, old) else BOTH
        yield ("enum",), _change("enum-added", f"only these values are allowed now: {_listed(new.values)}", breaks)
    elif old.values is not None:
        breaks = FORWARD if _all_fit(old.values, new) else BOTH
        yield ("enum",), _change("enum-removed", f"no longer limited to {_listed(old.values)}", breaks)


def _only_format(shape: Shape) -> Shape:
    """What the values of the other side cannot be tried on."""
    return replace(shape, facts=frozenset(fact for fact in shape.facts if fact[0] == "format"))


def _all_fit(values: Values, shape: Shape) -> bool:
    """Whether each value is certain to be of a shape without a set of values, conditions and formats apart."""
    if shape.type in ("array", "object"):
        return shape == Shape(shape.type)
    facts = [fact for fact in shape.facts if fact[0] != "format"]
    return all(measures(value, shape) and all(fulfils(value, fact) for fact in facts) for value in values.values())


def _limits(old: Shape, new: Shape) -> Iterator[Found]:
    if old.type not in _MEASURES:
        return
    what, least, most = _MEASURES[old.type]
    sizes = (len(old.required), len(new.required)) if old.type == "object" else (0, 0)
    for keyword, before, after, sign in ((least, old.low, new.low, 1), (most, old.high, new.high, -1)):
        if before == after:
            continue
        narrower = _tighter(after, before, sign) and not _implied(after, sizes[0], sign)
        wider = _tighter(before, after, sign) and not _implied(before, sizes[1], sign)
        if old.type == "number":
            keyword = _keyword(keyword, after or before)
        text = f"{what} was {_limit(before, sign)} and is now {_limit(after, sign)}"
        yield (
            (keyword,),
            _change(
                "range-narrowed" if _tighter(after, before, sign) else "range-widened",
                text,
                (BACKWARD if narrower else NONE) | (FORWARD if wider else NONE),
            ),
        )


def _tighter(one: Bound | None, other: Bound | None, sign: int) -> bool:
    if one is None or other is None:
        return one is not None
    return (sign * one[0], one[1]) > (sign * other[0], other[1])


def _implied(bound: Bound | None, size: int, sign: int) -> bool:
    return bound is not None and sign > 0 and bound[0] <= size and size > 0


def _keyword(keyword: str, bound: Bound | None) -> str:
    return "exclusive" + keyword.capitalize() if bound is not None and bound[1] else keyword


def _limit(bound: Bound | None, sign: int) -> str:
    if bound is None:
        return "not limited"
    if bound[1]:
        return f"{'more' if sign > 0 else 'less'} than {bound[0]}"
    return f"at {'least' if sign > 0 else 'most'} {bound[0]}"


def _facts(old: Shape, new: Shape) -> Iterator[Found]:
    gone, come = old.facts - new.facts, new.facts - old.facts
    for keyword in ("pattern", "format", "multipleOf", "uniqueItems"):
        before = sorted((fact[1] for fact in gone if fact[0] == keyword), key=str)
        after = sorted((fact[1] for fact in come if fact[0] == keyword), key=str)
        slug = _CODES.get(keyword, keyword)
        if before and after:
            breaks = BOTH if keyword != "multipleOf" else _steps(before, after, old, new)
            was, now = _demand(keyword, before), _demand(keyword, after)
            yield (keyword,), _change(f"{slug}-changed", f"it had to have {was} and now has to have {now}", breaks)
        elif after:
            yield (keyword,), _change(f"{slug}-added", f"new demand: {_demand(keyword, after)}", BACKWARD)
        elif before:
            yield (keyword,), _change(f"{slug}-removed", f"no longer demanded: {_demand(keyword, before)}", FORWARD)
    for keyword, name in _sorted(come, "dependentRequired"):
        text = f"where there is “{name[0]}”, “{name[1]}” is required now"
        yield (keyword,), _change("dependency-added", text, NONE if name[1] in old.required else BACKWARD)
    for keyword, name in _sorted(gone, "dependentRequired"):
        text = f"“{name[1]}” is no longer required where there is “{name[0]}”"
        yield (keyword,), _change("dependency-removed", text, NONE if name[1] in new.required else FORWARD)


def _steps(before: list[Any], after: list[Any], old: Shape, new: Shape) -> frozenset[Direction]:
    """Multiples of 6 are multiples of 3; with fractions nothing is said, for computers disagree about them."""

    def implied(wanted: Any, shape: Shape) -> bool:
        steps = [step for keyword, step in shape.facts if keyword == "multipleOf"]
        return isinstance(wanted, int) and any(isinstance(step, int) and step % wanted == 0 for step in steps)

    backward = NONE if all(implied(step, old) for step in after) else BACKWARD
    return backward | (NONE if all(implied(step, new) for step in before) else FORWARD)


def _conditions(old: Shape, new: Shape, same: Sameness) -> Iterator[Found]:
    def alike(one: Any, other: Any) -> bool:
        return one.keywords == other.keywords and same(one.place, other.place, one.keywords or None)

    come = [one for one in new.conditions if not any(alike(other, one) for other in old.conditions)]
    gone = [one for one in old.conditions if not any(alike(one, other) for other in new.conditions)]
    word = next((one.keywords[0] if one.keywords else "unevaluated…" for one in (*come, *gone)), "")
    if come and gone:
        text = f"the condition “{word}” has changed; whether documents still fit cannot be said in general"
        yield (word,), _change("not-comparable", text, BOTH)
    elif come:
        yield (word,), _change("condition-added", f"new condition “{word}”", BACKWARD)
    elif gone:
        yield (word,), _change("condition-removed", f"the condition “{word}” no longer applies", FORWARD)


def _demand(keyword: str, values: list[Any]) -> str:
    return " and ".join(_WORDS[keyword].format(value) for value in values)


def _sorted(facts: frozenset[Fact], keyword: str) -> list[Fact]:
    return sorted(fact for fact in facts if fact[0] == keyword)


def _listed(values: Mapping[Any, Any]) -> str:
    texts = [json.dumps(value, ensure_ascii=False) for value in values.values()]
    more = len(texts) - _SHOWN
    return ", ".join(texts[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _change(code: str, message: str, breaks: frozenset[Direction]) -> Change:
    return Change("", "", code, message, breaks)
