# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import api, models

from . import capture


class MailBlacklist(models.Model):
    """An address that is put on the blacklist, or taken off it, is a change of the contacts who have it."""

    _inherit = "mail.blacklist"

    @api.model_create_multi
    def create(self, vals_list):
        entries = super().create(vals_list)
        entries._tell_contacts()
        return entries

    def write(self, vals):
        result = super().write(vals)
        if "active" in vals:
            self._tell_contacts()
        return result

    def unlink(self):
        self._tell_contacts()
        return super().unlink()

    def _tell_contacts(self):
        partners = self.env["res.partner"].sudo()
        if watch := capture.watch_of(partners):
            partners = partners.search([("email_normalized", "in", self.mapped("email"))])
            capture.asked(partners, ["is_blacklisted"], watch)
