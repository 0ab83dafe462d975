# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from .windows import form_of

LINES = 1000  # of a day that are kept; the figures count all


class IntegrationCompleteness(models.Model):
    """A day of a flow: what the other system has of it, what Odoo has, and what is missing or different."""

    _name = "integration.completeness"
    _description = "Completeness of a Day"
    _order = "day desc, system_id, flow_id"
    _check_company_auto = True

    flow_id = fields.Many2one("integration.flow", required=True, readonly=True, ondelete="cascade", index=True)
    system_id = fields.Many2one(related="flow_id.system_id", store=True, index=True)
    company_id = fields.Many2one(related="flow_id.company_id", store=True, index=True)
    flow_name = fields.Char("Flow Name", related="flow_id.name", related_sudo=True)
    system_name = fields.Char("System Name", related="system_id.name", related_sudo=True)
    direction = fields.Selection(related="flow_id.direction", related_sudo=True)
    day = fields.Date(required=True, readonly=True, index=True)
    zone = fields.Char("Time Zone", readonly=True, help="By whose clocks the day is counted.")
    state = fields.Selection(
        [
            ("running", "Being Checked"),
            ("incomplete", "Incomplete"),
            ("unchecked", "Could Not Be Checked"),
            ("complete", "Complete"),
        ],
        required=True,
        readonly=True,
        default="running",
    )
    state_reason = fields.Char("Why", readonly=True)
    waits_for = fields.Char("Waits For", related="job_id.state_reason", related_sudo=True)
    checked_at = fields.Datetime("Checked", readonly=True)
    checked_by_id = fields.Many2one("res.users", readonly=True, help="Who asked for it.")
    checked_with = fields.Char("Version", readonly=True, help="The version of Integration Hub that counted.")
    job_id = fields.Many2one("integration.sync.job", readonly=True, ondelete="set null", index="btree_not_null")
    figure_ids = fields.One2many("integration.completeness.figure", "completeness_id", readonly=True)
    line_ids = fields.One2many(
        "integration.completeness.line", "completeness_id", readonly=True, domain=[("status", "!=", "same")]
    )
    count_there = fields.Integer("There", compute="_compute_counts", store=True)
    count_here = fields.Integer("In Odoo", compute="_compute_counts", store=True)
    missing_count = fields.Integer("Missing", compute="_compute_counts", store=True)
    failed_count = fields.Integer("Failed", compute="_compute_counts", store=True)
    different_count = fields.Integer("Different", compute="_compute_counts", store=True)
    extra_count = fields.Integer("Extra", compute="_compute_counts", store=True)
    left_out_count = fields.Integer("Left Out", compute="_compute_counts", store=True)
    open_count = fields.Integer("Open", compute="_compute_counts", store=True)
    amounts_there = fields.Char("Amount There", compute="_compute_amounts")
    amounts_here = fields.Char("Amount in Odoo", compute="_compute_amounts")
    more_count = fields.Integer("Not Listed", compute="_compute_more_count", help="Differences besides those listed.")

    _day_unique = models.Constraint("UNIQUE (flow_id, day)", "This day of the flow is there already.")

    # --- what is shown ---

    @api.depends(
        "figure_ids.count_there", "figure_ids.count_here", "figure_ids.missing", "figure_ids.failed",
        "figure_ids.different", "figure_ids.extra", "figure_ids.left_out",
    )  # fmt: skip
    def _compute_counts(self):
        for one in self:
            objects = one.figure_ids.filtered(lambda figure: figure.part == "object")
            one.count_there, one.count_here = sum(objects.mapped("count_there")), sum(objects.mapped("count_here"))
            for name in ("missing", "failed", "different", "extra", "left_out"):
                one[f"{name}_count"] = sum(one.figure_ids.mapped(name))
            one.open_count = one.missing_count + one.failed_count + one.different_count + one.extra_count

    @api.depends("figure_ids.amount_there", "figure_ids.amount_here")
    @api.depends_context("lang")
    def _compute_amounts(self):
        for one in self:
            money = one.figure_ids.filtered(lambda figure: figure.part == "object" and figure.currency)
            one.amounts_there = " · ".join(figure._money(figure.amount_there) for figure in money)
            one.amounts_here = " · ".join(figure._money(figure.amount_here) for figure in money)

    @api.depends("open_count", "left_out_count", "line_ids")
    def _compute_more_count(self):
        for one in self:
            one.more_count = max(one.open_count + one.left_out_count - len(one.line_ids), 0)

    @api.depends("flow_id", "day")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for one in self:
            one.display_name = f"{one.flow_name}, {fields.Date.to_string(one.day)}"

    # --- a person's actions ---

    def action_check(self):
        """Count these days again, both sides."""
        self._check_operator()
        for flow, days in self.sudo().grouped("flow_id").items():
            flow._check_days(days.mapped("day"), self.env.user)

    def action_repair_all(self):
        """Fetch what is missing, try again what failed, bring what differs in step; shows the job that does."""
        self._check_operator()
        lines = self.sudo().line_ids.filtered("may_be_repaired")
        if not lines:
            raise UserError(self.env._("There is nothing to repair. Check the day again to see what is there now."))
        jobs = lines._repair()
        if len(jobs) == 1:
            return form_of(jobs._name, jobs.id)
        action = self.env["ir.actions.act_window"]._for_xml_id("integration_hub.integration_sync_job_action")
        return dict(action, domain=[("id", "in", jobs.ids)], context={})

    def action_view_job(self):
        """Open the job that counts, or counted last."""
        self.ensure_one()
        return form_of(self.job_id._name, self.job_id.id)

    def _check_operator(self):
        if not self.env.su and not self.env.user.has_group("integration_hub.group_operator"):
            raise AccessError(self.env._("Only integration operators check and repair days. Ask one of them."))
        self.check_access("read")

    # --- its life ---

    def _begin(self, job, user):
        """Forget what was found, and say who counts now."""
        self._lines_gone("TRUE")
        self.write({"state": "running", "state_reason": False, "job_id": job.id, "checked_by_id": user.id})

    def _settle(self, zone):
        """Sum up what was found, keep what somebody has to look at, and say how the day stands."""
        for one in self:
            one.figure_ids.unlink()
            self.env["integration.completeness.figure"]._of_lines(one)
            one._lines_gone("status = 'same'")
            one._lines_gone(
                SQL(
                    """id NOT IN (SELECT id FROM integration_completeness_line WHERE completeness_id = %s
                                   ORDER BY status = 'left_out', id LIMIT %s)""",
                    one.id,
                    LINES,
                )
            )
            one.zone = zone
            if one.system_id._zone() != zone:
                one.system_id.tz = zone  # as it has told
        self._conclude()

    def _conclude(self):
        """Note how these days stand by their figures, and have the certificates say what changed."""
        version = self.env["ir.module.module"].sudo().search([("name", "=", "integration_hub")]).latest_version
        for one in self:
            state = "incomplete" if one.open_count else "complete"
            one.write(
                {"state": state, "state_reason": False, "checked_at": fields.Datetime.now(), "checked_with": version}
            )
        self.env["integration.completeness.certificate"]._follow(self)

    def _not_checked(self, reason):
        """Note that these days could not be checked, and why."""
        self.write({"state": "unchecked", "state_reason": reason, "checked_at": fields.Datetime.now()})
        self.env["integration.completeness.certificate"]._follow(self)

    @api.autovacuum
    def _gc_days(self):
        """Forget days after ten years, as long as books are kept; their certificates keep what was signed off."""
        old = fields.Date.subtract(fields.Date.today(), years=10)
        self.search([("day", "<", old)], limit=1_000).unlink()

    def _lines_gone(self, condition):
        """Delete lines of these days: many at a time, of which nobody keeps anything."""
        if not self:
            return
        self.env.flush_all()
        condition = condition if isinstance(condition, SQL) else SQL(condition)  # pylint: disable=sql-injection
        self.env.cr.execute(
            SQL(
                "DELETE FROM integration_completeness_line WHERE completeness_id IN %s AND %s",
                tuple(self.ids),
                condition,
            )
        )
        self.env["integration.completeness.line"].invalidate_model()
        self.invalidate_recordset(["line_ids"])
