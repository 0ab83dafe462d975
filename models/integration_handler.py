# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import api, models

from ..engine.database import Database
from ..engine.drain import drain
from ..engine.slots import Unit
from ..engine.wake import set_timer, wake
from .handler import Handler


class IntegrationHandler(models.AbstractModel):
    """Where the job queue's workers enter the engine."""

    _name = "integration.handler"
    _description = "Integration Handler"

    @api.model
    def _drain_unit(self, endpoint_id, direction, slot):
        """Drain one unit, then see to it that somebody comes for what is left."""
        db, unit = Database(self.env.cr.dbname), Unit(endpoint_id, direction, slot)
        left = drain(db, unit, Handler(db))
        if left == "more":
            wake(db, [unit])
        elif left and left != "busy":
            set_timer(db, unit, left)
