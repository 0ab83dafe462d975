# Part of Integration Hub. License LGPL-3.0 or later.
"""Ownership: of two values of a field, one here and one there, which one stands. Pure.

Whether a side has changed a field is told by three values: what it is here, what the other side says, and what both
had when they last met. Of the last one only digests are kept, on the link (`Memory`); values are compared by theirs.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

KEPT = 5  # values of the other side that are known again
TOLD = 3  # times; who still says something else then writes it its own way
EMPTY = ""


class Rule(NamedTuple):
    """Who decides a field (`system`, `odoo`, `both`), and what if both have changed it.

    `owner`: who decides wins; `newest`; `odoo`; `ask`: a person chooses.
    """

    decided_by: str
    both_changed: str = "owner"


class Memory(NamedTuple):
    """What both sides had when they last met, as digests.

    ``said`` is what the other side said, or was sent, the newest first. ``held``: a person has been asked, and until
    that has an answer the field stays as it is, here and there. ``told``: how often it was told what is here because it
    said something else, since that has changed.
    """

    ours: str
    said: tuple[str, ...]
    held: bool = False
    told: int = 0


class Verdict(NamedTuple):
    """Which value stands: `ours`, `theirs`, or `ask`.

    ``lost``: the other one is news, and is not taken over. ``tell``: they are to be told what stands.
    """

    stands: str
    lost: bool = False
    tell: bool = False


OURS, THEIRS, ASK = Verdict("ours"), Verdict("theirs"), Verdict("ask")


def digest(value: Any) -> str:
    """Return what a value is known again by; whatever is empty is equal, and no is a value."""
    if value is None or value == "" or value == []:
        return EMPTY
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def judge(
    rule: Rule, memory: Memory | None, ours: str, theirs: str, newer: Callable[[], bool], *, late: bool = False
) -> Verdict:
    """Return which of two values stands.

    :param ours: digest of what is here; ``theirs``: of what they say
    :param newer: tells whether theirs is the newer one
    :param late: they said it before they were sent what is here
    """
    if memory and memory.held and (late or ours != theirs):
        return ASK  # of what is late nobody knows if they have it still
    if ours == theirs:
        return OURS
    if memory is None:
        return _first(rule, ours, theirs, newer, late)
    there = theirs not in memory.said if late else theirs != memory.said[0]
    here = ours != memory.ours or (late and rule.decided_by != "system")  # what they were sent was our change
    stay = Verdict("ours", theirs not in memory.said, there and not late and memory.told < TOLD)
    take = Verdict("theirs", here)
    if rule.both_changed == "ask" and here and there:
        return ASK
    if rule.decided_by == "system":
        return take if there or rule.both_changed == "owner" else OURS
    if rule.decided_by == "odoo":
        return stay
    if not there:
        return OURS
    return take if not here or (rule.both_changed == "newest" and not late and newer()) else stay


def _first(rule: Rule, ours: str, theirs: str, newer: Callable[[], bool], late: bool) -> Verdict:
    """Return which value stands where both meet for the first time, and nobody knows who has changed it."""
    if rule.decided_by == "system":
        return THEIRS
    if late:
        return OURS
    stay = Verdict("ours", theirs != EMPTY, tell=True)
    if rule.decided_by == "odoo":
        return stay
    if EMPTY in (ours, theirs):
        return THEIRS if ours == EMPTY else OURS
    if rule.both_changed == "ask":
        return ASK
    return THEIRS if rule.both_changed == "newest" and newer() else stay


def heard(memory: Memory | None, ours: str, theirs: str, verdict: Verdict, *, late: bool = False) -> Memory:
    """Return the memory after they said ``theirs``, and ours is what is here now."""
    said = _said(memory, theirs)
    if late and memory:
        said = _said(Memory(ours, said), memory.said[0])  # what they were sent came after it
    told = memory.told if memory and memory.ours == ours else 0
    return Memory(ours, said, verdict.stands == "ask", told + verdict.tell)


def sent(memory: Memory | None, ours: str) -> Memory:
    """Return the memory after they were sent what is here."""
    if memory is None:
        return Memory(ours, (ours,))
    return Memory(ours, _said(memory, ours), memory.held, memory.told if memory.ours == ours else 0)


def _said(memory: Memory | None, value: str) -> tuple[str, ...]:
    return (value, *(known for known in (memory.said if memory else ()) if known != value))[:KEPT]


def read(stored: Mapping[str, Any] | None) -> dict[str, Memory]:
    """Return ``{field: Memory}`` as a link keeps it."""
    return {name: Memory(ours, tuple(said), *more) for name, (ours, said, *more) in (stored or {}).items()}


def written(memories: Mapping[str, Memory]) -> dict[str, list[Any]]:
    """Return it as JSON."""
    return {
        name: [memory.ours, list(memory.said), *([memory.held, memory.told] if memory.held or memory.told else [])]
        for name, memory in memories.items()
    }
