# Part of Integration Hub. License LGPL-3.0 or later.
"""How values are written in answers (`{now:unix_ms}`, `{retry_after:ceil}`), and how moments are read."""

from __future__ import annotations

import math
import re
import uuid
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

_IDS = uuid.UUID("3c1d7f3e-6a50-4c1b-9a77-0d5a3f0c8f21")
_MICROSOFT = re.compile(r"/Date\((-?\d+)(?:[+-]\d{4})?\)/")
_NUMBER_FORMAT = re.compile(r"0?\d*(?:\.\d+)?[dfg]")


def _iso(timespec: str) -> Callable[[float], str]:
    def write(seconds: float) -> str:
        return datetime.fromtimestamp(seconds, UTC).isoformat(timespec=timespec).replace("+00:00", "Z")

    return write


MOMENTS: dict[str, Callable[[float], Any]] = {
    "iso8601": _iso("seconds"),
    "iso8601_ms": _iso("milliseconds"),
    "iso8601_us": _iso("microseconds"),
    "date": lambda seconds: datetime.fromtimestamp(seconds, UTC).date().isoformat(),
    "unix": int,
    "unix_ms": lambda seconds: int(seconds * 1000),
    "microsoft": lambda seconds: f"/Date({int(seconds * 1000)}+0000)/",
}
FORMATS: dict[str, Callable[[Any], Any]] = {
    **MOMENTS,
    "int": int,
    "text": str,
    "lower": lambda text: str(text).lower(),
    "ceil": lambda number: str(math.ceil(number)),
    "ms": lambda seconds: str(int(seconds * 1000)),
    "crc32": lambda text: zlib.crc32(str(text).encode()) % 10**7,
    "uuid": lambda value: str(uuid.uuid5(_IDS, str(value))),
    "uuid_hex": lambda value: uuid.uuid5(_IDS, str(value)).hex,
}


def known(name: str) -> bool:
    """Whether there is a format of that name; `.1f`, `05d` and their like are Python's."""
    return name in FORMATS or _NUMBER_FORMAT.fullmatch(name) is not None


def write(value: Any, name: str) -> Any:
    """The value in a format; None stays None."""
    if value is None:
        return None
    convert = FORMATS.get(name)
    return convert(value) if convert is not None else format(value, name)


def seconds(value: Any) -> float:
    """Unix seconds of a moment written in any of the formats, or as HTTP does; without a zone it is UTC.

    Raises ValueError: it is no moment.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value / 1000 if value > 1e11 else float(value)
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is no moment")
    if value.isdecimal():
        return seconds(int(value))
    if found := _MICROSOFT.fullmatch(value):
        return int(found[1]) / 1000
    parsed = parsedate_to_datetime(value) if value[:1].isalpha() else datetime.fromisoformat(value)
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()
