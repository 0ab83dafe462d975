# Part of Integration Hub. License LGPL-3.0 or later.
"""Inbound transaction: messages take effect together, with the same end as one after another.

What can be asked of many messages at once is asked once: their links, the records they are known by, what their
mappings look up; new records and links are created at once. Messages that depend on each other's effect come in
*rounds*: a round ends before the first message that has a key, a record or a look-up in common with an earlier one.
"""

from functools import cached_property
from typing import NamedTuple

from odoo import SUPERUSER_ID, api, fields
from odoo.exceptions import MissingError

from ..connectors import entities, moments
from ..connectors.errors import ConfigurationError, HubError
from ..engine.outcome import Outcome
from .integration_target import Arrival
from .mapping_transforms import DependsOnOthers, RecordContext


class ContractError(HubError):
    """A document that is not the business object it should be."""

    code = "contract"


class Message(NamedTuple):
    """What an event says of a business object of a flow; no document: it was deleted there."""

    road: "Road"
    external_id: str | None
    keys: set
    document: dict | None = None
    left_out: tuple = ()

    @property
    def version(self):
        return self.document.get("updated_at")


class Road:
    """What is the same for all messages of a flow in one transaction."""

    def __init__(self, root, flow, endpoint_id):
        self.root, self.flow, self.endpoint_id = root, flow, endpoint_id
        self._seen = {}

    @cached_property
    def is_on(self):
        """Whether there is such a flow, switched on."""
        try:
            return self.flow.active and self.flow.state == "on"
        except MissingError:
            return False

    @cached_property
    def system_hop(self):
        return self.flow.mapping_id._compiled()

    @cached_property
    def record_hop(self):
        return self.flow.record_mapping_id._compiled()

    @cached_property
    def env(self):
        return service_environment(self.root, self.endpoint_id, self.flow)

    @cached_property
    def target(self):
        return self.env["integration.target"]._of_model(self.flow.model_name)

    @cached_property
    def _template(self):
        """The arrival without what is its own."""
        system = self.env["integration.system"].sudo().browse(self.flow.system_id.id)
        entity = self.env["integration.entity"].sudo().browse(self.flow.entity_id.id)
        return Arrival(self.env, system, entity, {}, {})

    def keys(self, document):
        """Return what the records are known by that a document concerns."""
        target = self.root["integration.target"]._of_model(self.flow.model_name)
        return target._keys(Arrival(self.root, self.flow.system_id, self.flow.entity_id, document, {}))

    def links(self, messages):
        """Return the link of each message; empty where it has none."""
        Binding = self.root["integration.binding"]
        ids = [message.external_id for message in messages if message.external_id]
        links = Binding._find_many(self.flow.system_id, self.flow.entity_id, ids).grouped("external_id")
        return [links.get(message.external_id, Binding) for message in messages]

    def arrival(self, message, alone):
        """Return the arrival of a message, its values mapped, and what was left out of them."""
        arrival = self._template._replace(document=message.document)
        context = RecordContext(
            self.env,
            arrival.system,
            arrival.system.company_id,
            message.document,
            seen=self._seen,
            written=self._written,
            alone=alone,
        )
        values, left_out = self.record_hop[1].run(message.document, context)
        return arrival._replace(values=values), left_out

    @cached_property
    def _written(self):
        return self.target._written()

    def learnt(self, record=None, **more):
        """Return the facts that an event has learnt on this road."""
        where = {"res_model": record._name, "res_id": record.id} if record else {}
        return {"flow_id": self.flow.id, **where, **more}


