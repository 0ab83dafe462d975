# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import fields, models

from ..engine import causation


class IntegrationEvent(models.Model):
    """What people did about messages stays told: who tried one again, looked for it or gave it up, and why."""

    _inherit = "integration.event"

    def _note_deed(self, deed, user, reason=None):
        """Note it for the lineage; *deed* as in ``engine/causation.py``."""
        if self:
            now = fields.Datetime.now()
            causation.note_deed(self.env.cr, self.ids, deed, user_id=user.id, now=now, reason=reason)
