# Part of Integration Hub. License LGPL-3.0 or later.
"""Whether the search for a pattern can take exponential time, as that for `^(a+)+$` does on forty letters and a digit.

Python's `re` tries every way in which a pattern matches before it says that none does. The ways multiply with each
character where the pattern, having read some text from one of its characters back to the same character, could have
read that text in two ways. So the pattern's characters become the states of an automaton, with the number of ways to
go from one to the next, and two readers walk it on the same text. If they can part and meet again where they started,
the ways double on every round. (Weber and Seidl, "On the degree of ambiguity of finite automata", 1991.)
"""

import re
from collections.abc import Hashable, Iterable, Mapping, Sequence
from itertools import combinations_with_replacement, product
from typing import NamedTuple, TypeVar

_FEW = 16  # more repetitions than these are as good as endless; fewer are looked at as two
_STATES = 200  # a pattern with more characters than this in loops is too much to look at, and refused
_SAMPLES = "aA0_ \t\n-é中\u00a0"

Ways = dict[int, int]
"""States, and in how many ways each is reached: 1, or 2 for more than one."""


class Token(NamedTuple):
    """A piece of a pattern in Python's syntax; kind is atom (one character), empty, open, close, or, repeat."""

    kind: str
    source: str


class _Part(NamedTuple):
    """A piece of the automaton: the states that it starts and ends with, and the number of ways to read nothing."""

    first: Ways
    last: Ways
    empty: int


_NOTHING = _Part({}, {}, 1)


class _TooLarge(Exception):
    """The pattern has too many characters to look at."""


