# Part of Integration Hub. License LGPL-3.0 or later.
"""How long a peer asks to be left alone."""

import email.utils
import re

MIN_SECONDS = 1.0
MAX_SECONDS = 4 * 3600.0
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?\Z")


def parse_retry_after(value: str | None, *, date: str | None = None, now: float | None = None) -> float | None:
    """Seconds to wait, clamped to 1 s – 4 h; None when absent or unreadable (RFC 9110 §10.2.3).

    Seconds may have a fraction, as some vendors send. A date is measured against the answer's own `date`, so that
    a wrong clock here does no harm, else against `now`.
    """
    if value is None:
        return None
    text = value.strip()
    if _NUMBER.match(text):
        seconds = float(text)
    else:
        until, since = _unix(text), _unix(date)
        if since is None:
            since = now
        if until is None or since is None:
            return None
        seconds = until - since
    return min(max(seconds, MIN_SECONDS), MAX_SECONDS)


def _unix(text: str | None) -> float | None:
    if not text:
        return None
    try:
        return email.utils.parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
