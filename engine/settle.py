# Part of Integration Hub. License LGPL-3.0 or later.
"""Settle: what became of events that end here, all of a transaction in one statement.

Those that do not settle are few, and need more: `outcome.py`.
"""

from psycopg2.extras import Json

from odoo.tools import SQL

from .causation import TRACE_OF_SENDER
from .counting import counted, ended
from .outcome import LEARNT

_TYPES = {
    "id": "integer",
    "attempt_id": "integer",
    "state": "varchar",
    "number": "integer",
    "error_code": "varchar",
    "error_message": "varchar",
    "error_hint": "varchar",
    "error_params": "jsonb",
    "status_code": "integer",
    "technical": "text",
    "exchange": "jsonb",
    "flow_id": "integer",
    "res_model": "varchar",
    "res_id": "integer",
    "external_id": "varchar",
    "external_version": "varchar",
    "mapping_version_id": "integer",
    "record_mapping_version_id": "integer",
    "error_line": "varchar",
}
_COLUMNS = SQL(", ").join(SQL("%s %s", SQL.identifier(name), SQL(kind)) for name, kind in _TYPES.items())
_LEARNT = SQL(", ").join(
    SQL("%s = coalesce(%s, %s)", SQL.identifier(name), SQL.identifier("t", name), SQL.identifier("e", name))
    for name in LEARNT
)
_SETTLE = """
    WITH tried AS (
        SELECT * FROM jsonb_to_recordset(%s) AS t (%s)),
    written AS (
        UPDATE integration_event e
           SET state = t.state, attempt_count = t.number, done_at = %s, next_try_at = NULL, error_code = t.error_code,
               error_message = t.error_message, error_hint = t.error_hint, error_params = t.error_params,
               fingerprint = NULL, in_doubt = NULL,
               trace_id = CASE WHEN e.direction = 'inbound' THEN coalesce(e.trace_id, %s) ELSE e.trace_id END, %s
          FROM tried t WHERE e.id = t.id),
    freed AS (
        DELETE FROM integration_blocked_key WHERE event_id IN (SELECT id FROM tried)),
    counted AS (%s),
    ended AS (
        UPDATE integration_event_attempt a
           SET ended_at = %s, outcome = t.state, error_code = t.error_code, message = t.error_message,
               hint = t.error_hint, status_code = t.status_code, technical = t.technical,
               exchange = t.exchange
          FROM tried t WHERE a.id = t.attempt_id)
    INSERT INTO integration_event_attempt (
        event_id, number, started_at, ended_at, outcome, error_code, message, hint, status_code, technical, exchange,
        worker)
    SELECT id, number, %s, %s, state, error_code, error_message, error_hint, status_code, technical, exchange, %s
      FROM tried WHERE attempt_id IS NULL ORDER BY id"""


def settle(cr, tries, *, started_at, now, worker):
    """Write outcomes that are ``done`` or ``ignored``: events, attempts, and the keys that go on.

    :param tries: an event, its outcome, and the attempt that was begun or ``None``, of each; in the caller's
        transaction
    """
    rows = [_row(*tried) for tried in tries]
    count = counted([_ended(*tried, now) for tried in tries], now)
    cr.execute(SQL(_SETTLE, Json(rows), _COLUMNS, now, TRACE_OF_SENDER, _LEARNT, count, now, started_at, now, worker))


def _ended(event, outcome, begun, now):
    flow_id = (outcome.facts or {}).get("flow_id")
    return ended(event, outcome.state, now, flow_id=flow_id, since=begun and begun.at)


def _row(event, outcome, begun):
    learnt = {name: value for name, value in (outcome.facts or {}).items() if name in LEARNT and value}
    return {
        "id": event.id,
        "attempt_id": begun and begun.id,
        "state": outcome.state,
        "number": event.attempt_count + 1,
        "error_code": outcome.code or None,
        "error_message": outcome.message or None,
        "error_hint": outcome.hint or None,
        "error_params": outcome.params or None,
        "status_code": outcome.status_code,
        "technical": outcome.technical or None,
        "exchange": outcome.exchange or None,
        **learnt,
    }
