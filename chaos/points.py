# Part of Integration Hub. License LGPL-3.0 or later.
"""The named points at which a process can be told to die, read from the protocol's text: a new step is a new point."""

import re
from pathlib import Path

PROTOCOL = Path(__file__).resolve().parent.parent / "engine" / "protocol.py"
OTHERS = ("store", "wake", "commit-webhook", "commit-job", "commit-call")


def steps() -> list[str]:
    """The steps that the protocol yields."""
    return sorted(set(re.findall(r"\byield ([A-Z]\w+)\(", PROTOCOL.read_text())))


def points() -> list[str]:
    """Every point, as `addons/hub_chaos` names it."""
    return [f"{when}-{what}" for what in (*steps(), *OTHERS) for when in ("before", "after")]
