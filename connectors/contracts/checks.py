# Part of Integration Hub. License LGPL-3.0 or later.
"""The algebra of checks: what a schema asks of a value is decided by the value's type before any value is there.

A `Table` holds, for each of JSON's types, what is left to check of a value of that type: nothing (None), everything is
refused (`refuse`), or a function. So `anyOf: [{"$ref": "#/$defs/address"}, {"type": "null"}]` is no choice any more
when a document comes: null passes, an object is checked as an address, and the rest is refused.
"""

from collections.abc import Callable, Iterable
from types import NoneType
from typing import Any

Check = Callable[[Any], object]
"""Passes where its result is true, so that `pattern.search` and `frozenset.__contains__` are checks as they are."""

Verdict = Check | None
"""A check, or None where there is nothing to check."""

KINDS: tuple[type, ...] = (str, int, float, bool, NoneType, dict, list)


def kind_of(value: Any) -> type | None:
    """Which of KINDS a value is (a subclass counts as its base); None when it is no JSON value."""
    kind: type = value.__class__
    return kind if kind in KINDS else next((base for base in kind.__mro__ if base in KINDS), None)


def refuse(value: Any) -> bool:
    """No value passes."""
    return False


class Table(dict[type, Verdict]):
    """The verdict of a schema on each type: `check = table[value.__class__]`, then `check is None or check(value)`."""

    def __missing__(self, kind: type) -> Verdict:
        known = next((base for base in kind.__mro__ if base in KINDS), None)
        return refuse if known is None else self[known]

    def passes(self, value: Any) -> bool:
        """Whether a value is what the schema asks for."""
        check = self[value.__class__]
        return check is None or bool(check(value))


def every(verdicts: Iterable[Verdict]) -> Verdict:
    """All of them, in this order, each once: a schema may be referred to from many sides."""
    checks = [check for check in dict.fromkeys(verdicts) if check is not None]
    if not checks:
        return None
    if refuse in checks:
        return refuse
    if len(checks) == 1:
        return checks[0]
    if len(checks) == 2:
        first, second = checks
        return lambda value: first(value) and second(value)

    def passes_every(value: Any) -> bool:
        for check in checks:  # noqa: SIM110  # a generator would cost more than the checks
            if not check(value):
                return False
        return True

    return passes_every


def some(verdicts: Iterable[Verdict]) -> Verdict:
    """At least one of them."""
    verdicts = list(verdicts)
    if None in verdicts:
        return None
    checks = [check for check in verdicts if check is not None and check is not refuse]
    if not checks:
        return refuse
    if len(checks) == 1:
        return checks[0]

    def passes_some(value: Any) -> bool:
        for check in checks:  # noqa: SIM110
            if check(value):
                return True
        return False

    return passes_some


def exactly_one(verdicts: Iterable[Verdict]) -> Verdict:
    """One of them and no other."""
    verdicts = list(verdicts)
    certain = verdicts.count(None)
    checks = [check for check in verdicts if check is not None and check is not refuse]
    if certain > 1:
        return refuse
    if certain:
        return inverse(some(checks))
    if len(checks) < 2:
        return some(checks)

    def passes_one(value: Any) -> bool:
        passed = False
        for check in checks:
            if check(value):
                if passed:
                    return False
                passed = True
        return passed

    return passes_one


def inverse(verdict: Verdict) -> Verdict:
    """What it refuses."""
    if verdict is None:
        return refuse
    if verdict is refuse:
        return None
    return lambda value: not verdict(value)


def choose(condition: Verdict, then: Verdict, otherwise: Verdict) -> Verdict:
    """`then` where the condition passes, `otherwise` where it does not."""
    if condition is None or then is otherwise:
        return then
    if condition is refuse:
        return otherwise

    def chosen(value: Any) -> object:
        check = then if condition(value) else otherwise
        return check is None or check(value)

    return chosen
