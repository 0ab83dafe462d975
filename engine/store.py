# Part of Integration Hub. License LGPL-3.0 or later.
"""Store: a message becomes a row, once."""

from typing import NamedTuple

from psycopg2.extras import Json

from .slots import SLOTS, Unit, slot_of

# One statement, so that it can be a transaction by itself. `fresh` gives the id of a new event.
_STORE = """
    WITH fresh AS ({fresh}), stored AS (
        INSERT INTO integration_event (
            id, direction, state, kind, endpoint_id, company_id, flow_id, slot, partition_key, topic, object_type,
            external_id, external_version, operation, arrived_at, attempt_count, error_message)
        SELECT id, 'inbound', %(state)s, 'state', %(endpoint)s, %(company)s, %(flow)s,
               coalesce(%(slot)s, id %% %(slots)s), %(key)s, %(topic)s, %(object)s, %(external)s, %(version)s,
               %(operation)s, %(now)s, 0, %(detail)s
          FROM fresh RETURNING id)
    INSERT INTO integration_event_payload (event_id, headers, body)
    SELECT id, %(headers)s, %(body)s FROM stored RETURNING event_id"""
_STORE_ALWAYS = _STORE.format(fresh="SELECT nextval('integration_event_id_seq')::integer AS id")
_STORE_ONCE = _STORE.format(
    fresh="""
        INSERT INTO integration_dedupe (company_id, endpoint_id, dedupe_key, event_id, seen_at)
        VALUES (%(company)s, %(endpoint)s, %(dedupe)s, nextval('integration_event_id_seq')::integer, %(now)s)
        ON CONFLICT DO NOTHING RETURNING event_id AS id"""
)


class Accepted(NamedTuple):
    """What became of one inbound message."""

    event_id: int
    duplicate: bool
    unit: Unit


def insert_inbound(
    cr, *, endpoint_id, company_id, flow_id, message, dedupe_key, headers, body, now, state="pending", detail=None
):
    """Insert one inbound event and its payload unless its dedupe key was seen; one statement, no shared row.

    Runs under READ COMMITTED: of two concurrent duplicates the second waits for the first and is told of it.

    :param message: what the connector made of the request: ``topic``, ``object_type``, ``external_id``,
        ``partition_key``, ``dedupe_key``, ``version``, ``deleted`` and ``complete``
    :param body: the payload's JSON text
    :returns: :class:`Accepted`
    """
    slot = slot_of(message.partition_key) if message.partition_key else None
    cr.execute(
        _STORE_ONCE if dedupe_key else _STORE_ALWAYS,
        {
            "endpoint": endpoint_id, "company": company_id, "flow": flow_id or None, "dedupe": dedupe_key, "slot": slot,
            "slots": SLOTS, "key": message.partition_key, "state": state, "topic": message.topic,
            "object": message.object_type or None, "external": message.external_id, "version": message.version,
            "operation": _operation(message), "now": now, "detail": detail, "headers": Json(headers), "body": body,
        },
    )  # fmt: skip
    duplicate = not cr.rowcount
    if duplicate:
        cr.execute(
            "SELECT event_id FROM integration_dedupe WHERE endpoint_id = %s AND dedupe_key = %s AND company_id = %s",
            [endpoint_id, dedupe_key, company_id],
        )
    event_id = cr.fetchone()[0]
    return Accepted(event_id, duplicate, Unit(endpoint_id, "inbound", event_id % SLOTS if slot is None else slot))


def _operation(message):
    if message.deleted:
        return "delete"
    return "upsert" if message.complete else "read"
