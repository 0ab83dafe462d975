# Part of Integration Hub. License LGPL-3.0 or later.
"""What a compiled schema is made of: a Node for each schema, a Keyword for each thing it asks.

A keyword answers in two ways that must agree: `check` gives the function for the fast yes or no, `problems` the words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Protocol

from .checks import KINDS, Table, Verdict, every, kind_of, refuse
from .errors import Path, Problem
from .resources import Place


class Keyword:
    """One keyword of a schema, or several that only mean something together.

    `in_place`: the nodes that it applies to the same value, as `$ref` and `allOf` do.
    """

    in_place: tuple[Node, ...] = ()

    def check(self, kind: type) -> Verdict:
        """What it asks of values of a type; called once, when the nodes of `in_place` are filled."""
        return None

    def problems(self, value: Any, at: Path) -> Iterator[Problem]:
        """How a value breaks it."""
        yield from ()

    def refuses(self, value: Any) -> bool:
        """Whether its check refuses a JSON value."""
        kind = kind_of(value)
        verdict = self.check(kind) if kind else None
        return verdict is not None and not verdict(value)

    def mark(self, value: Any, seen: set[Any]) -> None:
        """Adds the keys (of an object) or indexes (of a list) that it has looked at, given that the value is valid."""


class Assertion(Keyword):
    """A keyword that asks one thing of values of some types, and nothing of the others."""

    def __init__(
        self, name: str, kinds: tuple[type, ...], test: Verdict, says: Callable[[Any], str], hint: str = ""
    ) -> None:
        self.name, self.kinds, self.test, self.says, self.hint = name, kinds, test, says, hint

    def check(self, kind: type) -> Verdict:
        return self.test if kind in self.kinds else None

    def problems(self, value: Any, at: Path) -> Iterator[Problem]:
        if self.refuses(value):
            yield Problem.at(at, self.name, self.says(value), self.hint)


class Forbidden(Keyword):
    """The schema `false`."""

    def check(self, kind: type) -> Verdict:
        return refuse

    def problems(self, value: Any, at: Path) -> Iterator[Problem]:
        yield Problem.at(at, "false", "is not part of the contract", "Leave it out, or add it to the contract.")


class Node:
    """A compiled schema. Its table is filled last, and holds for values everything that its keywords ask."""

    __slots__ = ("keywords", "place", "table")

    def __init__(self, place: Place) -> None:
        self.place = place
        self.keywords: list[Keyword] = []
        self.table = Table()

    def fill(self) -> None:
        """Decides, for each type, what is left to check."""
        for kind in KINDS:
            self.table[kind] = every(keyword.check(kind) for keyword in self.keywords)

    def problems(self, value: Any, at: Path) -> Iterator[Problem]:
        """How a value breaks this schema, in the order of its keywords."""
        if kind_of(value) is None:
            yield Problem.at(at, "type", f"is no JSON value, but a Python {type(value).__name__}")
            return
        for keyword in self.keywords:
            yield from keyword.problems(value, at)

    def mark(self, value: Any, seen: set[Any]) -> None:
        """Adds the keys or indexes that its keywords have looked at, given that the value is valid."""
        for keyword in self.keywords:
            keyword.mark(value, seen)


class Site(Protocol):
    """Where a keyword is compiled: the schema around it, and the way to other schemas."""

    schema: dict[str, Any]
    node: Node

    def below(self, *keys: str) -> Node:
        """The schema at these keys of this one."""

    def refer(self, reference: str, *, keyword: str) -> Node:
        """The schema that a reference leads to; `$dynamicRef` asks the dynamic scope."""

    def hint(self) -> str:
        """What the contract itself says of the value, for a person: the schema's description, or its title."""

    def pointer(self, *keys: str) -> str:
        """Where in the contract these keys of the schema are."""


Builder = Callable[[Site], Keyword]
Vocabulary = tuple[tuple[tuple[str, ...], Builder], ...]
"""Names of keywords that belong together, and what compiles them where at least one of them is there."""
