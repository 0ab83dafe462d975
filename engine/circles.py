# Part of Integration Hub. License LGPL-3.0 or later.
"""Circles: the same changes that come back again and again, whatever road they take. Pure.

What Odoo sends to one system may come back through another one, and be changed on the way: a CRM that tells the shop
itself, an automation that writes every name in capitals. No system sees the whole circle, but each message that goes
round in it says something that its sender has said before, with nothing new in between. A link keeps the digests of
what came since the last news, and counts: after `LAPS` returns in succession the next one waits for a person.
"""

from datetime import datetime, timedelta

LAPS = 8
KEPT = 8  # of a circle in which more different things go round nothing is known
QUIET = timedelta(hours=6)  # who takes longer for a lap costs little, and may well be people
_LENGTH = 8


def heard(before: str | None, digest: str, since: datetime | None, now: datetime) -> str:
    """Return what a link keeps after a message of this digest.

    :param before: what it kept; ``since``: when the message before came
    """
    laps, known = _parse(before)
    digest = digest[:_LENGTH]
    if since is None or now - since > QUIET:
        return f"0 {digest}"
    if digest in known:
        return " ".join([str(laps + 1), *known])
    return " ".join(["0", digest, *known[: KEPT - 1]])


def is_one(heard: str | None) -> bool:
    """Tell whether what a link keeps says that its messages go round in a circle."""
    return _parse(heard)[0] > LAPS


def _parse(text: str | None) -> tuple[int, list[str]]:
    laps, *known = (text or "0").split()
    return int(laps), known
