# Part of Integration Hub. License LGPL-3.0 or later.
import json

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import AccessError, ConcurrencyError, UserError, ValidationError
from odoo.tools import file_open

from ..connectors.errors import ConfigurationError
from .integration_target import PROTECTED_MODELS
from .windows import form_of

RECORD_MAPPINGS = "integration_hub/data/mappings"


class IntegrationMapping(models.Model):
    """One hop: a system's payload ⇄ a business object, or a business object ⇄ an Odoo model. Versioned, approved."""

    _name = "integration.mapping"
    _description = "Mapping"
    _inherit = ["mail.thread"]
    _order = "name, id"

    name = fields.Char(required=True, translate=True, tracking=True)
    active = fields.Boolean(default=True)
    code = fields.Char(required=True, readonly=True, help="Names the shipped mapping it was made from.")
    side = fields.Selection(
        [("system", "System and business object"), ("record", "Business object and Odoo record")],
        required=True,
        readonly=True,
    )
    direction = fields.Selection([("inbound", "In"), ("outbound", "Out")], required=True, readonly=True)
    connector = fields.Char(readonly=True, help="Whose payloads it reads or makes.")
    object_type = fields.Char("Remote Object", readonly=True)
    entity_id = fields.Many2one("integration.entity", "Business Object", required=True, ondelete="restrict", index=True)
    model_id = fields.Many2one("ir.model", "Odoo Model", ondelete="cascade", index="btree_not_null")
    company_id = fields.Many2one("res.company", index=True, help="Empty: of all companies.")
    version_ids = fields.One2many("integration.mapping.version", "mapping_id")
    version_id = fields.Many2one(
        "integration.mapping.version",
        "Version in Use",
        readonly=True,
        copy=False,
        ondelete="restrict",
        tracking=True,
    )
    draft_id = fields.Many2one("integration.mapping.version", compute="_compute_draft_id")
    version_number = fields.Integer("Version in Use (number)", related="version_id.number")
    approved_at = fields.Datetime(related="version_id.approved_at")
    line_ids = fields.One2many(related="version_id.line_ids", string="Lines in Use")
    shown_line_ids = fields.Many2many(related="version_id.shown_line_ids", string="All Lines in Use")
    flow_count = fields.Integer(compute="_compute_flow_count")

    _code_unique = models.Constraint("UNIQUE NULLS NOT DISTINCT (code, company_id)", "This mapping exists already.")

    @api.constrains("version_id")
    def _check_version_id(self):
        for mapping in self:
            version = mapping.version_id
            if version and (version.mapping_id != mapping or version.state != "approved"):
                raise ValidationError(
                    self.env._("Mapping %(name)s uses only an approved version of its own.", name=mapping.name)
                )

    @api.constrains("model_id")
    def _check_model_id(self):
        for mapping in self:
            if (mapping.sudo().model_id.model or "").startswith(PROTECTED_MODELS):
                raise ValidationError(
                    self.env._(
                        "Mappings may not touch %(model)s: it decides who may do what.",
                        model=mapping.sudo().model_id.name,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_approved(self):
        if self.sudo().version_ids.filtered(lambda version: version.state != "draft"):
            raise UserError(
                self.env._("A mapping that was in use stays, so that past messages can be explained. Archive it.")
            )

    def write(self, vals):
        if "version_id" in vals and not self.env.su:
            raise AccessError(self.env._("The version in use changes by approving a draft, and by nothing else."))
        return super().write(vals)

    @api.depends("version_ids.state")
    def _compute_draft_id(self):
        for mapping in self:
            mapping.draft_id = mapping.version_ids.filtered(lambda version: version.state == "draft")[:1]

    def _compute_flow_count(self):
        Flow = self.env["integration.flow"]
        for mapping in self:
            mapping.flow_count = Flow.search_count(mapping._in_flows())

    @api.model
    def _install(
        self, spec, *, side, direction, entity, connector=None, object_type=None, model=None, company=None, shipped=True
    ):
        """Return the mapping made from a specification; its first version is approved if *shipped*, else a draft.

        A mapping that exists is left as it is: what a consultant changed is theirs.
        """
        mapping = self.search([("code", "=", spec["name"])], limit=1)
        if mapping:
            return mapping
        mapping = self.create(
            {
                "name": spec.get("title") or spec["name"],
                "code": spec["name"],
                "side": side,
                "direction": direction,
                "entity_id": entity.id,
                "connector": connector,
                "object_type": object_type,
                "model_id": model and self.env["ir.model"]._get_id(model),
                "company_id": company and company.id,
            }
        )
        version = self.env["integration.mapping.version"].create(
            {"mapping_id": mapping.id, "number": 1, "mode": spec.get("mode", "strict")}
        )
        version._load_lines(spec["lines"])
        if shipped:
            version._approve(shipped=True)
        return mapping

    @api.model
    def _install_from_template(self, system, template):
        """Return ``(system hop, record hop)`` of a flow template, made from what is shipped."""
        system_hop = self._install_system_hop(system, template)
        return system_hop, self._record_hop(template.entity, template.model, template.direction)

    @api.model
    def _install_system_hop(self, system, template):
        """Return the mapping between the payloads of a flow template and its business object."""
        return self._install(
            system._mapping_spec(template),
            side="system",
            direction=template.direction,
            entity=self.env["integration.entity"].search([("code", "=", template.entity)], limit=1),
            connector=system.connector,
            object_type=template.object_type,
            company=system._mapping_company(),
            shipped=system._ships(template),
        )

    @api.model
    def _record_hop(self, entity_code, model, direction):
        """Return the mapping between a business object and an Odoo model, made from what is shipped if need be."""
        code = f"{entity_code}.{model}.{'in' if direction == 'inbound' else 'out'}"
        mapping = self.search([("code", "=", code)], limit=1)
        if mapping:
            return mapping
        entity = self.env["integration.entity"].search([("code", "=", entity_code)], limit=1)
        try:
            with file_open(f"{RECORD_MAPPINGS}/{code}.json") as file:
                spec = json.load(file)
        except FileNotFoundError:
            names = {"entity": entity.name or entity_code, "model": model}
            raise UserError(self.env._("There is no mapping between %(entity)s and %(model)s.", **names)) from None
        return self._install(spec, side="record", direction=direction, entity=entity, model=model)

    def action_edit(self):
        """Open the draft, made from the version in use if there is none: approved versions never change."""
        return form_of("integration.mapping.version", self._draft_to_edit().id)

    def _draft_to_edit(self):
        """Return the draft, made from the version in use if there is none.

        Raises ConcurrencyError when somebody else makes it at this moment: a request is then run again.
        """
        self.ensure_one()
        try:
            return self.draft_id or self.version_id._new_draft()
        except UniqueViolation as error:
            raise ConcurrencyError(f"Two make the draft of mapping {self.id} at once") from error

    def action_view_flows(self):
        """Open the flows that use this mapping."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("integration_hub.integration_flow_action")
        return dict(action, domain=self._in_flows(), context={})

    def action_open_screen(self):
        """Open the mapping beside a sample, as a flow uses it: both halves as one."""
        self.ensure_one()
        flow = self.env["integration.flow"].search(self._in_flows(), order="state desc, id", limit=1)
        if not flow:
            raise UserError(self.env._("No flow uses %(mapping)s yet.", mapping=self.name))
        return flow.action_open_mapping()

    def _watching_flows(self):
        """Return the flows that send by this mapping when one of the fields changes that they watch."""
        Flow = self.env["integration.flow"].with_context(active_test=False)
        return Flow.search([*self._in_flows(), ("direction", "=", "outbound"), ("trigger_fields", "!=", False)])

    def _in_flows(self):
        return ["|", ("mapping_id", "=", self.id), ("record_mapping_id", "=", self.id)]

    def _compiled(self, version_id=None):
        """Return ``(version, compiled mapping)`` in use. Raises ConfigurationError where nothing is approved yet.

        :param version_id: of an earlier one that a message keeps
        """
        self.ensure_one()
        if version_id:
            kept = self.env["integration.mapping.version"].browse(version_id)
            return kept, kept._compiled()
        if not self.version_id:
            raise ConfigurationError(
                self.env._("The mapping %(name)s has no version in use", name=self.name),
                code="no-mapping-version",
                hint=self.env._("Have a draft of it approved, then retry."),
            )
        return self.version_id, self.version_id._compiled()
