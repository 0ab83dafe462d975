# Part of Integration Hub. License LGPL-3.0 or later.
"""Transactional outbox, second half: what was noted becomes events, one statement a flow."""

from typing import NamedTuple

from odoo import SUPERUSER_ID, api

from ..engine.database import Database
from ..engine.outbox import Change, insert_outbound
from ..engine.wake import wake_after_commit
from . import record_mend
from .capture_notes import ASKED, CHANGED, COLLECTED, CREATED, Notes, linked, relayed

UNITS = "integration_hub.units"


def write_out(cr):
    """Write the events of all that was noted; runs when the cursor is flushed, in the transaction that changed."""
    env = api.Environment(cr, SUPERUSER_ID, {"active_test": False})
    cr.transaction.flush()  # what other hooks of this flush changed is told before it is judged
    listening = env["integration.flow"]._listening()
    collected = cr.precommit.data.pop(COLLECTED, {})
    _follow_relays(env, listening, collected)
    db = Database(cr.dbname)
    units = _mended(env, listening, collected)
    for model, noted in collected.items():
        listeners = listening[model].listeners if model in listening else ()
        for listener, changes in _changes(env[model], listeners, noted).items():
            units |= insert_outbound(
                cr,
                endpoint_id=listener.endpoint_id,
                company_id=listener.company_id,
                flow_id=listener.flow_id,
                object_type=listener.object_type,
                res_model=model,
                changes=changes,
                now=db.now(),
            )
    if units:
        _wake_once(cr, db, units)


def _mended(env, listening, collected):
    """Have run again what has failed and these changes may mend; returns the units to wake."""
    if not record_mend.anything_failed(env, [listening[model] for model in collected if model in listening]):
        return set()
    changed = (
        (model, ids, frozenset(summary.origins), bool(summary.created))
        for model, noted in collected.items()
        for ids, summary in _summaries(noted.notes)
    )
    return record_mend.run_again(env, record_mend.heard(listening, changed))


def _wake_once(cr, db, units):
    """Wake each unit once after the commit, however often the cursor is flushed until then."""
    data = cr.postcommit.data
    if UNITS not in data:
        data[UNITS] = set()
        wake_after_commit(cr, db, data[UNITS])
    data[UNITS] |= units


def _follow_relays(env, listening, collected):
    """Add what the changes of one model mean for the records of another; one step, so that no circle has no end."""
    found = []
    for model, noted in collected.items():
        summaries = _summaries(noted.notes) if model in listening and listening[model].relays else ()
        for relay in listening[model].relays if summaries else ():
            reached = {}  # origin → ids
            for ids, summary in summaries:
                if summary.concerns(relay):
                    for origin in summary.everyone or (None,):
                        reached.setdefault(origin, []).extend(ids)
            for origin, ids in reached.items():
                found.append((relay.model, relayed(env, relay, ids, origin)))
    for model, notes in found:
        collected.setdefault(model, Notes()).notes += notes


class Summary(NamedTuple):
    """What happened to a record, and who asked for it; ``None`` stands for people and Odoo itself.

    A field that nobody asked to write was computed: it comes from whoever changed the record at all.
    """

    created: frozenset
    origins: dict
    everyone: frozenset

    def concerns(self, relay):
        """Tell whether it matters to the records that refer to this one."""
        names = self.origins if relay.names is None else relay.names & self.origins.keys()
        return bool(names or (relay.hinge and self.created))

    def news(self, listener):
        """Return ``(names, origins)`` of what is news to the listener's system; ``None`` when nothing is."""
        own = {listener.system_id}
        if creators := self.created - own:
            return frozenset(), creators
        names = self.origins.keys() if listener.watched is None else self.origins.keys() & listener.watched
        names = frozenset(name for name in names if self.origins[name] != own)
        return (names, frozenset().union(*map(self.origins.get, names))) if names else None


