# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import ormcache

SHIPPED = "integration_runbook_shipped"  # in the context: it is the data file that writes


class IntegrationRunbook(models.Model):
    """What a cause means and what to do first, in the words of who is called at night.

    Those that are shipped follow the data file until somebody edits them: then an upgrade leaves them alone.
    """

    _name = "integration.runbook"
    _description = "Runbook"
    _inherit = ["integration.cached.mixin", "template.reset.mixin"]
    _order = "sequence, id"

    name = fields.Char("What Happened", required=True, translate=True)
    sequence = fields.Integer(default=1000)
    error_code = fields.Char(
        "Causes",
        required=True,
        help="The code of the cause, as the message shows it under Technical Details. Several with spaces between; "
        "“oauth-*” stands for all that begin so.",
    )
    flow_id = fields.Many2one(
        "integration.flow",
        ondelete="cascade",
        index="btree_not_null",
        help="Of this flow only, where it says more than the general one.",
    )
    meaning = fields.Text("What It Means", required=True, translate=True)
    steps = fields.Html("First Steps", required=True, translate=True)
    is_edited = fields.Boolean("Edited Here", compute="_compute_is_edited")

    @api.constrains("error_code", "flow_id")
    def _check_one_for_each_code(self):
        for runbook in self:
            others = self.sudo().search([("flow_id", "=", runbook.flow_id.id), ("id", "!=", runbook.id)])
            for code in runbook.error_code.split():
                if other := others.filtered(lambda other, code=code: code in other.error_code.split())[:1]:
                    raise ValidationError(
                        self.env._("“%(code)s” has a runbook already: %(name)s.", code=code, name=other.name)
                    )

    @api.depends("template_fs")
    def _compute_is_edited(self):
        edited = set(self._shipped_ids().filtered("noupdate").mapped("res_id"))
        for runbook in self:
            runbook.is_edited = runbook.id in edited

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([_tidy(vals) for vals in vals_list])

    def write(self, vals):
        result = super().write(_tidy(vals))
        if not self.env.context.get(SHIPPED):
            self._shipped_ids().noupdate = True
        return result

    def _load_records_write(self, values):
        return super(IntegrationRunbook, self.with_context(**{SHIPPED: True}))._load_records_write(values)

    def action_restore(self):
        """Take the shipped text again."""
        self.check_access("write")
        self._shipped_ids().noupdate = False
        self.sudo().with_context(**{SHIPPED: True}).reset_template()

    @api.model
    def _for(self, error_code, flow):
        """Return the runbook of a cause: the flow's own before the general one, empty where there is none."""
        found, begins = self._by_code(), f"{(error_code or '').partition('-')[0]}-*"
        places = ((flow_id, code) for flow_id in (flow.id, False) for code in (error_code, begins))
        return self.browse(next((found[place] for place in places if place in found), ()))

    @api.model
    @ormcache()
    def _by_code(self):
        """Return ``{(flow id or False, code): id}``."""
        return {
            (runbook.flow_id.id, code): runbook.id for runbook in self.sudo().search([])
            for code in runbook.error_code.split()
        }  # fmt: skip

    def _shipped_ids(self):
        return self.env["ir.model.data"].sudo().search([("model", "=", self._name), ("res_id", "in", self.ids)])


def _tidy(vals):
    """Return values with the codes as one line, however they were written down."""
    return vals | {"error_code": " ".join(vals["error_code"].split())} if vals.get("error_code") else vals


class IntegrationRunbookMixin(models.AbstractModel):
    """What shows the runbook of its cause: it has ``error_code`` and ``flow_id``."""

    _name = "integration.runbook.mixin"
    _description = "Shows a Runbook"

    runbook_id = fields.Many2one("integration.runbook", compute="_compute_runbook")
    runbook_meaning = fields.Text(compute="_compute_runbook")
    runbook_steps = fields.Html(compute="_compute_runbook")

    @api.depends("error_code", "flow_id")
    def _compute_runbook(self):
        for record in self:
            runbook = self.env["integration.runbook"]._for(record.error_code, record.flow_id)
            record.runbook_id, record.runbook_meaning, record.runbook_steps = runbook, runbook.meaning, runbook.steps


class IntegrationEvent(models.Model):
    _name = "integration.event"
    _inherit = ["integration.event", "integration.runbook.mixin"]


class IntegrationFailure(models.Model):
    _name = "integration.failure"
    _inherit = ["integration.failure", "integration.runbook.mixin"]
