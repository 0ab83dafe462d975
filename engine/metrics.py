# Part of Integration Hub. License LGPL-3.0 or later.
"""Metrics: rollups of tries that ended, and of deliveries; read without a look at the log.

The sweeper folds what drains counted (`counting.py`) and what processes told of deliveries (`tally.py`) into a row for
each minute, hour and day, and tries into one for ever: all at once, so that no period waits for a shorter one, and what
comes late is in all of them. What is not folded yet is read with the rest: figures are those of the moment.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from odoo.tools import SQL

from .database import uncompiled
from .histogram import PLACES, percentile

__all__ = ["DELIVERY", "TRY", "Figures", "fold", "forget", "percentile", "read", "totals"]

TRY, DELIVERY = "try", "delivery"
KEY = ("company_id", "endpoint_id", "flow_id", "direction", "outcome")
FOREVER, BEGINNING = "total", datetime(1970, 1, 1)
FOLDED_AT_ONCE = 10_000


class Period(NamedTuple):
    """How long one is, and for how long its rows are kept."""

    length: timedelta
    kept: timedelta

    def begin(self, moment):
        """Return when the period began that a moment lies in."""
        return moment - (moment - BEGINNING) % self.length


PERIODS = {
    "minute": Period(timedelta(minutes=1), timedelta(hours=48)),
    "hour": Period(timedelta(hours=1), timedelta(days=90)),
    "day": Period(timedelta(days=1), timedelta(days=731)),
}


class Figures(NamedTuple):
    """How many tries there were, how old their messages were when they ended, and how long their calls took."""

    count: int
    seconds: float
    latency: list
    calls: int
    call_seconds: float
    call_latency: list


# --- read ---


def read(cr, since, until, *, by=(), kind=TRY, **ids):
    """Return ``{key: Figures}`` of the time between two moments, rounded outwards to whole minutes.

    Of what is older than two days, to hours, and than 90 days, to days: as long as they are kept.

    :param by: what the key is made of: any of :data:`KEY`, and ``minute``, ``hour`` or ``day`` for its beginning
    :param kind: ``TRY`` or ``DELIVERY``; the latter have a count only, and what became of them as outcome
    :param ids: ``company_ids``, ``endpoint_ids`` or ``flow_ids``: of these only
    """
    longest = next((name for name in PERIODS if name in by), "day")
    pieces = covering(since, until, _now(cr), longest)
    stored = SQL(" OR ").join(SQL("period = %s AND begins_at >= %s AND begins_at < %s", *piece) for piece in pieces)
    return _read(cr, stored, (pieces[0][1], pieces[-1][2]), by, kind, ids) if pieces else {}


def totals(cr, *, by=()):
    """Return ``{key: Figures}`` of all tries that ever ended; at the same cost however many they were."""
    return _read(cr, SQL("period = %s", FOREVER), (datetime.min, datetime.max), by, TRY, {})


def covering(since, until, now, longest="day"):
    """Return ``(period, from, to)`` whose rows make up the time between two moments, the longest there are."""
    allowed = list(PERIODS)[: list(PERIODS).index(longest) + 1]
    moment = PERIODS[_kept(allowed, since, now)[0]].begin(since)
    pieces = []
    while moment < until:
        kept = _kept(allowed, moment, now)
        whole = [name for name in kept if _is_whole(PERIODS[name], moment, until)]
        name = whole[-1] if whole else kept[0]
        end = moment + PERIODS[name].length
        if name == longest and whole:
            end = PERIODS[name].begin(until)
        if pieces and pieces[-1][0] == name:
            pieces[-1] = (name, pieces[-1][1], end)
        else:
            pieces.append((name, moment, end))
        moment = end
    return pieces


def _kept(names, moment, now):
    return [name for name in names if moment >= now - PERIODS[name].kept] or names[-1:]


def _is_whole(period, moment, until):
    return period.begin(moment) == moment and moment + period.length <= until


def _now(cr):
    cr.execute("SELECT clock_timestamp() AT TIME ZONE 'UTC'")
    return cr.fetchone()[0]


def _read(cr, stored, window, by, kind, ids):
    """Add what is stored and what is not folded yet, in one statement: a fold in between doubles nothing."""
    if unknown := {*by} - {*KEY, *PERIODS}:
        raise ValueError(f"metrics are not read by {', '.join(sorted(unknown))}")
    keys = [SQL("date_trunc(%s, at)", name) if name in PERIODS else SQL.identifier(name) for name in by]
    wanted = [SQL("%s = ANY(%s)", SQL.identifier(name.removesuffix("s")), list(these)) for name, these in ids.items()]
    deliveries = told_deliveries(SQL("integration_counter_delta"))
    uncompiled(cr)
    cr.execute(
        SQL(
            """WITH each AS (
                   SELECT begins_at AS at, %(key)s, %(figures)s FROM integration_metric
                    WHERE kind = %(kind)s AND (%(stored)s)
                    UNION ALL
                   SELECT at, %(key)s, %(figures)s FROM %(unfolded)s WHERE at >= %(since)s AND at < %(until)s)
               SELECT %(keys)s %(sums)s FROM each WHERE %(wanted)s
                GROUP BY GROUPING SETS ((%(grouped)s)) HAVING count(*) > 0""",
            key=_KEY,
            figures=_FIGURES,
            kind=kind,
            stored=stored,
            unfolded=SQL("integration_metric_delta") if kind == TRY else SQL("(%s) d", deliveries),
            since=window[0],
            until=window[1],
            keys=SQL("").join(SQL("%s, ", key) for key in keys),
            sums=_SUMS,
            wanted=SQL(" AND ").join([SQL("TRUE"), *wanted]),
            grouped=SQL(", ").join(keys),
        )
    )
    return {tuple(row[: len(by)]): Figures(*row[len(by) :]) for row in cr.fetchall()}


# --- fold ---


_OF_WHAT_IS_THERE = SQL("(SELECT told.* FROM told JOIN integration_endpoint p ON p.id = told.endpoint_id)")


def fold(db):
    """Make rollups of what drains counted since the last fold."""
    folded = FOLDED_AT_ONCE
    while folded == FOLDED_AT_ONCE:
        with db.read_committed() as cr:
            uncompiled(cr)
            cr.execute(
                SQL(
                    """WITH told AS (
                           DELETE FROM integration_metric_delta WHERE ctid = ANY(ARRAY(
                               SELECT ctid FROM integration_metric_delta LIMIT %s FOR UPDATE SKIP LOCKED))
                           RETURNING *),
                       stored AS (%s)
                       SELECT count(*) FROM told""",
                    FOLDED_AT_ONCE,
                    into_periods(TRY, _OF_WHAT_IS_THERE, [*PERIODS, FOREVER]),
                )
            )
            (folded,) = cr.fetchone()


def into_periods(kind, told, periods=PERIODS):
    """Return the INSERT that adds the rows of *told*, like those of `integration_metric_delta`, to periods."""
    beginnings = SQL(", ").join(
        SQL("(%s, %s)", name, BEGINNING if name == FOREVER else SQL("date_trunc(%s, t.at)", name)) for name in periods
    )
    return SQL(
        """INSERT INTO integration_metric AS m (kind, period, begins_at, %(key)s, %(figures)s)
           SELECT %(kind)s, p.period, p.begins_at, %(key)s, %(sums)s
             FROM %(told)s t CROSS JOIN LATERAL (VALUES %(beginnings)s) p (period, begins_at)
            GROUP BY p.period, p.begins_at, %(key)s ORDER BY p.period, p.begins_at, %(key)s
               ON CONFLICT %(unique)s DO UPDATE
              SET count = m.count + EXCLUDED.count, seconds = m.seconds + EXCLUDED.seconds, latency = %(latency)s,
                  calls = m.calls + EXCLUDED.calls, call_seconds = m.call_seconds + EXCLUDED.call_seconds,
                  call_latency = %(call_latency)s""",
        kind=kind,
        key=_KEY,
        figures=_FIGURES,
        sums=_SUMS,
        told=told,
        beginnings=beginnings,
        unique=UNIQUE,
        latency=_both("latency"),
        call_latency=_both("call_latency"),
    )


def told_deliveries(rows):
    """Return a query of rows of `integration_counter_delta` as they are counted here: whose, without a reason."""
    return SQL(
        """SELECT c.counted_at AS at, p.company_id, c.endpoint_id, NULL::integer AS flow_id, 'inbound' AS direction,
                  split_part(c.name, ':', 1) AS outcome, c.count, 0::float AS seconds, NULL::integer[] AS latency,
                  0 AS calls, 0::float AS call_seconds, NULL::integer[] AS call_latency
             FROM %s c JOIN integration_endpoint p ON p.id = c.endpoint_id""",
        rows,
    )


def _summed(name):
    """Return the sum of histograms, place by place."""
    sums = (SQL("coalesce(sum(%s[%s]), 0)::bigint", SQL.identifier(name), place + 1) for place in range(PLACES))
    return SQL("ARRAY[%s]", SQL(", ").join(sums))


def _both(name):
    """Return a stored histogram with what comes to it."""
    column = SQL.identifier(name)
    places = (SQL("m.%s[%s] + EXCLUDED.%s[%s]", column, place + 1, column, place + 1) for place in range(PLACES))
    return SQL("ARRAY[%s]", SQL(", ").join(places))


UNIQUE = SQL(
    "(kind, period, begins_at, endpoint_id, (coalesce(flow_id, 0)), direction, outcome, (coalesce(company_id, 0)))"
)
_KEY = SQL(", ").join(map(SQL.identifier, KEY))
_FIGURES = SQL("count, seconds, latency, calls, call_seconds, call_latency")
_SUMS = SQL(
    """coalesce(sum(count), 0)::bigint, coalesce(sum(seconds), 0)::float, %s,
       coalesce(sum(calls), 0)::bigint, coalesce(sum(call_seconds), 0)::float, %s""",
    _summed("latency"),
    _summed("call_latency"),
)


# --- forget ---


def forget(db, now, batch):
    """Delete rows that are kept no longer, or whose endpoint or flow is gone; yields how many at a time."""
    gone = SQL(
        """endpoint_id NOT IN (SELECT id FROM integration_endpoint)
           OR flow_id IS NOT NULL AND flow_id NOT IN (SELECT id FROM integration_flow)"""
    )
    old = [
        SQL("kind IN %s AND period = %s AND begins_at < %s", (TRY, DELIVERY), name, period.begin(now) - period.kept)
        for name, period in PERIODS.items()
    ]
    for condition in (gone, *old):
        deleted = batch
        while deleted == batch:
            with db.read_committed() as cr:
                cr.execute(
                    SQL(
                        """DELETE FROM integration_metric
                            WHERE id = ANY(ARRAY(SELECT id FROM integration_metric WHERE %s LIMIT %s))""",
                        condition,
                        batch,
                    )
                )
                deleted = cr.rowcount
            yield deleted
