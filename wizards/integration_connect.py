# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..connectors import registry
from ..models.integration_endpoint_check import BAD, OK
from ..models.integration_system_setup import STEPS


class IntegrationConnect(models.TransientModel):
    """Connect a system, step by step. What a step did is kept on the system: who leaves goes on where it was left."""

    _name = "integration.connect"
    _description = "Add a Connector"

    def _selection_connector(self):
        return [(name, connector.title) for name, connector in registry.CONNECTORS.items()]

    connector = fields.Selection("_selection_connector", required=True)
    step = fields.Selection(STEPS, default="about", required=True, readonly=True)
    system_id = fields.Many2one("integration.system", readonly=True, ondelete="cascade")
    title = fields.Char(compute="_compute_title")
    name = fields.Char("Call It", required=True, compute="_compute_name", store=True, readonly=False, precompute=True)
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    field_ids = fields.One2many(
        "integration.connect.field", "wizard_id", compute="_compute_lines", store=True, readonly=False
    )
    flow_ids = fields.One2many(
        "integration.connect.flow", "wizard_id", compute="_compute_lines", store=True, readonly=False
    )
    findings = fields.Json(readonly=True, help="What the step found, as dicts: state, text, hint.")
    findings_shown = fields.Html(compute="_compute_findings", sanitize=False)
    has_bad = fields.Boolean(compute="_compute_findings")
    lacks_scopes = fields.Boolean(compute="_compute_findings")
    is_on = fields.Boolean(compute="_compute_is_on")

    @api.depends("connector", "system_id.name")
    def _compute_title(self):
        for wizard in self:
            connector = registry.CONNECTORS.get(wizard.connector)
            wizard.title = wizard.system_id.name or (connector and connector.title)

    @api.depends("title")
    def _compute_display_name(self):
        for wizard in self:
            wizard.display_name = self.env._("Set-up of %(system)s", system=wizard.title)

    @api.depends("connector")
    def _compute_name(self):
        for wizard in self:
            connector = registry.CONNECTORS.get(wizard.connector)
            wizard.name = connector and self._free_name(connector.title)

    def _free_name(self, title):
        """Return the title, with a number where systems are called so already: a second shop is nothing special."""
        found = self.env["integration.system"].sudo().with_context(active_test=False)
        taken = set(found.search([("company_id", "=", self.env.company.id)]).mapped("name"))
        number = 1
        while (name := f"{title} {number}" if number > 1 else title) in taken:
            number += 1
        return name

    @api.depends("connector")
    def _compute_lines(self):
        for wizard in self:
            connector = registry.CONNECTORS.get(wizard.connector)
            asked = connector.settings if connector else ()
            offered = self.env["integration.flow"]._templates(wizard.connector) if connector else ()
            wizard.field_ids = [Command.clear(), *(Command.create(wizard._prepare_line(field)) for field in asked)]
            wizard.flow_ids = [Command.clear(), *(Command.create(wizard._prepare_flow(*each)) for each in offered)]

    def _prepare_line(self, field):
        """Return the values of the line in which a person fills in a field of the connector."""
        scopes = registry.CONNECTORS[self.connector].scopes if field.purpose == "api_credential" else ()
        needs = self.env._("Needs the scopes %(scopes)s.", scopes=", ".join(s.name for s in scopes)) if scopes else ""
        return {
            "name": field.name,
            "label": field.label,
            "help": f"{field.help} {needs}".strip(),
            "placeholder": field.placeholder,
            "required": field.required,
            "is_secret": field.secret,
            "advanced": field.advanced,
            "multiline": field.multiline,
        }

    def _prepare_flow(self, template, available):
        """Return the values of the line on which a person switches a flow on, or reads what it needs."""
        missing = self._missing_scopes(template)
        return {
            "key": template.key,
            "name": template.title,
            "help": template.help,
            "available": available and not missing,
            "app": False if available else self._app_name(template),
            "scopes": ", ".join(missing),
            "wanted": available and not missing and self._is_wanted(template),
        }

    def _missing_scopes(self, template):
        """Return the scopes that a flow needs and that the last test did not find."""
        missing = set((self.system_id.setup or {}).get("missing", ()))
        connector = registry.CONNECTORS[self.connector]
        needed = [scope for scope in connector.scopes if scope.needed and template.key in scope.flows]
        return [scope.name for scope in needed if scope.name in missing]

    def _is_wanted(self, template):
        chosen = (self.system_id.setup or {}).get("flows")
        return not template.optional if chosen is None else template.key in chosen

    @api.depends("findings")
    def _compute_findings(self):
        for wizard in self:
            findings = wizard.findings or []
            wizard.has_bad = any(found["state"] == BAD for found in findings)
            wizard.lacks_scopes = any(found.get("scope") for found in findings)
            wizard.findings_shown = findings and self.env["ir.qweb"]._render(
                "integration_hub.findings", {"findings": findings}
            )

    @api.depends("system_id.setup_step", "step")
    def _compute_is_on(self):
        for wizard in self:
            wizard.is_on = wizard.step == "on" and bool(wizard.system_id) and not wizard.system_id.setup_step

    # --- coming and going ---

    @api.model
    def _begin(self, connector):
        """Return the action that opens the set-up of a new system."""
        return self.create({"connector": connector})._page()

    @api.model
    def _continue(self, system):
        """Return the action that opens the set-up of a system where it was left."""
        return self._of_system(system)._page()

    @api.model
    def _of_system(self, system):
        wizard = self.create(
            {
                "connector": system.connector,
                "system_id": system.id,
                "name": system.name,
                "company_id": system.company_id.id,
                "step": system.setup_step or "connect",
            }
        )
        wizard._recall()
        if wizard.step == "test":
            wizard._try()
        elif wizard.step == "flows":
            wizard._offer_flows()
        return wizard

    def _page(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("integration_hub.integration_setup_action")
        return dict(action, res_id=self.id)

    def _go(self, step):
        self.step = step
        if self.system_id:
            self.system_id.setup_step = step

    # --- the steps ---

    def action_begin(self):
        """From what it does to what it needs to know."""
        self._go("connect")

    def action_back(self):
        """Go one step back; what was chosen stays."""
        self.ensure_one()
        back = self._step_before()
        self._go(back)
        if back == "test":
            self._try()
        elif back == "flows":
            self._offer_flows()
        else:
            self.findings = False

    def _step_before(self):
        """Return the step before this one. Hook."""
        return {"connect": "about", "test": "connect", "flows": "test", "on": "flows"}[self.step]

    def action_test(self):
        """Keep what was entered, and prove it with the other system."""
        self.ensure_one()
        if self.step == "connect":
            self._save_system()
        self._try()
        self._go("test")

    def _try(self):
        endpoint = self.system_id._endpoint("outbound")
        self.findings = endpoint._try_out() if endpoint else [self._elsewhere()]

    def _elsewhere(self):
        """Return the finding of a set-up that was begun where another environment runs."""
        return {
            "state": BAD,
            "text": self.env._("%(system)s has no keys for this server's environment.", system=self.system_id.name),
            "hint": self.env._("Those of another environment refuse to work here. Go back and enter this one's."),
        }

    def action_choose_flows(self):
        """From a test that was passed, or nearly, to what shall flow."""
        self.ensure_one()
        if self.has_bad:
            raise UserError(self.env._("The test has to be passed first: go back, correct what it names, test again."))
        self.system_id._keep_setup(missing=[found["scope"] for found in self.findings or () if found.get("scope")])
        self._offer_flows()
        self._go("flows")

    def _offer_flows(self):
        """Show the flows of the system as it is described by now; what its key may not do is not on offer."""
        offered = self._templates()
        self.flow_ids = [Command.clear(), *(Command.create(self._prepare_flow(*each)) for each in offered)]

    def _templates(self):
        templates = self.system_id._connector().flow_templates
        return [(template, template.model in self.env) for template in templates]

    def action_flows_chosen(self):
        """Create the chosen flows, still switched off, so that what is in both systems can be matched first."""
        self.ensure_one()
        if any(self.flow_ids.mapped("available")) and not any(self.flow_ids.mapped("wanted")):
            raise UserError(self.env._("Choose at least one flow: without one nothing is exchanged."))
        self._install_chosen()
        self.findings = False
        self._go(self._after_flows())

    def _install_chosen(self):
        chosen = self.flow_ids.filtered("wanted").mapped("key")
        self.system_id._keep_setup(flows=chosen)
        self._install_flows(lambda template: template.key in chosen)

    def _install_flows(self, wanted):
        for template, available in self._templates():
            if available and wanted(template):
                self.env["integration.flow"]._install(self.system_id, template)

    def _after_flows(self):
        """Return the step after the flows. Hook."""
        return "on"

    def action_switch_on(self):
        """Switch the chosen flows on; the system is live."""
        self.ensure_one()
        flows = self._chosen_flows()
        flows.action_switch_on()
        self._finish()
        self.findings = self._switched_on(flows)

    def _finish(self):
        """The system is live; the flows that were not chosen are there to be switched on."""
        self._install_flows(lambda template: True)
        self.system_id.write({"lifecycle": "live", "setup_step": False, "setup": False})

    def _chosen_flows(self):
        chosen = (self.system_id.setup or {}).get("flows", ())
        return self.system_id.flow_ids.filtered(lambda flow: flow.template_key in chosen)

    def _switched_on(self, flows):
        """Return what became of switching on, as findings. Hook."""
        return [{"state": OK, "text": flow.name, "hint": flow.description or ""} for flow in flows]

    def action_open_system(self):
        """Open the system that was connected."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("integration_hub.integration_system_action")
        return dict(action, views=[(False, "form")], res_id=self.system_id.id)
