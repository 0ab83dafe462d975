# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Drains' channels have a parent, and the scheduled action's model is the sweeper's; neither is updated by data."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    parent = env.ref("integration_hub.queue_channel_drains")
    for lane in ("critical", "standard", "bulk"):
        if channel := env.ref(f"integration_hub.queue_channel_{lane}", raise_if_not_found=False):
            channel.write({"name": lane, "parent_id": parent.id})
    if cron := env.ref("integration_hub.cron_sweep", raise_if_not_found=False):
        cron.model_id = env.ref("integration_hub.model_integration_sweeper")
    env["integration.sweeper"]._keep_beating()
