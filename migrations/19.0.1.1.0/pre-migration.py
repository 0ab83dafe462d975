# Part of Integration Hub. License LGPL-3.0 or later.
from odoo.addons.integration_hub.engine.upgrade import add_columns, indexes_concurrently, online
from odoo.addons.integration_hub.models.integration_binding import IntegrationBinding
from odoo.addons.integration_hub.models.integration_event import IntegrationEvent
from odoo.addons.integration_hub.models.res_partner import ResPartner


def migrate(cr, version):
    """What the tables of 19.0.1.0.0 have more now; new tables are made by Odoo and by ``engine/schema.py``."""
    db = online(cr)
    add_columns(db, "integration_event", death_count="int4", in_doubt="bool", res_name="varchar")
    add_columns(db, "integration_claim", claimed_by="varchar")
    add_columns(db, "integration_binding", deleted_here="bool")
    add_columns(
        db,
        "integration_flow",
        trigger="varchar NOT NULL DEFAULT 'change'",
        on_leave="varchar NOT NULL DEFAULT 'nothing'",
        on_archive="varchar NOT NULL DEFAULT 'update'",
        on_unlink="varchar NOT NULL DEFAULT 'nothing'",
    )
    add_columns(db, "integration_rest_resource", repetition="varchar")
    indexes_concurrently(db, "integration_event", IntegrationEvent)
    indexes_concurrently(db, "integration_binding", IntegrationBinding)
    indexes_concurrently(db, "res_partner", ResPartner)
