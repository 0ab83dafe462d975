# Part of Integration Hub. License LGPL-3.0 or later.
"""Channels: what this server's configuration lets the job queue run at once."""

from odoo.addons.queue_job.jobrunner.channels import ChannelManager
from odoo.addons.queue_job.jobrunner.runner import _channels

from .capacity import Capacities


def configured():
    """Return the :class:`Capacities` of this server; a channel that is not named has its parent's."""
    given = {
        channel["name"].removeprefix("root."): channel["capacity"]
        for channel in ChannelManager.parse_simple_config(_channels())
    }
    return Capacities.of(given)
