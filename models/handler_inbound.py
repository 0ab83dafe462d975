# Part of Integration Hub. License LGPL-3.0 or later.
"""Inbound: payload → business object → record, link and outcome in one transaction."""

from odoo import SUPERUSER_ID, api
from odoo.tools import SQL

from ..connectors import jsondoc
from ..connectors.errors import HubError, Policy, ServerFault, Throttled
from ..engine.steps import Halt
from ..engine.vault import VaultError
from .connection import connect, connector_facts
from .inbound_transaction import InboundTransaction
from .recording import Recording

# Nothing is wrong with the message: it waits until somebody has dealt with the endpoint.
STOPS = {Policy.SUSPEND: "suspended", Policy.DISABLE: "disabled"}
# Whose Retry-After is the whole endpoint's.
SLOWS = (ServerFault, Throttled)


LOOK_AGAIN = 300.0  # seconds; what waits for an endpoint is woken when that is switched on again


class Unreadable(HubError):
    """The object that a message names cannot be read now, since the API endpoint does not run."""

    code = "api-endpoint-stopped"
    policy = Policy.RETRY


class ContentGone(HubError):
    """The message is to be taken after all, but what it carried is kept no longer."""

    code = "content-gone"
    policy = Policy.DEAD
    hint = "Fetch the object from the other system, or have it send the message again. Then give this one up."


class KeyReplaced(HubError):
    """A key was refused that is no longer the one in use: the next try has the new one."""

    code = "key-replaced"
    policy = Policy.RETRY


class InboundHandler:
    """The inbound half of the handler."""

    def load(self, events):
        """Return the events' documents, each read from the other system where the message only named it.

        ``None``: the object is gone there. No transaction is open while the other side is waited for.
        """
        with self.db.read_committed() as cr:
            ids = [event.id for event in events]
            cr.execute(SQL("SELECT event_id, body FROM integration_event_payload WHERE event_id = ANY(%s)", ids))
            bodies = dict(cr.fetchall())
        return [self._read(event) if event.operation == "read" else _document(bodies.get(event.id)) for event in events]

    def _read(self, event):
        with self.db.read_committed() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            arrived_at = env["integration.endpoint"].browse(event.endpoint_id)
            endpoint = arrived_at.system_id._endpoint("outbound")
            now = self.db.now()
            halt = endpoint._halt(now) if endpoint else Halt(env._("There is no API endpoint"))
            if halt:
                raise _unreadable(halt.reason, (halt.until - now).total_seconds() if halt.until else LOOK_AGAIN)
            facts, sealed = _opened(endpoint, arrived_at._use())
            recording = Recording(self.correlations(cr, [event])[event.id])
        if sealed:
            self.not_read(endpoint.id, sealed)
        try:
            with recording.on():
                document = connect(facts).fetch(event.object_type, event.external_id)
        except HubError as error:
            self.check_key(facts, error)
            self.not_read(endpoint.id, error)
            raise
        self._read_by[event.id] = recording
        return document

    def not_read(self, endpoint_id, error):
        """Stop or slow the API endpoint where its answer asks for that, and raise what whoever reads then waits for.

        Not the endpoint on which a message arrived: that one only waits.
        """
        if error.policy in STOPS:
            self.stop(endpoint_id, STOPS[error.policy], error.message)
            raise _unreadable(error.message, LOOK_AGAIN) from error
        if error.retry_after and isinstance(error, SLOWS):
            self.slow_down(endpoint_id, error.retry_after, error.message)
            raise _unreadable(error.message, error.retry_after) from error

    def check_key(self, facts, error):
        """Raise KeyReplaced where a person entered a new key while the old one was being refused.

        Without this the late refusal of the old key would stop an endpoint that nobody comes back to.
        """
        if error.policy is not Policy.SUSPEND:
            return
        with self.db.read_committed() as cr:
            endpoint = api.Environment(cr, SUPERUSER_ID, {})["integration.endpoint"].browse(facts["endpoint_id"])
            if connector_facts(endpoint)["secret"] != facts["secret"]:
                raise KeyReplaced(endpoint.env._("The key was replaced meanwhile"), retry_after=1.0) from error

    def apply(self, cr, events, documents):
        """Make the effects of the events in *cr*; returns the outcome of each, to be recorded with it."""
        outcomes = InboundTransaction(cr).apply(events, documents)
        return [
            outcome._replace(exchange=self._read_by.pop(event.id).told(bodies=False))
            if event.id in self._read_by
            else outcome
            for event, outcome in zip(events, outcomes, strict=True)
        ]


def _document(body):
    if body is None:
        raise ContentGone("What the message carried is kept no longer")
    return jsondoc.parse(body.encode())


def _unreadable(reason, seconds):
    return Unreadable(reason, hint="It is read as soon as the API endpoint runs again.", retry_after=seconds)


def _opened(endpoint, use):
    """Return what a call of the endpoint needs, or the error that says why its secret cannot be opened."""
    try:
        return connector_facts(endpoint, use), None
    except VaultError as error:
        return None, error
