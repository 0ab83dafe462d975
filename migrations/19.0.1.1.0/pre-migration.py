# Part of Integration Hub. License LGPL-3.0 or later.
from odoo.addons.integration_hub.engine.upgrade import add_columns, online


def migrate(cr, version):
    """What tables with traffic have more than in 19.0.1.0.0; new tables are Odoo's and ``engine/schema.py``'s."""
    db = online(cr)
    add_columns(db, "integration_event", death_count="int4", in_doubt="bool")
    add_columns(db, "integration_claim", claimed_by="varchar")
