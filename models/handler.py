# Part of Integration Hub. License LGPL-3.0 or later.
"""What an event means: the handler that the engine calls. Inbound and outbound have a file each."""

import traceback
from dataclasses import asdict

from psycopg2 import Error as DatabaseError
from psycopg2 import IntegrityError

from odoo import SUPERUSER_ID, api
from odoo.exceptions import AccessError, UserError, ValidationError

from ..connectors.errors import HubError, MappingError, Policy
from ..connectors.resilience import Held
from ..connectors.retry_after import MAX_SECONDS, MIN_SECONDS
from ..engine import causation, maintenance
from ..engine.outcome import Outcome
from ..engine.races import lost_race
from ..engine.slowdown import slow_down
from ..engine.steps import SETTLED, Halt
from ..engine.sweep import runs
from .handler_ask import QuestionHandler
from .handler_inbound import SLOWS, STOPS, InboundHandler, Unreadable
from .handler_limits import LimitsHandler
from .handler_outbound import OutboundHandler

STATES = {Policy.RETRY: "retry", Policy.HOLD: "held", **dict.fromkeys(STOPS, "pending")}

# PostgreSQL's classes of errors that say nothing about the message: connection, resources, operator, system.
UNABLE = ("08", "53", "57", "58")


class Handler(LimitsHandler, InboundHandler, QuestionHandler, OutboundHandler):
    """Implements what ``engine/perform.py`` asks of a handler, on one database."""

    def __init__(self, db):
        self.db = db
        self._guards = {}
        self._read_by = {}  # event id → Recording of how its object was read

    def halted(self, endpoint_id):
        """Return the :class:`Halt` of an endpoint that does not run now; read anew each time."""
        with self.db.read_committed() as cr:
            if runs(cr, endpoint_id, self.db.now()):
                return None
            if reason := maintenance.halted(cr):
                return Halt(reason)
            endpoint = api.Environment(cr, SUPERUSER_ID, {})["integration.endpoint"].browse(endpoint_id).exists()
            return endpoint._halt(self.db.now()) if endpoint else Halt("deleted")

    def slow_down(self, endpoint_id, seconds, reason):
        """Let an endpoint rest, since its other side asked for it; within what `Retry-After` is obeyed for."""
        seconds = min(max(seconds, MIN_SECONDS), MAX_SECONDS)
        with self.db.read_committed() as cr:
            slow_down(cr, endpoint_id, seconds, reason)

    def together(self, cr, flow_ids):
        """Return those flows whose inbound events may share a transaction: plain records, no business methods."""
        flows = api.Environment(cr, SUPERUSER_ID, {})["integration.flow"].browse(filter(None, flow_ids)).exists()
        return set(flows.filtered(lambda flow: flow._works() and flow._is_plain()).ids)

    def settings(self, cr, event):
        """Return ``(RetryPolicy, on_dead)`` of an event."""
        env = api.Environment(cr, SUPERUSER_ID, {})
        flow = env["integration.flow"].browse(event.flow_id or 0).exists()
        return env["integration.endpoint"].browse(event.endpoint_id)._retry_policy(), flow.on_dead or "skip"

    def stop(self, endpoint_id, state, reason):
        """Stop an endpoint whose other side refuses it, and tell its technical owner."""
        with self.db.transaction() as cr:
            endpoint = api.Environment(cr, SUPERUSER_ID, {})["integration.endpoint"].browse(endpoint_id)
            if endpoint.state != "active":
                return
            endpoint.write({"state": state, "state_reason": reason})
            endpoint.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=reason,
                user_id=(endpoint.system_id.technical_owner_id or endpoint.env.user).id,
            )

    def correlations(self, cr, events):
        """Return ``{event id: correlation id}`` of these events; only what a message caused has to be looked up."""
        database = api.Environment(cr, SUPERUSER_ID, {})["ir.config_parameter"].get_param("database.uuid")
        first = {event.id: causation.correlation_id(database, event.id) for event in events}
        caused = [event.id for event in events if event.causation_id]
        return first | (causation.correlations(cr, database, caused) if caused else {})

    def send(self, call):
        """Make a call, and record what is said."""
        with call.recording.on():
            return super().send(call)

    def finish(self, cr, answers):
        """Return the outcomes of calls, with what was said."""
        outcomes = super().finish(cr, answers)
        return [
            outcome._replace(exchange=call.recording.told(bodies=outcome.state not in SETTLED))
            for (_event, call, _result), outcome in zip(answers, outcomes, strict=True)
        ]

    def explain(self, error):
        """Return the outcome of an exception, with what was said in the call that raised it."""
        outcome = self._explained(error)
        recording = getattr(error, "recording", None)
        return outcome._replace(exchange=recording.told(bodies=True)) if recording else outcome

    def _explained(self, error):
        """Return the outcome of an exception: its class is the policy."""
        if isinstance(error, HubError):
            return _explain_hub_error(error)
        if lost_race(error):
            return Outcome("retry", "busy", "Others were changing the same records", "It is tried again automatically.")
        technical = "".join(traceback.format_exception(error))
        if isinstance(error, AccessError):
            return Outcome(
                "dead",
                "access",
                str(error),
                "Give the endpoint's service user the missing right, then retry.",
                technical=technical,
            )
        if isinstance(error, (UserError, ValidationError, IntegrityError)):
            said = self._constraint_text(error) if isinstance(error, IntegrityError) else str(error)
            return Outcome(
                "dead", "refused-by-odoo", said, "Correct what Odoo refuses, then retry.", technical=technical
            )
        if isinstance(error, DatabaseError) and (error.pgcode is None or error.pgcode.startswith(UNABLE)):
            return Outcome(
                "retry", "database", "The database was not able to do it at that moment", technical=technical
            )
        return Outcome(
            "dead",
            "internal-error",
            f"The hub failed: {type(error).__name__}",
            "This is a mistake of the software. Send the technical details to its maintainers.",
            technical=technical,
        )

    def _constraint_text(self, error):
        """Return what the model says of a constraint of its table."""
        with self.db.read_committed() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            for model in env.registry.models.values():
                if model._table == error.diag.table_name and model._auto and not model._abstract:
                    return env[model._name]._sql_error_to_message(error)
        return f"The database refused it: {error.diag.constraint_name}"


def explained(error):
    """Return what an error of the library says to people: what happened, and what to do."""
    outcome = _explain_hub_error(error)
    return outcome.message, outcome.hint


def _explain_hub_error(error):
    state = STATES.get(error.policy, "dead")
    code, message, hint, params, facts = error.code, error.message or str(error), error.hint, error.params, {}
    if isinstance(error, MappingError) and error.problems:
        first, more = error.problems[0], len(error.problems) - 1
        code, hint, facts = first.code, first.hint or hint, {"error_line": first.line}
        message = first.message + (f" (and {more} more)" if more else "")
        params = {"problems": [asdict(problem) for problem in error.problems]}
    return Outcome(
        state,
        code,
        message,
        hint,
        params=params,
        status_code=getattr(error, "status", None),
        technical=getattr(error, "excerpt", "") or "",
        retry_after=error.retry_after,
        facts=facts,
        waits=isinstance(error, Unreadable | Held),
        stop=STOPS.get(error.policy, ""),
        slows=isinstance(error, SLOWS),
        in_doubt=error.in_doubt,
    )
