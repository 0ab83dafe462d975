# Part of Integration Hub. License LGPL-3.0 or later.
"""Backlog: how many messages wait, per endpoint and per lane, and how many more may come.

The sweeper counts, at most up to the limit, and whoever brings messages reads what it counted: to count at each
delivery would cost more than to store it. In between, each process counts what it brings itself. What was counted long
ago says nothing, so nobody is held up when nobody counts any more.
"""

from typing import NamedTuple

from odoo.tools import SQL

from .mark import mark_of
from .slots import SLOTS

READ_EVERY = 5.0  # seconds for which a process believes what it read
COUNTED_PER_SECOND = 20_000  # so many that wait put the next count off by a second
VALID = 60.0  # seconds beyond that for which a count is believed
MOST = 1_000_000  # where there is no limit, what is more is not counted
HIGH, LOW = 0.8, 0.5  # shares of a limit at which people are told, and at which that is over

_DUE = SQL("b.measured_at + make_interval(secs => b.waiting / %s::float)", COUNTED_PER_SECOND)
_VALID = SQL("b.measured_at + make_interval(secs => b.waiting / %s::float + %s)", COUNTED_PER_SECOND, VALID)


class Backlog(NamedTuple):
    """What waits of an endpoint: `share` is that of the limit that is nearer, its own or its lane's."""

    endpoint_id: int
    waiting: int
    oldest: object
    share: float


def measure(db):
    """Count what waits of each endpoint, those with much of it more seldom."""
    now = db.now()
    with db.read_committed() as cr:
        cr.execute(
            SQL(
                """INSERT INTO integration_backlog (endpoint_id, waiting, oldest, measured_at)
                   SELECT p.id, counted.waiting, first.arrived_at, %(now)s
                     FROM integration_endpoint p
                     JOIN integration_lane l ON l.id = p.lane_id
                     LEFT JOIN integration_backlog b ON b.endpoint_id = p.id
                    CROSS JOIN LATERAL (
                        SELECT count(*) AS waiting FROM (
                            SELECT FROM generate_series(0, %(slots)s - 1) AS s (slot)
                             CROSS JOIN LATERAL (
                                SELECT FROM integration_event e
                                 WHERE e.endpoint_id = p.id AND e.direction = p.direction AND e.slot = s.slot
                                   AND e.state IN ('pending', 'retry') AND e.id > %(mark)s ORDER BY e.id) one
                             LIMIT coalesce(nullif(greatest(p.backlog_limit, l.backlog_limit), 0), %(most)s)) found
                        ) counted
                     LEFT JOIN LATERAL (
                        SELECT min(head.arrived_at) AS arrived_at FROM generate_series(0, %(slots)s - 1) AS s (slot)
                         CROSS JOIN LATERAL (
                            SELECT e.arrived_at FROM integration_event e
                             WHERE e.endpoint_id = p.id AND e.direction = p.direction AND e.slot = s.slot
                               AND e.state IN ('pending', 'retry') AND e.id > %(mark)s ORDER BY e.id LIMIT 1) head
                        ) first ON counted.waiting > 0
                    WHERE (b.endpoint_id IS NULL OR %(due)s <= %(now)s)
                      AND (counted.waiting > 0 OR b.waiting > 0)
                       ON CONFLICT (endpoint_id) DO UPDATE
                      SET waiting = EXCLUDED.waiting, oldest = EXCLUDED.oldest, measured_at = EXCLUDED.measured_at""",
                now=now,
                mark=mark_of(SQL("p.id"), SQL("p.direction"), SQL("s.slot")),
                most=MOST,
                slots=SLOTS,
                due=_DUE,
            )
        )


def backlogs(cr, now):
    """Return :class:`Backlog` of each endpoint, a lane's share being that of the endpoint with most of it."""
    cr.execute(
        SQL(
            """SELECT id, waiting, oldest,
                      greatest(waiting / nullif(backlog_limit, 0)::float,
                               CASE WHEN is_largest THEN lane_waiting / nullif(lane_limit, 0)::float END, 0)
                 FROM (%s) known""",
            _known(now),
        )
    )
    return [Backlog(*row) for row in cr.fetchall()]


def counted(cr, endpoint_ids):
    """Return ``{endpoint: (waiting, oldest, when that was counted)}``, however long ago; nothing waited of others."""
    cr.execute(
        SQL(
            """SELECT endpoint_id, waiting, oldest, measured_at FROM integration_backlog
                WHERE endpoint_id = ANY(%s) AND waiting > 0""",
            list(endpoint_ids),
        )
    )
    return {endpoint_id: tuple(rest) for endpoint_id, *rest in cr.fetchall()}


def room(cr, endpoint_id, now):
    """Return how many more messages of an endpoint may come now; ``None`` where there is no limit.

    Who brings many asks this, and waits where it is 0: a first load, a replay, a poll.
    """
    return _room(cr, endpoint_id, now)[0]


def _room(cr, endpoint_id, now):
    """Return the room, and when what waits of the endpoint was counted; ``None`` for either that is not known."""
    cr.execute(
        SQL(
            """SELECT greatest(least(nullif(backlog_limit, 0) - waiting, nullif(lane_limit, 0) - lane_waiting), 0),
                      measured_at
                 FROM (%s) known WHERE id = %s AND (backlog_limit > 0 OR lane_limit > 0)""",
            _known(now),
            endpoint_id,
        )
    )
    space, measured_at = cr.fetchone() or (None, None)
    return (None if space is None else int(space)), measured_at


def _known(now):
    """Return a query of what waits of each endpoint and of its lane, as far as that is known."""
    return SQL(
        """SELECT p.id, p.backlog_limit, l.backlog_limit AS lane_limit, coalesce(b.waiting, 0) AS waiting, b.oldest,
                  b.measured_at,
                  sum(coalesce(b.waiting, 0)) OVER (PARTITION BY p.lane_id) AS lane_waiting,
                  row_number() OVER (PARTITION BY p.lane_id ORDER BY b.waiting DESC NULLS LAST, p.id) = 1 AS is_largest
             FROM integration_endpoint p JOIN integration_lane l ON l.id = p.lane_id
             LEFT JOIN integration_backlog b ON b.endpoint_id = p.id AND %s > %s""",
        _VALID,
        now,
    )


class _Reading:
    def __init__(self, read_at, space, measured_at, brought):
        self.read_at, self.space, self.measured_at, self.brought = read_at, space, measured_at, brought


class Rooms:
    """What a process knows of the room of endpoints, read every few seconds, less what it brought since the count."""

    def __init__(self):
        self._readings = {}  # {(database, endpoint): _Reading}

    def has_room(self, db, endpoint_id):
        """Tell whether a message may come."""
        key, now = (db.name, endpoint_id), db.clock.monotonic()
        known = self._readings.get(key)
        if not known or not 0 <= now - known.read_at < READ_EVERY:
            with db.read_committed() as cr:
                space, measured_at = _room(cr, endpoint_id, db.now())
            same = known and measured_at and known.measured_at == measured_at
            known = self._readings[key] = _Reading(now, space, measured_at, known.brought if same else 0)
        return known.space is None or known.brought < known.space

    def bring(self, db, endpoint_id, count):
        """Note that so many messages came."""
        if known := self._readings.get((db.name, endpoint_id)):
            known.brought += count

    def forget(self):
        """Read anew."""
        self._readings.clear()
