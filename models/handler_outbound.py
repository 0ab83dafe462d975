# Part of Integration Hub. License LGPL-3.0 or later.
"""Outbound: committed record → business object → payload → call → link and outcome; or what is linked is deleted."""

import threading
from datetime import timedelta
from typing import NamedTuple

from odoo import SUPERUSER_ID, api

from ..connectors.connector import Connector
from ..connectors.errors import HubError, NotFound, Policy
from ..engine.outcome import Outcome
from .connection import connect, connector_facts
from .outbound_transaction import DeletedThere, OutboundTransaction, note
from .recording import Recording

_CHECKING = threading.Lock()  # of many calls that are refused at once, one at a time asks the database why
KEY_LIFETIME = timedelta(hours=24)  # for as long vendors commonly remember an idempotency key


class Call(NamedTuple):
    """A call that is ready to be made, with nothing of the database in it."""

    facts: dict
    connector: Connector
    system: str
    where: tuple  # ids of system and business object, for the link
    operation: str  # upsert or delete
    object_type: str
    external_id: str | None
    payload: dict | None = None
    idempotency_key: str | None = None
    in_doubt: bool = False
    digest: str = ""
    learnt: dict | None = None
    told: tuple = ()
    sent: dict | None = None
    began: tuple = (False, None)
    notes: dict | None = None
    recording: Recording | None = None

    def __repr__(self):
        return f"<Call {self.operation} {self.object_type} {self.external_id}>"


class OutboundHandler:
    """The outbound half of the handler. Expects ``db``, ``check_key`` and ``explain``."""

    _connected = None, None  # facts, and the connector that was made of them

    def prepare(self, cr, events):
        """Return of each event the :class:`Call` that it stands for, or the outcome when there is none to make."""
        plans = OutboundTransaction(cr, events, self.explain).plans()
        if all(isinstance(plan, Outcome) for plan in plans):
            return plans
        root = api.Environment(cr, SUPERUSER_ID, {})
        facts, connector = self._connection(root["integration.endpoint"].browse(events[0].endpoint_id))
        belongs = self.correlations(cr, events)
        return [
            plan
            if isinstance(plan, Outcome)
            else self._call(root, event, plan, facts, connector)._replace(recording=Recording(belongs[event.id]))
            for event, plan in zip(events, plans, strict=True)
        ]

    def _connection(self, endpoint):
        """Return facts and connector of the endpoint: the same for all calls until somebody changes what they are.

        So calls at once share an access token, and the wait for a new one.
        """
        facts = connector_facts(endpoint, endpoint._use())
        if self._connected[0] != facts:
            self._connected = facts, connect(facts)
        return self._connected

    def _call(self, root, event, plan, facts, connector):
        flow = plan.flow
        return Call(
            facts,
            connector,
            flow.system_id.name,
            (flow.system_id.id, flow.entity_id.id),
            plan.operation,
            event.object_type,
            plan.external_id,
            plan.payload,
            (plan.operation == "upsert" and self._key(root, event, facts["connector"])) or None,
            bool(event.in_doubt),
            plan.digest,
            plan.learnt,
            plan.told,
            plan.sent,
            plan.began,
            plan.notes,
        )

    def _key(self, root, event, connector):
        """Return the event's idempotency key, the same at each try; ``None`` once the vendor has forgotten it."""
        if event.in_doubt and connector.object_type(event.object_type).repetition == "idempotency-key":
            first = root["integration.event.attempt"].search([("event_id", "=", event.id)], order="id", limit=1)
            if first.started_at and first.started_at + KEY_LIFETIME < self.db.now():
                return None
        return f"hub-{root['ir.config_parameter'].get_param('database.uuid')}-{event.id}"

    def send(self, call):
        """Make the call; no transaction is open, and others are made on other threads. Raises the library's errors."""
        try:
            if call.operation == "delete":
                return call.connector.delete(call.object_type, call.external_id)
            return call.connector.push(
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
            with _CHECKING:
                self.check_key(call.facts, error)
            if error.in_doubt and error.policy is Policy.DEAD and not call.external_id:
                error.hint = f"It may have been created in {call.system} nevertheless: look there first. {error.hint}"
            raise

    def finish(self, cr, answers):
        """Link the records with what the other side calls them, or note their deletion; returns the outcomes.

        :param answers: event, call and result of each
        """
        return note(cr, answers)
