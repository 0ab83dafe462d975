# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import api, models
from odoo.tools import SQL

KEPT = 5  # of a field of a record that a rule has decided again and again: the newest
BATCH = 10_000


class IntegrationConflict(models.Model):
    """What is kept of conflicts, and for how long.

    A person's choices are kept as long as failed messages are. Of what a rule decides the newest are kept: a field that
    changes there every minute, and that Odoo decides, would fill the table.
    """

    _inherit = "integration.conflict"

    @api.autovacuum
    def _gc_settled(self):
        """What was settled is kept as long as failed messages are."""
        before = self.env["integration.retention"]._kept().failed
        old = SQL(
            "SELECT id FROM integration_conflict WHERE state <> 'open' AND create_date < %s LIMIT %s", before, BATCH
        )
        return self._forget(old)

    @api.autovacuum
    def _gc_repeated(self):
        """Of what a rule has decided about one field of one record the newest are kept."""
        return self._forget(
            SQL(
                """SELECT id FROM (
                       SELECT id, row_number() OVER (PARTITION BY binding_id, field_id ORDER BY id DESC) AS place
                         FROM integration_conflict WHERE state <> 'open' AND settled_by IS NULL) ranked
                    WHERE place > %s LIMIT %s""",
                KEPT,
                BATCH,
            )
        )

    @api.autovacuum
    def _gc_gone(self):
        """Nobody is asked about records that are gone."""
        for _model, conflicts in self.sudo().search([("state", "=", "open")]).grouped("res_model").items():
            conflicts._leave_gone()

    def _forget(self, ids):
        self.env.flush_all()
        self.env.cr.execute(SQL("DELETE FROM integration_conflict WHERE id IN (%s)", ids))
        self.env.invalidate_all()
        return self.env.cr.rowcount, self.env.cr.rowcount == BATCH
