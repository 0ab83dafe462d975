# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import models


class QueueJob(models.Model):
    """Jobs that wait, by lane and turn: ``engine/turns.py``."""

    _inherit = "queue.job"

    _integration_waiting_idx = models.Index("(channel, priority) WHERE state IN ('pending', 'enqueued')")
