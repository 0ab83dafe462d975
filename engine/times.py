# Part of Integration Hub. License LGPL-3.0 or later.
"""Times of day in people's time zones: windows that recur, working hours, the last time that it was six o'clock. Pure.

Moments go in and out as PostgreSQL's columns hold them: UTC without a zone. A window that recurs is at the same time
of day all year, whatever daylight saving makes of it in UTC.
"""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

WEEKEND = (5, 6)  # as datetime.weekday() has them


def local(moment, zone):
    """Return a moment as people in *zone* say it."""
    return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone or "UTC"))


def _utc(day, at, zone):
    return datetime.combine(day, at, ZoneInfo(zone or "UTC")).astimezone(UTC).replace(tzinfo=None)


def time_of(hours):
    """Return a time of day from hours as a float, as Odoo's fields hold it; 24 is the last minute of the day."""
    minutes = min(max(round(hours * 60), 0), 24 * 60 - 1)
    return time(minutes // 60, minutes % 60)


def last_time(moment, hours, zone, weekdays_only=False):
    """Return when it was so late last, at *moment* at the latest."""
    return max(at for at in _times(moment, range(-4, 2), hours, zone, weekdays_only) if at <= moment)


def next_time(moment, hours, zone, weekdays_only=False):
    """Return when it will be so late next, after *moment*."""
    return min(at for at in _times(moment, range(-1, 5), hours, zone, weekdays_only) if at > moment)


def _times(moment, days, hours, zone, weekdays_only):
    today = local(moment, zone).date()
    for day in (today + timedelta(days=each) for each in days):
        if not (weekdays_only and day.weekday() in WEEKEND):
            yield _utc(day, time_of(hours), zone)


def covers(moment, start, end, repeat="", zone="UTC", until=None):
    """Tell whether a window is open: from *start* to *end*, and again each day or week at the same time of day.

    :param repeat: ``daily``, ``weekly`` or an empty text
    :param end: ``None``: until somebody ends it
    :param until: the last day on which it opens
    """
    if moment < start:
        return False
    if not repeat or end is None:
        return end is None or moment < end
    first, length = local(start, zone), end - start
    day = local(moment, zone).date()
    for _each in range(length.days + 2):  # it may have opened on an earlier day
        opens = _utc(day, first.time(), zone)
        on_its_day = day >= first.date() and (repeat == "daily" or day.weekday() == first.weekday())
        if on_its_day and (until is None or day <= until) and opens <= moment < opens + length:
            return True
        day -= timedelta(days=1)
    return False


def is_working_time(moment, begins, ends, zone):
    """Tell whether people work: from Monday to Friday between two times of day."""
    here = local(moment, zone)
    return here.weekday() not in WEEKEND and time_of(begins) <= here.time() < time_of(ends)
