# Part of Integration Hub. License LGPL-3.0 or later.
"""An object's members: properties, patternProperties, additionalProperties, propertyNames (Core 2020-12, §10.3.2)."""

from collections.abc import Iterator
from typing import Any

from ..checks import Check, Table, Verdict
from ..errors import Path, Problem
from ..keywords import Keyword, Node, Site, Vocabulary
from ..patterns import compile_pattern


class Members(Keyword):
    """Each member is what is said of its name, else of the patterns that its name matches, else of the rest."""

    def __init__(self, named: dict[str, Node], patterned: list[tuple[Check, Node]], rest: Node | None) -> None:
        self.named, self.patterned, self.rest = named, patterned, rest

    def check(self, kind: type) -> Verdict:
        if kind is not dict:
            return None
        tables = {name: node.table for name, node in self.named.items()}
        return self._check_patterned(tables) if self.patterned else _check_named(tables, self._rest_table())

    def _rest_table(self) -> Table | None:
        return self.rest.table if self.rest else None

    def _check_patterned(self, tables: dict[str, Table]) -> Check:
        patterned, rest = [(matches, node.table) for matches, node in self.patterned], self._rest_table()

        def check(value: dict[str, Any]) -> bool:
            for name, member in value.items():
                asked = [table for matches, table in patterned if matches(name)]
                if name in tables:
                    asked.append(tables[name])
                elif not asked and rest is not None:
                    asked.append(rest)
                for table in asked:
                    test = table[member.__class__]
                    if test is not None and not test(member):
                        return False
            return True

        return check

    def problems(self, value: Any, at: Path) -> Iterator[Problem]:
        if isinstance(value, dict):
            for name, member in value.items():
                for node in self._asked(name):
                    yield from node.problems(member, (*at, name))

    def mark(self, value: Any, seen: set[Any]) -> None:
        if isinstance(value, dict):
            seen.update(name for name in value if self._asked(name))

    def _asked(self, name: str) -> list[Node]:
        asked = [self.named[name]] if name in self.named else []
        asked += [node for matches, node in self.patterned if matches(name)]
        return asked or ([self.rest] if self.rest else [])


def _check_named(tables: dict[str, Table], rest: Table | None) -> Check:
    """The commonest case, and where most of a document's time is spent: one look-up a member, one a type."""
    table_of = tables.get

    def check(value: dict[str, Any]) -> bool:
        for name, member in value.items():
            table = table_of(name, rest)
            if table is not None:
                test = table[member.__class__]
                if test is not None and not test(member):
                    return False
        return True

    return check


class Names(Keyword):
    """Each key of an object is what is said of keys."""

    def __init__(self, node: Node) -> None:
        self.node = node

    def check(self, kind: type) -> Verdict:
        if kind is not dict:
            return None
        passes = self.node.table.passes
        return lambda value: all(passes(name) for name in value)

    def problems(self, value: Any, at: Path) -> Iterator[Problem]:
        for name in value if isinstance(value, dict) else ():
            for problem in self.node.problems(name, ()):
                message = f"has a name that the contract does not allow: it {problem.message}"
                yield Problem.at((*at, name), "propertyNames", message, problem.hint)


def _members(site: Site) -> Keyword:
    named = {name: site.below("properties", name) for name in site.schema.get("properties", ())}
    patterned = [
        (
            compile_pattern(pattern, at=site.pointer("patternProperties", pattern)),
            site.below("patternProperties", pattern),
        )
        for pattern in site.schema.get("patternProperties", ())
    ]
    rest = site.below("additionalProperties") if "additionalProperties" in site.schema else None
    return Members(named, patterned, rest)


VOCABULARY: Vocabulary = (
    (("properties", "patternProperties", "additionalProperties"), _members),
    (("propertyNames",), lambda site: Names(site.below("propertyNames"))),
)
