# Part of Integration Hub. License LGPL-3.0 or later.
import logging

from odoo import api, models
from odoo.exceptions import AccessError

from ..engine import home
from ..engine.database import Database
from ..engine.sweep import waiting
from ..engine.wake import wake_or_log
from .integration_readiness import BAD, Line

_logger = logging.getLogger(__name__)

NEUTRALIZE = "odoo neutralize -d {database}"


class IntegrationReadiness(models.AbstractModel):
    """A copy of the database does nothing until an administrator says that it goes on. See ``engine/home.py``."""

    _inherit = "integration.readiness"

    def _lines(self):
        return [*super()._lines(), *self._copy()]

    def _copy(self):
        """Return a line where this database is a copy."""
        if not self._copied():
            return []
        said = self.env._("This database is a copy, or was restored or moved: nothing is sent or processed here.")
        why = self.env._(
            "Where the original still runs, both would send the same messages and use up each other's access tokens. "
            "So all is held until somebody says that this one goes on. What arrives meanwhile is kept."
        )
        advice = self.env._(
            "If it takes the original's place, as after a move, an upgrade of PostgreSQL or a restored backup, see "
            "that the original is off and press Go On Here. If it is for trying things out, neutralize it: its secrets "
            "are deleted, and new ones can be entered."
        )
        return [Line("copy", BAD, said, why, steps=NEUTRALIZE.format(database=self.env.cr.dbname), advice=advice)]

    @api.model
    def _copied(self):
        """Return why nothing runs in this database, for whatever waits in it; an empty text where it works."""
        if not home.is_copy(self.env.cr):
            return ""
        return self.env._("This database is a copy: nothing is sent or processed before an administrator lets it go on")

    @api.model
    def go_on_here(self):
        """Let this database be the one that works from now on, its original being off; what waited goes on."""
        if not self.env.user.has_group("integration_hub.group_admin"):
            raise AccessError(self.env._("Only administrators of integrations decide that a copy goes on. Ask one."))
        if not home.is_copy(self.env.cr):
            return
        home.move_in(self.env.cr)
        _logger.info("Database %s works from now on: %s says so", self.env.cr.dbname, self.env.user.login)
        self.env["integration.endpoint"].sudo().search([("webhooks_managed", "=", True)])._webhooks_changed()
        db = Database(self.env.cr.dbname)
        self.env.cr.postcommit.add(lambda: wake_or_log(db, waiting(db)))
