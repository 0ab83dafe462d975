# Part of Integration Hub. License LGPL-3.0 or later.
"""Transforms of dates and times. Instants are ISO 8601 texts in UTC to the second: "2025-03-31T08:00:00Z"."""

import datetime
import re
import zoneinfo
from collections.abc import Callable
from typing import Any

from ..errors import TransformError
from ..registry import DEFAULT, ITSELF, Arg, ArgumentError, Example, NotInvertible

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_SECOND = datetime.timedelta(seconds=1)
_TIMEZONE = Arg("timezone", "text", "")


def _refuse(message: str, hint: str = "Correct it in the source.") -> TransformError:
    return TransformError("type", message, hint, expected="date and time")


def _zone(name: str) -> datetime.tzinfo | None:
    if not name:
        return None
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as exc:
        raise ArgumentError(f"“{name}” is not a time zone, such as Europe/Brussels") from exc


def _parse(value: Any) -> datetime.datetime:
    if isinstance(value, str):
        try:
            return datetime.datetime.fromisoformat(value.strip())
        except ValueError as exc:
            raise _refuse("The value is not a date and time in ISO 8601 form") from exc
    if isinstance(value, datetime.datetime):
        return value
    raise _refuse("The value is not a date and time in ISO 8601 form")


def _instant(value: Any, zone: datetime.tzinfo | None) -> datetime.datetime:
    moment = _parse(value)
    if moment.tzinfo is None:
        if zone is None:
            raise _refuse("The time has no offset from UTC", "Name its time zone in the transform.")
        moment = moment.replace(tzinfo=zone)
    return moment


def _shift(moment: datetime.datetime, zone: datetime.tzinfo) -> datetime.datetime:
    try:
        return moment.astimezone(zone)
    except (OverflowError, ValueError) as exc:
        raise _refuse("The date is out of range") from exc


def _written(moment: datetime.datetime) -> str:
    """The instant in UTC, cut to the second."""
    return _shift(moment, datetime.UTC).isoformat()[:19] + "Z"


@DEFAULT.transform(
    "datetime_utc",
    _TIMEZONE,
    builder=True,
    gives="text",
    filled=True,
    inverse=ITSELF,
    examples=[
        Example("2025-03-31T10:00:00+02:00", "2025-03-31T08:00:00Z"),
        Example("2025-03-31 10:00:00", "2025-03-31T08:00:00Z", "Europe/Brussels"),
    ],
)
def datetime_utc(timezone: str) -> Callable[[Any], str]:
    """Change an ISO date and time with offset to UTC, to the second. One without offset is taken in `timezone`, and
    is a problem when none is given."""
    zone = _zone(timezone)
    parse = datetime.datetime.fromisoformat

    def convert(value: Any) -> str:
        try:
            moment = parse(value)
        except (TypeError, ValueError):
            moment = _instant(value, zone)
        if moment.tzinfo is None:
            moment = _instant(value, zone)
        return _written(moment)

    return convert


