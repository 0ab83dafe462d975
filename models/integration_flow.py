# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from .capture_watch import FilterBroken, gate_of, is_watchable
from .integration_event import COUNTED
from .integration_target import PROTECTED_MODELS


class IntegrationFlow(models.Model):
    """Trigger, source, mapping, target and policy: the unit that is switched on, owned, classified and measured."""

    _name = "integration.flow"
    _description = "Flow"
    _inherit = ["integration.cached.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "system_id, sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    state = fields.Selection(
        [("off", "Off"), ("on", "On")], default="off", required=True, readonly=True, copy=False, tracking=True
    )
    description = fields.Char(help="What it does, for the people whose records it touches.")
    system_id = fields.Many2one(
        "integration.system", required=True, ondelete="restrict", index=True, check_company=True, tracking=True
    )
    connector = fields.Selection(related="system_id.connector")
    company_id = fields.Many2one(related="system_id.company_id", store=True, index=True)
    template_key = fields.Char(readonly=True, copy=False)
    direction = fields.Selection(
        [("inbound", "Into Odoo"), ("outbound", "Out of Odoo")], required=True, default="inbound", tracking=True
    )
    endpoint_id = fields.Many2one(
        "integration.endpoint",
        ondelete="restrict",
        index=True,
        check_company=True,
        domain="[('system_id', '=', system_id), ('direction', '=', direction)]",
        tracking=True,
        help="Where its messages arrive, or are sent to.",
    )
    lane_id = fields.Many2one(related="endpoint_id.lane_id", string="Priority")
    entity_id = fields.Many2one("integration.entity", "Business Object", required=True, ondelete="restrict")
    object_type = fields.Char("Remote Object", required=True, help="What the other system calls it, e.g. order.")
    mapping_id = fields.Many2one(
        "integration.mapping", ondelete="restrict", index="btree_not_null", tracking=True, check_company=True
    )
    record_mapping_id = fields.Many2one(
        "integration.mapping", ondelete="restrict", index="btree_not_null", tracking=True, check_company=True
    )
    model_id = fields.Many2one("ir.model", "Odoo Records", required=True, ondelete="cascade", tracking=True)
    model_name = fields.Char(related="model_id.model", string="Odoo Model")
    topics = fields.Char(
        "Remote Events",
        tracking=True,
        help="Which notifications start it, separated by blanks, e.g. orders/create; * is any text.",
    )
    trigger_fields = fields.Char(
        "Watched Fields",
        tracking=True,
        help="A change of one of these sends the record, separated by blanks. Empty: any field. The fields of the "
        "filter are always watched. A field that Odoo computes counts when its value changes, and a list, as the lines "
        "of an order, when one of its lines does; order_line.price_unit only when that field of a line does.",
    )
    domain = fields.Char("Only Records Where", default="[]", tracking=True)
    trigger = fields.Selection(
        [("change", "Each time it changes"), ("enter", "Once, when it comes to match")],
        "Send a Record",
        default="change",
        required=True,
        tracking=True,
        help="Once: when it is created and matches the filter, or a change makes it match, e.g. an order that is "
        "confirmed where the filter says that its status is Sales Order. Later changes are not sent.",
    )
    on_leave = fields.Selection(
        [("nothing", "Do nothing"), ("update", "Send it once more"), ("delete", "Delete it there")],
        "No Longer Matches",
        default="nothing",
        required=True,
        tracking=True,
        help="When a record that the other system has does not match the filter any more, or now belongs to another "
        "company. Once more: so that the other system learns, e.g., that the order is cancelled.",
    )
    on_archive = fields.Selection(
        [("update", "Send it like any change"), ("delete", "Delete it there"), ("nothing", "Do nothing")],
        "Archived",
        default="update",
        required=True,
        tracking=True,
        help="Like any change: archived records are sent too, and archiving is a change of the field Active. "
        "Delete it there: it is sent anew when it is restored. Nothing: it stays there as it was, and its changes are "
        "sent when it is restored.",
    )
    on_unlink = fields.Selection(
        [("nothing", "Do nothing"), ("delete", "Delete it there")],
        "Deleted",
        default="nothing",
        required=True,
        tracking=True,
        help="When a record that the other system has is deleted in Odoo. What Odoo deletes along with another record "
        "follows one step: the variants of a product, the lines of an order.",
    )
    on_dead = fields.Selection(
        [("block", "Wait until a person has dealt with it"), ("skip", "Go on with the later ones")],
        "After a Failure",
        default="block",
        required=True,
        tracking=True,
        help="What later messages about the same record do when one has failed.",
    )
    criticality = fields.Selection(related="system_id.criticality")
    latency_class = fields.Selection(
        [("realtime", "Within seconds"), ("minutes", "Within minutes"), ("batch", "In batches")],
        default="realtime",
        required=True,
        tracking=True,
    )
    data_class = fields.Selection(
        [
            ("public", "Public"),
            ("internal", "Internal"),
            ("personal", "Personal"),
            ("financial", "Financial"),
            ("regulated", "Regulated"),
        ],
        default="internal",
        required=True,
        tracking=True,
        help="The most sensitive data it carries.",
    )
    owner_id = fields.Many2one("res.users", default=lambda self: self.env.user, tracking=True)
    done_count = fields.Integer("Done", compute="_compute_message_counts", help="Of the last 24 hours.")
    waiting_count = fields.Integer("Waiting", compute="_compute_message_counts")
    failed_count = fields.Integer("Failed", compute="_compute_message_counts")

    _template_unique = models.UniqueIndex(
        "(system_id, template_key) WHERE template_key IS NOT NULL", "This system has this flow already."
    )

    def _compute_message_counts(self):
        counts = {kind: self.env["integration.event"]._counted("flow_id", self, kind) for kind in COUNTED}
        for flow in self:
            flow.done_count = counts["done"].get(flow, 0)
            flow.waiting_count = counts["waiting"].get(flow, 0)
            flow.failed_count = counts["failed"].get(flow, 0)

    # --- what is allowed ---

    @api.constrains("domain", "model_id", "direction", "on_archive")
    def _check_domain(self):
        for flow in self:
            model = self.env[flow.model_name].sudo()
            try:
                gate_of(flow, model).check(model.browse([0]))
            except FilterBroken as error:
                raise ValidationError(self.env._("Flow %(flow)s: %(error)s", flow=flow.name, error=error)) from error

    @api.constrains("trigger_fields", "model_id")
    def _check_trigger_fields(self):
        for flow in self:
            model, names = self.env[flow.model_name], (flow.trigger_fields or "").split()
            unknown = {name for name in names if not is_watchable(model, name)}
            if unknown and flow.direction == "outbound":
                raise ValidationError(
                    self.env._(
                        "Flow %(flow)s watches %(fields)s, which %(model)s does not have.",
                        flow=flow.name,
                        fields=", ".join(sorted(unknown)),
                        model=flow.sudo().model_id.name,
                    )
                )

    @api.constrains("model_id", "direction")
    def _check_target(self):
        for flow in self:
            name = flow.model_name
            if name.startswith((*PROTECTED_MODELS, "queue.")):  # to wake a worker would be a change to send
                raise ValidationError(
                    self.env._(
                        "Flows may not touch %(model)s: it decides who may do what, or how the hub works.",
                        model=flow.sudo().model_id.name,
                    )
                )

    @api.constrains("state", "direction", "endpoint_id", "mapping_id", "record_mapping_id", "model_id")
    def _check_on(self):
        for flow in self.filtered(lambda flow: flow.state == "on"):
            flow._check_ready()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_logged(self):
        if self.env["integration.event"].sudo().search_count([("flow_id", "in", self.ids)], limit=1):
            raise UserError(self.env._("The log has messages of this flow. Archive it instead of deleting it."))

    # --- a person's actions ---

    def action_switch_on(self):
        """Switch on, after everything it needs was found in place."""
        self._make_ready()
        self.write({"state": "on"})

    def action_switch_off(self):
        """Switch off: nothing new is taken; what waits is ignored, and says so."""
        self.write({"state": "off"})

    def _make_ready(self):
        """Give the service user what these flows need, as far as whoever asks may; raises what else is lacking."""
        if self.env.user.has_group("base.group_erp_manager"):
            self._grant_service_rights()
        for flow in self:
            flow._check_ready()
            user = flow.endpoint_id.sudo().service_user_id
            if flow.company_id not in user.company_ids:
                user.company_ids |= flow.company_id

    def _check_ready(self):
        self.ensure_one()
        if missing := self._lacks():
            raise UserError(self.env._("Flow %(flow)s lacks %(what)s.", flow=self.name, what=", ".join(missing)))
        user = self.endpoint_id.sudo().service_user_id
        model = self.env[self.model_name].with_user(user)
        for operation in self._operations():
            if not model.has_access(operation):
                raise UserError(
                    self.env._(
                        "%(user)s, in whose name this endpoint works, may not %(operation)s %(model)s. "
                        "Give that user the missing group in Settings → Users, then switch the flow on.",
                        user=user.name,
                        operation={
                            "read": self.env._("read"),
                            "write": self.env._("change"),
                            "create": self.env._("create"),
                        }[operation],
                        model=self.sudo().model_id.name,
                    )
                )

    def _lacks(self):
        """Return what is not in place yet. Hook."""
        missing = []
        if not self.endpoint_id:
            missing.append(self.env._("an endpoint"))
        if not self.mapping_id.version_id or not self.record_mapping_id.version_id:
            missing.append(self.env._("approved mappings"))
        return missing

    def _operations(self):
        """Return what the service user has to be allowed to do with the records. Hook."""
        if self.direction == "outbound":
            return ("read",)
        return self.env["integration.target"]._of_model(self.model_name, self.entity_id.code)._operations()

    def action_view_messages(self):
        """Open this flow's messages."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("integration_hub.integration_event_action")
        return dict(action, domain=[("flow_id", "=", self.id)], context={})
