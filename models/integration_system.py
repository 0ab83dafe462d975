# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import api, fields, models
from odoo.exceptions import UserError

from ..connectors import registry
from ..connectors.errors import HubError
from ..engine import maintenance, tokens


class IntegrationSystem(models.Model):
    """An external application in the portfolio, with those who answer for it."""

    _name = "integration.system"
    _description = "Connected System"
    _inherit = ["integration.cached.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "sequence, name, id"
    _check_company_auto = True

    def _selection_connector(self):
        return [(name, connector.title) for name, connector in registry.CONNECTORS.items()]

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True, tracking=True)
    sequence = fields.Integer(default=10)
    color = fields.Integer()
    connector = fields.Selection(
        "_selection_connector", required=True, tracking=True, help="The kind of system: what the hub speaks with it."
    )
    connector_summary = fields.Char(compute="_compute_connector_facts")
    connector_docs_url = fields.Char(compute="_compute_connector_facts")
    settings = fields.Json(
        default=dict, copy=False, help="What the connector needs to know of this system, without secrets."
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True, tracking=True
    )
    business_owner_id = fields.Many2one(
        "res.users", tracking=True, help="Answers for what this system is used for, and is told when it fails."
    )
    technical_owner_id = fields.Many2one(
        "res.users", default=lambda self: self.env.user, tracking=True, help="Answers for the connection itself."
    )
    domain_team = fields.Char(tracking=True, help="The team that owns this system, e.g. Sales, Finance, Logistics.")
    criticality = fields.Selection(
        [("low", "Low"), ("medium", "Medium"), ("high", "High"), ("critical", "Business critical")],
        default="medium",
        required=True,
        tracking=True,
    )
    data_residency = fields.Char(tracking=True, help="Where the system keeps its data, e.g. EU, US.")
    lifecycle = fields.Selection(
        [("planned", "Planned"), ("live", "Live"), ("deprecated", "Deprecated"), ("retired", "Retired")],
        default="planned",
        required=True,
        tracking=True,
        group_expand=True,
    )
    notes = fields.Html()
    endpoint_ids = fields.One2many("integration.endpoint", "system_id")
    credential_ids = fields.One2many("integration.credential", "system_id")
    flow_ids = fields.One2many("integration.flow", "system_id")
    flow_count = fields.Integer(compute="_compute_counts")
    binding_count = fields.Integer(compute="_compute_counts")
    needs_person_count = fields.Integer("Need a Person", compute="_compute_counts")
    stopped_endpoint_count = fields.Integer("Stopped Endpoints", compute="_compute_counts")
    held_reason = fields.Char("Held", compute="_compute_held_reason", help="Why nothing of any system runs here.")

    _name_unique = models.Constraint("UNIQUE (company_id, name)", "This company has a system of that name already.")

    @api.depends("connector")
    def _compute_connector_facts(self):
        for system in self:
            connector = registry.CONNECTORS.get(system.connector)
            system.connector_summary = connector.summary if connector else False
            system.connector_docs_url = connector.docs_url if connector else False

    def _compute_counts(self):
        Event = self.env["integration.event"]
        flows = dict(
            self.env["integration.flow"]._read_group([("system_id", "in", self.ids)], ["system_id"], ["__count"])
        )
        links = dict(
            self.env["integration.binding"]._read_group([("system_id", "in", self.ids)], ["system_id"], ["__count"])
        )
        needs_person = dict(
            Event._read_group(self._needs_person(), ["endpoint_id"], ["__count"]) if Event.has_access("read") else []
        )
        for system in self:
            system.flow_count = flows.get(system, 0)
            system.binding_count = links.get(system, 0)
            system.needs_person_count = sum(needs_person.get(endpoint, 0) for endpoint in system.endpoint_ids)
            system.stopped_endpoint_count = len(
                system.endpoint_ids.filtered(lambda endpoint: endpoint.state != "active")
            )

    def _compute_held_reason(self):
        reason = maintenance.halted(self.env.cr)
        drain_mode = reason and self.env._("Drain mode is on: %(reason)s", reason=reason)
        for system in self:
            system.held_reason = self.env["integration.readiness"]._copied() or drain_mode

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        endpoints = self.sudo().with_context(active_test=False).endpoint_ids
        endpoints._unlink_except_logged()  # the database removes them with the system, without asking them
        if self.env["integration.binding"].sudo().search_count([("system_id", "in", self.ids)], limit=1):
            raise UserError(self.env._("Records are linked to this system. Archive it instead of deleting it."))

    def unlink(self):
        """The database removes credentials with their system, without asking them: their tokens go here."""
        ids = self.sudo().with_context(active_test=False).credential_ids.ids
        result = super().unlink()
        tokens.forget(self.env.cr, ids)
        return result

    def _connector(self):
        """Return the connector's class, as the system's settings shape it. Raises ConfigurationError."""
        self.ensure_one()
        return registry.get(self.connector, self.settings or {})

    def _mapping_spec(self, template):
        """Return the mapping of a flow template, in the library's JSON form. Hook."""
        return self._connector().mapping(template.mapping)

    def _mapping_company(self):
        """Return the company that the system's mappings belong to; empty: what is shipped is of all. Hook."""
        return self.env["res.company"]

    def _ships(self, template):
        """Tell whether a flow template's mapping is ours. Hook: one that a person wrote needs an approver."""
        return True

    def _endpoint(self, direction):
        """Return the endpoint of a direction in the running environment; the first by sequence, active ones first.

        Inbound it is that of the webhooks: where jobs bring what they read says :meth:`_bulk_endpoint`.
        """
        self.ensure_one()
        running = self.env["integration.environment"]._running()
        return self.endpoint_ids.filtered(
            lambda endpoint: (
                endpoint.direction == direction and endpoint.environment_id == running and not endpoint.for_jobs
            )
        ).sorted(lambda endpoint: (endpoint.state != "active", endpoint.sequence, endpoint.id))[:1]

    def action_check(self):
        """Prove address and credentials with the system itself, changing nothing there."""
        self.ensure_one()
        endpoint = self._endpoint("outbound")
        if not endpoint:
            raise UserError(self.env._("%(system)s has no API endpoint in this environment.", system=self.name))
        return endpoint.action_check()

    def action_view_failures(self):
        """Open the messages of this system that failed, or that are held for a person."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("integration_hub.integration_event_failure_action")
        return dict(action, domain=self._needs_person())

    def _needs_person(self):
        return [("state", "in", ("dead", "held")), ("endpoint_id", "in", self.endpoint_ids.ids)]

    def action_view_bindings(self):
        """Open the records that are linked to this system."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("integration_hub.integration_binding_action")
        return dict(action, domain=[("system_id", "=", self.id)], context={"create": False})

    def action_view_flows(self):
        """Open this system's flows."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("integration_hub.integration_flow_action")
        return dict(action, domain=[("system_id", "=", self.id)], context={"default_system_id": self.id})

    @api.model
    def _hub_error_text(self, error):
        """Return an error of the library as one text for a dialog: what failed, then what to do."""
        if isinstance(error, HubError):
            hint = error.hint
            if error.code == "address-refused":
                hint = self.env._(
                    "If this network is trusted, add it to allowed_networks in section [integration_hub] of the "
                    "server's configuration, e.g. 10.20.0.0/16, and restart."
                )
            return "\n".join(filter(None, [error.message or str(error), hint]))
        return str(error)
