# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import api, fields, models
from odoo.tools import SQL

from .handler_parts import service_environment

# What is left to do for each kind of job: as long as a line has such rows, the job has work.
WORK = {"load": ("link", "create", "sending"), "undo": ("linked", "created", "sending")}


class IntegrationLoadLine(models.Model):
    """What a flow brings to a first load: how much there is on both sides, how it is matched, and what became of it."""

    _name = "integration.load.line"
    _description = "First Load: Flow"
    _order = "load_id, sequence, id"
    _check_company_auto = True

    load_id = fields.Many2one("integration.load", required=True, ondelete="cascade", index=True)
    system_id = fields.Many2one(related="load_id.system_id")
    company_id = fields.Many2one(related="load_id.company_id", store=True, precompute=True, index=True)
    load_state = fields.Selection(related="load_id.state")
    sequence = fields.Integer(default=10)
    flow_id = fields.Many2one(
        "integration.flow",
        required=True,
        ondelete="cascade",
        check_company=True,
        domain="[('system_id', '=', system_id), ('direction', '=', 'inbound')]",
    )
    model_name = fields.Char(related="flow_id.model_name")
    row_ids = fields.One2many("integration.load.row", "line_id")
    job_ids = fields.One2many("integration.sync.job", "load_line_id")
    here_count = fields.Integer("In Odoo", readonly=True)
    profile = fields.Json(readonly=True)
    rules = fields.Char("Matched By", compute="_compute_profile")
    findings = fields.Text("What Stands Out", compute="_compute_profile")
    there_count = fields.Integer("In the Other System", compute="_compute_counts")
    link_count = fields.Integer("To Link", compute="_compute_counts")
    create_count = fields.Integer("To Create", compute="_compute_counts")
    ambiguous_count = fields.Integer("Ambiguous", compute="_compute_counts")
    conflict_count = fields.Integer("In Conflict", compute="_compute_counts")
    known_count = fields.Integer("Linked Already", compute="_compute_counts")
    skipped_count = fields.Integer("Left Out", compute="_compute_counts")
    linked_count = fields.Integer("Linked", compute="_compute_counts")
    created_count = fields.Integer("Created", compute="_compute_counts")
    failed_count = fields.Integer("Failed", compute="_compute_counts")
    kept_count = fields.Integer("Kept", compute="_compute_counts")

    _flow_unique = models.Constraint("UNIQUE (load_id, flow_id)", "This load has this flow already.")

    @api.depends("flow_id")
    def _compute_display_name(self):
        for line in self:
            line.display_name = line.flow_id.name

    @api.depends("row_ids.status")
    def _compute_counts(self):
        groups = self.env["integration.load.row"]._read_group(
            [("line_id", "in", self.ids)], ["line_id", "status"], ["__count"]
        )
        found = {(line.id, status): count for line, status, count in groups}
        for line in self:
            line.there_count = sum(count for (line_id, _status), count in found.items() if line_id == line.id)
            for name in ("link", "ambiguous", "conflict", "known", "skipped", "linked", "created", "failed", "kept"):
                line[f"{name}_count"] = found.get((line.id, name), 0)
            line.create_count = found.get((line.id, "create"), 0) + found.get((line.id, "sending"), 0)

    @api.depends("profile", "load_state")
    @api.depends_context("lang")
    def _compute_profile(self):
        for line in self:
            rules, compared = line._labelled(), line.load_state not in ("draft", "reading")
            line.rules = self.env._(", then ").join(rule["label"] for rule in rules) or False
            line.findings = (compared and "\n".join(line._findings(rules))) or False

    def _labelled(self):
        """Return the profile, with what whoever reads it calls the rules."""
        labels = dict(self.env["integration.load.row"]._fields["rule"]._description_selection(self.env))
        return [rule | {"label": labels.get(rule["key"], rule["key"])} for rule in self.profile or []]

    def _findings(self, rules):
        """Return in sentences what a person should know of both sides before they are brought together."""
        if not rules:
            return [self.env._("Nothing is known by which these records could be matched: all would be created.")]
        rules = [rule for rule in rules if rule["sure"] and rule["missing_there"] < self.there_count]
        names = {"system": self.system_id.name, "there": self.there_count, "here": self.here_count}
        sentences = []
        for rule in rules:
            names["label"] = rule["label"]
            for count, text in (
                (rule["missing_there"], self.env._("%(count)s of %(there)s in %(system)s have no %(label)s.")),
                (rule["doubled_there"], self.env._("%(count)s in %(system)s share their %(label)s with another one.")),
                (rule["unusable_there"], self.env._("%(count)s in %(system)s have one that is not valid: %(label)s.")),
                (rule["missing_here"], self.env._("%(count)s of %(here)s in Odoo have no %(label)s.")),
                (rule["doubled_here"], self.env._("%(count)s in Odoo share their %(label)s with another one.")),
                (rule["unusable_here"], self.env._("%(count)s in Odoo have one that is not valid: %(label)s.")),
            ):
                if count:
                    sentences.append(text % {**names, "count": count})
        return sentences

    # --- steps ---

    def _begin(self, kind):
        """Start this line's job of a kind, unless it has had one and nothing is left to do; tells whether it did."""
        self.ensure_one()
        jobs = self.job_ids.filtered(lambda job: job.kind == kind)
        if kind == "read":
            if jobs.filtered(lambda job: job.state == "done" and job.create_date >= self.load_id.started_at):
                return False
        elif not self._left(kind):
            return False
        Job = self.env["integration.sync.job"].sudo()
        kinds = dict(Job._fields["kind"]._description_selection(self.env))
        Job.create(
            {
                "name": f"{kinds[kind]}: {self.flow_id.name}",
                "flow_id": self.flow_id.id,
                "kind": kind,
                "load_line_id": self.id,
                "expected": self._expected(kind),
            }
        )._start()
        return True

    def _expected(self, kind):
        """Return how many rows a job looks at: what it creates twice, when it hands it over and when it is there."""
        if kind == "read":
            return 0
        return self._left(kind) + (self.create_count if kind == "load" else 0)

    def _left(self, kind):
        return self.env["integration.load.row"].search_count([("line_id", "=", self.id), ("status", "in", WORK[kind])])

    def _polled_from(self, moment):
        """What changed since the reading began is for the poll to catch; a flow that is on polls from before it."""
        for flow in self.flow_id.sudo():
            if flow.state != "on" and (not flow.polled_until or flow.polled_until < moment):
                flow.polled_until = moment

    # --- with whose rights ---

    def _service_env(self):
        """Return the environment in which the flow's messages are worked off: its service user's."""
        self.ensure_one()
        flow = self.flow_id.sudo()
        return service_environment(self.sudo().env, flow.endpoint_id.id, flow)

    def _target(self):
        return self._service_env()["integration.target"]._of_model(self.flow_id.model_name)

    def _forget_rows(self):
        """Delete the rows, of which nothing was made."""
        self.env.cr.execute(SQL("DELETE FROM integration_load_row WHERE line_id = ANY(%s)", self.ids))
        self.env.invalidate_all()


class IntegrationFlow(models.Model):
    """What a first load asks of flows."""

    _inherit = "integration.flow"

    def _is_listable(self):
        """Tell whether all objects of the flow can be read from the other system."""
        self.ensure_one()
        objects = self.system_id._connector().objects
        return self.object_type in objects and objects[self.object_type].listable

    def _works(self):
        """While it is loaded for the first time, a flow takes what is loaded before anything else is switched on."""
        return super()._works() or bool(
            self.active
            and self.env["integration.load.line"]
            .sudo()
            .search_count([("flow_id", "=", self.id), ("load_id.state", "=", "loading")], limit=1)
        )