class _Automaton:
    """What the pattern's tokens come to: `atoms` are the states, `edges` the ways from each to the next."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.atoms: list[str] = []
        self.edges: list[Ways] = []
        self._tokens = [*tokens, Token("close", "")]
        self._alternatives(0)

    def _alternatives(self, at: int) -> tuple[_Part, int]:
        """The part from a token up to the bracket that closes it, and where that is."""
        found = _Part({}, {}, 0)
        while True:
            sequence = _NOTHING
            while self._tokens[at].kind not in ("or", "close"):
                part, at = self._repeated(at)
                sequence = self._then(sequence, part)
            found = _Part(
                _sum(found.first, sequence.first), _sum(found.last, sequence.last), min(2, found.empty + sequence.empty)
            )
            if self._tokens[at].kind == "close":
                return found, at
            at += 1

    def _repeated(self, start: int) -> tuple[_Part, int]:
        part, end = self._one(start)
        if self._tokens[end].kind != "repeat":
            return part, end
        low, high = _bounds(self._tokens[end].source)
        if not high:
            return _NOTHING, end + 1
        if high > _FEW:
            self._join(part.last, part.first)
        elif high > 1:
            again, _end = self._one(start)
            part = self._then(part, _optional(again) if low < high else again)
        return _optional(part) if not low else part, end + 1

    def _one(self, at: int) -> tuple[_Part, int]:
        token = self._tokens[at]
        if token.kind == "atom":
            if len(self.atoms) > 20 * _STATES:
                raise _TooLarge
            state = len(self.atoms)
            self.atoms.append(token.source)
            self.edges.append({})
            return _Part({state: 1}, {state: 1}, 0), at + 1
        if token.kind == "empty":
            return _NOTHING, at + 1
        part, end = self._alternatives(at + 1)
        looks_around = token.source[2:3] in ("=", "!") or token.source[2:4] in ("<=", "<!")
        return _NOTHING if looks_around else part, end + 1

    def _then(self, one: _Part, other: _Part) -> _Part:
        self._join(one.last, other.first)
        return _Part(
            _sum(one.first, other.first, one.empty),
            _sum(other.last, one.last, other.empty),
            min(2, one.empty * other.empty),
        )

    def _join(self, lasts: Ways, firsts: Ways) -> None:
        for last, ways in lasts.items():
            self.edges[last] = _sum(self.edges[last], firsts, ways)


def _sum(one: Ways, other: Ways, times: int = 1) -> Ways:
    found = dict(one)
    if times:
        for state, ways in other.items():
            found[state] = min(2, found.get(state, 0) + ways * times)
    return found


def _optional(part: _Part) -> _Part:
    return part._replace(empty=min(2, part.empty + 1))


def _bounds(repeat: str) -> tuple[float, float]:
    """How often at least and at most: of `*`, `+?`, `{2,}`."""
    if repeat[0] in "*+?":
        return {"*": (0, float("inf")), "+": (1, float("inf")), "?": (0, 1)}[repeat[0]]
    low, comma, high = repeat.strip("{}?").partition(",")
    return int(low), int(high) if high else float("inf") if comma else int(low)


def explodes(tokens: Sequence[Token]) -> bool:
    """Whether some text makes the search for a pattern try exponentially many ways, or the pattern is too large."""
    try:
        automaton = _Automaton(tokens)
    except _TooLarge:
        return True
    edges = {
        state: {other: ways for other, ways in automaton.edges[state].items() if other in group}
        for group in _circles({state: list(ways) for state, ways in enumerate(automaton.edges)})
        for state in group
    }
    edges = {state: ways for state, ways in edges.items() if ways}
    if len(edges) > _STATES:
        return True
    read = _characters({state: automaton.atoms[state] for state in edges})
    pairs = {
        (one, other): {
            (min(pair), max(pair))
            for pair in product(edges[one], edges[other])
            if not read[pair[0]].isdisjoint(read[pair[1]])
        }
        for one, other in combinations_with_replacement(sorted(edges), 2)
    }
    return any(_parts_and_meets(group, edges) for group in _circles(pairs))


def _parts_and_meets(group: set[tuple[int, int]], edges: Mapping[int, Ways]) -> bool:
    """Whether two readers who are together somewhere in a circle of pairs are apart elsewhere, or took other ways."""
    together = {one for one, other in group if one == other}
    if not together:
        return False
    return len(together) < len(group) or any(edges[one].get(other, 0) > 1 for one in together for other in together)


def _characters(atoms: Mapping[int, str]) -> dict[int, frozenset[str]]:
    """Which of a number of telling characters each atom reads: those that the pattern names, and their neighbours."""
    named = {ord(character) for source in atoms.values() for character in source}
    near = {code + step for code in named for step in (-1, 0, 1)}
    telling = [*_SAMPLES, *(chr(code) for code in sorted(near) if 0 <= code <= 0x10FFFF)]
    matches = {source: re.compile(source, re.ASCII).fullmatch for source in set(atoms.values())}
    return {state: frozenset(filter(matches[source], telling)) for state, source in atoms.items()}


Node = TypeVar("Node", bound=Hashable)


def _circles(graph: Mapping[Node, Iterable[Node]]) -> list[set[Node]]:
    """The strongly connected components: nodes that lead to each other (Kosaraju's algorithm, without recursion)."""
    finished: list[Node] = []
    seen: set[Node] = set()
    for start in graph:
        path = [] if start in seen else [(start, iter(graph[start]))]
        seen.add(start)
        while path:
            node, left = path[-1]
            following = next((target for target in left if target not in seen), None)
            if following is None:
                finished.append(node)
                path.pop()
            else:
                seen.add(following)
                path.append((following, iter(graph[following])))
    sources: dict[Node, list[Node]] = {node: [] for node in graph}
    for node, targets in graph.items():
        for target in targets:
            sources[target].append(node)
    circles: list[set[Node]] = []
    for start in reversed(finished):
        if start in seen:
            circles.append(set())
            waiting = [start]
            while waiting:
                node = waiting.pop()
                if node in seen:
                    seen.discard(node)
                    circles[-1].add(node)
                    waiting.extend(sources[node])
    return circles
