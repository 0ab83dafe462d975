# Part of Integration Hub. License LGPL-3.0 or later.
"""For how long a first load keeps what it read."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .integration_load import UNFINISHED

KEPT_DAYS = 30


class IntegrationLoad(models.Model):
    """What was read may be about people: it is forgotten once nothing can come of it any more."""

    _inherit = "integration.load"

    def _check_kept(self):
        """Raise UserError where what was read is kept no longer, or will not be in a moment."""
        if self.filtered(lambda load: load.ended_at and load.ended_at < load._forgotten_before()):
            raise UserError(
                self.env._(
                    "This first load ended more than %(days)s days ago, and what it read is kept no longer. Begin a "
                    "new one: what is linked already stays as it is.",
                    days=KEPT_DAYS,
                )
            )

    @api.model
    def _forgotten_before(self):
        return fields.Datetime.subtract(fields.Datetime.now(), days=KEPT_DAYS)

    @api.autovacuum
    def _gc_contents(self):
        """Give up what nobody went on with, then forget what was read by loads that are over for long."""
        before = self._forgotten_before()
        idle = self._idle_since(before)
        for load in idle:
            load.action_cancel()
            load.message_post(
                body=self.env._("Nobody went on with it for %(days)s days, so it was cancelled.", days=KEPT_DAYS)
            )
        old = self.search([("ended_at", "<", before)]) | idle.filtered(lambda load: not load.confirmed_at)
        self.env.cr.execute(
            SQL(
                """UPDATE integration_load_row r SET payload = NULL, keys = NULL, title = NULL
                     FROM integration_load_line l
                    WHERE l.id = r.line_id AND l.load_id = ANY(%s) AND r.payload IS NOT NULL""",
                old.ids,
            )
        )
        self.env.invalidate_all()

    @api.model
    def _idle_since(self, before):
        """Return the loads that were begun and not ended, and of which no job did anything since."""
        moving = ["|", ("started_at", ">=", before), ("page_at", ">=", before)]
        return self.search(
            [
                ("state", "in", UNFINISHED),
                ("started_at", "<", before),
                ("line_ids", "not any", [("job_ids", "any", moving)]),
            ]
        )
