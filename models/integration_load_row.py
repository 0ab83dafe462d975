# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .loose_many2one import LooseMany2one
from .windows import form_of

OPEN = ("ambiguous", "conflict")
BEFORE = ("read", "link", "create", *OPEN, "skipped")  # what a person may still decide otherwise
RETRIED = ("matched", "loading", "done")  # states of a load in which what failed can be tried again


class IntegrationLoadRow(models.Model):
    """One remote object of a first load: what it is here, and what became of it. Written in batches by the jobs."""

    _name = "integration.load.row"
    _description = "First Load: Record"
    _order = "line_id, id"
    _rec_name = "title"
    _log_access = False

    line_id = fields.Many2one("integration.load.line", "Flow", required=True, ondelete="cascade", readonly=True)
    load_id = fields.Many2one(related="line_id.load_id", search="_search_load_id")
    load_state = fields.Selection(related="line_id.load_id.state")
    external_id = fields.Char("Remote Id", required=True, readonly=True)
    title = fields.Char("Remote Record", readonly=True)
    payload = fields.Text(readonly=True, prefetch=False)  # large: read where it is needed, and nowhere else
    keys = fields.Json(readonly=True, help="By rule: what it is known by.")
    status = fields.Selection(
        [
            ("read", "Read"),
            ("link", "Link"),
            ("create", "Create"),
            ("ambiguous", "Ambiguous"),
            ("conflict", "In conflict"),
            ("known", "Linked already"),
            ("skipped", "Left out"),
            ("sending", "Being created"),
            ("linked", "Linked"),
            ("created", "Created"),
            ("failed", "Failed"),
            ("undone", "Undone"),
            ("kept", "Kept"),
        ],
        required=True,
        readonly=True,
    )
    rule = fields.Selection(
        [
            ("sku", "SKU"),
            ("barcode", "barcode"),
            ("email", "e-mail"),
            ("vat", "VAT number"),
            ("phone", "telephone"),
            ("name", "name and address"),
        ],
        "Matched By",
        readonly=True,
    )
    reason = fields.Selection(
        [
            ("several", "Several records in Odoo are known by the same"),
            ("contradiction", "One thing it is known by leads to one record, another to another"),
            ("archived", "The record in Odoo is archived"),
            ("doubtful", "It may be the same, but something surer differs"),
            ("rivals", "Several remote records claim the same record in Odoo"),
            ("taken", "The record in Odoo is linked with another remote record"),
            ("gone", "The record in Odoo was deleted meanwhile"),
            ("deleted", "It was deleted in the other system meanwhile"),
            ("chosen", "Chosen by a person"),
        ],
        "Why",
        readonly=True,
    )
    res_model = fields.Char("Odoo Model", readonly=True)
    res_id = fields.Many2oneReference("Odoo Record", model_field="res_model")
    record_name = fields.Char("In Odoo", compute="_compute_record_name")
    known_by = fields.Char(compute="_compute_known_by")
    candidate_ids = fields.One2many("integration.load.candidate", "row_id", "Candidates", readonly=True)
    event_id = LooseMany2one("integration.event", "Message", readonly=True)
    message = fields.Char("What Happened", readonly=True)
    hint = fields.Char("What To Do", readonly=True)

    _external_unique = models.Constraint("UNIQUE (line_id, external_id)", "This remote record was read already.")
    _status_idx = models.Index("(line_id, status, id)")

    def _search_load_id(self, operator, value):
        return [("line_id", "any", [("load_id", operator, value)])]

    @api.depends("res_model", "res_id", "candidate_ids")
    def _compute_record_name(self):
        for model, rows in self.grouped("res_model").items():
            records = self.env[model].browse(filter(None, rows.mapped("res_id"))).exists() if model else []
            names = {record.id: record.display_name for record in records if record.has_access("read")}
            for row in rows:
                open_candidates = row.candidate_ids if row.status in OPEN else row.candidate_ids.browse()
                row.record_name = names.get(row.res_id) or " / ".join(open_candidates.mapped("name")) or False

    @api.depends("keys")
    def _compute_known_by(self):
        for line, rows in self.grouped("line_id").items():
            sure = [rule.key for rule in line._rules() if rule.sure]
            for row in rows:
                found = [row.keys[key][0] for key in sure if key in (row.keys or {})]
                row.known_by = ", ".join(value for values in found for value in values) or False

    def write(self, vals):
        """A person who enters the Odoo record has settled the row."""
        if self.env.su:
            return super().write(vals)
        if vals.keys() - {"res_id"}:
            raise AccessError(self.env._("A row of a first load is settled by its buttons, or by entering a record."))
        self._check_open()
        return super(IntegrationLoadRow, self.sudo()).write(vals | self._choice(vals["res_id"]))

    # --- a person's decisions ---

    def action_create(self):
        """Create these in Odoo."""
        self._decide({"status": "create", "res_id": False})

    def action_skip(self):
        """Leave these out: nothing is linked or created."""
        self._decide({"status": "skipped", "res_id": False})

    def action_first(self):
        """Link each of these with its first candidate, the oldest record in Odoo; one that another has stays open."""
        self._check_open()
        for row in self.filtered("candidate_ids"):
            first = row.candidate_ids[0]
            if rival := row._rival(first.res_id):
                row._ask(rival[0], first.res_id)
            else:
                first.action_choose()

    def action_retry(self):
        """Try these failed ones again, after what was in the way was dealt with."""
        self.check_access("write")
        failed = self.filtered(lambda row: row.status == "failed")
        if not failed:
            raise UserError(self.env._("Only records that failed can be tried again."))
        if failed.filtered(lambda row: row.load_state not in RETRIED):
            raise UserError(self.env._("This load was cancelled or undone. Begin a new one."))
        failed.load_id._check_kept()
        failed._retry()

    def action_open_record(self):
        """Open the Odoo record."""
        self.ensure_one()
        return form_of(self.res_model, self.res_id)

    def action_view_message(self):
        """Open the message that creates it."""
        self.ensure_one()
        return form_of("integration.event", self.event_id.id)

    def _decide(self, values):
        self._check_open()
        self.sudo().write({"reason": "chosen", "rule": False, **values})
        return True

    def _choice(self, record_id):
        """Return the values of a row that is to be linked with a record that a person chose; with none, it is created.

        Raises UserError where it would be a wrong link.
        """
        self.ensure_one()
        if not record_id:
            return {"status": "create", "reason": "chosen", "rule": False}
        model = self.line_id.flow_id.model_name
        record = self.line_id._service_env()[model].with_context(active_test=False).search([("id", "=", record_id)])
        if not record:
            raise UserError(
                self.env._(
                    "This record is not there for %(system)s: it is gone, or of another company.",
                    system=self.load_id.system_id.name,
                )
            )
        if rival := self._rival(record_id):
            raise UserError(self._said_of(*rival))
        return {"status": "link", "reason": "chosen", "rule": False, "res_model": model}

    def _said_of(self, reason, rival):
        if reason == "taken":
            return self.env._(
                "This record is linked with %(rival)s already. Choose another one, or create it.", rival=rival
            )
        return self.env._(
            "This record is to be linked with “%(rival)s”. Settle that one otherwise first, or choose another record.",
            rival=rival,
        )

    def _check_open(self):
        self.check_access("write")
        self.load_id._check_kept()
        if self.filtered(lambda row: row.status not in BEFORE or row.load_state not in ("matched", "done")):
            raise UserError(self.env._("This is decided before it is loaded only. What was loaded can be undone."))

    # --- for the jobs ---

    def _retry(self):
        """Send again what was sent, and read again what was not, or what no message stands for any more."""
        for line, rows in self.sudo().grouped("line_id").items():
            line.load_id._touch()
            events = rows.event_id.exists()
            if again := events.filtered("may_be_retried"):
                again.with_env(self.env).action_retry()
            sent = rows.filtered(lambda row, ids=set(events.ids): row.event_id.id in ids)
            sent.write({"status": "sending", "message": False, "hint": False})
            line._read_again(rows - sent)
            if sent and line.load_id.state == "done":
                line.load_id.with_env(self.env).action_load()


