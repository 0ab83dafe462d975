# Part of Integration Hub. License LGPL-3.0 or later.
"""Burial: what can be said of the tries that a worker had under way when it died.

Where it had one message in hand, alone, that message may be what killed it. Where it had several, each of them is taken
in hand alone from then on, whichever drain it is that does. Once says nothing: machines lose power, and people kill
processes. From the second time on the message is set aside, longer each time: all others pass, and a bad minute of
the machine is over; if it kills five times, it is the cause, and fails with it.
"""

from odoo.tools import SQL

from .claim import COLUMNS, Event, events_of, take_over
from .counting import Begun, counted, ended
from .outcome import LOST, Outcome
from .retry import RetryPolicy

FATAL = 5  # deaths of workers that had this message alone in hand
ASIDE = {2: 10.0, 3: 20.0, 4: 40.0}  # after so many, it is set aside for so many seconds
UNDER_WAY = 5.0  # seconds in which a call takes effect whose caller is gone; who looks earlier may not see it
WITHOUT_CAPS = RetryPolicy(base=UNDER_WAY, cap=max(ASIDE.values()), max_attempts=10**6, max_age=10**9)
DIED = "The worker died while it worked on this message, or lost the database"


def bury(cr, unit, worker, now, write):
    """Take the unit's claim over for *worker*, and close what a dead drain left open.

    A message whose call was under way is in doubt from now on. Whose worker died alone with it, has a lost try.
    All that it had in hand are counted as suspects, if only with 0 deaths.

    :param write: ``write(event, outcome, abandoned, attempt that was begun or None)`` records an outcome
    """
    left = take_over(cr, unit, worker, now)
    if not left:
        return
    events = events_of(cr, left.event_ids)
    calls = _started(cr, left.event_ids)
    suspects = [event for event in events if event.id in calls] or (events if len(events) == 1 else [])
    cr.execute(
        SQL(
            "UPDATE integration_event SET death_count = 0 WHERE id = ANY(%s) AND death_count IS NULL",
            [event.id for event in events],
        )
    )
    for event in suspects:
        begun = calls.get(event.id)
        deaths = (event.death_count or 0) + 1
        cr.execute(SQL("UPDATE integration_event SET death_count = %s WHERE id = %s", deaths, event.id))
        write(event, _outcome(deaths, in_doubt=begun is not None), left, begun)
    _close(cr, calls.keys() - {event.id for event in events}, now)


def _started(cr, event_ids):
    """Return ``{event id: attempt}`` of the calls that were under way."""
    cr.execute(
        SQL(
            """SELECT DISTINCT ON (event_id) event_id, id, started_at FROM integration_event_attempt
                WHERE event_id = ANY(%s) AND outcome = 'started' ORDER BY event_id, id DESC""",
            event_ids,
        )
    )
    return {event_id: Begun(*begun) for event_id, *begun in cr.fetchall()}


def _close(cr, event_ids, now):
    """End the tries of messages that were given up meanwhile; there is nothing else to be done about them."""
    cr.execute(
        SQL(
            """UPDATE integration_event_attempt a
                  SET outcome = %s, ended_at = %s, error_code = 'worker-died', message = %s
                 FROM integration_event e WHERE e.id = a.event_id AND a.event_id = ANY(%s) AND a.outcome = 'started'
            RETURNING %s""",
            LOST,
            now,
            DIED,
            list(event_ids),
            SQL(", ").join(SQL.identifier("e", name) for name in COLUMNS),
        )
    )
    if closed := [ended(Event(*row), LOST, now) for row in cr.fetchall()]:
        cr.execute(counted(closed, now))


def _outcome(deaths, in_doubt):
    if deaths >= FATAL:
        return Outcome(
            "dead",
            "worker-died",
            f"It killed its worker {deaths} times, each time alone",
            "Look at the server's log at the times of its tries (memory, a crash of a library), mend that, then retry.",
            in_doubt=in_doubt,
        )
    if deaths in ASIDE:
        return Outcome(
            "retry", "worker-died", DIED, "It is set aside for a while, then tried again, alone.",
            retry_after=ASIDE[deaths], in_doubt=in_doubt,
        )  # fmt: skip
    if in_doubt:
        return Outcome(
            "retry", "worker-died", DIED, "Its call may still be under way: it is tried again when that is over.",
            retry_after=UNDER_WAY, in_doubt=True,
        )  # fmt: skip
    return Outcome("pending", "worker-died", DIED, "It is tried again at once.")
