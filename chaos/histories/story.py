# Part of Integration Hub. License LGPL-3.0 or later.
"""What a vendor's plug-in says: which histories there are, what of a delivery they are about, and how to compare.

A plug-in is a file of this folder, named after what it plays (`hubspot.py`), with one class `Plan`, a subclass of the
one here.
"""

import random
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from hub_clients import Odoo, Sandbox


@dataclass
class Part:
    """What one webhook says: its body, the headers it is to have, and the remote ids that it is about.

    The signature's headers are made anew when it is delivered. A vendor that puts several notifications into one
    delivery gives a part for each, so that each has its own fate.
    """

    body: bytes
    headers: dict[str, str]
    ids: set[str]
    words: str = ""


@dataclass
class History:
    """What a person does to some records of its own, step by step; `told` says it in words.

    `ids` are the remote ids of its records: the plug-in adds one as soon as it is made. `seed` names it: the same seed
    does the same in every mode, and its webhooks have the same fate. `played` counts what was done, by kind.
    """

    seed: int
    chance: random.Random = field(init=False)
    fate: random.Random = field(init=False)  # of its webhooks
    steps: Iterator[str] = field(init=False)
    ids: set[str] = field(default_factory=set)
    facts: dict[str, Any] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    played: Counter[str] = field(default_factory=Counter)
    box: list[Part] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chance, self.fate = random.Random(self.seed), random.Random(f"fate of {self.seed}")

    def step(self) -> bool:
        """Does the next thing; returns whether there was one."""
        words = next(self.steps, None)
        if words is not None:
            self.told.append(words)
        return words is not None


class Plan(ABC):
    """A vendor's part of the run. `odoo` is the administrator's session."""

    vendor: str
    """The sandbox's name of it."""
    scheme: str
    """How its webhooks are signed, by the library's name."""
    settings: dict[str, Any] = {}
    """The sandbox's settings for the run: limits that a run of this size does not meet."""
    lag = 0.0
    """Seconds until a change shows in the vendor's list of changes: the last looks wait for them."""
    exact_to = 0.0
    """Seconds in which the vendor tells one change from the next, where its times are not exact."""

    def __init__(self, odoo: Odoo, sandbox: Sandbox) -> None:
        self.odoo, self.sandbox = odoo, sandbox
        self.system = 0

    @abstractmethod
    def connect(self) -> int:
        """Connects the vendor as a person does, its flows switched on; returns the system's id."""

    @abstractmethod
    def play(self, history: History) -> Iterator[str]:
        """Does one thing after the other, and says in words what it did; adds to `history.ids` whatever it makes."""

    @abstractmethod
    def parts(self, body: bytes, headers: dict[str, str]) -> Iterable[Part]:
        """What a delivery of the sandbox says."""

    @abstractmethod
    def differences(self, histories: list[History]) -> dict[int, list[str]]:
        """Compares Odoo with the sandbox field by field; returns the differences by the seeds of the histories.

        Both sides are read here as a whole: a thousand histories are compared with a few calls.
        """
