# Part of Integration Hub. License LGPL-3.0 or later.
"""Inbound: payload → business object → record, link and outcome in one transaction."""

from odoo import SUPERUSER_ID, api, fields
from odoo.exceptions import MissingError
from odoo.tools import SQL

from ..connectors import entities, jsondoc, moments
from ..connectors.errors import ConfigurationError, HubError, Policy, ServerFault, Throttled
from ..engine.outcome import Outcome
from ..engine.protocol import Halt
from ..engine.vault import VaultError
from .connection import connect, connector_facts
from .integration_target import Arrival
from .mapping_transforms import RecordContext

# Nothing is wrong with the message: it waits until somebody has dealt with the endpoint.
STOPS = {Policy.SUSPEND: "suspended", Policy.DISABLE: "disabled"}
# Whose Retry-After is the whole endpoint's.
SLOWS = (ServerFault, Throttled)


class ContractError(HubError):
    """A document that is not the business object it should be."""

    code = "contract"


LOOK_AGAIN = 300.0  # seconds; what waits for an endpoint is woken when that is switched on again


class Unreadable(HubError):
    """The object that a message names cannot be read now, since the API endpoint does not run."""

    code = "api-endpoint-stopped"
    policy = Policy.RETRY


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
        documents = [jsondoc.parse(bodies[event.id].encode()) for event in events]
        return [
            self._read(event) if event.operation == "read" else document
            for event, document in zip(events, documents, strict=True)
        ]

    def _read(self, event):
        with self.db.read_committed() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            endpoint = env["integration.endpoint"].browse(event.endpoint_id).system_id._endpoint("outbound")
            now = self.db.now()
            halt = endpoint._halt(now) if endpoint else Halt(env._("There is no API endpoint"))
            if halt:
                raise _unreadable(halt.reason, (halt.until - now).total_seconds() if halt.until else LOOK_AGAIN)
            facts, sealed = _opened(endpoint)
        if sealed:
            self._not_read(endpoint, sealed)
        try:
            return connect(facts).fetch(event.object_type, event.external_id)
        except HubError as error:
            self.check_key(facts, error)
            self._not_read(endpoint, error)
            raise

    def _not_read(self, endpoint, error):
        """What stops or slows is the API endpoint, not the one on which the message arrived: that one only waits."""
        if error.policy in STOPS:
            self.stop(endpoint.id, STOPS[error.policy], error.message)
            raise _unreadable(error.message, LOOK_AGAIN) from error
        if error.retry_after and isinstance(error, SLOWS):
            self.slow_down(endpoint.id, error.retry_after, error.message)
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

    def apply(self, cr, event, document):
        """Make the document's effect in *cr*; returns the outcome to record with it."""
        root = api.Environment(cr, SUPERUSER_ID, {})
        flows = root["integration.flow"]
        flow = flows.browse(event.flow_id or flows._route(event.endpoint_id, event.topic))
        if not _is_on(flow):
            return Outcome(
                "ignored",
                "no-flow",
                root._("No flow that is switched on takes %(topic)s", topic=event.topic),
                root._("Switch one on, then retry, if it is to be taken after all."),
            )
        if event.operation == "delete" or document is None:
            return self._deleted(flow, event)
        version, mapping = flow.mapping_id._compiled()
        canonical, left_out = mapping.run(document)
        problems = entities.problems(flow.entity_id.code, canonical)
        if problems:
            raise ContractError(
                root._(
                    "%(object)s: the message does not have the agreed form: %(problem)s",
                    object=flow.entity_id.name,
                    problem=problems[0],
                ),
                hint=root._("Correct it at the source, or change the mapping, and retry."),
                params={"problems": problems[:20]},
            )
        learnt = {"flow_id": flow.id, "mapping_version_id": version.id}
        binding = root["integration.binding"]._find(flow.system_id, flow.entity_id, canonical.get("id"))
        known = _known(binding, canonical)
        if known:
            return known._replace(facts={**learnt, "res_model": binding.res_model, "res_id": binding.res_id})
        env = _service_environment(cr, root, event, flow)
        record_version, record, more = self._write(env, flow, canonical, binding)
        return Outcome(
            "done",
            *told(root, left_out + more),
            facts={
                **learnt,
                "record_mapping_version_id": record_version.id,
                "res_model": record._name,
                "res_id": record.id,
                "external_id": canonical.get("id"),
            },
        )

    def _write(self, env, flow, canonical, binding):
        version, mapping = flow.record_mapping_id._compiled()
        system = env["integration.system"].sudo().browse(flow.system_id.id)
        values, left_out = mapping.run(canonical, RecordContext(env, system, system.company_id, canonical))
        entity = env["integration.entity"].sudo().browse(flow.entity_id.id)
        target = env["integration.target"]._of_model(flow.model_name)
        arrival = Arrival(env, system, entity, canonical, values)
        record, _created = target._receive(arrival, binding.with_env(env).sudo())
        return version, record, left_out

    def _deleted(self, flow, event):
        binding = flow.env["integration.binding"]._find(flow.system_id, flow.entity_id, event.external_id)
        if not binding:
            return Outcome("ignored", "unknown-object", flow.env._("It was deleted, and never linked to anything here"))
        binding.deleted_at = fields.Datetime.now()
        return Outcome(
            "done",
            "deleted-remotely",
            flow.env._("It was deleted in %(system)s; the Odoo record stays", system=flow.system_id.name),
            facts={"flow_id": flow.id, "res_model": binding.res_model, "res_id": binding.res_id},
        )


def _is_on(flow):
    """Tell whether there is a flow, switched on; asks the database once a transaction."""
    try:
        return flow.active and flow.state == "on"
    except MissingError:
        return False


def told(env, warnings):
    """Return code, message and hint of an outcome that is done, but not with everything; nothing without warnings."""
    if not warnings:
        return ()
    shown = "; ".join(f"{warning.target}: {warning.message}" for warning in warnings[:10])
    hint = env._("Correct it at the source: the next change brings it. Or change what the mapping does with it.")
    return "left-out", env._("Left out or replaced: %(fields)s", fields=shown), hint


def _unreadable(reason, seconds):
    return Unreadable(reason, hint="It is read as soon as the API endpoint runs again.", retry_after=seconds)


def _known(binding, canonical):
    """Return the outcome for what is known already: an echo, something older, or a repetition; else ``None``."""
    if not binding or not binding._record() or binding.deleted_at:
        return None
    given = canonical.get("updated_at")
    if given and binding.sent_version and moments.parse(given) <= moments.parse(binding.sent_version):
        return Outcome("ignored", "echo", binding.env._("It is what Odoo sent itself, or older"))
    known = binding.external_version
    if known and given and moments.parse(given) < moments.parse(known):
        return Outcome(
            "ignored",
            "stale",
            binding.env._("Older than what is linked (%(given)s < %(known)s)", given=given, known=known),
        )
    if binding.hash_in and binding.hash_in == binding._digest(canonical):
        binding.external_version = given or known
        return Outcome("ignored", "unchanged", binding.env._("It says what is known already"))
    return None


def _opened(endpoint):
    """Return what a call of the endpoint needs, or the error that says why its secret cannot be opened."""
    try:
        return connector_facts(endpoint), None
    except VaultError as error:
        return None, error


def _service_environment(cr, root, event, flow):
    """Return the environment of the endpoint's service user, who may be an archived one; never a superuser's."""
    user = root["integration.endpoint"].browse(event.endpoint_id).service_user_id
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
    return api.Environment(cr, user.id, context)
