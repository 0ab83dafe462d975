# Part of Integration Hub. License LGPL-3.0 or later.
from odoo.addons.integration_hub.engine.upgrade import (
    indexes_concurrently,
    online,
    take_marks_back,
    tune_storage,
)
from odoo.addons.integration_hub.models.integration_event import IntegrationEvent
from odoo.addons.integration_hub.models.queue_job import QueueJob


def migrate(cr, version):
    """What the tables of 19.0.1.1.0 have more now; new tables are made by Odoo and by ``engine/schema.py``."""
    db = online(cr)
    tune_storage(db)
    take_marks_back(db)
    indexes_concurrently(db, "integration_event", IntegrationEvent)
    indexes_concurrently(db, "queue_job", QueueJob)
