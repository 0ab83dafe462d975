# Part of Integration Hub. License LGPL-3.0 or later.
"""Records that a system is told again, though they have not changed: what it said itself was not taken over."""

from ..engine.database import Database
from ..engine.outbox import Change, insert_outbound
from .capture_events import _wake_once
from .capture_notes import linked


def tell_again(records, system):
    """Send these records to a system once more, where a flow of it sends each of their changes.

    The messages are written in the transaction of whoever asks, and what is sent is what the records are then.
    """
    watch = records.env["integration.flow"]._listening().get(records._name)
    units, db = set(), Database(records.env.cr.dbname)
    for listener in watch.listeners if watch else ():
        if listener.system_id != system.id or listener.trigger != "change":
            continue
        ids = (
            listener.gate.inside(records, records.ids)
            & linked(records.env, listener, records._name, records.ids).keys()
        )
        units |= insert_outbound(
            records.env.cr,
            endpoint_id=listener.endpoint_id,
            company_id=listener.company_id,
            flow_id=listener.flow_id,
            object_type=listener.object_type,
            res_model=records._name,
            changes=[Change(id_, "upsert") for id_ in sorted(ids)],
            now=db.now(),
        )
    if units:
        _wake_once(records.env.cr, db, units)
