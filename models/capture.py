# Part of Integration Hub. License LGPL-3.0 or later.
"""Transactional outbox: a record changes, and the flows that listen get an event in the same transaction.

Changes are collected per record and written when the transaction is about to be committed, one statement a flow. A
savepoint that is rolled back forgets what was collected within it, as it forgets the changes themselves.
"""

from odoo import SUPERUSER_ID, api

from ..engine.database import Database
from ..engine.store import insert_outbound
from ..engine.wake import wake_after_commit

COLLECTED = "integration_hub.capture"


def capture(records, names=None):
    """Note that *records* were created (``names`` is ``None``) or that these fields of theirs were written."""
    env = records.env
    if not records or not env.registry.ready or "integration.flow" not in env.registry:
        return
    listeners = env["integration.flow"]._listening().get(records._name)
    if not listeners:
        return
    origin = env.context.get("integration_origin")
    origin = origin if type(origin) is int else None  # a context is whatever its caller sends
    names = frozenset(names or ())
    for listener in listeners:
        if origin == listener.system_id or (names and listener.fields and not names & listener.fields):
            continue
        collected = _collected(env.cr).setdefault((records._name, listener), {})
        for res_id in records.ids:
            known, _origin = collected.get(res_id, (frozenset(), None))
            collected[res_id] = (known | (names & listener.fields if listener.fields else names), origin)


def _collected(cr):
    data = cr.precommit.data
    if COLLECTED not in data:
        data[COLLECTED] = {}
        cr.precommit.add(lambda: _write_out(cr))
    return data[COLLECTED]


def _write_out(cr):
    collected = cr.precommit.data.pop(COLLECTED, {})
    env = api.Environment(cr, SUPERUSER_ID, {"active_test": False})
    db = Database(cr.dbname)
    units = set()
    for (model, listener), changes in collected.items():
        records = env[model].browse(changes).exists().filtered_domain(list(listener.domain))
        if "company_id" in records._fields:
            records = records.filtered_domain([("company_id", "in", (False, listener.company_id))])
        units |= insert_outbound(
            cr,
            endpoint_id=listener.endpoint_id,
            company_id=listener.company_id,
            flow_id=listener.flow_id,
            object_type=listener.object_type,
            res_model=model,
            changes=[(record.id, "upsert", *changes[record.id]) for record in records],
            now=db.now(),
        )
    if units:
        wake_after_commit(cr, db, units)
