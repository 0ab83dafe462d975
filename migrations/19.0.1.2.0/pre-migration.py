# Part of Integration Hub. License LGPL-3.0 or later.
from odoo.addons.integration_hub.engine.upgrade import online


def migrate(cr, version):
    """What the tables of 19.0.1.1.0 have more now; new tables are made by Odoo and by ``engine/schema.py``."""
    online(cr)
