# Part of Integration Hub. License LGPL-3.0 or later.
"""Outbound transaction: what is to be called for the messages of one transaction, and what became of calls.

What can be asked of many messages at once is asked once: their links, their records, if the flow still takes them, and
the fields that its mapping reads. What is wrong with one message is its own outcome, and no other's.
"""

from functools import cached_property
from typing import NamedTuple

from odoo import SUPERUSER_ID, api, fields
from odoo.exceptions import AccessError

from ..connectors.errors import HubError
from ..connectors.rest import bodies
from ..engine.observe import observed
from ..engine.outcome import Outcome
from .capture_again import tell_again
from .handler_parts import Road, kept_versions, service_environment, told
from .plain_values import fingerprint, plain
from .record_reader import RecordReader


class DeletedThere(HubError):
    """What is linked is not there any more. To create it again would undo what somebody did there."""

    code = "deleted-remotely"
    hint = "If it is to exist there again, remove the record's link and retry. Else give this message up."


class Plan(NamedTuple):
    """A call that is to be made, as far as the message, its flow and its record say."""

    flow: object
    operation: str  # upsert or delete
    external_id: str | None
    payload: dict | None = None
    digest: str = ""
    learnt: dict | None = None
    told: tuple = ()
    sent: dict | None = None  # {field: digest} of the fields that somebody decides
    began: tuple = (False, None)  # what had come in last by then, and when the record was written
    notes: dict | None = None  # what else the link keeps once it is sent


class OutboundRoad(Road):
    """What is the same for all messages of a flow that go out."""

    def __init__(self, root, flow, events):
        self.root, self.flow, self.events = root, flow, events
        self.model, self.endpoint_id = events[0].res_model, events[0].endpoint_id
        self.versions = kept_versions(events[0])

    @cached_property
    def links(self):
        """``{record id: link}``."""
        ids = [event.res_id for event in self.events]
        return self.root["integration.binding"]._of_many(self.flow.system_id, self.flow.entity_id, self.model, ids)

    @cached_property
    def records(self):
        """``{id: record}`` of those that are to be written there and exist, as the service user sees them."""
        env = service_environment(self.root, self.endpoint_id, self.flow)
        ids = [event.res_id for event in self.events if event.operation != "delete"]
        return {record.id: record for record in env[self.model].browse(ids).exists()}

    @cached_property
    def taken(self):
        """The ids of the records that the flow takes, as they are now."""
        return self.flow._takes(self.root[self.model].browse(self.records))

    @cached_property
    def reader(self):
        """Reads those that are sent, of all at once."""
        sent = [id_ for id_ in self.records if self.sends(id_)]
        records = next(iter(self.records.values())).browse(sent)
        told = self.root["integration.value.map"]._sent(self.flow.system_id.id)
        return RecordReader(records, self.record_hop[1].sources, told)

    @cached_property
    def rules(self):
        """``{field: Rule}`` of the fields that somebody decides, here or there."""
        return self.root["integration.ownership"]._judged(self.model, self.flow.system_id.id)[0]

    def withheld(self, link):
        """Return the fields that are not sent: the other side decides them, or a person is asked which value stands.

        And the facts that are made of one of them.
        """
        if not link or link.deleted_at:
            return frozenset()
        theirs = (name for name, rule in self.rules.items() if rule.decided_by == "system")
        names = frozenset((*theirs, *link._held_fields()))
        return names | {fact for fact, name in self.target._sent_as.items() if name in names}

    @cached_property
    def _read(self):
        """The fields of the record whose values are sent."""
        return {
            self.target._sent_as.get(name, name)
            for name in (source.partition(".")[0] for source in self.record_hop[1].sources)
        }

    @cached_property
    def target(self):
        return self.root["integration.target"]._of_model(self.model, self.flow.entity_id.code)

    def sent(self, record, link, withheld):
        """Return ``{field: digest}`` of what is sent now of the fields that somebody decides."""
        names = (self.rules.keys() | (link.agreed or {}).keys()) & self._read - withheld
        fields_ = record._fields
        return {name: fingerprint(fields_[name], plain(fields_[name], record[name])) for name in names}

    @cached_property
    def facts(self):
        """``{record: what the mapping may read besides its fields}``; ``None`` where there is nothing besides."""
        return self.target._remote_facts(self.flow.system_id, self.root[self.model].browse(list(self.records)))

    def sends(self, id_):
        """Tell whether a record is sent: it matches, or what has left is sent once more."""
        return id_ in self.taken or (id_ in self.links and self.flow.on_leave == "update")