def _summaries(notes):
    """Return ``[(ids, Summary)]``: records that the same notes speak of are judged once."""
    signatures = {}
    for number, note in enumerate(notes):
        for id_ in note.ids:
            signatures[id_] = (*signatures.get(id_, ()), number)
    groups = {}
    for id_, signature in signatures.items():
        groups.setdefault(signature, []).append(id_)
    return [(ids, _summary([notes[number] for number in signature])) for signature, ids in groups.items()]


def _summary(notes):
    everyone = frozenset(note.origin for note in notes if note.kind != CHANGED)
    askers = {}
    for note in notes:
        if note.kind == ASKED:
            for name in note.names:
                askers.setdefault(name, set()).add(note.origin)
    changed = frozenset().union(*(note.names for note in notes if note.kind == CHANGED))
    return Summary(
        frozenset(note.origin for note in notes if note.kind == CREATED),
        {name: frozenset(askers.get(name) or everyone or (None,)) for name in changed},
        everyone,
    )


def _changes(model, listeners, noted):
    """Return ``{listener: [Change]}`` of one model; each gate is asked once, about the records that need it."""
    summaries = _summaries(noted.notes)
    news = {listener: _news(listener, summaries) for listener in listeners}
    changes = {listener: [] for listener in listeners}
    for gate in dict.fromkeys(listener.gate for listener in listeners):
        takers = [listener for listener in listeners if listener.gate == gate]
        ids = dict.fromkeys(id_ for listener in takers for id_ in news[listener])
        inside = gate.inside(model, list(ids)) if ids else set()
        asked_about, was_inside = noted.before.get(gate, (set(), set()))
        for listener in takers:
            told = news[listener]
            changes[listener] += _entered(listener, told, inside, asked_about - was_inside)
            left = [id_ for id_ in told if id_ in was_inside and id_ not in inside]
            if left:
                kept = _kept_by_others(model, listener, listeners, left)
                changes[listener] += _leaving(model, listener, {id_: told[id_] for id_ in left if id_ not in kept})
    for listener, links in noted.deleted:
        changes.setdefault(listener, []).extend(_deleted(model, links))
    return changes


def _news(listener, summaries):
    """Return ``{id: (names, origins, created)}`` of the records of which something is news to the listener."""
    found = {}
    for ids, summary in summaries:
        if told := summary.news(listener):
            found.update(dict.fromkeys(ids, (*told, bool(summary.created))))
    return found


def _entered(listener, told, inside, was_outside):
    """The records that are to be sent: all that pass, or only those that did not pass before."""
    return [
        _change(id_, "upsert", names, origins)
        for id_, (names, origins, created) in told.items()
        if id_ in inside and (listener.trigger != "enter" or created or id_ in was_outside)
    ]


def _deleted(model, links):
    """The records that are gone, and still are: a savepoint without a flush may have been rolled back."""
    still_there = set(model.browse(links).exists().ids)
    return [
        Change(id_, "delete", external_id=external_id, name=name)
        for id_, (external_id, name) in links.items()
        if id_ not in still_there
    ]


def _kept_by_others(model, listener, listeners, ids):
    """The records that another flow of the same remote object takes now: they go on to exist there."""
    others = {other.gate for other in listeners if other.remote == listener.remote and other != listener}
    return set().union(*(gate.inside(model, ids) for gate in others))


def _leaving(model, listener, told):
    """What is to be told of records that have left: those that still exist and that the other system knows."""
    existing = set(model.browse(told).exists().ids)
    links = linked(model.env, listener, model._name, list(existing))
    archived = set()
    if listener.gate.active_name:
        archived = set(model.search([("id", "in", list(links)), (listener.gate.active_name, "=", False)]).ids)
    changes = []
    for id_, (names, origins, _created) in told.items():
        operation = listener.on_archive if id_ in archived else listener.on_leave
        if id_ in links and operation != "nothing":
            change = _change(id_, "upsert" if operation == "update" else "delete", names, origins)
            changes.append(change._replace(external_id=links[id_]) if operation == "delete" else change)
    return changes


def _change(id_, operation, names, origins):
    """The origin is told where there is only one."""
    return Change(id_, operation, names, next(iter(origins)) if len(origins) == 1 else None)
