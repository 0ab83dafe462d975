# Part of Integration Hub. License LGPL-3.0 or later.
import logging
from collections import Counter

from odoo import api, fields, models

from ..engine.database import Database
from ..engine.retention import Kept, forget

_logger = logging.getLogger(__name__)

LEAST_DELIVERIES = 30  # days; vendors deliver again for up to some weeks
DAYS = {
    "integration_hub.content_days": 30,
    "integration_hub.message_days": 90,
    "integration_hub.failed_days": 365,
    "integration_hub.dedupe_days": 30,
}


class IntegrationRetention(models.AbstractModel):
    """Forgets what is kept no longer, a batch at a time; what waits or has to be decided about stays."""

    _name = "integration.retention"
    _description = "Integration Retention"

    @api.model
    def _cron_forget(self):
        """Delete what is old for as long as Odoo's cron gives time; it calls again where that was not enough."""
        gone = Counter()
        for batch in forget(Database(self.env.cr.dbname), self._kept()):
            gone[batch.what] += batch.deleted
            if self.env["ir.cron"]._commit_progress(batch.deleted, remaining=1) <= 0:
                break
        else:
            self.env["ir.cron"]._commit_progress(remaining=0)
        _logger.info("Forgotten, since kept no longer: %s", ", ".join(f"{n} {what}" for what, n in gone.items()) or "-")

    @api.model
    def _kept(self):
        """Return until when what ended is forgotten, by the settings."""
        parameters, now = self.env["ir.config_parameter"].sudo(), fields.Datetime.now()
        contents, messages, failed, deliveries = (
            max(int(parameters.get_param(name, default)), 1) for name, default in DAYS.items()
        )
        days = (contents, messages, max(failed, messages), max(deliveries, LEAST_DELIVERIES))
        return Kept(*(fields.Datetime.subtract(now, days=each) for each in days))
