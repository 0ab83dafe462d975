# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..engine import maintenance, mark, schema
from ..engine.questions import ASKED
from ..engine.slots import Unit
from .json_text import reindent
from .loose_many2one import LooseMany2one
from .windows import form_of

STATES = [
    ("pending", "Waiting"),
    ("retry", "Will be retried"),
    ("held", "Held"),
    ("done", "Done"),
    ("dead", "Failed"),
    ("ignored", "Ignored"),
]
# What people count, and what they call it; each kind is found by one index.
COUNTED = {"waiting": ("pending", "retry", "held"), "failed": ("dead",), "done": ("done", "ignored")}


class IntegrationEvent(models.Model):
    """The log: every message in or out is one row, inbox and outbox at once. Written by the engine."""

    _name = "integration.event"
    _description = "Message"
    _order = "id desc"
    _log_access = False

    direction = fields.Selection([("inbound", "In"), ("outbound", "Out")], required=True, readonly=True)
    state = fields.Selection(STATES, required=True, readonly=True)
    kind = fields.Selection([("state", "State"), ("command", "Command")], readonly=True)
    endpoint_id = LooseMany2one("integration.endpoint", readonly=True)
    system_id = fields.Many2one(related="endpoint_id.system_id", search="_search_system_id")
    company_id = LooseMany2one("res.company", readonly=True)
    flow_id = LooseMany2one("integration.flow", readonly=True)
    slot = fields.Integer(readonly=True)
    partition_key = fields.Char("Order Key", readonly=True, help="Messages with the same key take effect in order.")
    topic = fields.Char("Event", readonly=True)
    object_type = fields.Char("Remote Object", readonly=True)
    external_id = fields.Char("Remote Id", readonly=True)
    external_version = fields.Char("Remote Version", readonly=True)
    operation = fields.Selection(
        [
            ("upsert", "Create or change"),
            ("read", "Read, then create or change"),
            ("delete", "Delete"),
            ("merge", "Merge"),
            ("ask", "Ask"),
        ],
        readonly=True,
    )
    res_model = fields.Char("Odoo Model", readonly=True)
    res_id = fields.Many2oneReference("Odoo Record", model_field="res_model", readonly=True)
    res_name = fields.Char("Deleted Record", readonly=True, help="What it was called, where it is gone.")
    record_name = fields.Char("Record", compute="_compute_record_name")
    changed_fields = fields.Char(readonly=True)
    origin_id = LooseMany2one("integration.system", "Change Came From", readonly=True)
    arrived_at = fields.Datetime("Arrived", readonly=True)
    done_at = fields.Datetime("Ended", readonly=True)
    next_try_at = fields.Datetime("Next Try", readonly=True)
    attempt_count = fields.Integer("Tries", readonly=True)
    death_count = fields.Integer("Workers Lost", readonly=True, help="How many workers died while they worked on it.")
    in_doubt = fields.Boolean(readonly=True, help="The other system may have done what it was last asked for.")
    mapping_version_id = LooseMany2one("integration.mapping.version", "Read by", readonly=True)
    record_mapping_version_id = LooseMany2one("integration.mapping.version", "Written by", readonly=True)
    keeps_versions = fields.Boolean(
        "Original Mapping", readonly=True, help="It is mapped by the versions it names, whatever was approved since."
    )
    parent_id = LooseMany2one("integration.event", "Replay Of", readonly=True)
    causation_id = LooseMany2one("integration.event", "Caused By", readonly=True)
    trace_id = fields.Char("Sender's Trace", readonly=True)
    error_code = fields.Char("Cause", readonly=True)
    error_message = fields.Char("What Happened", readonly=True)
    error_hint = fields.Char("What To Do", readonly=True)
    error_params = fields.Json(readonly=True)
    error_line = fields.Char("Mapping Line", readonly=True)
    fingerprint = fields.Char(readonly=True)
    may_be_retried = fields.Boolean(compute="_compute_may_be_retried")
    waiting_reason = fields.Char("Waiting For", compute="_compute_waiting_reason")
    attempt_ids = fields.One2many("integration.event.attempt", "event_id", readonly=True)
    payload_ids = fields.One2many("integration.event.payload", "event_id", readonly=True)
    body = fields.Text("Content", compute="_compute_body", groups="integration_hub.group_consultant")

    # Each index costs every message, when it comes and when it is done: those of rows that are done are few. What
    # waits and what failed is found, and counted, by the first two: the second holds all that the failures board asks
    # for. A flow's latest messages, and what failed of an object, are found by the last.
    _ready_idx = models.Index("(endpoint_id, direction, slot, id) WHERE state IN ('pending', 'retry', 'held')")
    _failed_idx = models.Index(
        "(endpoint_id, fingerprint, id) INCLUDE (state, arrived_at, attempt_count, next_try_at) "
        "WHERE state IN ('dead', 'held', 'retry')"
    )
    _record_idx = models.Index("(res_id, id) WHERE res_id IS NOT NULL")
    _flow_idx = models.Index("(flow_id, id)")
    _object_idx = models.Index("(endpoint_id, external_id) WHERE state = 'dead' AND direction = 'inbound'")
    _caused_idx = models.Index("(causation_id) WHERE causation_id IS NOT NULL")
    _trace_idx = models.Index("(trace_id) WHERE trace_id IS NOT NULL")
    _arrived_idx = models.Index("USING brin (arrived_at) WITH (pages_per_range = 32)")

    def init(self):
        schema.create(self.env.cr)
        mark.create(self.env.cr)
        if trigger := mark.missing_trigger(self.env.cr):
            self.env.cr.execute(trigger)

    # --- what is shown ---

    @api.model
    def _counted(self, field, records, kind):
        """Return how many messages of these endpoints or flows wait, failed, or were done in the last 24 hours.

        A question for each kind, since each has an index of its own.
        """
        if not self.has_access("read"):
            return {}
        domain = [(field, "in", records.ids), ("state", "in", COUNTED[kind])]
        if kind == "done":
            domain += [("arrived_at", ">=", fields.Datetime.subtract(fields.Datetime.now(), days=1))]
        return dict(self._read_group(domain, [field], ["__count"]))

    @api.depends("direction", "arrived_at")
    def _compute_display_name(self):
        for event in self:
            way = "IN" if event.direction == "inbound" else "OUT"
            event.display_name = f"{way}/{event.arrived_at.year if event.arrived_at else 0}/{event.id:06d}"

    def _search_display_name(self, operator, value):
        number = str(value or "").rpartition("/")[2]
        if operator in ("ilike", "=", "like") and number.isdigit():
            return [("id", "=", int(number))]
        return [("remote", operator, value)]

    def _search_system_id(self, operator, value):
        return [("endpoint_id", "any", [("system_id", operator, value)])]

    @api.depends("res_model", "res_id")
    def _compute_record_name(self):
        for event in self:
            known = event.res_id and event.res_model in self.env
            record = self.env[event.res_model].browse(event.res_id).exists() if known else None
            if record:
                event.record_name = record.display_name if record.has_access("read") else False
            else:
                event.record_name = bool(known) and self.env[event.res_model].has_access("read") and event.res_name

    @api.depends("state")
    def _compute_waiting_reason(self):
        waiting = self.filtered(lambda event: event.state in ("pending", "retry", "held"))
        (self - waiting).waiting_reason = False
        heads = waiting._blocking_heads()
        reason = maintenance.halted(self.env.cr)
        drain_mode = reason and self.env._("The end of drain mode: %(reason)s", reason=reason)
        for event in waiting:
            if event.state == "held":
                event.waiting_reason = self.env._("A person's decision")
                continue
            head = heads.get((event.endpoint_id.id, event.direction, event.partition_key))
            if head and head != event.id:
                event.waiting_reason = self.env._(
                    "An earlier message of the same record, %(name)s", name=self.browse(head).display_name
                )
            else:
                held = event.endpoint_id.sudo()._held_reason(event.arrived_at) if event.endpoint_id else False
                event.waiting_reason = drain_mode or held

    @api.depends("state", "error_code", "topic")
    def _compute_may_be_retried(self):
        for event in self:
            over = event.operation == "ask" and (event.topic or "").endswith(ASKED)  # nobody waits for it any more
            failed = event.state in ("dead", "retry", "held") and not over and not event._is_asked_about()
            event.may_be_retried = failed or (event.state == "ignored" and event.error_code == "no-flow")

    def _blocking_heads(self):
        if not self:
            return {}
        self.env.cr.execute(
            SQL(
                """SELECT endpoint_id, direction, partition_key, event_id FROM integration_blocked_key
                    WHERE (endpoint_id, direction, partition_key) IN %s""",
                tuple((event.endpoint_id.id, event.direction, event.partition_key) for event in self),
            )
        )
        return {(endpoint, direction, key): event for endpoint, direction, key, event in self.env.cr.fetchall()}

    @api.depends("payload_ids.body")
    def _compute_body(self):
        for event in self:
            event.body = reindent(event.payload_ids[:1].body)

    # --- a person's actions ---

    def action_open_record(self):
        """Open the Odoo record this message is about."""
        self.ensure_one()
        return form_of(self.res_model, self.res_id)

    def _check_operator(self):
        if not self.env.user.has_group("integration_hub.group_operator"):
            raise UserError(self.env._("Only integration operators retry or give up messages. Ask one of them."))
        self.check_access("read")

    def _retry_dead(self):
        """A sender delivers failed events again: give them one more try. Returns the units to wake.

        Call it under READ COMMITTED: of two deliveries at once the second waits here, and then finds it dead no more.
        """
        self.env.cr.execute(
            SQL(
                "SELECT id FROM integration_event WHERE id IN %s AND state = 'dead' ORDER BY id FOR UPDATE",
                tuple(self.ids) or (0,),
            )
        )
        return list(self.browse([row[0] for row in self.env.cr.fetchall()])._requeue(fresh=False))

    @api.model
    def _waiting_for(self, api_endpoints):
        """Return the inbound events that wait for one of these to run, since they only name what is to be read."""
        return self.search(
            [
                ("state", "=", "retry"),
                ("error_code", "=", "api-endpoint-stopped"),
                ("endpoint_id", "in", api_endpoints.system_id.endpoint_ids.ids),
            ]
        )

    def _units(self):
        return {Unit(event.endpoint_id.id, event.direction, event.slot) for event in self}