class OutboundTransaction:
    """The messages of one transaction.

    :param explain: gives the outcome of an exception
    """

    def __init__(self, cr, events, explain):
        self.root = api.Environment(cr, SUPERUSER_ID, {})
        self.explain = explain
        self._events = events

    def plans(self):
        """Return of each message the :class:`Plan`, or the outcome where there is nothing to call."""
        return [self._plan_or_outcome(event) for event in self._events]

    @cached_property
    def _roads(self):
        """``{(flow id, model, versions): OutboundRoad}``."""
        Flow = self.root["integration.flow"]
        flows = {flow.id: flow for flow in Flow.browse({event.flow_id for event in self._events if event.flow_id})}
        groups = {}
        for event in self._events:
            groups.setdefault(_road_key(event), []).append(event)
        return {key: OutboundRoad(self.root, flows.get(key[0], Flow), events) for key, events in groups.items()}

    def _plan_or_outcome(self, event):
        try:
            return self._plan(event, self._roads[_road_key(event)])
        except (HubError, AccessError) as error:
            return self.explain(error)

    def _plan(self, event, road):
        root, flow = self.root, road.flow
        if not road.is_on:
            return Outcome(
                "ignored",
                "no-flow",
                root._("The flow was switched off meanwhile"),
                root._("Switch it on, then retry, if it is to be sent after all."),
            )
        link = road.links.get(event.res_id, root["integration.binding"])
        if event.operation == "delete":
            return _deletion(flow, link)
        if link.deleted_at and not link.deleted_here:
            raise DeletedThere(root._("It was deleted in %(system)s", system=flow.system_id.name))
        if event.res_model not in root:
            return Outcome("ignored", "no-app", root._("The app that has %(model)s is gone", model=event.res_model))
        if event.res_id not in road.records:
            return _record_gone(flow, event, link)
        if not road.sends(event.res_id):
            return Outcome(
                "ignored",
                "no-match",
                root._("The record does not match the flow's filter any more"),
                root._("It is sent again when a change makes it match."),
            )
        return self._upsert(event, road, link)

    def _upsert(self, event, road, link):
        """Render the body from the committed record."""
        (version, mapping), (record_version, record_mapping) = road.system_hop, road.record_hop
        record, withheld = road.records[event.res_id], road.withheld(link)
        if road.facts is not None and record not in road.facts:
            return Outcome("ignored", *road.target._not_sent(road.flow.system_id, record))
        narrow = record_mapping.without(withheld)
        facts = (road.facts or {}).get(record, {})
        with observed("mapping", event):
            canonical, left_out = narrow.run(road.reader.document(record) | facts)
        read = {source.replace("[]", "").partition(".")[0] for source in narrow.sources}
        notes = road.target._remote_notes(link, {name: fact for name, fact in facts.items() if name in read})
        payload, more = mapping.without(set(record_mapping.targets) - set(narrow.targets)).run(canonical)
        if link._is_only_named():
            payload = bodies.known(payload)  # what it has there and never said is no reason to erase it
        digest = link._digest(payload)
        learnt = {"mapping_version_id": version.id, "record_mapping_version_id": record_version.id}
        if self._is_known(link, digest):
            return Outcome("ignored", "unchanged", self.root._("Nothing that is sent has changed"), facts=learnt)
        external_id = (not link.deleted_at and link.external_id) or None
        sent = road.sent(record, link, withheld)
        began = link.hash_in, _written_at(record)
        left = told(self.root, left_out + more)
        return Plan(road.flow, "upsert", external_id, payload, digest, learnt, left, sent, began, notes)

    def _is_known(self, link, digest):
        """Tell whether this was sent before, and nothing else since. Hook."""
        return link.hash_out == digest and not link.deleted_at


