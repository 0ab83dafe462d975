# Part of Integration Hub. License LGPL-3.0 or later.
"""Outcome: what a try came to, recorded with its effect."""

from datetime import timedelta
from typing import NamedTuple

from psycopg2.extras import Json

from odoo.tools import SQL

from .causation import TRACE_OF_SENDER
from .counting import Begun, counted, ended
from .fingerprint import fingerprint
from .retry import RetryPolicy, next_delay

FINAL = ("done", "dead", "ignored")
LOST = "lost"  # what an attempt says whose worker died


class Outcome(NamedTuple):
    """How a try ended.

    ``state`` is what the event becomes: ``done``, ``ignored``, ``dead``, ``held`` (a person decides), ``retry`` (later,
    by the retry policy), or ``pending`` when nothing is wrong with the message itself and its endpoint was suspended.
    """

    state: str
    code: str = ""
    message: str = ""
    hint: str = ""
    params: dict | None = None
    status_code: int | None = None
    technical: str = ""
    retry_after: float | None = None
    facts: dict | None = None  # columns of the event learnt on the way: res_model, res_id, external_id, …
    waits: bool = False  # nothing was tried: no attempt is counted, and it is looked at again after ``retry_after``
    stop: str = ""  # the state its endpoint goes into, if that stops altogether; the message says why
    slows: bool = False  # the other side asked for a pause of ``retry_after``: the whole endpoint keeps it
    in_doubt: bool = False  # the other side may have done what it was asked for
    exchange: list | None = None  # what was said and answered, masked (connectors/http/exchange.py)


LEARNT = (
    "flow_id",
    "res_model",
    "res_id",
    "external_id",
    "external_version",
    "mapping_version_id",
    "record_mapping_version_id",
    "error_line",
)


def start_attempts(cr, events, now, worker):
    """Insert the attempts of tries that are about to leave; committed before the calls. Returns them, in order."""
    cr.execute(
        SQL(
            """INSERT INTO integration_event_attempt (event_id, number, started_at, outcome, worker)
               SELECT event_id, number, %s, 'started', %s
                 FROM unnest(%s::int[], %s::int[]) WITH ORDINALITY AS t (event_id, number, place) ORDER BY place
               RETURNING event_id, id""",
            now,
            worker,
            [event.id for event in events],
            [event.attempt_count + 1 for event in events],
        )
    )
    attempts = dict(cr.fetchall())
    return [Begun(attempts[event.id], now) for event in events]


def record(cr, db, event, outcome, *, started_at, worker, begun=None, policy=None, on_dead="block", attempt=None):
    """Write the outcome: event, attempt and the key's block, in the caller's transaction.

    :param begun: the attempt, where one was begun
    :param attempt: what the attempt says instead of the state: ``lost``
    :param on_dead: ``block`` keeps later events of the key waiting for a person, ``skip`` lets them go on
    :returns: the state that was written; a retry past its policy's caps is ``dead``
    """
    now, until, state = db.now(), None, outcome.state
    if state == "retry":
        delay = outcome.retry_after if outcome.waits else _delay(db, event, outcome, policy or RetryPolicy(), now)
        if delay is None:
            state = "dead"
        else:
            until = now + timedelta(seconds=delay)
    failed = state in ("retry", "held", "dead")
    values = {
        "state": state,
        "attempt_count": event.attempt_count + (0 if outcome.waits else 1),
        "next_try_at": until,
        "done_at": now if state in FINAL else None,
        "error_code": outcome.code or None,
        "error_message": outcome.message or None,
        "error_hint": outcome.hint or None,
        "error_params": Json(outcome.params) if outcome.params else None,
        "fingerprint": fingerprint(event, outcome) if failed else None,
        **_doubt(outcome, state),
        **{name: value for name, value in (outcome.facts or {}).items() if name in LEARNT and value},
    }
    if event.direction == "inbound":
        values["trace_id"] = SQL("coalesce(e.trace_id, %s)", TRACE_OF_SENDER)
    cr.execute(SQL("UPDATE integration_event e SET %s WHERE id = %s", _assignments(values), event.id))
    if not outcome.waits:
        record_attempt(cr, event, outcome, attempt or state, started_at, now, worker, begun)
    elif begun:  # and kept back before anything left
        cr.execute(SQL("DELETE FROM integration_event_attempt WHERE id = %s", begun.id))
    if event.partition_key:
        _record_block(cr, event, state, until, on_dead)
    return state


def _doubt(outcome, state):
    """A call that may have taken effect stays in doubt through later failures, until one has an answer."""
    if outcome.in_doubt:
        return {"in_doubt": True}
    return {"in_doubt": None} if state in ("done", "ignored") else {}


def _assignments(values):
    return SQL(", ").join(SQL("%s = %s", SQL.identifier(name), value) for name, value in values.items())


def _delay(db, event, outcome, policy, now):
    age = (now - event.arrived_at).total_seconds()
    return next_delay(policy, event.attempt_count + 1, age, db.random, outcome.retry_after)


def record_attempt(cr, event, outcome, state, started_at, now, worker, begun=None, called=None):
    """Write how a try ended, and count it: of the attempt that was begun, or of one that had no reason to be.

    :param called: since when there was a call, where that is not the begun one's
    """
    values = {
        "ended_at": now,
        "outcome": state,
        "error_code": outcome.code or None,
        "message": outcome.message or None,
        "hint": outcome.hint or None,
        "status_code": outcome.status_code,
        "technical": outcome.technical or None,
        "exchange": Json(outcome.exchange) if outcome.exchange else None,
    }
    if begun:
        written = SQL("UPDATE integration_event_attempt SET %s WHERE id = %s", _assignments(values), begun.id)
    else:
        values |= {
            "event_id": event.id,
            "number": event.attempt_count + 1,
            "started_at": started_at,
            "worker": worker,
        }
        written = SQL(
            "INSERT INTO integration_event_attempt (%s) VALUES (%s)",
            SQL(", ").join(SQL.identifier(name) for name in values),
            SQL(", ").join(SQL("%s", value) for value in values.values()),
        )
    since = None if state == LOST else begun.at if begun else called  # nobody knows when the call of a lost one ended
    flow_id = (outcome.facts or {}).get("flow_id")
    cr.execute(
        SQL("WITH written AS (%s) %s", written, counted([ended(event, state, now, flow_id=flow_id, since=since)], now))
    )


def _record_block(cr, event, state, until, on_dead):
    if state in ("retry", "held") or (state == "dead" and on_dead == "block"):
        cr.execute(
            SQL(
                """INSERT INTO integration_blocked_key VALUES (%s, %s, %s, %s, %s, %s)
                   ON CONFLICT (endpoint_id, direction, partition_key)
                   DO UPDATE SET event_id = EXCLUDED.event_id, until = EXCLUDED.until""",
                event.endpoint_id,
                event.direction,
                event.slot,
                event.partition_key,
                event.id,
                until,
            )
        )
    else:
        cr.execute(SQL("DELETE FROM integration_blocked_key WHERE event_id = %s", event.id))
