# Part of Integration Hub. License LGPL-3.0 or later.
"""Questions in the log: one that was asked while a person waited, and one that is left to be asked later."""

from datetime import datetime
from typing import NamedTuple

from odoo.tools import SQL

from .fingerprint import fingerprint
from .outcome import record_attempt
from .slots import Unit, slot_of

HOLD, SKIP = "hold", "skip"  # what waits for an answer: the record's work, or only the comparison afterwards
ASKED = ".asked"  # what the topic ends with of a question that somebody waited for


class About(NamedTuple):
    """What a question is about: the columns of its message."""

    endpoint_id: int
    company_id: int
    flow_id: int
    object_type: str
    res_model: str
    res_id: int
    mapping_version_id: int | None = None
    record_mapping_version_id: int | None = None

    @property
    def key(self):
        """The order key: that of everything that is sent about the record."""
        return f"{self.res_model}:{self.res_id}"


class _Logged(NamedTuple):
    """A message of the log, as far as its try is written for."""

    id: int
    company_id: int
    endpoint_id: int
    flow_id: int
    arrived_at: datetime
    direction: str = "outbound"
    attempt_count: int = 0


def log_question(cr, about, outcome, *, body, started_at, ended_at, worker):
    """Insert a question that was asked and ended: message, try and content. Returns the message's id.

    It needs no drain, and says nothing of the order of others: it has no key.
    """
    cr.execute(
        SQL(
            """INSERT INTO integration_event (
                   direction, state, kind, endpoint_id, company_id, flow_id, slot, topic, object_type, res_model,
                   res_id, operation, arrived_at, done_at, attempt_count, error_code, error_message, error_hint,
                   fingerprint, mapping_version_id, record_mapping_version_id)
               VALUES ('outbound', %(state)s, 'command', %(endpoint)s, %(company)s, %(flow)s, %(slot)s, %(topic)s,
                       %(object)s, %(model)s, %(id)s, 'ask', %(since)s, %(now)s, 1, %(code)s, %(message)s, %(hint)s,
                       %(fingerprint)s, %(mapping)s, %(record_mapping)s)
            RETURNING id""",
            **_columns(about),
            state=outcome.state,
            topic=f"{about.object_type}{ASKED}",
            since=started_at,
            now=ended_at,
            code=outcome.code or None,
            message=outcome.message or None,
            hint=outcome.hint or None,
            fingerprint=fingerprint(about, outcome) if outcome.state == "dead" else None,
        )
    )
    event = _Logged(cr.fetchone()[0], about.company_id, about.endpoint_id, about.flow_id, started_at)
    record_attempt(cr, event, outcome, outcome.state, started_at, ended_at, worker, called=started_at)
    _insert_body(cr, event.id, body)
    return event.id


def leave_question(cr, about, why, *, body, now):
    """Insert a question that is asked until it is answered, in the caller's transaction; returns the unit to wake.

    One that waits for the same already is enough.

    :param why: ``HOLD`` or ``SKIP``
    """
    unit = Unit(about.endpoint_id, "outbound", slot_of(about.key))
    topic = f"{about.object_type}.{why}"
    cr.execute(
        SQL(
            """SELECT 1 FROM integration_event
                WHERE res_model = %s AND res_id = %s AND flow_id = %s AND topic = %s
                  AND state IN ('pending', 'retry', 'held')""",
            about.res_model,
            about.res_id,
            about.flow_id,
            topic,
        )
    )
    if cr.fetchone():
        return unit
    cr.execute(
        SQL(
            """INSERT INTO integration_event (
                   direction, state, kind, endpoint_id, company_id, flow_id, slot, partition_key, topic, object_type,
                   res_model, res_id, operation, arrived_at, attempt_count)
               VALUES ('outbound', 'pending', 'command', %(endpoint)s, %(company)s, %(flow)s, %(slot)s, %(key)s,
                       %(topic)s, %(object)s, %(model)s, %(id)s, 'ask', %(now)s, 0)
            RETURNING id""",
            **_columns(about),
            key=about.key,
            topic=topic,
            now=now,
        )
    )
    _insert_body(cr, cr.fetchone()[0], body)
    return unit


def _columns(about):
    return {
        "endpoint": about.endpoint_id,
        "company": about.company_id,
        "flow": about.flow_id,
        "slot": slot_of(about.key),
        "object": about.object_type,
        "model": about.res_model,
        "id": about.res_id,
        "mapping": about.mapping_version_id,
        "record_mapping": about.record_mapping_version_id,
    }


def body_of(cr, event_id):
    """Return the content of a message, ``None`` where it was forgotten."""
    cr.execute(SQL("SELECT body FROM integration_event_payload WHERE event_id = %s", event_id))
    found = cr.fetchone()
    return found and found[0]


def _insert_body(cr, event_id, body):
    cr.execute(SQL("INSERT INTO integration_event_payload (event_id, body) VALUES (%s, %s)", event_id, body))
