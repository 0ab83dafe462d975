# Part of Integration Hub. License LGPL-3.0 or later.
import re
from typing import Any, NamedTuple

from odoo import fields, models
from odoo.tools import plaintext2html

from ..connectors.errors import HubError
from .judgement import Judgement

# What decides who may do what: no flow and no mapping touches it.
PROTECTED_MODELS = ("ir.", "res.users", "res.groups", "integration.")
_NO_WORD = re.compile(r"[\W_]+")


class RecordError(HubError):
    """A business object cannot become an Odoo record; the message says why in words of the business."""

    code = "record"


class Delivery(NamedTuple):
    """How a business object came: with which message, and when.

    ``is_late``: it was said before its system was sent what Odoo has. ``heard`` is what its link keeps of it, ``None``
    for nothing new. ``notes`` take sentences about what was not taken over; they are told on the message.
    """

    event_id: int | None = None
    arrived_at: Any = None
    is_late: bool = False
    heard: str | None = None
    notes: list | None = None


class Arrival(NamedTuple):
    """A business object that has arrived: from which system, what it is, and what it says."""

    env: Any
    system: Any
    entity: Any
    document: dict
    values: dict
    delivery: Delivery = Delivery()

    @property
    def external_id(self):
        return self.document.get("id")

    @property
    def notes(self):
        return self.delivery.notes or ()


