# Part of Integration Hub. License LGPL-3.0 or later.
"""Counting: tries that ended, exactly, by rows that the transaction inserts which writes how they ended.

No row is shared with anybody and none is updated; the sweeper makes rollups of them (`metrics.py`, docs/adr/0045).
"""

from datetime import datetime
from typing import NamedTuple

from odoo.tools import SQL

from . import histogram


class Begun(NamedTuple):
    """An attempt of a call, committed before the call: its id, and since when it is under way."""

    id: int
    at: datetime


class Ended(NamedTuple):
    """A try that ended: whose, what it came to, how old its message was, and how long its call took, if it had one."""

    company_id: int
    endpoint_id: int
    flow_id: int | None
    direction: str
    outcome: str
    seconds: float
    called: float | None = None


def ended(event, outcome, now, *, flow_id=None, since=None):
    """Return the :class:`Ended` of an event's try.

    :param flow_id: the flow, where it was learnt on the way
    :param since: when the call began
    """
    return Ended(
        event.company_id,
        event.endpoint_id,
        flow_id or event.flow_id or None,
        event.direction,
        outcome,
        _seconds(event.arrived_at, now),
        _seconds(since, now) if since else None,
    )


def _seconds(since, now):
    return max((now - since).total_seconds(), 0.0)


def counted(tries, now):
    """Return the INSERT that counts tries, to be part of the statement that writes how they ended.

    One row for each endpoint, flow, direction and outcome among them: a transaction's tries have one or two.
    """
    groups = {}
    for each in tries:
        row = groups.get(each[:5])
        if row is None:
            row = groups[each[:5]] = [0, 0.0, histogram.empty(), 0, 0.0, None]
        row[0] += 1
        row[1] += each.seconds
        row[2][histogram.place(each.seconds)] += 1
        if each.called is not None:
            row[3] += 1
            row[4] += each.called
            row[5] = row[5] or histogram.empty()
            row[5][histogram.place(each.called)] += 1
    return SQL(
        """INSERT INTO integration_metric_delta (
               at, company_id, endpoint_id, flow_id, direction, outcome,
               count, seconds, latency, calls, call_seconds, call_latency) VALUES %s""",
        SQL(", ").join(SQL("%s", (now, *key, *_told(*row))) for key, row in groups.items()),
    )


def _told(count, seconds, latency, calls, called, call_latency):
    """Histograms go as text, which PostgreSQL reads in a third of the time that it takes for an expression."""
    return count, seconds, histogram.text(latency), calls, called, call_latency and histogram.text(call_latency)
