# Part of Integration Hub. License LGPL-3.0 or later.
"""Channels: what this server's configuration lets the job queue run at once."""

from functools import cache

from odoo.addons.queue_job.jobrunner.channels import ChannelManager
from odoo.addons.queue_job.jobrunner.runner import _channels

from .capacity import Capacities


def configured():
    """Return the :class:`Capacities` of this server; a channel that is not named has its parent's."""
    return _parsed(_channels())


@cache
def _parsed(line):
    given = ChannelManager.parse_simple_config(line)
    return Capacities.of({channel["name"].removeprefix("root."): channel["capacity"] for channel in given})
