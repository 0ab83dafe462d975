# Part of Integration Hub. License LGPL-3.0 or later.
"""Causation: which message's work wrote a change, and so caused the messages that carry it on (docs/adr/0044).

A transaction of a drain says at its beginning which messages it works off. Whatever is inserted into the outbox by it
is theirs: all of it where it has one message, else what is about a record that one of them is about.
"""

import hashlib

from psycopg2.extras import Json

from odoo.tools import SQL

_KEPT = "integration_hub.causes"
_ODD = 0x9E3779B97F4A7C15  # spreads ids over 64 bits, and has an inverse there
_WIDTH = 2**64

# The trace that the sender of a message said that it belongs to, of the row `e`; by W3C Trace Context.
TRACE_OF_SENDER = SQL(
    """(SELECT substring(p.headers ->> 'traceparent' FROM '^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}')
          FROM integration_event_payload p WHERE p.event_id = e.id AND p.headers ? 'traceparent' LIMIT 1)"""
)


class Causes:
    """The messages that a transaction works off, and whose each record is."""

    def __init__(self, events):
        self._alone = events[0].id if len(events) == 1 else None
        self._of_record = {(event.res_model, event.res_id): event.id for event in events if event.res_id}

    def attribute(self, model, res_id, event_id):
        """Note that a record is what this message is about, from now on."""
        self._of_record[model, res_id] = event_id

    def of_record(self, model, res_id):
        """Return the message that changes of a record come from; ``None`` where that is not known."""
        return self._alone or self._of_record.get((model, res_id))


def begin(cr, events):
    """Say which events the transaction of this cursor works off, until it ends."""
    if events:
        cr.postcommit.data[_KEPT] = Causes(events)


def causes(cr):
    """Return the :class:`Causes` of the transaction of this cursor; ``None`` where it works off no message."""
    return cr.postcommit.data.get(_KEPT)


# --- correlation ---


def correlation_id(database, event_id):
    """Return the 32 hex digits that a message and all that it causes are known by: of the database, and of its id."""
    return f"{_identity(database)}{event_id * _ODD % _WIDTH:016x}"


def event_of(database, correlation):
    """Return the id that :func:`correlation_id` was made of; ``None`` where that was not of this database."""
    if len(correlation) != 32 or not correlation.startswith(_identity(database)):
        return None
    try:
        event_id = int(correlation[16:], 16) * pow(_ODD, -1, _WIDTH) % _WIDTH
    except ValueError:
        return None
    return event_id if event_id < 2**31 else None


def _identity(database):
    return hashlib.sha256(database.encode()).hexdigest()[:16]


# --- what led to what ---

_UP = """
    WITH RECURSIVE up AS (
        SELECT id AS start, id, causation_id, trace_id, 0 AS depth FROM integration_event WHERE id = ANY(%s)
        UNION ALL
        SELECT up.start, e.id, e.causation_id, e.trace_id, depth + 1
          FROM up JOIN integration_event e ON e.id = up.causation_id WHERE depth < %s)
    SELECT DISTINCT ON (start) start, id, trace_id FROM up ORDER BY start, depth DESC"""
_DOWN = """
    WITH RECURSIVE down AS (
        SELECT id, causation_id, 0 AS depth FROM integration_event WHERE id = ANY(%(ids)s)
        UNION ALL
        SELECT e.id, e.causation_id, depth + 1
          FROM down JOIN integration_event e ON e.causation_id = down.id WHERE depth < %(depth)s)
    SELECT id, causation_id, depth FROM down WHERE depth > 0 ORDER BY depth, id LIMIT %(most)s"""
DEEPEST = 20  # steps from a message to what it led to in the end


def roots(cr, event_ids):
    """Return ``{id: (id of the first message that led to it, the trace that its sender gave)}``."""
    cr.execute(SQL(_UP, list(event_ids), DEEPEST))
    return {start: (root, trace) for start, root, trace in cr.fetchall()}


def consequences(cr, event_ids, most=200):
    """Return ``[(id, id of what caused it, depth)]`` of the messages that these led to, the nearest first."""
    cr.execute(SQL(_DOWN, ids=list(event_ids), depth=DEEPEST, most=most))
    return cr.fetchall()


def correlations(cr, database, event_ids):
    """Return ``{id: correlation id}``: the trace that the sender of the first message gave, else that message's own."""
    return {id_: trace or correlation_id(database, root) for id_, (root, trace) in roots(cr, event_ids).items()}


def envelope_attributes(correlation, causation_id, event_id):
    """Return the extension attributes of a CloudEvent of this message: what it belongs to, and what caused it.

    :param causation_id: of the message that caused it; ``None`` says that nothing of the hub did
    """
    attributes = {"correlationid": correlation, "hubmessageid": str(event_id)}
    return attributes | ({"causationid": str(causation_id)} if causation_id else {})


def note_deed(cr, event_ids, deed, *, user_id, now, reason=None):
    """Note what a person did about messages: ``retry``, ``ignore``, ``resolve``, ``send_again`` or ``edit``."""
    told = {"deed": deed, "user": user_id, "at": now.strftime("%Y-%m-%d %H:%M:%S"), "reason": reason or None}
    cr.execute(
        SQL(
            "INSERT INTO integration_effect (event_id, changes) SELECT unnest(%s::integer[]), %s",
            list(event_ids),
            Json([told]),
        )
    )
