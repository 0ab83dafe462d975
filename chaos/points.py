# Part of Integration Hub. License LGPL-3.0 or later.
"""The named points at which a process can be told to die, read from the engine's text: a new step is a new point."""

import re
from pathlib import Path

ENGINE = Path(__file__).resolve().parent.parent / "engine"
OTHERS = ("store", "wake", "commit-webhook", "commit-job", "commit-call")


def steps() -> list[str]:
    """The steps of the protocol: what the performer has a method for."""
    performed = set(re.findall(r"^    def _([a-z]+)\(", (ENGINE / "perform.py").read_text(), re.MULTILINE))
    names = re.findall(r"^class (\w+)\(NamedTuple\)", (ENGINE / "steps.py").read_text(), re.MULTILINE)
    return sorted(name for name in names if name.lower() in performed)


def points() -> list[str]:
    """Every point, as `addons/hub_chaos` names it."""
    return [f"{when}-{what}" for what in (*steps(), *OTHERS) for when in ("before", "after")]
