# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import api, models

from ..engine.database import Database
from ..engine.observe import observed
from ..engine.perform import drain
from ..engine.slots import Unit
from .handler import Handler


class IntegrationHandler(models.AbstractModel):
    """Where the job queue's workers enter the engine."""

    _name = "integration.handler"
    _description = "Integration Handler"

    @api.model
    def _drain_unit(self, endpoint_id, direction, slot):
        """Drain one unit; returns what is left of it, see ``engine/perform.py``."""
        db = Database(self.env.cr.dbname)
        handler = Handler(db)
        try:
            with observed("drain", endpoint_id=endpoint_id, direction=direction, slot=slot):
                return drain(db, Unit(endpoint_id, direction, slot), handler)
        finally:
            handler.give_back()
