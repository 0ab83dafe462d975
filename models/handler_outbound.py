# Part of Integration Hub. License LGPL-3.0 or later.
"""Outbound: committed record → business object → payload → call → link and outcome."""

from typing import NamedTuple

from odoo import SUPERUSER_ID, api, fields

from ..connectors.errors import HubError
from ..engine.outcome import Outcome
from .connection import connect, connector_facts
from .handler_inbound import _service_environment, told
from .record_reader import read_record


class Call(NamedTuple):
    """A call that is ready to be made, with nothing of the database in it."""

    facts: dict
    object_type: str
    payload: dict
    external_id: str | None
    idempotency_key: str
    digest: str
    learnt: dict
    told: tuple

    def __repr__(self):
        return f"<Call {self.object_type} {self.external_id}>"


class OutboundHandler:
    """The outbound half of the handler."""

    def prepare(self, cr, event):
        """Render the body from the committed record; returns a :class:`Call`, or the outcome when there is none."""
        root = api.Environment(cr, SUPERUSER_ID, {})
        flow = root["integration.flow"].browse(event.flow_id).exists()
        if not flow or flow.state != "on":
            return Outcome("ignored", "no-flow", root._("The flow was switched off meanwhile"))
        env = _service_environment(cr, root, event, flow)
        record = env[event.res_model].browse(event.res_id).exists() if event.res_model in env else None
        if not record:
            return Outcome("ignored", "record-gone", root._("The record was deleted meanwhile"))
        record_version, record_mapping = flow.record_mapping_id._compiled()
        version, mapping = flow.mapping_id._compiled()
        canonical, left_out = record_mapping.run(read_record(record, record_mapping.sources))
        payload, more = mapping.run(canonical)
        binding = root["integration.binding"]._of_record(flow.system_id, flow.entity_id, record)
        digest = binding._digest(payload)
        learnt = {"mapping_version_id": version.id, "record_mapping_version_id": record_version.id}
        if binding.hash_out == digest:
            return Outcome("ignored", "unchanged", root._("Nothing that is sent has changed"), facts=learnt)
        return Call(
            connector_facts(root["integration.endpoint"].browse(event.endpoint_id)),
            event.object_type,
            payload,
            binding.external_id or None,
            f"hub-{root['ir.config_parameter'].get_param('database.uuid')}-{event.id}",
            digest,
            learnt,
            told(root, left_out + more),
        )

    def send(self, call):
        """Make the call; no transaction is open. Raises the library's errors."""
        try:
            return connect(call.facts).push(
                call.object_type, call.payload, external_id=call.external_id, idempotency_key=call.idempotency_key
            )
        except HubError as error:
            self.check_key(call.facts, error)
            raise

    def finish(self, cr, event, call, result):
        """Link the record with what the other side calls it; returns the outcome."""
        root = api.Environment(cr, SUPERUSER_ID, {})
        flow = root["integration.flow"].browse(event.flow_id)
        root["integration.binding"]._link(
            flow.system_id,
            flow.entity_id,
            result.external_id,
            root[event.res_model].browse(event.res_id),
            hash_out=call.digest,
            hash_in=False,  # what came in last is no longer what is there
            sent_version=result.version,
            last_out_at=fields.Datetime.now(),
        )
        return Outcome(
            "done",
            *call.told,
            facts={**call.learnt, "external_id": result.external_id, "external_version": result.version},
        )
