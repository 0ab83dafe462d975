# Part of Integration Hub. License LGPL-3.0 or later.
"""Schemas combined on one value: allOf, anyOf, oneOf, not, if/then/else, dependentSchemas (Core 2020-12, §10.2)."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from ...pointers import pointer_of
from ..checks import Verdict, choose, every, exactly_one, inverse, some
from ..errors import MAX_PROBLEMS, Path, Problem
from ..keywords import Keyword, Node, Site, Vocabulary
from ..words import wrong_type


class AllOf(Keyword):
    """A value is all of these."""

    def __init__(self, nodes: tuple[Node, ...]) -> None:
        self.in_place = nodes

    def check(self, kind: type) -> Verdict:
        return every(node.table[kind] for node in self.in_place)

    def problems(self, value: Any, at: Path) -> Iterator[Problem]:
        for node in self.in_place:
            yield from node.problems(value, at)

    def mark(self, value: Any, seen: set[Any]) -> None:
        for node in self.in_place:
            node.mark(value, seen)


class AnyOf(Keyword):
    """A value is at least one of these."""

    name = "anyOf"

    def __init__(self, nodes: tuple[Node, ...], hint: str) -> None:
        self.in_place, self.hint = nodes, hint

    def check(self, kind: type) -> Verdict:
        return some(node.table[kind] for node in self.in_place)

    def problems(self, value: Any, at: Path) -> Iterator[Problem]:
        if not self._matching(value):
            yield from self._closest(value, at)

    def mark(self, value: Any, seen: set[Any]) -> None:
        for node in self._matching(value):
            node.mark(value, seen)

    def _matching(self, value: Any) -> list[Node]:
        return [node for node in self.in_place if node.table.passes(value)]

    def _closest(self, value: Any, at: Path) -> Iterator[Problem]:
        """What is wrong with the one form that was surely meant; in doubt, only that it is none of them."""
        here = pointer_of(at)
        forms = [list(islice(node.problems(value, at), MAX_PROBLEMS)) for node in self.in_place]
        meant = [problems for problems in forms if not any(_rules_out(problem, here) for problem in problems)]
        if len(forms) == 1 or len(meant) == 1:
            yield from (meant or forms)[0]
        elif all(problems[0].expected and problems[0].pointer == here for problems in forms):
            yield wrong_type(at, (name for problems in forms for name in problems[0].expected), value, self.hint)
        else:
            yield Problem.at(at, self.name, f"is none of the {len(forms)} forms that the contract allows", self.hint)


class OneOf(AnyOf):
    """A value is one of these, and no other."""

    name = "oneOf"

    def check(self, kind: type) -> Verdict:
        return exactly_one(node.table[kind] for node in self.in_place)

    def problems(self, value: Any, at: Path) -> Iterator[Problem]:
        matching = len(self._matching(value))
        if not matching:
            yield from self._closest(value, at)
        elif matching > 1:
            message = (
                f"is {matching} of the {len(self.in_place)} forms that the contract allows, and must be one of them"
            )
            yield Problem.at(at, self.name, message, self.hint)


class Not(Keyword):
    """A value is not this."""

    def __init__(self, node: Node, hint: str) -> None:
        self.in_place, self.hint = (node,), hint

    def check(self, kind: type) -> Verdict:
        return inverse(self.in_place[0].table[kind])

    def problems(self, value: Any, at: Path) -> Iterator[Problem]:
        if self.in_place[0].table.passes(value):
            yield Problem.at(at, "not", "has a form that the contract does not allow", self.hint)


class If(Keyword):
    """A value that is the first must be the second, any other the third; None where nothing is asked."""

    def __init__(self, condition: Node, then: Node | None, otherwise: Node | None) -> None:
        self.condition, self.then, self.otherwise = condition, then, otherwise
        self.in_place = tuple(node for node in (condition, then, otherwise) if node)

    def check(self, kind: type) -> Verdict:
        then, otherwise = (node.table[kind] if node else None for node in (self.then, self.otherwise))
        return choose(self.condition.table[kind], then, otherwise)

    def problems(self, value: Any, at: Path) -> Iterator[Problem]:
        chosen = self.then if self.condition.table.passes(value) else self.otherwise
        if chosen:
            yield from chosen.problems(value, at)

    def mark(self, value: Any, seen: set[Any]) -> None:
        if self.condition.table.passes(value):
            self.condition.mark(value, seen)
            if self.then:
                self.then.mark(value, seen)
        elif self.otherwise:
            self.otherwise.mark(value, seen)


class DependentSchemas(Keyword):
    """An object that has the key must be this."""

    def __init__(self, nodes: dict[str, Node]) -> None:
        self.nodes, self.in_place = nodes, tuple(nodes.values())

    def check(self, kind: type) -> Verdict:
        return every(_where(key, node.table[kind]) for key, node in self.nodes.items()) if kind is dict else None

    def problems(self, value: Any, at: Path) -> Iterator[Problem]:
        for node in self._asked(value):
            yield from node.problems(value, at)

    def mark(self, value: Any, seen: set[Any]) -> None:
        for node in self._asked(value):
            node.mark(value, seen)

    def _asked(self, value: Any) -> list[Node]:
        return [node for key, node in self.nodes.items() if key in value] if isinstance(value, dict) else []


def _where(key: str, verdict: Verdict) -> Verdict:
    return None if verdict is None else lambda value: key not in value or verdict(value)


def _rules_out(problem: Problem, here: str) -> bool:
    """Whether a problem says that another form was meant: another type, or another value of what tells forms apart."""
    if problem.keyword in ("type", "false"):
        return problem.pointer == here
    return problem.keyword in ("const", "enum") and here in (problem.pointer, problem.pointer.rpartition("/")[0])


def _nodes(keyword: str, site: Site) -> tuple[Node, ...]:
    return tuple(site.below(keyword, str(number)) for number in range(len(site.schema[keyword])))


def _if(site: Site) -> Keyword:
    branches = (site.below(name) if name in site.schema else None for name in ("then", "else"))
    return If(site.below("if"), *branches)


def _dependent_schemas(site: Site) -> Keyword:
    return DependentSchemas({key: site.below("dependentSchemas", key) for key in site.schema["dependentSchemas"]})


VOCABULARY: Vocabulary = (
    (("allOf",), lambda site: AllOf(_nodes("allOf", site))),
    (("anyOf",), lambda site: AnyOf(_nodes("anyOf", site), site.hint())),
    (("oneOf",), lambda site: OneOf(_nodes("oneOf", site), site.hint())),
    (("not",), lambda site: Not(site.below("not"), site.hint())),
    (("if",), _if),
    (("dependentSchemas",), _dependent_schemas),
)
