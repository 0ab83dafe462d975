# Part of Integration Hub. License LGPL-3.0 or later.
"""Transforms of dates and times. Instants are ISO 8601 texts in UTC to the second: "2025-03-31T08:00:00Z"."""

import datetime
import zoneinfo
from collections.abc import Callable
from typing import Any

from ..errors import TransformError
from ..registry import DEFAULT, Arg, ArgumentError

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


@DEFAULT.transform("datetime_utc", _TIMEZONE, builder=True)
def datetime_utc(timezone: str) -> Callable[[Any], str]:
    """Change an ISO date and time with offset to UTC, to the second. One without offset is taken in `timezone`, and
    is a problem when none is given."""
    zone, utc = _zone(timezone), datetime.UTC
    parse = datetime.datetime.fromisoformat

    def convert(value: Any) -> str:
        try:
            moment = parse(value)
        except (TypeError, ValueError):
            moment = _instant(value, zone)
        if moment.tzinfo is None:
            moment = _instant(value, zone)
        try:
            return moment.astimezone(utc).isoformat()[:19] + "Z"
        except (OverflowError, ValueError) as exc:
            raise _refuse("The date is out of range") from exc

    return convert


@DEFAULT.transform("from_epoch", Arg("unit", "text", "s", choices=("s", "ms")))
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
    return moment.isoformat()[:19] + "Z"


@DEFAULT.transform("epoch_ms", _TIMEZONE, builder=True)
def epoch_ms(timezone: str) -> Callable[[Any], int]:
    """Change an ISO date and time to milliseconds since 1970. One without offset is taken in `timezone`."""
    zone = _zone(timezone)

    def convert(value: Any) -> int:
        moment = _shift(_instant(value, zone), datetime.UTC)
        return (moment - _EPOCH) // datetime.timedelta(milliseconds=1)

    return convert


@DEFAULT.transform("date", _TIMEZONE, builder=True)
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


@DEFAULT.transform("format_datetime", Arg("format", "text"), Arg("timezone", "text", "UTC"), builder=True)
def format_datetime(format: str, timezone: str) -> Callable[[Any], str]:
    """Write an ISO date and time in another form, such as "%d/%m/%Y %H:%M", as seen in `timezone` (UTC)."""
    zone = _zone(timezone) or datetime.UTC
    if len(format) > 100 or not format.isprintable() or not format.isascii():
        raise ArgumentError("“format” must be at most 100 plain characters")
    try:
        _EPOCH.strftime(format)
    except ValueError as exc:
        raise ArgumentError(f"“format” is not valid: {exc}") from exc

    def convert(value: Any) -> str:
        return _shift(_instant(value, zone), zone).strftime(format)

    return convert