def note(cr, answers):
    """Link the records with what the other side calls them, or note their deletion; returns the outcomes.

    :param answers: event, call and result of each
    """
    Binding = api.Environment(cr, SUPERUSER_ID, {})["integration.binding"]
    now, written, outcomes = fields.Datetime.now(), {}, []
    for event, call, result in answers:
        deleted, synced, calls = written.setdefault(call.where, ([], {}, {}))
        if call.operation == "delete":
            deleted.append(call.external_id)
            outcomes.append(Outcome("done", facts={"external_id": call.external_id}))
            continue
        synced[result.external_id] = Binding._synced(
            Binding.env[event.res_model].browse(event.res_id),
            hash_out=call.digest,
            hash_in=False,  # what came in last is no longer what is there
            sent_version=result.version,
            last_out_at=now,
            **(call.notes or {}),
        )
        calls[result.external_id] = call
        learnt = {**call.learnt, "external_id": result.external_id, "external_version": result.version}
        outcomes.append(Outcome("done", *_adjusted(Binding.env, call.told, result.notes), facts=learnt))
    for (system_id, entity_id), (deleted, synced, calls) in written.items():
        there = Binding.env["integration.system"].browse(system_id), Binding.env["integration.entity"].browse(entity_id)
        if deleted:
            gone = {"deleted_at": now, "deleted_here": True, "last_out_at": now}
            Binding._find_many(*there, deleted).write(gone)
        if synced:
            _tell_crossed(Binding._link_many(*there, synced, calls), calls)
            new = [external_id for external_id, call in calls.items() if not call.external_id]
            _tell_named(Binding._find_many(*there, new) if new else Binding)
    return outcomes


def _tell_named(links):
    """Send what names records that are known there only now, and could not be told of before."""
    for model, found in links.grouped("res_model").items():
        target = links.env["integration.target"]._of_model(model)
        records = links.env[model].browse(found.mapped("res_id"))
        for named in target._named_by(records):
            tell_again(named, found.system_id)


def _adjusted(env, told, notes):
    """Return code, message and hint of what is done, with what the other side takes only in another form."""
    if not notes:
        return told
    if not told:
        return "adjusted", " ".join(notes), env._("Nothing is to be done: the other side takes it only so.")
    code, message, hint = told
    return code, f"{message}. {' '.join(notes)}", hint


def _tell_crossed(links, calls):
    """Send once more what has changed here while its call was under way, by a message that came meanwhile.

    Nobody is told of what came from there; but what was sent has written over it.
    """
    for link in links:
        record = link._record()
        if record and _written_at(record) != calls[link.external_id].began[1]:
            tell_again(record, link.system_id)


def _road_key(event):
    return event.flow_id, event.res_model, kept_versions(event)


def _written_at(record):
    return record.write_date if record._log_access else None


def _deletion(flow, link):
    env, name = flow.env, flow.system_id.name
    if not link:
        return Outcome("ignored", "never-sent", env._("%(system)s never had it", system=name))
    if link.deleted_at:
        return Outcome("ignored", "deleted-already", env._("It was deleted in %(system)s before", system=name))
    return Plan(flow, "delete", link.external_id)


def _record_gone(flow, event, link):
    """A record that was deleted before it was sent: unless it may have been sent, nothing is to be done."""
    env, name = flow.env, flow.system_id.name
    if not event.in_doubt or link:
        return Outcome("ignored", "record-gone", env._("The record was deleted meanwhile"))
    return Outcome(
        "held",
        "in-doubt",
        env._("The record was deleted here, but it may have been created in %(system)s before", system=name),
        env._("Look for it in %(system)s, and delete it there. Then give this message up.", system=name),
        in_doubt=True,
    )
