# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import SUPERUSER_ID, api
from odoo.addons.integration_hub.engine.database import Database
from odoo.addons.integration_hub.engine.upgrade import changed
from odoo.tools import SQL


def migrate(cr, version):
    """The bulk lane's channel is within the standard lane's, with the jobs in it; data does not update channels.

    Jobs move in a transaction of their own: here their locks would stop the job runner to the end of the upgrade, and
    one that ran meanwhile would make it fail. One that is left behind runs beside the others of its old parent.
    """
    env = api.Environment(cr, SUPERUSER_ID, {})
    bulk = env.ref("integration_hub.queue_channel_bulk", raise_if_not_found=False)
    standard = env.ref("integration_hub.queue_channel_standard", raise_if_not_found=False)
    if not bulk or not standard or bulk.parent_id == standard:
        return
    before = bulk.complete_name
    bulk.parent_id = standard
    env.flush_all()
    changed(
        Database(cr.dbname),
        SQL(
            """UPDATE queue_job SET channel = %s
                WHERE id IN (SELECT id FROM queue_job WHERE channel = %s AND state = 'pending'
                                FOR NO KEY UPDATE SKIP LOCKED)""",
            bulk.complete_name,
            before,
        ),
    )
