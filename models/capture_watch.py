# Part of Integration Hub. License LGPL-3.0 or later.
"""What listens to a model: worked out once from the flows that are on, and cached in each process.

Beside the fields that a person names, a flow hears of those its gate reads, and of those that a field without a column
is computed from. What lies on another model is heard of through a relay.
"""

import ast
import logging
from typing import NamedTuple

from odoo import SUPERUSER_ID, api
from odoo.fields import Domain

from ..connectors.errors import HubError

_logger = logging.getLogger(__name__)


class FilterBroken(HubError):
    """A flow's filter cannot be asked, e.g. since a field that it reads is gone: nobody knows what is to be sent."""

    code = "broken-filter"
    hint = "Correct “Only Records Where” of the flow, then retry. Changes are kept meanwhile, and judged then."


class Gate(NamedTuple):
    """Which records a flow takes: its filter, its company, and, if archiving counts as leaving, only active ones."""

    filter: str
    company_id: int
    active_name: str | None

    def domain(self, model):
        """Return it as a domain."""
        domain = Domain(ast.literal_eval(self.filter))
        if "company_id" in model._fields:
            domain &= Domain("company_id", "in", (False, self.company_id))
        if self.active_name:
            domain &= Domain(self.active_name, "=", True)
        return domain

    def fields(self, model):
        """Return the names of the model's own fields that it reads."""
        return frozenset(leaf.field_expr.partition(".")[0] for leaf in self.domain(model).iter_conditions())

    def inside(self, records, ids):
        """Return which of these records exist and pass, one query."""
        return set(self._query(records, ids).get_result_ids())

    def stored(self, records, ids):
        """Return the same of what is stored now, without what waits to be flushed."""
        query = self._query(records, ids)
        if query.is_empty():
            return set()
        records.env.cr.execute(query.select())
        return {id_ for (id_,) in records.env.cr.fetchall()}

    def check(self, records):
        """Return as :meth:`stored`; raises :class:`FilterBroken` where the filter cannot be asked of this model."""
        try:
            with records.env.cr.savepoint(flush=False):
                return self.stored(records, records._ids)
        except Exception as error:
            model = records.env["ir.model"]._get(records._name).name
            said = records.env._("The filter does not fit %(model)s: %(error)s", model=model, error=error)
            raise FilterBroken(said) from error

    def _query(self, records, ids):
        context = {"active_test": False, "allowed_company_ids": [self.company_id]}
        model = api.Environment(records.env.cr, SUPERUSER_ID, context)[records._name]
        return model._search(self.domain(model) & Domain("id", "in", ids))


class Listener(NamedTuple):
    """What capture needs of a flow that listens to a model. ``watched`` is ``None`` for any field."""

    flow_id: int
    endpoint_id: int
    company_id: int
    system_id: int
    entity_id: int
    object_type: str
    trigger: str
    on_leave: str
    on_archive: str
    on_unlink: str
    gate: Gate
    watched: frozenset | None

    @property
    def remote(self):
        """What it sends its records to: flows that share it speak of the same things there."""
        return self.system_id, self.entity_id

    @property
    def has_edge(self):
        """Whether it matters to it if a record passed its gate before."""
        return self.trigger == "enter" or self.on_leave != "nothing" or self.gate.active_name is not None


class Relay(NamedTuple):
    """A change of a record here is a change of field ``field`` of the records of ``model`` that refer to it.

    ``names`` are the fields that count here, ``None`` for any, none where only a deletion does. ``hinge`` is the field
    here that says which records those are, where they do not say so themselves.
    """

    model: str
    field: str
    names: frozenset | None
    hinge: str | None


class Cascade(NamedTuple):
    """PostgreSQL deletes records of ``model`` with those their ``field`` refers to, and Odoo is not told."""

    listener: Listener
    model: str
    field: str

    def find(self, records):
        """Return the records that go with these."""
        model = records.env[self.model].sudo().with_context(active_test=False)
        return model.search([(self.field, "in", records.ids)], order="id")


class Mend(NamedTuple):
    """A change here may be what failed messages of a flow wait for: see ``record_mend.py``.

    ``model`` are the flow's records, ``path`` leads from one of them to the record that changes, "" is the record
    itself. ``names`` are the fields here that the flow's messages are made of, ``None`` for any.
    """

    endpoint_ids: tuple
    direction: str
    model: str
    path: str
    names: frozenset | None