@DEFAULT.transform(
    "from_epoch",
    Arg("unit", "text", "s", choices=("s", "ms")),
    gives="text",
    filled=True,
    inverse=lambda unit: [f"epoch_{unit}"],
    examples=[Example(1743408000, "2025-03-31T08:00:00Z"), Example("1743408000123", "2025-03-31T08:00:00Z", "ms")],
)
def from_epoch(value: Any, unit: str) -> str:
    """Change seconds (s) or milliseconds (ms) since 1970 to a date and time in UTC."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise _refuse("The value is not a number of seconds since 1970")
    try:
        number = float(value)
        seconds = int(number // 1000 if unit == "ms" else number // 1)
        moment = _EPOCH + seconds * _SECOND
    except (ValueError, OverflowError) as exc:
        raise _refuse("The value is not a number of seconds since 1970") from exc
    return _written(moment)


def _since_epoch(timezone: str, unit: datetime.timedelta) -> Callable[[Any], int]:
    zone = _zone(timezone)

    def convert(value: Any) -> int:
        return (_shift(_instant(value, zone), datetime.UTC) - _EPOCH) // unit

    return convert


@DEFAULT.transform(
    "epoch_s",
    _TIMEZONE,
    builder=True,
    gives="number",
    inverse=lambda timezone: ["from_epoch"],
    examples=[Example("2025-03-31T08:00:00Z", 1743408000)],
)
def epoch_s(timezone: str) -> Callable[[Any], int]:
    """Change an ISO date and time to seconds since 1970. One without offset is taken in `timezone`."""
    return _since_epoch(timezone, _SECOND)


@DEFAULT.transform(
    "epoch_ms",
    _TIMEZONE,
    builder=True,
    gives="number",
    inverse=lambda timezone: [{"from_epoch": "ms"}],
    examples=[Example("2025-03-31T08:00:00.5Z", 1743408000500), Example("2025-03-31", 1743379200000, "UTC")],
)
def epoch_ms(timezone: str) -> Callable[[Any], int]:
    """Change an ISO date and time to milliseconds since 1970. One without offset is taken in `timezone`."""
    return _since_epoch(timezone, datetime.timedelta(milliseconds=1))


@DEFAULT.transform(
    "date",
    _TIMEZONE,
    builder=True,
    gives="text",
    filled=True,
    inverse=ITSELF,
    examples=[
        Example("2025-03-31T23:30:00Z", "2025-03-31"),
        Example("2025-03-31T23:30:00Z", "2025-04-01", "Europe/Brussels"),
    ],
)
def date(timezone: str) -> Callable[[Any], str]:
    """The date ("2025-03-31") of an ISO date or date and time: as written, or as seen in `timezone` when given."""
    zone = _zone(timezone)

    def convert(value: Any) -> str:
        if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
            return value.isoformat()
        moment = _parse(value)
        if zone and moment.tzinfo:
            moment = _shift(moment, zone)
        return moment.date().isoformat()

    return convert


_SAMPLE = datetime.datetime(2025, 11, 28, 17, 46, 39, tzinfo=datetime.UTC)


def _check_format(format: str) -> None:
    if len(format) > 100 or not format.isprintable() or not format.isascii():
        raise ArgumentError("“format” must be at most 100 plain characters")
    try:
        _SAMPLE.strftime(format)
    except ValueError as exc:
        raise ArgumentError(f"“format” is not valid: {exc}") from exc


def _format_back(format: str, timezone: str) -> list[Any]:
    try:
        datetime.datetime.strptime(_SAMPLE.strftime(format), format)  # only whether it can be read
    except ValueError as exc:
        raise NotInvertible(f"what “{format}” writes cannot be read back") from exc
    return [{"parse_datetime": {"format": format, "timezone": timezone}}]


@DEFAULT.transform(
    "format_datetime",
    Arg("format", "text"),
    Arg("timezone", "text", "UTC"),
    builder=True,
    gives="text",
    inverse=_format_back,
    examples=[
        Example("2025-03-31T08:00:00Z", "31/03/2025 08:00", "%d/%m/%Y %H:%M"),
        Example("2025-03-31T08:00:00Z", "20250331", {"format": "%Y%m%d", "timezone": "Asia/Tokyo"}),
    ],
)
def format_datetime(format: str, timezone: str) -> Callable[[Any], str]:
    """Write an ISO date and time in another form, such as "%d/%m/%Y %H:%M", as seen in `timezone` (UTC)."""
    zone = _zone(timezone) or datetime.UTC
    _check_format(format)

    def convert(value: Any) -> str:
        return _shift(_instant(value, zone), zone).strftime(format)

    return convert


@DEFAULT.transform(
    "parse_datetime",
    Arg("format", "text"),
    Arg("timezone", "text", "UTC"),
    builder=True,
    gives="text",
    filled=True,
    inverse=lambda **arguments: [{"format_datetime": arguments}],
    examples=[
        Example(
            "31/03/2025 10:00", "2025-03-31T08:00:00Z", {"format": "%d/%m/%Y %H:%M", "timezone": "Europe/Brussels"}
        ),
        Example("20250331", "2025-03-31T00:00:00Z", "%Y%m%d"),
    ],
)
def parse_datetime(format: str, timezone: str) -> Callable[[Any], str]:
    """Read a date and time in a vendor's own form, such as "%d/%m/%Y %H:%M", and give it in UTC. One without offset is
    taken in `timezone` (UTC)."""
    zone = _zone(timezone) or datetime.UTC
    _check_format(format)

    def convert(value: Any) -> str:
        try:
            moment = datetime.datetime.strptime(value, format)
        except (TypeError, ValueError) as exc:
            raise _refuse(f"The value is not a date and time of the form {format}") from exc
        except re.error as exc:  # a directive twice
            raise _refuse(f"Nothing can be read by the form {format}", "Correct the form.") from exc
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=zone)
        return _written(moment)

    return convert
