# Part of Integration Hub. License LGPL-3.0 or later.
"""What is asked of a value itself: its type, size, bounds and form (JSON Schema Validation 2020-12, §6)."""

import json
from collections.abc import Callable, Iterator
from fractions import Fraction
from types import NoneType
from typing import Any

from ..checks import Verdict, kind_of, refuse
from ..equality import freeze
from ..errors import Path, Problem
from ..keywords import Assertion, Builder, Keyword, Site, Vocabulary
from ..patterns import compile_pattern
from ..words import NUMBER, TYPES, wrong_type

_SHOWN = 10
_MISSING = "Send it, or make it optional in the contract."


class Type(Keyword):
    """A value is of one of these types; 1.0 is an integer."""

    def __init__(self, names: list[str], hint: str) -> None:
        self.names, self.hint = names, hint

    def check(self, kind: type) -> Verdict:
        names = [name for name in self.names if kind in TYPES[name][0]]
        return refuse if not names else float.is_integer if kind is float and names == ["integer"] else None

    def problems(self, value: Any, at: Path) -> Iterator[Problem]:
        if self.refuses(value):
            yield wrong_type(at, self.names, value, self.hint)


class Enumeration(Keyword):
    """A value equals one of these (`enum`, and `const` with one)."""

    def __init__(self, name: str, values: list[Any], hint: str) -> None:
        self.name, self.values, self.hint = name, values, hint

    def check(self, kind: type) -> Verdict:
        kinds = NUMBER if kind in NUMBER else (kind,)
        allowed = frozenset(freeze(value) for value in self.values if kind_of(value) in kinds)
        if not allowed:
            return refuse
        if kind is NoneType:
            return None
        return allowed.__contains__ if kind in (str, *NUMBER) else lambda value: freeze(value) in allowed

    def problems(self, value: Any, at: Path) -> Iterator[Problem]:
        if self.refuses(value):
            shown = [_constant(each) for each in self.values[:_SHOWN]]
            more = ["…"] if len(self.values) > _SHOWN else []
            words = "must be" if len(self.values) == 1 else "must be one of"
            yield Problem.at(at, self.name, f"{words} {', '.join(shown + more)}", self.hint)


class Required(Keyword):
    """An object has these keys."""

    def __init__(self, names: list[str]) -> None:
        self.names = names

    def check(self, kind: type) -> Verdict:
        names = frozenset(self.names)
        return (lambda value: value.keys() >= names) if kind is dict and names else None

    def problems(self, value: Any, at: Path) -> Iterator[Problem]:
        for name in self.names if isinstance(value, dict) else ():
            if name not in value:
                yield Problem.at((*at, name), "required", "is missing", _MISSING)


class DependentRequired(Keyword):
    """An object that has a key has these keys too."""

    def __init__(self, names_by_key: dict[str, list[str]]) -> None:
        self.names_by_key = names_by_key

    def check(self, kind: type) -> Verdict:
        return (lambda value: not any(self._missing(value))) if kind is dict else None

    def problems(self, value: Any, at: Path) -> Iterator[Problem]:
        for key, name in self._missing(value) if isinstance(value, dict) else ():
            yield Problem.at((*at, name), "dependentRequired", f"is missing, although “{key}” is there", _MISSING)

    def _missing(self, value: dict[str, Any]) -> Iterator[tuple[str, str]]:
        for key, names in self.names_by_key.items():
            if key in value:
                yield from ((key, name) for name in names if name not in value)


class UniqueItems(Keyword):
    """No two items are equal."""

    def check(self, kind: type) -> Verdict:
        return (lambda value: len(set(map(freeze, value))) == len(value)) if kind is list else None

    def problems(self, value: Any, at: Path) -> Iterator[Problem]:
        if self.refuses(value):
            first: dict[Any, int] = {}
            for index, item in enumerate(value):
                same = first.setdefault(freeze(item), index)
                if same != index:
                    yield Problem.at(
                        at, "uniqueItems", f"must not repeat an item, but items {same} and {index} are equal"
                    )


