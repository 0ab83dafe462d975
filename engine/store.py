# Part of Integration Hub. License LGPL-3.0 or later.
"""Store: a message becomes a row, once."""

from typing import NamedTuple

from psycopg2.extras import Json

from . import line
from .slots import SLOTS, Unit, slot_of

_STORE = """SELECT event_id, duplicate FROM integration_store_1(
    %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"""
_TAKE_IN = """CALL integration_take_in_1(
    %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, NULL, NULL, NULL)"""


class Accepted(NamedTuple):
    """What became of one inbound message; `awaited`: somebody comes for it, nobody needs to be woken."""

    event_id: int
    duplicate: bool
    unit: Unit
    awaited: bool = False


def insert_inbound(cr, **inbound):
    """Insert one inbound event and its payload unless its dedupe key was seen; in the caller's transaction.

    Under READ COMMITTED, of two concurrent duplicates the second waits for the first and is told of it.

    :param inbound: see :func:`_parameters`
    :returns: :class:`Accepted`
    """
    slot, parameters = _parameters(**inbound)
    cr.execute(_STORE, parameters)
    return _accepted(inbound["endpoint_id"], slot, *cr.fetchone())


def take_in(db, **inbound):
    """Do the same in a transaction of its own, and look after its commit whether somebody comes for the message."""
    slot, parameters = _parameters(**inbound)
    if db.has_line:
        row = line.first_row(db.name, _TAKE_IN, parameters)
    else:
        with db.read_committed() as cr:
            cr.execute(_STORE, parameters)
            row = cr.fetchone()
    return _accepted(inbound["endpoint_id"], slot, *row)


def _parameters(
    *, endpoint_id, company_id, flow_id, message, dedupe_key, headers, body, now, state="pending", detail=None
):
    """Return the slot, ``None`` without a key, and what the routines take.

    :param message: what the connector made of the request: ``topic``, ``object_type``, ``external_id``,
        ``partition_key``, ``dedupe_key``, ``version``, ``deleted``, ``merged_into`` and ``complete``
    :param body: the payload's JSON text
    """
    slot = slot_of(message.partition_key) if message.partition_key else None
    operation = _operation(message)
    return slot, [
        endpoint_id, company_id, flow_id or None, dedupe_key or None, slot, message.partition_key, state, message.topic,
        message.object_type or None, message.external_id, message.version, operation, now, detail, Json(headers), body,
    ]  # fmt: skip


def _operation(message):
    if message.merged_into:
        return "merge"
    return "delete" if message.deleted else "upsert" if message.complete else "read"


def _accepted(endpoint_id, slot, event_id, duplicate, awaited=False):
    unit = Unit(endpoint_id, "inbound", event_id % SLOTS if slot is None else slot)
    return Accepted(event_id, duplicate, unit, awaited)
