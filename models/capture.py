# Part of Integration Hub. License LGPL-3.0 or later.
"""Transactional outbox, first half: what changes is noted while it changes.

A note is one tuple a call, whatever the number of its records. What it means for each flow is decided when Odoo
flushes its cursor (`capture_events.py`): at the commit, and where a savepoint begins or ends. So a savepoint that is
rolled back forgets its own notes and its own rows, and nothing else.

Who asked is known in ``write``; what really changed is known when it is flushed, where computed fields appear too but
the context of whoever asked is gone. So there are two kinds of notes, and both are read together.
"""

from odoo.models import LOG_ACCESS_COLUMNS

from .capture_events import write_out
from .capture_notes import ASKED, CHANGED, COLLECTED, CREATED, Note, Notes, linked, relayed

MODULE = "integration_hub"
_NO_NEWS = frozenset(LOG_ACCESS_COLUMNS)


def watch_of(records):
    """Return what listens to this model, ``None`` for almost every one.

    Flows are asked as soon as the hub is loaded, so that what the modules after it install is captured too, and no more
    once it is being uninstalled. Its own models are never listened to.
    """
    name = records._name
    if MODULE not in records.pool._init_modules or name.startswith("integration."):
        return None
    return records.env["integration.flow"]._listening().get(name)


def created(records):
    """Note that these records are new."""
    if records:
        _notes(records).notes.append(Note(CREATED, records._ids, origin=_origin(records.env)))


def asked(records, names, watch):
    """Note who is about to write these fields.

    Fields without a column are taken as changed; those with one are heard of again when they are flushed.
    """
    records = records.browse(id_ for id_ in records._ids if id_)
    names = frozenset(names)
    if not records or not names:
        return
    _leave_relations(records, watch, names)
    _notes(records).notes.append(Note(ASKED, records._ids, names, _origin(records.env)))
    _changing(records, watch, (name for name in names if not _is_flushed(records._fields.get(name))))


def flushed(records, vals_list, watch):
    """Note what the database is about to be told."""
    groups = {}
    for id_, vals in zip(records._ids, vals_list, strict=True):
        groups.setdefault(tuple(vals), []).append(id_)
    for key, ids in groups.items():
        _changing(records.browse(ids), watch, (name for name in key if name not in _NO_NEWS))


def translated(records, name, watch):
    """Note that translations of this field are about to be written; who asked for it is told by the write after it."""
    _changing(records, watch, (name,))


def before_unlink(records, watch):
    """Return what is to be told of these records once they are gone, as :func:`unlinked` takes it."""
    _leave_relations(records, watch)
    origin, told, gone = _origin(records.env), set(), []
    doomed = [(listener, records) for listener in watch.listeners]
    doomed += [(cascade.listener, cascade.find(records)) for cascade in watch.cascades]
    for listener, lost in doomed:
        if listener.on_unlink == "delete" and origin != listener.system_id:
            links = linked(records.env, listener, lost._name, list(lost._ids))
            ours = lost.sudo().browse(links.keys() - _of_others(lost.browse(links), listener))
            links = {
                record.id: (links[record.id], record.display_name)
                for record in ours.sorted("id")
                if (record, listener.remote) not in told  # one deletion, however many flows send it
            }
            told.update((record, listener.remote) for record in ours)
            gone.append((lost, listener, links))
    return gone


def unlinked(gone):
    """Note that these records are deleted."""
    for records, listener, links in gone:
        if links:
            _notes(records).deleted.append((listener, links))


def _notes(records):
    """Return the notes of the records' model; the first of a transaction sees to it that they are read."""
    cr = records.env.cr
    data = cr.precommit.data
    if COLLECTED not in data:
        data[COLLECTED] = {}
        cr.precommit.add(lambda: write_out(cr))
    return data[COLLECTED].setdefault(records._name, Notes())


def _origin(env):
    """Return the id of the system in whose name this is written; a context is whatever its caller sends."""
    origin = env.context.get("integration_origin")
    return origin if type(origin) is int else None


def _is_flushed(field):
    """Tell whether a field is flushed; others (x2many, attachments, what is not stored) are written at once."""
    return bool(field and field.store and field.column_type)


def _changing(records, watch, names):
    """Note that these fields are about to change in the database, of which the watch hears some or none."""
    if names := watch.heard(names):
        mine = _notes(records)
        _ask_gates(records, names, watch, mine)
        mine.notes.append(Note(CHANGED, records._ids, names))


def _of_others(records, listener):
    """Return the ids of those that this flow does not take, but another of the same remote object: it decides."""
    others = [
        other.gate
        for other in watch_of(records).listeners
        if other.remote == listener.remote and other.on_unlink != "delete"
    ]
    if not (records and others):
        return set()
    taken = set().union(*(gate.inside(records, records._ids) for gate in others))
    return taken - listener.gate.inside(records, records._ids)


def _ask_gates(records, names, watch, mine):
    """Ask the gates that read these fields about records that are about to change, once for each record."""
    for gate, fields in watch.edges:
        if not fields.isdisjoint(names):
            asked_about, inside = mine.before.setdefault(gate, (set(), set()))
            new = [id_ for id_ in records._ids if id_ not in asked_about]
            if new:
                asked_about.update(new)
                inside |= gate.stored(records, new)


def _leave_relations(records, watch, names=None):
    """Note the records that these are about to leave: a line that moves to another order changes both.

    Without ``names`` they are deleted, and leave all.
    """
    for relay in watch.relays:
        if names is None or relay.hinge in names:
            notes = relayed(records.env, relay, records.ids, _origin(records.env))
            if notes:
                left = records.env[relay.model].browse(notes[0].ids)
                _ask_gates(left, {relay.field}, watch_of(left), _notes(left))
                _notes(left).notes += notes
