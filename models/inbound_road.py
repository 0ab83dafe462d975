# Part of Integration Hub. License LGPL-3.0 or later.
"""Road: what is the same for all messages of a flow in one transaction, read once."""

from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from .handler_parts import Road, service_environment
from .integration_target import Arrival
from .mapping_transforms import RecordContext


class Message(NamedTuple):
    """What an event says of a business object of a flow, and when; no document: it was deleted there."""

    road: "InboundRoad"
    external_id: str | None
    keys: set
    document: dict | None = None
    left_out: tuple = ()
    arrived_at: datetime | None = None

    @property
    def version(self):
        return self.document.get("updated_at")


class InboundRoad(Road):
    """What is the same for all messages of a flow that come in."""

    def __init__(self, root, flow, endpoint_id):
        self.root, self.flow, self.endpoint_id = root, flow, endpoint_id
        self._seen = {}

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
