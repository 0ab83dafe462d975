# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import api, fields, models

from ..engine import failures, worth
from ..engine.database import Database

KEPT_DAYS = 365


class IntegrationFailure(models.Model):
    """The numbers, brought in step with the log beside all traffic."""

    _inherit = "integration.failure"

    @api.model
    def _cron_refresh(self):
        """Bring the board in step with the log, and find out what some more messages are worth."""
        self._refresh()
        worth.forget(self.env.cr)
        if self._look():
            self.env["ir.cron"]._commit_progress(1)
            self._refresh()

    @api.model
    def _refresh(self):
        """Bring the board in step with the log, in a transaction of its own; the caller reads it in its next one."""
        database = Database(self.env.cr.dbname)
        with database.read_committed() as cr:
            failures.refresh(cr, database.now())
        self.invalidate_model()

    @api.model
    def _look(self):
        """Find out amount and customer of messages that nobody has looked at; returns of how many."""
        ids = worth.unknown(self.env.cr, failures.is_failed(fields.Datetime.now()))
        found = [(event.id, *event._worth()) for event in self.env["integration.event"].sudo().browse(ids)]
        worth.keep(self.env.cr, found)
        return len(found)

    @api.autovacuum
    def _gc_failures(self):
        """Forget causes that have been over for a year."""
        before = fields.Datetime.subtract(fields.Datetime.now(), days=KEPT_DAYS)
        self.search([("state", "=", "closed"), ("newest_at", "<", before)], limit=1000).unlink()
