# Part of Integration Hub. License LGPL-3.0 or later.
"""What compare() says: the changes between two versions, and the verdict that follows from them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

Direction = Literal["backward", "forward"]
NONE: frozenset[Direction] = frozenset()
BACKWARD: frozenset[Direction] = frozenset({"backward"})
FORWARD: frozenset[Direction] = frozenset({"forward"})
BOTH = BACKWARD | FORWARD


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between two versions of a contract.

    `pointer`: where in the contract, as a JSON pointer (RFC 6901), in the old version when the new one has no such
    place. `path`: which part of the documents, "line_items[].price", "prices.*" for the fields of a map, "" for the
    whole document. `code`: a stable slug (docs/adr/0009-contract-compatibility.md lists them). `breaks`: the
    directions in which documents become invalid. `risks`: the directions in which only documents with undeclared
    fields do, that is, fields that their own version tolerates without describing them.
    """

    pointer: str
    path: str
    code: str
    message: str
    breaks: frozenset[Direction] = NONE
    risks: frozenset[Direction] = NONE

    def __str__(self) -> str:
        return f"{self.path or 'The document'}: {self.message}"


@dataclass(frozen=True, slots=True)
class Compatibility:
    """Which version's documents the other one accepts, and every change that matters for it."""

    changes: tuple[Change, ...] = ()

    @property
    def backward(self) -> bool:
        """Every document that is valid under the old version is valid under the new one: new readers, old messages."""
        return not any("backward" in change.breaks for change in self.changes)

    @property
    def forward(self) -> bool:
        """Every document that is valid under the new version is valid under the old one: old readers, new messages."""
        return not any("forward" in change.breaks for change in self.changes)

    @property
    def full(self) -> bool:
        """Both."""
        return self.backward and self.forward

    @property
    def strict(self) -> "Compatibility":
        """The same when documents may have undeclared fields of any content: what is a risk breaks."""
        return Compatibility(
            tuple(replace(change, breaks=change.breaks | change.risks, risks=NONE) for change in self.changes)
        )


def moved(changes: Iterable[Change], step: str) -> list[Change]:
    """The changes of a part, seen from the whole: `step` is ".price", "[]" or ".*"."""
    return [replace(change, path=step + change.path) for change in changes]


def limited(changes: Iterable[Change], to: frozenset[Direction]) -> list[Change]:
    """Only what concerns these directions."""
    kept = (replace(change, breaks=change.breaks & to, risks=change.risks & to) for change in changes)
    return [change for change in kept if change.breaks or change.risks]


def united(changes: Iterable[Change]) -> list[Change]:
    """Each change once, with every direction in which it was found."""
    found: dict[Change, Change] = {}
    for change in changes:
        key = replace(change, breaks=NONE, risks=NONE)
        known = found.get(key, key)
        found[key] = replace(known, breaks=known.breaks | change.breaks, risks=known.risks | change.risks)
    return list(found.values())
