# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import models


class ResPartner(models.Model):
    """An arrival finds its contact by the e-mail address, for which Odoo has no index."""

    _inherit = "res.partner"

    # With the id, since the oldest of several is taken.
    _hub_email_idx = models.Index("(email_normalized, id) WHERE email_normalized IS NOT NULL")
