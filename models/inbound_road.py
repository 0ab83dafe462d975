# Part of Integration Hub. License LGPL-3.0 or later.
"""Road: what is the same for all messages of a flow in one transaction, read once."""

from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from odoo import fields

from ..connectors import moments
from ..engine import circles
from .handler_parts import Road, service_environment
from .integration_target import Arrival, Delivery
from .mapping_transforms import RecordContext


def was_overtaken(link, document):
    """Tell whether the other side said this after what is linked, and before it was sent what Odoo has."""
    given = document.get("updated_at")
    if not given or not link.sent_version or link.deleted_at or link._is_only_named():
        return False
    said, linked = moments.parse(given), link.external_version
    return said < moments.parse(link.sent_version) and (not linked or said > moments.parse(linked))


class Message(NamedTuple):
    """What an event says of a business object of a flow, and when; no document: it was deleted there, or merged."""

    road: "InboundRoad"
    external_id: str | None
    keys: set
    document: dict | None = None
    left_out: tuple = ()
    arrived_at: datetime | None = None
    event_id: int | None = None
    merged_into: str | None = None

    @property
    def version(self):
        return self.document.get("updated_at")


class InboundRoad(Road):
    """What is the same for all messages of a flow that come in."""

    def __init__(self, root, flow, endpoint_id):
        self.root, self.flow, self.endpoint_id = root, flow, endpoint_id
        self._seen, self._heard = {}, {}

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

    def arrival(self, message, alone, link=None):
        """Return the arrival of a message, its values mapped, and what was left out of them."""
        delivery = Delivery(
            message.event_id,
            message.arrived_at,
            bool(link) and self.judges and was_overtaken(link, message.document),
            self.heard(link, message),
            [],
        )
        arrival = self._template._replace(document=message.document, delivery=delivery)
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

    def hear_echo(self, message, link, record):
        """Take of what is there since Odoo sent it that which no sending can have overwritten."""
        if self.target._hears_echoes and moments.parse(message.version) == moments.parse(link.sent_version):
            self.target._hear_echo(self._template._replace(document=message.document), record.with_env(self.env))

    @cached_property
    def gone_for_good(self):
        """Whether what is deleted there never comes back: whatever is told of it afterwards is late."""
        return self.flow.system_id._connector().object_type(self.flow.object_type).gone_for_good

    @cached_property
    def judges(self):
        """Whether what Odoo's own change has overtaken is judged field by field: where somebody decides fields.

        Not where hooks make more of a message than its values: there the newer one has said it all.
        """
        target = self.target
        rules, claims = self.root["integration.ownership"]._judged(target._target_model(), self.flow.system_id.id)
        return bool(rules or claims) and target._is_plain and not target._beside

    @cached_property
    def _is_sent(self):
        """Whether Odoo sends such records to anybody: else nothing that comes has gone round in a circle."""
        watch = self.root["integration.flow"]._listening().get(self.flow.model_name)
        return bool(watch and watch.listeners)

    def heard(self, link, message):
        """Return what the link keeps of a message, to find circles by; ``None`` for nothing new."""
        if not link or not self._is_sent:
            return None
        if message.event_id not in self._heard:
            digest, since = link._digest(message.document), link.last_in_at or None
            self._heard[message.event_id] = circles.heard(link.heard or None, digest, since, fields.Datetime.now())
        return self._heard[message.event_id]

    @cached_property
    def _written(self):
        return self.target._written()

    def learnt(self, record=None, **more):
        """Return the facts that an event has learnt on this road."""
        where = {"res_model": record._name, "res_id": record.id} if record else {}
        return {"flow_id": self.flow.id, **where, **more}