class IntegrationTarget(models.AbstractModel):
    """How business objects become records of any Odoo model.

    The template method is :meth:`_receive_many`; an Odoo model that needs more than plain fields has a subclass named
    ``integration.target.<model>`` that overrides the hooks. Names of values that start with ``_`` are for the hooks,
    not for fields.
    """

    _name = "integration.target"
    _description = "Integration Target"
    _model = None
    _is_plain = True  # False where a hook calls business methods: each such event has a transaction of its own
    _beside = ()  # models that hooks write besides the target's own
    _shown_as = {}  # the Odoo fields that values for the hooks end up in: {"_lines.price": "order_line.price_unit"}
    _sent_as = {}  # the Odoo fields that facts for mappings are made of: {"_company_id": "parent_id"}
    _hears_echoes = False  # whether something is taken even of what Odoo has sent meanwhile (`_hear_echo`)
    _lists = {}  # which value is the list that an Odoo field is made of: {"order_line": "_lines"}

    # --- the template method ---

    def _receive_many(self, arrivals, links, records):
        """Create or update the records of business objects and link them; returns the records.

        :param arrivals: no two of them have a key in common (:meth:`_keys`)
        :param links: the link of each, empty where it has none
        :param records: what :meth:`_find` returned for them; no record twice
        """
        judgement = Judgement(self, arrivals, links, records)
        values = judgement.decide(self._prepare_many(arrivals, records))
        new = [place for place, record in enumerate(records) if not record]
        made = self._create_records([arrivals[place] for place in new], [values[place] for place in new])
        received = list(records)
        for place, record in _pairs(new, made):
            received[place] = record
        for place, record in enumerate(records):
            if record and values[place]:
                self._update_record(arrivals[place], record, values[place])
        self._after_many(arrivals, received, [not record for record in records])
        self._link_many(arrivals, received, links, judgement.remember(received))
        judgement.close(received)
        return received

    # --- hooks ---

    def _identities(self, arrival):
        """Hook: by what an existing record is known, surest first: field, value, and a domain of what else holds."""
        return []

    def _keys(self, arrival):
        """Hook: what the records that an arrival concerns are known by, here or there.

        Of two messages with a common key the second is applied after the first one's effect. A key too many costs
        speed, one too few makes two records of one: so it is enough that texts are alike.
        """
        keys = {(name, _bare(value)) for name, value, _domain in self._identities(arrival)}
        if arrival.external_id:
            keys.add((arrival.entity.id, arrival.external_id))
        return keys

    def _match_many(self, arrivals):
        """Hook: the existing record that each arrival is known by, or ``None``; one query for each identity."""
        rules = [list(self._identities(arrival)) for arrival in arrivals]
        found = [None] * len(arrivals)
        for rank in range(max(map(len, rules), default=0)):
            wanted = {}
            for place, rule in enumerate(rules):
                if rank < len(rule) and not found[place]:
                    name, value, domain = rule[rank]
                    wanted.setdefault((name, tuple(domain)), {}).setdefault(value, []).append(place)
            for (name, domain), places in wanted.items():
                for value, record in self._first_of_each(name, list(places), domain).items():
                    for place in places.get(value, ()):
                        found[place] = record
        return found

    def _prepare_many(self, arrivals, records):
        """Hook: the values to write of each arrival; of what can be asked of all of them at once."""
        model = self.env[self._target_model()]
        return [self._prepare_values(arrival, record or model) for arrival, record in _pairs(arrivals, records)]

    def _prepare_values(self, arrival, record):
        """Hook: the values to write. Keeps what names a field; *record* is empty when one is to be created."""
        model = self.env[self._target_model()]
        return {
            name: self._to_field(model._fields[name], value)
            for name, value in arrival.values.items()
            if name in model._fields
        }

    def _added(self, values, model):
        """Return the values of a record of a list that name its fields and that no hook knows."""
        known, fields_ = {name.rpartition(".")[2] for name in self._shown_as}, self.env[model]._fields
        return {
            name: self._to_field(fields_[name], value)
            for name, value in values.items()
            if name in fields_ and name not in known
        }

    def _create_records(self, arrivals, values_list):
        """Hook: create a record for each arrival."""
        return self.env[self._target_model()].create(values_list)

    def _update_record(self, arrival, record, values):
        """Hook: write what differs."""
        changed = {name: value for name, value in values.items() if self._differs(record, name, value)}
        if changed:
            record.write(changed)

    def _after_many(self, arrivals, records, created):
        """Hook: the same for all of them at once."""
        for arrival, record, new in zip(arrivals, records, created, strict=True):
            self._after(arrival, record, new)

    def _after(self, arrival, record, created):
        """Hook: what remains to be done or proved once the record is written."""

    def _undone(self, arrival):
        """Hook: what the arrival asks for and was not done, in words; it is told with the message."""
        return ()

    def _remote_facts(self, system, records):
        """Hook: what mappings that send records may read besides their fields, ``{record: {name: value}}``.

        Names start with ``_``. A record that is left out is not for this system. ``None``: there is nothing besides.
        """

    def _remote_notes(self, link, facts):
        """Hook: what the link keeps of the facts that a mapping has read, once they are sent; *link* may be empty."""
        return {}

    def _named_by(self, records):
        """Hook: records of any models that can be sent in full only once these ones are known there."""
        return []

    def _not_sent(self, system, record):
        """Hook: code, message and hint of a record that :meth:`_remote_facts` has left out."""
        return "not-of-this-system", self.env._("It belongs to nothing of %(system)s", system=system.name)

    def _of_remote(self, system, entity, external_ids):
        """Hook: ``{id of a record: remote id}`` of what is written there, as comparing both sides reads it."""
        links = self.env["integration.binding"]._find_many(system, entity, external_ids)
        model = self._target_model()
        return {link.res_id: link.external_id for link in links if link.res_model == model and not link.deleted_at}

    def _operations(self):
        """Hook: what the service user has to be allowed to do with records that it receives."""
        return ("read", "write", "create")

    # --- steps ---

    def _target_model(self):
        return self.env.context.get("integration_target_model") or self._model

    def _written(self):
        """Return the models whose records change when this target receives something."""
        return {self._target_model(), *self._beside}

    def _find(self, arrivals, links):
        """Return the existing record of each arrival, linked or known by its identities; ``None`` where there is none.

        With the rights of whoever works, not with those that read the links.
        """
        linked = self.env["integration.binding"].browse([link.id for link in links if link]).sudo()._records()
        found = [linked[link.id].with_env(self.env) if link.id in linked else None for link in links]
        unknown = [place for place, record in enumerate(found) if not record]
        for place, record in _pairs(unknown, self._match_many([arrivals[place] for place in unknown])):
            found[place] = record
        return found

    def _found(self, arrival, link):
        return self._find([arrival], [link])[0]

    def _first_of_each(self, name, values, domain):
        """Return ``{value: oldest record}`` of the records with one of these values in a field."""
        model = self.env[self._target_model()]
        groups = dict(model._read_group([(name, "in", values), *domain], [name], ["id:min"]))
        return dict(_pairs(groups, model.browse(groups.values())))  # together, so that they are read together

    def _binding(self, arrival):
        return self._bindings([arrival])[0]

    def _bindings(self, arrivals):
        """Return the link of each arrival, all of one system and of one kind; empty where it has none."""
        Binding = self.env["integration.binding"].sudo()
        ids = [arrival.external_id for arrival in arrivals if arrival.external_id]
        if not ids:
            return [Binding] * len(arrivals)
        links = Binding._find_many(arrivals[0].system, arrivals[0].entity, ids).grouped("external_id")
        return [links.get(arrival.external_id, Binding) for arrival in arrivals]

    def _link(self, arrival, record, link=None):
        self._link_many([arrival], [record], [self._binding(arrival) if link is None else link])

    def _link_many(self, arrivals, records, links, more=None):
        """Link records with what arrived; *more* are further values of the link of each."""
        Binding = self.env["integration.binding"].sudo()
        now, new = fields.Datetime.now(), []
        for arrival, record, link, kept in zip(arrivals, records, links, more or [{}] * len(links), strict=True):
            if not arrival.external_id:
                continue
            values = Binding._synced(
                record,
                external_version=arrival.document.get("updated_at"),
                hash_in=Binding._digest(arrival.document),
                hash_out=False,  # what was sent last is no longer what is there
                last_in_at=now,
                **self._link_values(arrival),
            )
            values |= kept
            if link:
                link.write(values)
            else:
                new.append(Binding._key(arrival.system, arrival.entity, arrival.external_id) | values)
        Binding.create(new)

    def _hear_echo(self, arrival, record):
        """Hook: take what was said there before a sending of ours, and is said still; where `_hears_echoes`."""

    def _agreed(self, arrival, link, record):
        """Hook: what is remembered of what both sides last had of a record's fields that somebody decides."""
        return link.agreed

    def _link_values(self, arrival):
        """Hook: what else is noted on the link of what arrived."""
        return {}

    def _differs(self, record, name, value):
        field = record._fields[name]
        if field.type in ("one2many", "many2many"):
            return True
        current = record[name].id if field.type == "many2one" else record[name]
        return (current or False) != (value or False)

    def _to_field(self, field, value):
        """Return a mapped value as the field takes it."""
        if value is None:
            return False
        if field.type == "datetime" and isinstance(value, str):
            return fields.Datetime.to_datetime(value.rstrip("Z").replace("T", " ").partition(".")[0])
        if field.type == "date" and isinstance(value, str):
            return fields.Date.to_date(value[:10])
        if field.type == "many2many":
            return [fields.Command.set(value)]
        if field.type == "html":
            return plaintext2html(value)
        if field.type in ("float", "monetary") and isinstance(value, str):
            return float(value)
        return value

    # --- of which model ---

    def _of_model(self, model, entity=None):
        """Return the target of an Odoo model: its own, or the general one.

        :param entity: the code of the business object: one that is no more than a side of the record has its own target
        """
        if model.startswith(PROTECTED_MODELS):
            raise RecordError(self.env._("Mappings may not touch %(model)s", model=model), code="protected-model")
        name = f"integration.target.{entity}"
        if entity and name in self.env and self.env[name]._model == model:
            return self.env[name]
        name = f"integration.target.{model}"
        return (
            self.env[name]
            if name in self.env
            else self.env["integration.target"].with_context(integration_target_model=model)
        )


def _pairs(left, right):
    return zip(left, right, strict=True)


def _bare(value):
    """Return a value without what people and Odoo write differently: case, blanks, punctuation."""
    return _NO_WORD.sub("", str(value)).casefold()