def _constant(value: Any) -> str:
    """A value of the contract (never of the document), in few words."""
    if isinstance(value, (dict, list)):
        return "a certain object" if isinstance(value, dict) else "a certain list"
    return "nothing" if value is None else f"“{value}”" if isinstance(value, str) else json.dumps(value)


def _multiple_of(divisor: float) -> Callable[[Any], bool]:
    """Exactly, as decimals: 0.3 is a multiple of 0.1, and so is 1e308 of 0.5."""
    exact = Fraction(str(divisor))

    def check(value: float) -> bool:
        if isinstance(value, int) and isinstance(divisor, int):
            return value % divisor == 0
        return value - value == 0 and (Fraction(str(value)) / exact).denominator == 1  # neither infinite nor NaN

    return check


def _at_least(bound: float) -> Callable[[Any], bool]:
    return bool if bound == 1 else lambda value: len(value) >= bound


def _size(name: str, kind: type, of: str) -> Builder:
    """minLength, maxItems and their like; `of` is what is counted."""
    least = name.startswith("min")

    def build(site: Site) -> Keyword:
        bound = site.schema[name]
        test = _at_least(bound) if least else lambda value: len(value) <= bound
        words = f"must have at {'least' if least else 'most'} {int(bound)} {of}"
        empty = least and bound == 1
        says = lambda value: "must not be empty" if empty else f"{words}, but has {len(value)}"  # noqa: E731
        return Assertion(name, (kind,), test if bound or not least else None, says, site.hint())

    return build


def _bound(name: str, words: str, test_of: Callable[[Any], Callable[[Any], bool]]) -> Builder:
    """minimum, multipleOf and their like."""

    def build(site: Site) -> Keyword:
        bound = site.schema[name]
        return Assertion(name, NUMBER, test_of(bound), lambda value: f"must be {words} {bound}", site.hint())

    return build


def _type(site: Site) -> Keyword:
    names = site.schema["type"]
    return Type([names] if isinstance(names, str) else names, site.hint())


def _pattern(site: Site) -> Keyword:
    pattern = site.schema["pattern"]
    says = "does not have the form that the contract asks for"
    test = compile_pattern(pattern, at=site.pointer("pattern"))
    return Assertion("pattern", (str,), test, lambda value: says, site.hint() or f"It must match {pattern}")


VOCABULARY: Vocabulary = (
    (("type",), _type),
    (("const",), lambda site: Enumeration("const", [site.schema["const"]], site.hint())),
    (("enum",), lambda site: Enumeration("enum", site.schema["enum"], site.hint())),
    (("minLength",), _size("minLength", str, "characters")),
    (("maxLength",), _size("maxLength", str, "characters")),
    (("pattern",), _pattern),
    (("minimum",), _bound("minimum", "at least", lambda bound: lambda value: value >= bound)),
    (("exclusiveMinimum",), _bound("exclusiveMinimum", "more than", lambda bound: lambda value: value > bound)),
    (("maximum",), _bound("maximum", "at most", lambda bound: lambda value: value <= bound)),
    (("exclusiveMaximum",), _bound("exclusiveMaximum", "less than", lambda bound: lambda value: value < bound)),
    (("multipleOf",), _bound("multipleOf", "a multiple of", _multiple_of)),
    (("minItems",), _size("minItems", list, "items")),
    (("maxItems",), _size("maxItems", list, "items")),
    (("uniqueItems",), lambda site: UniqueItems() if site.schema["uniqueItems"] else Keyword()),
    (("required",), lambda site: Required(site.schema["required"])),
    (("dependentRequired",), lambda site: DependentRequired(site.schema["dependentRequired"])),
    (("minProperties",), _size("minProperties", dict, "keys")),
    (("maxProperties",), _size("maxProperties", dict, "keys")),
)
