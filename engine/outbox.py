# Part of Integration Hub. License LGPL-3.0 or later.
"""Outbox: what changed in Odoo becomes rows, in the transaction that changed it."""

from typing import NamedTuple

from odoo.tools import SQL

from .causation import causes
from .slots import Unit, slot_of


class Change(NamedTuple):
    """What became of one record: ``operation`` is ``upsert`` or ``delete``.

    ``fields`` are the names of what changed, none for a new record; ``external_id`` and ``name`` are told of a record
    that is to be deleted, since it may be gone when its turn comes.
    """

    res_id: int
    operation: str
    fields: frozenset = frozenset()
    origin_id: int | None = None
    external_id: str | None = None
    name: str | None = None


def insert_outbound(cr, *, endpoint_id, company_id, flow_id, object_type, res_model, changes, now):
    """Insert one state-propagating event per :class:`Change`, all in one statement, in the caller's transaction.

    The body is not stored: it is rendered from the committed record when it is sent. The columns travel as arrays, so
    that the number of changes has no limit and the statement has one plan. What a message's work has changed names it.

    :returns: the set of units that have work once the transaction is committed
    """
    if not changes:
        return set()
    whose = causes(cr)
    slots = [slot_of(f"{res_model}:{change.res_id}") for change in changes]
    cr.execute(
        SQL(
            """INSERT INTO integration_event (
                   direction, state, kind, endpoint_id, company_id, flow_id, slot, partition_key, topic, object_type,
                   res_model, res_id, operation, changed_fields, origin_id, external_id, res_name, causation_id,
                   arrived_at, attempt_count)
               SELECT 'outbound', 'pending', 'state', %(endpoint)s, %(company)s, %(flow)s, slot,
                      %(model)s || ':' || res_id, %(object)s || '.' || operation, %(object)s,
                      %(model)s, res_id, operation, fields, origin_id, external_id, name, cause, %(now)s, 0
                 FROM unnest(%(ids)s::integer[], %(slots)s::integer[], %(operations)s::varchar[],
                             %(changed)s::varchar[], %(origins)s::integer[], %(externals)s::varchar[],
                             %(names)s::varchar[], %(causes)s::integer[]) WITH ORDINALITY
                      AS change (res_id, slot, operation, fields, origin_id, external_id, name, cause, position)
             ORDER BY position""",
            endpoint=endpoint_id,
            company=company_id,
            flow=flow_id,
            object=object_type,
            model=res_model,
            now=now,
            ids=[change.res_id for change in changes],
            slots=slots,
            operations=[change.operation for change in changes],
            changed=[",".join(sorted(change.fields)) or None for change in changes],
            origins=[change.origin_id for change in changes],
            externals=[change.external_id for change in changes],
            names=[change.name for change in changes],
            causes=[whose and whose.of_record(res_model, change.res_id) for change in changes],
        )
    )
    return {Unit(endpoint_id, "outbound", slot) for slot in set(slots)}