class Watch(NamedTuple):
    """Everything that listens to one model. ``names`` is ``None`` where something listens to any field."""

    listeners: tuple = ()
    names: frozenset | None = frozenset()
    edges: tuple = ()
    relays: tuple = ()
    cascades: tuple = ()
    mends: tuple = ()

    def heard(self, names):
        """Return those of these names that somebody listens to."""
        return frozenset(names) if self.names is None else self.names.intersection(names)

    def and_(self, names=frozenset(), **more):
        """Return it with more to listen to."""
        both = None if names is None or self.names is None else self.names | names
        return self._replace(
            names=both, **{key: tuple(dict.fromkeys(getattr(self, key) + values)) for key, values in more.items()}
        )


def watches(flows):
    """Return ``{model: Watch}`` of these flows."""
    found = {}

    def add(model, **more):
        found[model] = found.get(model, Watch()).and_(**more)

    for flow in flows.filtered(lambda flow: flow.model_name in flow.env):
        model = flow.env[flow.model_name]
        listener, relays = _listener(flow, model)
        edges = ((listener.gate, listener.gate.fields(model)),) if listener.has_edge else ()
        add(model._name, listeners=(listener,), names=listener.watched, edges=edges)
        for source, relay in relays:
            add(source, relays=(relay,), names=relay.names)
        if listener.on_unlink == "delete":
            for field in model._fields.values():
                if field.type == "many2one" and field.store and field.ondelete == "cascade":
                    add(field.comodel_name, cascades=(Cascade(listener, model._name, field.name),))
    return found


def is_watchable(model, name):
    """Tell whether a model has a field of this name, or of this path: `lines.quantity`, one step down a list."""
    head, dot, below = name.partition(".")
    field = model._fields.get(head)
    if field is None or not dot:
        return field is not None
    return field.type == "one2many" and field.store and below in model.env[field.comodel_name]._fields


def gate_of(flow, model):
    """Return the gate of a flow."""
    active_name = model._active_name if flow.on_archive != "update" else None
    return Gate(flow.domain or "[]", flow.company_id.id, active_name)


def _listener(flow, model):
    """Return ``(Listener, relays)`` of a flow.

    A flow whose filter cannot be asked any more takes every change of every record: people go on saving, nothing is
    lost, and nothing is sent, since the filter is asked again before that (``integration.flow._takes``).
    """
    gate, trigger = gate_of(flow, model), flow.trigger
    names = set() if trigger == "enter" else set((flow.trigger_fields or "").split())
    lines = {name for name in names if "." in name}
    try:
        gate.check(model.browse([0]))
    except FilterBroken as error:
        _logger.error("Flow %s sends nothing until it is corrected. %s", flow.name, error)
        gate, trigger, names, lines = gate._replace(filter="[]"), "change", set(), set()
    watched, relays = _watched(model, (names - lines) | gate.fields(model))
    for path in sorted(path for path in lines if is_watchable(model, path)):
        head, _dot, below = path.partition(".")
        watched.add(head)
        relays += _inverses(model, model._fields[head], below)
    listener = Listener(
        flow_id=flow.id,
        endpoint_id=flow.endpoint_id.id,
        company_id=flow.company_id.id,
        system_id=flow.system_id.id,
        entity_id=flow.entity_id.id,
        object_type=flow.object_type,
        trigger=trigger,
        on_leave=flow.on_leave,
        on_archive=flow.on_archive,
        on_unlink=flow.on_unlink,
        gate=gate,
        watched=frozenset(watched) if names or trigger == "enter" else None,
    )
    return listener, relays


def _watched(model, names):
    """Return the fields of the model that these are made of, and ``(other model, Relay)`` of what lies elsewhere."""
    watched, relays, todo = set(), [], list(names)
    while todo:
        name = todo.pop()
        field = model._fields.get(name)
        if field is None or name in watched:
            continue
        watched.add(name)
        if field.store and field.type in ("one2many", "many2many"):
            relays += _inverses(model, field)
        if field.store and (field.type == "many2many" or (field.type == "many2one" and field.ondelete == "set null")):
            relays.append((field.comodel_name, Relay(model._name, name, frozenset(), None)))  # PostgreSQL empties it
        if not (field.store and field.column_type):
            for path in model.pool.field_depends[field]:
                head, _dot, rest = path.partition(".")
                todo.append(head)
                if rest and (relation := model._fields.get(head)) and relation.type == "many2one" and relation.store:
                    relay = Relay(model._name, head, frozenset((rest.partition(".")[0],)), None)
                    relays.append((relation.comodel_name, relay))
    return watched, relays


def _inverses(model, field, below=None):
    """The other end of a relation: lines that are added to an order, a tag whose partners are set.

    :param below: the only field of the lines that counts; else any does
    """
    for inverse in model.pool.field_inverses[field]:
        names = frozenset((inverse.name,)) if field.type == "many2many" else None
        names = frozenset((inverse.name, below)) if below else names
        if inverse.store and inverse.type in ("many2one", "many2many"):
            yield field.comodel_name, Relay(model._name, field.name, names, inverse.name)
