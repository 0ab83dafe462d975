# Part of Integration Hub. License LGPL-3.0 or later.
"""Points in time as text that sorts: ISO 8601, UTC, always three decimals (`2026-01-31T09:30:00.000Z`)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from .errors import DocumentError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse(text: object) -> datetime:
    """The UTC moment of an ISO 8601 text with an offset. Raises DocumentError, code invalid-moment, on all else."""
    if isinstance(text, str):
        try:
            found = datetime.fromisoformat(text)
            if found.tzinfo is not None:
                return found.astimezone(UTC)
        except (ValueError, OverflowError):
            pass  # falls through to the one refusal below
    raise DocumentError(
        "A moment is not written as ISO 8601 with a time zone, as in 2026-01-31T09:30:00Z.", code="invalid-moment"
    )


def write(moment: datetime) -> str:
    """The sortable text of an aware datetime, cut (not rounded) to milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def normal(text: object) -> str:
    """The sortable text of an ISO 8601 text in any time zone. Raises DocumentError, code invalid-moment."""
    return write(parse(text))


def from_milliseconds(value: object) -> str:
    """The sortable text of a number of milliseconds since 1970. Raises DocumentError, code invalid-moment."""
    if isinstance(value, int) and not isinstance(value, bool):
        try:
            return write(_EPOCH + timedelta(milliseconds=value))
        except OverflowError:
            pass  # falls through to the one refusal below
    raise DocumentError("A moment is not a number of milliseconds since 1970.", code="invalid-moment")


def to_milliseconds(text: object) -> int:
    """Milliseconds since 1970 of an ISO 8601 text. Raises DocumentError, code invalid-moment."""
    return (parse(text) - _EPOCH) // timedelta(milliseconds=1)
