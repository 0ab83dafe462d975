# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .integration_sync_job import UNFINISHED as UNFINISHED_JOBS
from .windows import form_of

UNFINISHED = ("draft", "reading", "matched", "loading", "undoing")
# What is a business object of others: contacts and products are loaded first, orders arrive as they are placed.
ORDER = ("company", "contact", "product")
LEFT_OUT = ("order",)


class IntegrationLoad(models.Model):
    """First load: what exists on both sides is matched, shown, settled by a person, and only then linked or created."""

    _name = "integration.load"
    _description = "First Load"
    _inherit = ["mail.thread"]
    _order = "id desc"
    _check_company_auto = True

    system_id = fields.Many2one(
        "integration.system", required=True, ondelete="cascade", index=True, check_company=True, readonly=True
    )
    company_id = fields.Many2one(related="system_id.company_id", store=True, precompute=True, index=True)
    state = fields.Selection(
        [
            ("draft", "New"),
            ("reading", "Reading"),
            ("matched", "Compared"),
            ("loading", "Loading"),
            ("done", "Done"),
            ("undoing", "Being undone"),
            ("undone", "Undone"),
            ("cancelled", "Cancelled"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    line_ids = fields.One2many("integration.load.line", "load_id", "What Is Loaded")
    started_at = fields.Datetime("Read From", readonly=True, copy=False)
    confirmed_at = fields.Datetime("Confirmed", readonly=True, copy=False)
    ended_at = fields.Datetime("Ended", readonly=True, copy=False)
    job_id = fields.Many2one("integration.sync.job", "Under Way", compute="_compute_job_id")
    job_progress = fields.Float("Progress", compute="_compute_job_id")
    job_read_count = fields.Integer("So Far", compute="_compute_job_id")
    job_rate = fields.Float("Per Second", compute="_compute_job_id", digits=(12, 1))
    job_remaining = fields.Char("Time Left", compute="_compute_job_id")
    job_reason = fields.Char("Waits", compute="_compute_job_id")
    job_state = fields.Char(compute="_compute_job_id")
    job_count = fields.Integer(compute="_compute_job_id")
    findings = fields.Text("What Stands Out", compute="_compute_findings")
    row_count = fields.Integer(compute="_compute_counts")
    waiting_count = fields.Integer("Settled Since", compute="_compute_counts")
    open_count = fields.Integer("To Settle", compute="_compute_counts")
    failed_count = fields.Integer("Failed", compute="_compute_counts")
    kept_count = fields.Integer("Kept", compute="_compute_counts")
    written_count = fields.Integer("Linked or Created", compute="_compute_counts")

    _one_unfinished = models.UniqueIndex(
        "(system_id) WHERE state IN ('draft', 'reading', 'matched', 'loading', 'undoing')",
        "This system has a first load under way already.",
    )

    @api.depends("system_id", "create_date")
    def _compute_display_name(self):
        for load in self:
            day = fields.Date.to_string(load.create_date or fields.Date.today())
            load.display_name = self.env._("First load of %(system)s, %(day)s", system=load.system_id.name, day=day)

    @api.depends("line_ids.job_ids.state", "line_ids.job_ids.read_count")
    def _compute_job_id(self):
        for load in self:
            jobs = load.line_ids.job_ids
            job = jobs.filtered(lambda job: job.state in ("running", "paused", "failed"))[:1]
            load.job_id, load.job_state = job, job.state
            load.job_progress, load.job_read_count, load.job_rate = job.progress, job.read_count, job.rate
            load.job_remaining, load.job_reason = job.remaining, job.state_reason or job.error_message
            load.job_count = len(jobs)

    @api.depends("line_ids.findings")
    def _compute_findings(self):
        for load in self:
            told = load.line_ids.filtered("findings")
            load.findings = "\n\n".join(f"{line.flow_id.name}\n{line.findings}" for line in told) or False

    @api.depends("line_ids")
    def _compute_counts(self):
        for load in self:
            lines = load.line_ids
            load.row_count = sum(lines.mapped("there_count"))
            load.waiting_count = sum(line.link_count + line.create_count for line in lines)
            load.open_count = sum(line.ambiguous_count + line.conflict_count for line in lines)
            load.failed_count = sum(lines.mapped("failed_count"))
            load.kept_count = sum(lines.mapped("kept_count"))
            load.written_count = sum(line.linked_count + line.created_count for line in lines)

    # --- begin ---

    @api.model
    def _open(self, system):
        """Return the action that shows a system's unfinished first load, begun if there is none."""
        load = self.search([("system_id", "=", system.id), ("state", "in", UNFINISHED)], limit=1)
        return (load or self._new(system))._shown()

    @api.model
    def _new(self, system):
        self.check_access("write")
        system.check_access("read")
        load = self.sudo().create({"system_id": system.id})
        load.line_ids = [
            fields.Command.create({"flow_id": flow.id, "sequence": 10 * place})
            for place, flow in enumerate(load._loadable_flows(), start=1)
        ]
        return load.with_env(self.env)

    def _loadable_flows(self):
        """Return the flows that a first load of the system is made of, those first to which others refer."""
        flows = self.system_id.flow_ids.filtered(lambda flow: flow.direction == "inbound" and flow._is_listable())
        flows = flows.filtered(lambda flow: flow.entity_id.code not in LEFT_OUT)
        flows = flows.filtered(lambda flow: flow.state == "on") or flows
        rank = {code: place for place, code in enumerate(ORDER)}
        return flows.sorted(lambda flow: (rank.get(flow.entity_id.code, len(rank)), flow.sequence, flow.id))

    def _shown(self):
        self.ensure_one()
        return form_of(self._name, self.id, name=self.env._("First Load"))

    # --- a person's actions ---

    def action_read(self):
        """Read everything from the other system, to compare it; nothing else is written."""
        load = self._in_state("draft", "matched")
        if not self.line_ids:
            raise UserError(
                self.env._(
                    "%(system)s has no flow into Odoo that can be read as a whole. Switch on one for contacts or "
                    "products first.",
                    system=self.system_id.name,
                )
            )
        self.line_ids.flow_id._make_ready()
        load.line_ids._forget_rows()
        load.write({"state": "reading", "started_at": self.env.cr.now()})
        load._go_on()

    def action_load(self):
        """Link and create, as shown. What nobody has settled yet stays as it is, and can be loaded later."""
        load = self._in_state("matched", "done")
        load._check_kept()
        load.write({"state": "loading", "confirmed_at": load.confirmed_at or self.env.cr.now(), "ended_at": False})
        load._go_on()

    def action_undo(self):
        """Take back what this load linked and created, but for what was used or changed since."""
        load = self._in_state("done", "cancelled", "undone")
        if not load.confirmed_at:
            raise UserError(self.env._("Nothing was loaded, so there is nothing to be undone."))
        load._check_kept()
        load.line_ids._look_again()
        load.write({"state": "undoing", "ended_at": False})
        load._go_on()

    def action_cancel(self):
        """Stop. What was linked and created already stays, and can be undone."""
        load = self._in_state(*UNFINISHED)
        if jobs := load.line_ids.job_ids.filtered(lambda job: job.state in UNFINISHED_JOBS):
            jobs.action_cancel()
        load.write({"state": "cancelled", "ended_at": fields.Datetime.now()})

    def action_pause(self):
        """Stop after the page that is being taken; Resume goes on behind it."""
        self.job_id.action_pause()

    def action_resume(self):
        """Go on where it stopped."""
        self.job_id.action_resume()

    def action_settle(self):
        """Open what is to be settled by a person."""
        return self._rows(self.env._("To Settle"), [("status", "in", ("ambiguous", "conflict"))])

    def action_view_failed(self):
        """Open what could not be loaded."""
        return self._rows(self.env._("Failed"), [("status", "=", "failed")], told=True)

    def action_view_kept(self):
        """Open what was not undone, and why."""
        return self._rows(self.env._("Kept"), [("status", "=", "kept")], told=True)

    def action_view_rows(self):
        """Open all that was read."""
        return self._rows(self.env._("Records"), [])

    def action_view_jobs(self):
        """Open the jobs of this load."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("integration_hub.integration_sync_job_action")
        return dict(action, domain=[("load_line_id", "in", self.line_ids.ids)], context={})

    def _rows(self, name, domain, **context):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("integration_hub.integration_load_row_action")
        return dict(action, name=name, domain=[("load_id", "=", self.id), *domain], context=context)

    def _in_state(self, *states):
        """Return the load to be worked on, if the user may, and if it is in one of these states.

        Whoever writes it otherwise than by its actions is refused (integration_load_rights.py).
        """
        self.ensure_one()
        self.check_access("write")
        if self.state not in states:
            raise UserError(
                self.env._(
                    "%(load)s is in state “%(state)s”: open it again to see what can be done now.",
                    load=self.display_name,
                    state=dict(self._fields["state"]._description_selection(self.env))[self.state],
                )
            )
        return self.sudo()

    # --- from one step to the next ---

    def _touch(self):
        """Of whoever gives this step more to do, and who ends it at the same moment, only one succeeds."""
        self.env.cr.execute(SQL("UPDATE integration_load SET write_date = write_date WHERE id = ANY(%s)", self.ids))

    def _stopped(self):
        """Somebody has cancelled the job of this step."""
        self.filtered(lambda load: load.state in ("reading", "loading", "undoing")).write(
            {"state": "cancelled", "ended_at": fields.Datetime.now()}
        )

    def _go_on(self):
        """Start the job of the next line of this step; when none is left, the step is over."""
        self.ensure_one()
        kind, next_state = {
            "reading": ("read", "matched"),
            "loading": ("load", "done"),
            "undoing": ("undo", "undone"),
        }[self.state]
        lines = self.line_ids.sorted("sequence", reverse=kind == "undo")
        for line in lines:
            if line._begin(kind):
                return
        if kind == "read":
            self.line_ids._match()
        self.write({"state": next_state, "ended_at": next_state != "matched" and fields.Datetime.now()})
        if kind == "load":
            self.line_ids._polled_from(self.started_at)
