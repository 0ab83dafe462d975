# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .loose_many2one import LooseMany2one
from .windows import form_of

OUTCOMES = [
    ("next", "Not begun"),
    ("kept", "Left as it was"),
    ("left", "Was not failed any more"),
    ("waiting", "Still waiting"),
    ("done", "Done"),
    ("ignored", "Ignored"),
    ("same", "Failed again"),
    ("other", "Failed with another cause"),
    ("gone", "Deleted since"),
]


class IntegrationRepairItem(models.Model):
    """What came of one message of a repair: taken from the message each time it is read, never copied."""

    _name = "integration.repair.item"
    _description = "Message of a Repair"
    _auto = False
    _log_access = False
    _order = "id"
    _rec_name = "event_id"

    repair_id = fields.Many2one("integration.repair", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    event_id = LooseMany2one("integration.event", "Message", readonly=True, help="Empty, where it was deleted since.")
    number = fields.Integer("Message Number", readonly=True)
    endpoint_id = LooseMany2one("integration.endpoint", readonly=True)
    flow_id = LooseMany2one("integration.flow", readonly=True)
    phase = fields.Char(readonly=True)
    outcome = fields.Selection(OUTCOMES, "What Came of It", readonly=True)
    external_id = fields.Char("Remote Id", readonly=True)
    error_message = fields.Char("What Happened", readonly=True)
    error_hint = fields.Char("What To Do", readonly=True)
    attempt_count = fields.Integer("Tries", readonly=True)
    arrived_at = fields.Datetime("Arrived", readonly=True)
    done_at = fields.Datetime("Ended", readonly=True)

    @property
    def _table_query(self):
        return SQL(
            """SELECT i.id, i.repair_id, i.phase, j.company_id, i.event_id AS number, e.id AS event_id, i.endpoint_id,
                      e.flow_id, e.external_id, e.error_message, e.error_hint, e.attempt_count, e.arrived_at, e.done_at,
                      CASE WHEN e.id IS NULL THEN 'gone'
                           WHEN i.phase = 'waiting' AND j.state = 'cancelled' THEN 'kept'
                           WHEN i.phase = 'waiting' THEN 'next'
                           WHEN i.phase = 'left' THEN 'left'
                           WHEN e.state IN ('done', 'ignored') THEN e.state
                           WHEN e.state NOT IN ('dead', 'held') THEN 'waiting'
                           WHEN e.fingerprint IS NOT DISTINCT FROM i.fingerprint THEN 'same'
                           ELSE 'other' END AS outcome
                 FROM integration_repair_item i
                 JOIN integration_repair r ON r.id = i.repair_id
                 JOIN integration_sync_job j ON j.id = r.job_id
                 LEFT JOIN integration_event e ON e.id = i.event_id"""
        )

    def action_open_message(self):
        """Open the message."""
        self.ensure_one()
        if not self.event_id:
            raise UserError(self.env._("The message was deleted since: it is kept no longer."))
        return form_of("integration.event", self.event_id.id)
