# Part of Integration Hub. License LGPL-3.0 or later.
"""Faults to inject: into vendors' answers and into the webhooks they send."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .problem import ControlProblem, member, refuse_unknown

REQUEST_KINDS = ("latency", "status", "drop", "truncate", "expired_token", "garbage_200")
WEBHOOK_KINDS = ("duplicate", "reorder", "tamper", "lose", "delay")
_MEMBERS = ("vendor", "match", "kind", "count", "probability", "seconds", "status", "retry_after", "phase")
_MATCH = ("method", "path", "topic")


@dataclass
class Fault:
    """One fault; `count` None lasts until it is deleted."""

    vendor: str
    kind: str
    method: str | None = None
    path: re.Pattern[str] | None = None
    topic: re.Pattern[str] | None = None
    count: int | None = None
    probability: float = 1.0
    seconds: float = 1.0
    status: int = 500
    retry_after: float | None = None
    phase: str = "before"
    fired: int = 0

    def describe(self) -> dict[str, Any]:
        """The fault as JSON, with how often it fired."""
        match = {"method": self.method}
        match["path"] = self.path.pattern if self.path else None
        match["topic"] = self.topic.pattern if self.topic else None
        return {
            "vendor": self.vendor,
            "kind": self.kind,
            "match": {name: value for name, value in match.items() if value is not None},
            "count": self.count,
            "probability": self.probability,
            "seconds": self.seconds,
            "status": self.status,
            "retry_after": self.retry_after,
            "phase": self.phase,
            "fired": self.fired,
        }


class FaultBox:
    """The faults in force; which of them fires is decided by the injected random numbers alone."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._faults: list[Fault] = []

    def replace(self, faults: Iterable[Fault]) -> None:
        """Put these in force instead of all earlier ones."""
        self._faults = list(faults)

    def all(self) -> list[Fault]:
        """The faults in force, spent ones included."""
        return list(self._faults)

    def for_request(self, vendor: str, method: str, path: str) -> list[Fault]:
        """The faults that fire for a request, in the order they were put."""
        return [
            fault
            for fault in self._faults
            if fault.kind in REQUEST_KINDS
            and fault.method in (None, method)
            and (fault.path is None or fault.path.search(path))
            and self._fires(fault, vendor)
        ]

    def for_webhook(self, vendor: str, topics: Iterable[str]) -> list[Fault]:
        """The faults that fire for a delivery that carries these topics."""
        names = list(topics)
        return [
            fault
            for fault in self._faults
            if fault.kind in WEBHOOK_KINDS
            and (fault.topic is None or any(fault.topic.search(name) for name in names))
            and self._fires(fault, vendor)
        ]

    def _fires(self, fault: Fault, vendor: str) -> bool:
        if fault.vendor not in ("*", vendor) or (fault.count is not None and fault.fired >= fault.count):
            return False
        if fault.probability < 1.0 and self._rng.random() >= fault.probability:
            return False
        fault.fired += 1
        return True


def parse_fault(document: Any, vendors: Iterable[str], pointer: str) -> Fault:
    """A fault from its JSON.

    Raises ControlProblem: it is not an object, a member is unknown or out of range, a pattern does not compile.
    """
    if not isinstance(document, Mapping):
        raise ControlProblem("invalid-fault", "A fault is a JSON object.", pointer)
    refuse_unknown(document, _MEMBERS, pointer)
    kinds = REQUEST_KINDS + WEBHOOK_KINDS
    kind = _choice(document, "kind", kinds, None, pointer)
    match = member(document, "match", dict, {}, pointer)
    refuse_unknown(match, _MATCH, f"{pointer}/match")
    count = member(document, "count", (int, type(None)), None, pointer)
    status = member(document, "status", int, 500, pointer)
    numbers = {
        name: member(document, name, (int, float), default, pointer)
        for name, default in (("probability", 1.0), ("seconds", 1.0))
    }
    retry_after = member(document, "retry_after", (int, float, type(None)), None, pointer)
    checks = (
        ("count", count is None or count > 0, "above 0"),
        ("status", 200 <= status <= 599, "between 200 and 599"),
        ("probability", 0 <= numbers["probability"] <= 1, "between 0 and 1"),
        ("seconds", 0 <= numbers["seconds"] <= 600, "between 0 and 600"),
        ("retry_after", retry_after is None or retry_after >= 0, "0 or more"),
    )
    for name, good, wanted in checks:
        if not good:
            raise ControlProblem("invalid-fault", f"'{name}' must be {wanted}.", f"{pointer}/{name}")
    method = member(match, "method", str, None, f"{pointer}/match")
    return Fault(
        vendor=_choice(document, "vendor", ("*", *vendors), "*", pointer),
        kind=kind,
        method=method.upper() if method else None,
        path=_pattern(match, "path", pointer),
        topic=_pattern(match, "topic", pointer),
        count=count,
        probability=float(numbers["probability"]),
        seconds=float(numbers["seconds"]),
        status=status,
        retry_after=retry_after,
        phase=_choice(document, "phase", ("before", "after"), "before", pointer),
    )


def _choice(document: Mapping[str, Any], name: str, choices: tuple[str, ...], default: str | None, pointer: str) -> str:
    value = document.get(name, default)
    if not isinstance(value, str) or value not in choices:
        raise ControlProblem(
            "invalid-fault", f"'{name}' must be one of {', '.join(choices)}; it is {value!r}.", f"{pointer}/{name}"
        )
    return value


def _pattern(match: Mapping[str, Any], name: str, pointer: str) -> re.Pattern[str] | None:
    text = member(match, name, str, None, f"{pointer}/match")
    if text is None:
        return None
    try:
        return re.compile(text)
    except re.error as error:
        raise ControlProblem(
            "invalid-fault", f"'{name}' is not a regular expression: {error}.", f"{pointer}/match/{name}"
        ) from error
