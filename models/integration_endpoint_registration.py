# Part of Integration Hub. License LGPL-3.0 or later.
import secrets
from typing import Any, NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..connectors import signatures
from ..connectors.errors import ConfigurationError, HubError
from ..connectors.registration import settle, unreachable
from .connection import connect, connector_facts

CRON = "integration_hub.cron_webhooks"


class Plan(NamedTuple):
    """What is to be registered with whom: plain values, so that no transaction is open while it is carried out."""

    facts: dict
    address: str
    topics: tuple
    secret: str
    known: tuple

    def __repr__(self):
        return f"Plan({self.address!r}, {self.topics!r})"

    @property
    def api(self) -> str:
        """The address that is called."""
        return self.facts["connector"].base_url(self.facts["settings"])

    def carry_out(self) -> Any:
        """Return what the other system delivers afterwards. Raises HubError, with nothing done."""
        return settle(connect(self.facts), self.address, self.topics, secret=self.secret, known=self.known)

    def undone(self, settled) -> "Plan":
        """Return the plan that removes again what came of this one."""
        return self._replace(topics=(), known=tuple(found.id for found in (*settled.webhooks, *settled.left)))


class IntegrationEndpoint(models.Model):
    """Webhooks are registered through the other system's API, looked after, and removed when nobody takes them."""

    _inherit = "integration.endpoint"

    webhooks_managed = fields.Boolean(
        "Webhooks Registered by the Hub", readonly=True, copy=False, help="It keeps them as the flows need them."
    )
    webhooks_checked_at = fields.Datetime("Looked At", readonly=True, copy=False)
    webhooks_problem = fields.Char(readonly=True, copy=False)
    webhook_ids = fields.One2many("integration.endpoint.webhook", "endpoint_id", readonly=True, copy=False)
    webhooks_by_hand = fields.Char(compute="_compute_webhooks_by_hand")
    webhook_events = fields.Char(
        "Remote Events", compute="_compute_webhook_events", help="What the flows that are on take."
    )
    webhooks_summary = fields.Char("Webhooks", compute="_compute_webhooks_summary")

    @api.depends("system_id.connector", "system_id.settings", "direction", "slug")
    def _compute_webhooks_by_hand(self):
        for endpoint in self:
            try:
                by_hand = endpoint.system_id._connector().webhooks_by_hand
            except HubError:
                by_hand = False  # what is wrong with the settings is said where they are
            endpoint.webhooks_by_hand = by_hand if endpoint._has_webhook_address() else False

    @api.depends("flow_ids.state", "flow_ids.topics")
    def _compute_webhook_events(self):
        for endpoint in self:
            endpoint.webhook_events = ", ".join(endpoint._webhook_patterns())

    @api.depends("webhooks_managed", "webhooks_problem", "webhook_ids.state", "webhooks_by_hand")
    def _compute_webhooks_summary(self):
        for endpoint in self:
            registered = endpoint.webhook_ids.filtered(lambda webhook: webhook.state == "registered")
            if not endpoint._has_webhook_address():
                summary = False
            elif endpoint.webhooks_problem:
                summary = endpoint.webhooks_problem
            elif endpoint.webhooks_by_hand:
                summary = self.env._("A person registers them in %(system)s.", system=endpoint.system_id.name)
            elif not endpoint.webhooks_managed:
                summary = self.env._("Not registered by the hub.")
            else:
                summary = self.env._("%(count)s remote events are delivered.", count=len(registered))
            endpoint.webhooks_summary = summary

    def _has_webhook_address(self):
        return self.direction == "inbound" and bool(self.slug) and not self.for_jobs

    # --- register and remove ---

    def action_register_webhooks(self):
        """Have the other system deliver what the flows take, or look whether it still does; tells what came of it."""
        return self._webhooks_action("_register_webhooks")

    def action_remove_webhooks(self):
        """End the deliveries that the hub registered; changes are then read by polls alone."""
        return self._webhooks_action("_remove_webhooks")

    def action_forget_webhooks(self):
        """Give up webhooks that cannot be removed, since the other system or its key is gone."""
        self.ensure_one()
        self._check_operator()
        endpoint = self.sudo()
        if names := ", ".join(endpoint.webhook_ids.filtered("external_id").mapped("topic")):
            endpoint._tell(
                self.env._(
                    "The hub looks no longer after the webhooks for %(topics)s. If %(system)s still has them, a person "
                    "removes them there.",
                    topics=names,
                    system=self.system_id.name,
                )
            )
        endpoint.webhook_ids.unlink()
        endpoint.write({"webhooks_managed": False, "webhooks_problem": False})

    def _webhooks_action(self, method):
        """Do it for a person, and return the notification of what came of it.

        What was done before a failure stands at the other system, so that it is kept here too, and nothing is raised.
        """
        self.ensure_one()
        self._check_operator()
        try:
            settled = getattr(self.sudo(), method)()
        except HubError as error:
            raise UserError(self.env["integration.system"]._hub_error_text(error)) from error
        is_done = not (settled.refused or settled.failure)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if is_done else "warning",
                "title": self.system_id.name,
                "message": self.webhooks_problem or self.webhooks_summary,
                "sticky": not is_done,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _register_webhooks(self):
        """Have the other system deliver what the flows that are on take, to this address and once, from now on.

        Repeating it changes nothing. Returns what is delivered now, with the topics that were refused, and why
        (``connectors.registration.Settled``). After a failure half way the cron goes on. Raises HubError, with nothing
        done.
        """
        self.ensure_one()
        settled = self._webhooks_plan(self._webhook_patterns()).carry_out()
        self.write({"webhooks_managed": True, "webhooks_checked_at": fields.Datetime.now()})
        self._note_webhooks(settled)
        if settled.failure:
            self._webhooks_changed()
        return settled

    def _remove_webhooks(self):
        """End the deliveries that were registered for this endpoint, and look after them no longer.

        What could not be removed is still known. Raises HubError, with nothing done.
        """
        self.ensure_one()
        settled = self._webhooks_plan(()).carry_out()
        self.webhooks_managed = False
        self._note_webhooks(settled)
        return settled

    def _register_webhooks_later(self):
        """Have the cron register them, again and again until it is done."""
        self.webhooks_managed = True
        self._webhooks_changed()

    def _webhook_patterns(self):
        """Return the topics, or patterns of topics, that the flows of this endpoint take."""
        if not self._takes_webhooks():
            return ()
        flows = self.flow_ids.filtered(lambda flow: flow.direction == "inbound" and flow.state == "on")
        return tuple(dict.fromkeys(topic for flow in flows for topic in (flow.topics or "").split()))

    def _takes_webhooks(self):
        system = self.system_id
        return self.active and self.state != "disabled" and system.active and system.lifecycle != "retired"

    def _webhooks_plan(self, patterns):
        """Return the :class:`Plan` that has these topics delivered. Raises ConfigurationError where none can be."""
        system = self.system_id
        if not self.environment_id.is_running:
            raise ConfigurationError(
                self.env._(
                    "%(endpoint)s is of %(environment)s, this server is not: its webhooks are looked after there.",
                    endpoint=self.name,
                    environment=self.environment_id.name,
                ),
                code="other-environment",
            )
        if not self._has_webhook_address():
            raise ConfigurationError(
                self.env._("%(endpoint)s has no webhook address.", endpoint=self.name), code="no-webhook-address"
            )
        connector = system._connector()
        if connector.webhooks_by_hand:
            raise ConfigurationError(
                self.env._("The webhooks of %(system)s are registered by a person.", system=system.name),
                code="webhooks-by-hand",
                hint=connector.webhooks_by_hand,
            )
        caller = system._endpoint("outbound")
        if not caller or caller.state != "active":
            raise ConfigurationError(
                self.env._("%(system)s has no API endpoint that is on in this environment.", system=system.name),
                code="no-api-endpoint",
                hint=self.env._("Resume it, or add one, then register the webhooks again."),
            )
        if patterns:
            self._check_reachable(caller._base_url())
        if patterns and not connector.own_secrets and not self.credential_id.has_secret:
            raise ConfigurationError(
                self.env._("%(endpoint)s has no secret to verify deliveries with.", endpoint=self.name),
                code="no-secret",
                hint=self.env._("Enter the one that the other system signs with, then register the webhooks again."),
            )
        scheme = signatures.get(self.scheme, self._scheme_options())
        return Plan(
            connector_facts(caller, "poll"),
            self.webhook_url,
            tuple(patterns),
            scheme.new_secret(secrets.token_bytes(32)) if connector.own_secrets == "given" else "",
            self._known_webhooks(),
        )

    def _known_webhooks(self):
        return tuple(sorted({webhook.external_id for webhook in self.webhook_ids if webhook.external_id}))

    def _check_reachable(self, base_url):
        why = unreachable(self.webhook_url, base_url)
        if not why:
            return
        reason = {
            "no-https": self.env._("it delivers to https addresses only"),
            "not-public": self.env._("the address is not on the public internet"),
        }[why]
        raise ConfigurationError(
            self.env._(
                "%(system)s cannot deliver to %(url)s: %(reason)s.",
                system=self.system_id.name,
                url=self.webhook_url,
                reason=reason,
            ),
            code="address-unreachable",
            hint=self.env._(
                "Nothing is missed meanwhile: changes are read by polls. For webhooks give Odoo a public https address "
                "(system parameter web.base.url), then register them again."
            ),
        )

    # --- looked after ---

    def write(self, vals):
        result = super().write(vals)
        if {"active", "state", "slug", "scheme", "system_id"} & vals.keys():
            self._webhooks_changed()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_registered(self):
        for endpoint in self.sudo():
            if "registered" in endpoint.webhook_ids.mapped("state"):
                raise UserError(
                    self.env._(
                        "%(system)s delivers to %(endpoint)s. Remove its webhooks first, or archive it instead.",
                        system=endpoint.system_id.name,
                        endpoint=endpoint.name,
                    )
                )

    def _webhooks_changed(self):
        """See to the webhooks of these endpoints soon: what they have to be may have changed."""
        managed = self.sudo().with_context(active_test=False).filtered("webhooks_managed")
        if managed:
            managed.write({"webhooks_checked_at": False})
            self.env.ref(CRON).sudo()._trigger()
