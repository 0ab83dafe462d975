# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import SUPERUSER_ID, api
from odoo.tools import SQL


def migrate(cr, version):
    """The bulk lane's channel is within the standard lane's, with the jobs in it; data does not update channels."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    bulk = env.ref("integration_hub.queue_channel_bulk", raise_if_not_found=False)
    standard = env.ref("integration_hub.queue_channel_standard", raise_if_not_found=False)
    if not bulk or not standard or bulk.parent_id == standard:
        return
    before = bulk.complete_name
    bulk.parent_id = standard
    env.flush_all()
    cr.execute(SQL("UPDATE queue_job SET channel = %s WHERE channel = %s", bulk.complete_name, before))