class IntegrationLoadCandidate(models.Model):
    """A record in Odoo that a remote one may be."""

    _name = "integration.load.candidate"
    _description = "First Load: Candidate"
    _order = "res_id"
    _log_access = False

    row_id = fields.Many2one("integration.load.row", required=True, ondelete="cascade", index=True)
    res_model = fields.Char(required=True)
    res_id = fields.Many2oneReference("Odoo Record", model_field="res_model", required=True)
    name = fields.Char("In Odoo", compute="_compute_name")
    details = fields.Char("Known By", compute="_compute_name", help="What tells it from the others.")

    @api.depends("res_model", "res_id")
    def _compute_name(self):
        for candidate in self:
            record = self.env[candidate.res_model].browse(candidate.res_id).exists()
            readable = record and record.has_access("read")
            unseen = self.env._("A record that you may not see") if record else self.env._("A record that is gone")
            candidate.name = record.display_name if readable else unseen
            candidate.details = candidate._details(record) if readable else False

    def _details(self, record):
        names = dict.fromkeys(name for rule in self.row_id.line_id._rules() for name in rule.here)
        values = [record[name] for name in names if name in record._fields and name != "name"]
        shown = [value.display_name if isinstance(value, models.Model) else str(value) for value in values if value]
        return " · ".join([*shown, f"#{record.id}"])

    def action_choose(self):
        """It is this one: link with it."""
        self.ensure_one()
        self.row_id.write({"res_id": self.res_id})
        return {"type": "ir.actions.act_window_close"}
