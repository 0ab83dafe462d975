# Part of Integration Hub. License LGPL-3.0 or later.
from datetime import timedelta

from odoo import api, fields, models

from ..engine.failures import LONG, SEVERAL
from . import failure_words

STATES = [("open", "Open"), ("snoozed", "Snoozed"), ("ignored", "Ignored"), ("closed", "Mended")]


class IntegrationFailure(models.Model):
    """A cause for which messages fail: what waits for it, and who sees to it. Its numbers follow the log."""

    _name = "integration.failure"
    _description = "Failure"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "score desc, id"
    _rec_name = "cause"
    _rec_names_search = ["error_message", "error_code"]

    cause = fields.Char(compute="_compute_cause")
    system_id = fields.Many2one("integration.system", required=True, readonly=True, index=True, ondelete="cascade")
    endpoint_id = fields.Many2one("integration.endpoint", required=True, readonly=True, ondelete="cascade")
    flow_id = fields.Many2one("integration.flow", readonly=True, index="btree_not_null", ondelete="set null")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="cascade")
    direction = fields.Selection([("inbound", "In"), ("outbound", "Out")], readonly=True)
    fingerprint = fields.Char(required=True, readonly=True, help="What its messages have in common.")
    error_code = fields.Char("Code", readonly=True)
    error_message = fields.Char("Last Said", readonly=True, help="What the newest of its messages says.")
    error_hint = fields.Char("What To Do", readonly=True)
    error_params = fields.Json(readonly=True)
    state = fields.Selection(STATES, default="open", required=True, readonly=True, tracking=True)
    user_id = fields.Many2one(
        "res.users",
        "Assigned To",
        tracking=True,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        index="btree_not_null",
        help="Who sees to it. Nobody: whoever answers for the flow or the system is told.",
    )
    snoozed_until = fields.Datetime(readonly=True, tracking=True)
    ignored_reason = fields.Char("Ignored Because", readonly=True, tracking=True)
    ignored_upto = fields.Integer(readonly=True, help="The newest message when it was ignored; newer ones reopen it.")
    again_since = fields.Datetime(readonly=True, help="It was over, and has come back.")
    message_count = fields.Integer("Failing Messages", readonly=True)
    retrying_count = fields.Integer("Being Retried", readonly=True)
    oldest_at = fields.Datetime("Since", readonly=True)
    newest_at = fields.Datetime("Last", readonly=True)
    newest_id = fields.Integer("Newest Message Number", readonly=True)
    next_try_at = fields.Datetime("Next Try", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    amount = fields.Monetary("Amount Known", readonly=True, help="What the documents of its messages are worth.")
    customer_count = fields.Integer("Customers Known", readonly=True, help="How many customers wait for it.")
    looked_count = fields.Integer(
        "Looked At", readonly=True, help="Of how many of its messages amount and customer are known."
    )
    score = fields.Integer("Impact", readonly=True, help="Orders the board: the higher, the more is at stake.")

    _cause_unique = models.Constraint("UNIQUE (endpoint_id, fingerprint)", "This failure is known already.")

    @api.depends("error_code", "error_message", "system_id")
    @api.depends_context("lang")
    def _compute_cause(self):
        for failure in self:
            system = failure.sudo().system_id.name
            failure.cause = failure_words.cause(self.env, system, failure.error_code, failure.error_message)

    def _domain(self):
        """Return the domain of the messages that fail for these causes now."""
        found = fields.Domain.OR(
            fields.Domain("endpoint_id", "=", failure.endpoint_id.id)
            & fields.Domain("fingerprint", "=", failure.fingerprint)
            for failure in self
        )
        long_ago = fields.Datetime.now() - timedelta(seconds=LONG)
        retrying = fields.Domain("state", "=", "retry") & (
            fields.Domain("attempt_count", ">=", SEVERAL) | fields.Domain("arrived_at", "<", long_ago)
        )
        return list(found & (fields.Domain("state", "in", ("dead", "held")) | retrying))

    def _missing_value(self):
        """Return the line of the to-do list of missing values that its messages wait for; whoever maps it mends it."""
        self.ensure_one()
        problem = next(iter((self.error_params or {}).get("problems") or []), None)
        params = (problem.get("params") if isinstance(problem, dict) else None) or {}
        return self.env["integration.missing.value"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("system_id", "=", self.system_id.id),
                ("res_model", "=", params.get("table") or ""),
                ("scope", "=", params.get("scope") or ""),
                ("value", "=", str(params.get("called") or params.get("value") or "")),
            ],
            limit=1,
        )

    @api.model
    def _of(self, event):
        """Return the failure that a message belongs to; empty where it has not failed, or not been counted yet."""
        return self.search([("endpoint_id", "=", event.endpoint_id.id), ("fingerprint", "=", event.fingerprint)])
