# Part of Integration Hub. License LGPL-3.0 or later.
"""Outbound: committed record → business object → payload → call → link and outcome; or what is linked is deleted."""

from datetime import timedelta
from typing import NamedTuple

from odoo import SUPERUSER_ID, api, fields

from ..connectors.errors import HubError, NotFound, Policy
from ..engine.outcome import Outcome
from .connection import connect, connector_facts
from .handler_inbound import _service_environment, told
from .record_reader import read_record

KEY_LIFETIME = timedelta(hours=24)  # for as long vendors commonly remember an idempotency key


class Call(NamedTuple):
    """A call that is ready to be made, with nothing of the database in it."""

    facts: dict
    system: str
    operation: str  # upsert or delete
    object_type: str
    external_id: str | None
    payload: dict | None = None
    idempotency_key: str | None = None
    in_doubt: bool = False
    digest: str = ""
    learnt: dict | None = None
    told: tuple = ()

    def __repr__(self):
        return f"<Call {self.operation} {self.object_type} {self.external_id}>"


class DeletedThere(HubError):
    """What is linked is not there any more. To create it again would undo what somebody did there."""

    code = "deleted-remotely"
    hint = "If it is to exist there again, remove the record's link and retry. Else give this message up."


class OutboundHandler:
    """The outbound half of the handler."""

    def prepare(self, cr, events):
        """Return of each event the :class:`Call` that it stands for, or the outcome when there is none to make."""
        return [self._prepare(cr, event) for event in events]

    def _prepare(self, cr, event):
        root = api.Environment(cr, SUPERUSER_ID, {})
        flow = root["integration.flow"].browse(event.flow_id).exists()
        if not flow or flow.state != "on" or not flow.active:
            return Outcome(
                "ignored",
                "no-flow",
                root._("The flow was switched off meanwhile"),
                root._("Switch it on, then retry, if it is to be sent after all."),
            )
        binding = root["integration.binding"]._of(flow.system_id, flow.entity_id, event.res_model, event.res_id)
        if event.operation == "delete":
            return _deletion(flow, event, binding)
        if binding.deleted_at and not binding.deleted_here:
            raise DeletedThere(root._("It was deleted in %(system)s", system=flow.system_id.name))
        return self._upsert(root, flow, event, binding)

    def _upsert(self, root, flow, event, binding):
        """Render the body from the committed record."""
        if event.res_model not in root:
            return Outcome("ignored", "no-app", root._("The app that has %(model)s is gone", model=event.res_model))
        env = _service_environment(root.cr, root, event, flow)
        record = env[event.res_model].browse(event.res_id).exists()
        if not record:
            return _record_gone(flow, event, binding)
        if not (flow._takes(record) or (binding and flow.on_leave == "update")):
            return Outcome(
                "ignored",
                "no-match",
                root._("The record does not match the flow's filter any more"),
                root._("It is sent again when a change makes it match."),
            )
        record_version, record_mapping = flow.record_mapping_id._compiled()
        version, mapping = flow.mapping_id._compiled()
        canonical, left_out = record_mapping.run(read_record(record, record_mapping.sources))
        payload, more = mapping.run(canonical)
        digest = binding._digest(payload)
        learnt = {"mapping_version_id": version.id, "record_mapping_version_id": record_version.id}
        if binding.hash_out == digest and not binding.deleted_at:
            return Outcome("ignored", "unchanged", root._("Nothing that is sent has changed"), facts=learnt)
        facts = connector_facts(root["integration.endpoint"].browse(event.endpoint_id))
        return Call(
            facts,
            flow.system_id.name,
            "upsert",
            event.object_type,
            (not binding.deleted_at and binding.external_id) or None,
            payload,
            self._key(root, event, facts["connector"]),
            bool(event.in_doubt),
            digest,
            learnt,
            told(root, left_out + more),
        )

    def _key(self, root, event, connector):
        """Return the event's idempotency key, the same at each try; ``None`` once the vendor has forgotten it."""
        if event.in_doubt and connector.object_type(event.object_type).repetition == "idempotency-key":
            first = root["integration.event.attempt"].search([("event_id", "=", event.id)], order="id", limit=1)
            if first.started_at and first.started_at + KEY_LIFETIME < self.db.now():
                return None
        return f"hub-{root['ir.config_parameter'].get_param('database.uuid')}-{event.id}"

    def send(self, call):
        """Make the call; no transaction is open. Raises the library's errors."""
        connector = connect(call.facts)
        try:
            if call.operation == "delete":
                return connector.delete(call.object_type, call.external_id)
            return connector.push(
                call.object_type,
                call.payload,
                external_id=call.external_id,
                idempotency_key=call.idempotency_key,
                in_doubt=call.in_doubt,
            )
        except NotFound as error:
            if not call.external_id:
                raise
            raise DeletedThere(f"{call.system} no longer has it: it was deleted or merged there") from error
        except HubError as error:
            self.check_key(call.facts, error)
            if error.in_doubt and error.policy is Policy.DEAD and not call.external_id:
                error.hint = f"It may have been created in {call.system} nevertheless: look there first. {error.hint}"
            raise

    def finish(self, cr, answers):
        """Link the records with what the other side calls them, or note their deletion; returns the outcomes.

        :param answers: event, call and result of each
        """
        return [self._finish(cr, *answer) for answer in answers]

    def _finish(self, cr, event, call, result):
        root = api.Environment(cr, SUPERUSER_ID, {})
        flow, now = root["integration.flow"].browse(event.flow_id), fields.Datetime.now()
        if call.operation == "delete":
            root["integration.binding"]._find(flow.system_id, flow.entity_id, call.external_id).write(
                {"deleted_at": now, "deleted_here": True, "last_out_at": now}
            )
            return Outcome("done", facts={"external_id": call.external_id})
        root["integration.binding"]._link(
            flow.system_id,
            flow.entity_id,
            result.external_id,
            root[event.res_model].browse(event.res_id),
            hash_out=call.digest,
            hash_in=False,  # what came in last is no longer what is there
            sent_version=result.version,
            last_out_at=now,
        )
        return Outcome(
            "done",
            *call.told,
            facts={**call.learnt, "external_id": result.external_id, "external_version": result.version},
        )


def _deletion(flow, event, binding):
    env, name = flow.env, flow.system_id.name
    if not binding:
        return Outcome("ignored", "never-sent", env._("%(system)s never had it", system=name))
    if binding.deleted_at:
        return Outcome("ignored", "deleted-already", env._("It was deleted in %(system)s before", system=name))
    facts = connector_facts(env["integration.endpoint"].browse(event.endpoint_id))
    return Call(facts, name, "delete", event.object_type, binding.external_id)


def _record_gone(flow, event, binding):
    """A record that was deleted before it was sent: unless it may have been sent, nothing is to be done."""
    env, name = flow.env, flow.system_id.name
    if not event.in_doubt or binding:
        return Outcome("ignored", "record-gone", env._("The record was deleted meanwhile"))
    return Outcome(
        "held",
        "in-doubt",
        env._("The record was deleted here, but it may have been created in %(system)s before", system=name),
        env._("Look for it in %(system)s, and delete it there. Then give this message up.", system=name),
        in_doubt=True,
    )