class InboundTransaction:
    """The effects of the messages of one transaction."""

    def __init__(self, cr):
        self.root = api.Environment(cr, SUPERUSER_ID, {})
        self._roads = {}

    def apply(self, events, documents):
        """Make the effects of events; returns the outcomes, in the order of the events."""
        plans = [self._plan(event, document) for event, document in zip(events, documents, strict=True)]
        outcomes = iter(self._in_rounds([plan for plan in plans if isinstance(plan, Message)]))
        return [next(outcomes) if isinstance(plan, Message) else plan for plan in plans]

    def _plan(self, event, document):
        """Return the :class:`Message`, or the outcome where there is nothing to be done."""
        root = self.root
        road = self._road(event)
        if not road.is_on:
            return Outcome(
                "ignored",
                "no-flow",
                root._("No flow that is switched on takes %(topic)s", topic=event.topic),
                root._("Switch one on, then retry, if it is to be taken after all."),
            )
        if event.operation == "delete" or document is None:
            return Message(road, event.external_id, {(road.flow.entity_id.id, event.external_id)})
        canonical, left_out = road.system_hop[1].run(document)
        problems = entities.problems(road.flow.entity_id.code, canonical)
        if problems:
            raise ContractError(
                root._(
                    "%(object)s: the message does not have the agreed form: %(problem)s",
                    object=road.flow.entity_id.name,
                    problem=problems[0],
                ),
                hint=root._("Correct it at the source, or change the mapping, and retry."),
                params={"problems": problems[:20]},
            )
        return Message(road, canonical.get("id"), road.keys(canonical), canonical, left_out)

    def _road(self, event):
        flows = self.root["integration.flow"]
        flow_id = event.flow_id or flows._route(event.endpoint_id, event.topic)
        if flow_id not in self._roads:
            self._roads[flow_id] = Road(self.root, flows.browse(flow_id), event.endpoint_id)
        return self._roads[flow_id]

    def _in_rounds(self, messages):
        outcomes = []
        while len(outcomes) < len(messages):
            outcomes += self._round(_apart(messages[len(outcomes) :]))
        return outcomes

    def _round(self, messages):
        """Apply these messages of one flow, or as many of them as depend on none before; returns their outcomes."""
        road = messages[0].road
        links = road.links(messages)
        linked = self.root["integration.binding"].union(*links)._records()
        outcomes, arriving = [], []
        for place, (message, link) in enumerate(zip(messages, links, strict=True)):
            outcome = self._without_arrival(message, link, linked.get(link.id))
            outcomes.append(outcome)
            if outcome is None:
                try:
                    arriving.append((place, *road.arrival(message, alone=len(messages) == 1)))
                except DependsOnOthers:
                    return self._round(messages[: place or 1])
        if arriving:
            places, arrivals, left_out = zip(*arriving, strict=True)
            theirs = [links[place].with_env(road.env).sudo() for place in places]
            found = road.target._find(arrivals, theirs)
            if second := _second_of_one(found):
                return self._round(messages[: places[second]])
            records = road.target._receive_many(arrivals, theirs, found)
            for place, record, left in zip(places, records, left_out, strict=True):
                outcomes[place] = self._done(messages[place], record, left)
        self._note(messages, links, outcomes)
        return outcomes

    def _without_arrival(self, message, link, record):
        """Return the outcome of a message that changes no record; ``None`` when it has to arrive."""
        road = message.road
        if message.document is None:
            return self._deleted(road, link)
        known = _known(link, record, message.document)
        return known and known._replace(facts=road.learnt(record, mapping_version_id=road.system_hop[0].id))

    def _deleted(self, road, link):
        _ = self.root._
        if not link:
            return Outcome("ignored", "unknown-object", _("It was deleted, and never linked to anything here"))
        return Outcome(
            "done",
            "deleted-remotely",
            _("It was deleted in %(system)s; the Odoo record stays", system=road.flow.system_id.name),
            facts={**road.learnt(), "res_model": link.res_model, "res_id": link.res_id},
        )

    def _note(self, messages, links, outcomes):
        """Write on the links what messages say that changed no record."""
        gone = [link.id for link, outcome in zip(links, outcomes, strict=True) if outcome.code == "deleted-remotely"]
        self.root["integration.binding"].browse(gone).deleted_at = fields.Datetime.now()
        for message, link, outcome in zip(messages, links, outcomes, strict=True):
            if outcome.code == "unchanged" and message.version not in (None, link.external_version):
                link.external_version = message.version

    def _done(self, message, record, left_out):
        road = message.road
        facts = road.learnt(
            record,
            mapping_version_id=road.system_hop[0].id,
            record_mapping_version_id=road.record_hop[0].id,
            external_id=message.external_id,
        )
        return Outcome("done", *told(self.root, message.left_out + left_out), facts=facts)


def _apart(messages):
    """Return the longest beginning of messages of one flow of which no two have a key in common."""
    seen = set()
    for place, message in enumerate(messages):
        if message.road is not messages[0].road or seen & message.keys:
            return messages[:place]
        seen |= message.keys
    return messages


def _second_of_one(records):
    """Return the place of the first record that was there before; ``None`` when all differ."""
    seen = set()
    for place, record in enumerate(records):
        if record:
            if record.id in seen:
                return place
            seen.add(record.id)
    return None


def _known(link, record, canonical):
    """Return the outcome for what is known already: an echo, something older, or a repetition; else ``None``."""
    if not record or link.deleted_at:
        return None
    given = canonical.get("updated_at")
    if given and link.sent_version and moments.parse(given) <= moments.parse(link.sent_version):
        return Outcome("ignored", "echo", link.env._("It is what Odoo sent itself, or older"))
    known = link.external_version
    if known and given and moments.parse(given) < moments.parse(known):
        return Outcome(
            "ignored",
            "stale",
            link.env._("Older than what is linked (%(given)s < %(known)s)", given=given, known=known),
        )
    if link.hash_in and link.hash_in == link._digest(canonical):
        return Outcome("ignored", "unchanged", link.env._("It says what is known already"))
    return None


def told(env, warnings):
    """Return code, message and hint of an outcome that is done, but not with everything; nothing without warnings."""
    if not warnings:
        return ()
    shown = "; ".join(f"{warning.target}: {warning.message}" for warning in warnings[:10])
    hint = env._("Correct it at the source: the next change brings it. Or change what the mapping does with it.")
    return "left-out", env._("Left out or replaced: %(fields)s", fields=shown), hint


def service_environment(root, endpoint_id, flow):
    """Return the environment of the endpoint's service user, who may be an archived one; never a superuser's."""
    user = root["integration.endpoint"].browse(endpoint_id).service_user_id
    if flow.company_id not in user.company_ids:  # an archived company is not among them
        raise ConfigurationError(
            root._("%(user)s cannot work in %(company)s", user=user.name, company=flow.company_id.name),
            code="no-company",
            hint=root._("Restore the company, or allow it to the endpoint's service user. Then retry."),
        )
    context = {
        "allowed_company_ids": flow.company_id.ids,
        "integration_origin": flow.system_id.id,
        "mail_create_nosubscribe": True,
        "lang": user.lang or "en_US",
        "tz": user.tz or "UTC",
    }
    return api.Environment(root.cr, user.id, context)
