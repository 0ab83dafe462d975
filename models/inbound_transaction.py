# Part of Integration Hub. License LGPL-3.0 or later.
"""Inbound transaction: messages take effect together, with the same end as one after another.

What can be asked of many messages at once is asked once: their links, the records they are known by, what their
mappings look up; new records and links are created at once. Messages that depend on each other's effect come in
*rounds*: a round ends before the first message that has a key, a record or a look-up in common with an earlier one.
"""

from odoo import SUPERUSER_ID, api, fields

from ..connectors import entities, moments
from ..connectors.errors import HubError
from ..engine import causation, circles
from ..engine.observe import observed
from ..engine.outcome import Outcome
from . import inbound_gone
from .handler_parts import kept_versions, told
from .inbound_overtaken import close_overtaken
from .inbound_road import InboundRoad, Message, was_overtaken
from .mapping_transforms import DependsOnOthers


class ContractError(HubError):
    """A document that is not the business object it should be."""

    code = "contract"


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
            keys = {(road.flow.entity_id.id, event.external_id)}
            return Message(road, event.external_id, keys, arrived_at=event.arrived_at, event_id=event.id)
        if event.operation == "merge":
            survivor, entity = document["merged_into"], road.flow.entity_id.id
            keys = {(entity, event.external_id), (entity, survivor)}
            return Message(
                road, event.external_id, keys, arrived_at=event.arrived_at, event_id=event.id, merged_into=survivor
            )
        with observed("mapping", event):
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
        return Message(road, canonical.get("id"), road.keys(canonical), canonical, left_out, event.arrived_at, event.id)

    def _road(self, event):
        flows = self.root["integration.flow"]
        flow_id = event.flow_id or flows._route(event.endpoint_id, event.topic)
        key = flow_id, *kept_versions(event)
        if key not in self._roads:
            self._roads[key] = road = InboundRoad(self.root, flows.browse(flow_id), event.endpoint_id)
            road.versions = key[1:]
        return self._roads[key]

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
        self._attribute(messages, [linked.get(link.id) for link in links])
        outcomes, arriving = [], []
        for place, (message, link) in enumerate(zip(messages, links, strict=True)):
            outcome = self._without_arrival(message, link, linked.get(link.id))
            outcomes.append(outcome)
            if outcome is None:
                try:
                    arriving.append((place, *road.arrival(message, len(messages) == 1, link)))
                except DependsOnOthers:
                    return self._round(messages[: place or 1])
        if arriving:
            places, arrivals, left_out = zip(*arriving, strict=True)
            theirs = [links[place].with_env(road.env).sudo() for place in places]
            found = road.target._find(arrivals, theirs)
            if second := _second_of_one(found):
                return self._round(messages[: places[second]])
            arrived = [messages[place] for place in places]
            self._attribute(arrived, found)
            records = road.target._receive_many(arrivals, theirs, found)
            self._attribute(arrived, records)
            for place, arrival, record, left in zip(places, arrivals, records, left_out, strict=True):
                warnings, undone = messages[place].left_out + left, road.target._undone(arrival)
                outcomes[place] = self._done(messages[place], record, told(self.root, warnings, undone, arrival.notes))
        self._note(messages, links, outcomes)
        done = zip(messages, outcomes, strict=True)
        close_overtaken(self.root, [message.event_id for message, outcome in done if outcome.state == "done"])
        return outcomes

    def _attribute(self, messages, records):
        """Say which message each record is about, so that what becomes of it can be told from there."""
        causes = causation.causes(self.root.cr)
        for message, record in zip(messages, records, strict=True):
            if causes and record and message.event_id:
                causes.attribute(record._name, record.id, message.event_id)

    def _without_arrival(self, message, link, record):
        """Return the outcome of a message that changes no record; ``None`` when it has to arrive."""
        road = message.road
        if link.merged_into_id:
            return inbound_gone.merged(link)
        if message.merged_into:
            return inbound_gone.merge(road, message)
        if message.document is None:
            return (
                inbound_gone.deleted(road, link, record)
                if link
                else inbound_gone.never_known(road, message.external_id)
            )
        if link.deleted_at and road.gone_for_good:
            return inbound_gone.late(link)
        outcome = None
        if not (record and road.judges and was_overtaken(link, message.document)):
            outcome = known(link, record, message.document, message.arrived_at)
        if record and not outcome:
            outcome = self._in_circles(message, link)
        elif outcome and outcome.code == "echo":
            road.hear_echo(message, link, record)
        return outcome and outcome._replace(facts=road.learnt(record, mapping_version_id=road.system_hop[0].id))

    def _in_circles(self, message, link):
        """Return the outcome of a message that says what came and was overwritten again and again; else ``None``."""
        if not circles.is_one(message.road.heard(link, message)):
            return None
        link.heard = False  # who has it tried again means it
        system = message.road.flow.system_id.name
        return Outcome(
            "held",
            "circle",
            self.root._("%(system)s says the same again and again: changes go round in a circle", system=system),
            self.root._(
                "Find what changes it back there each time Odoo has sent it, or set on %(system)s who decides. "
                "Retry takes theirs, giving up keeps what Odoo has.",
                system=system,
            ),
        )

    def _note(self, messages, links, outcomes):
        """Write on the links what messages say that changed no record."""
        for message, link, outcome in zip(messages, links, outcomes, strict=True):
            if outcome.code == "deleted-remotely":
                link.deleted_at = message.arrived_at or fields.Datetime.now()
            if outcome.code == "unchanged" and message.version not in (None, link.external_version):
                link.external_version = message.version

    def _done(self, message, record, said):
        road = message.road
        facts = road.learnt(
            record,
            mapping_version_id=road.system_hop[0].id,
            record_mapping_version_id=road.record_hop[0].id,
            external_id=message.external_id,
        )
        return Outcome("done", *said, facts=facts)


def _apart(messages):
    """Return the longest beginning of messages of one flow of which no two have a key in common.

    Deletions come last in it: the record of an object that is no more may be another one's from then on.
    """
    seen, deleting = set(), False
    for place, message in enumerate(messages):
        arrives = message.document is not None
        if message.road is not messages[0].road or seen & message.keys or (deleting and arrives):
            return messages[:place]
        seen |= message.keys
        deleting = deleting or not arrives
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


def known(link, record, canonical, arrived_at=None):
    """Return the outcome for what is known already: an echo, something older, or a repetition; else ``None``."""
    if record and link.deleted_at and arrived_at and arrived_at < link.deleted_at:
        return Outcome("ignored", "stale", link.env._("It was deleted there after this was told"))
    if not record or link.deleted_at:
        return None
    given, sent = canonical.get("updated_at"), not link._is_only_named() and link.sent_version
    if given and sent and moments.parse(given) <= moments.parse(sent):
        return Outcome("ignored", "echo", link.env._("It is what Odoo sent itself, or older"))
    linked = link.external_version
    if linked and given and moments.parse(given) < moments.parse(linked):
        return Outcome(
            "ignored",
            "stale",
            link.env._("Older than what is linked (%(given)s < %(known)s)", given=given, known=linked),
        )
    if link.hash_in and link.hash_in == link._digest(canonical):
        return Outcome("ignored", "unchanged", link.env._("It says what is known already"))
    return None
