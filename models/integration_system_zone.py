# Part of Integration Hub. License LGPL-3.0 or later.
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .completeness_check import day_of

TOLD_AS = ("timezone", "timeZone")  # what connectors call it in what a check tells


class IntegrationSystem(models.Model):
    """By whose clocks a system's days are counted."""

    _inherit = "integration.system"

    tz = fields.Char(
        "Time Zone",
        tracking=True,
        help="By whose clocks its days begin and end, e.g. Europe/Brussels. Empty: as the system says when they "
        "are first counted, else the company's.",
    )

    @api.constrains("tz")
    def _check_tz(self):
        for system in self.filtered("tz"):
            if not is_zone(system.tz):
                raise ValidationError(
                    self.env._("%(zone)s is no time zone. Write it as in Europe/Brussels.", zone=system.tz)
                )

    def _zone(self, connector=None):
        """Return the name of the time zone by which days are counted.

        :param connector: is asked where nobody has said it yet
        """
        if not self.tz and connector is not None:
            details = connector.check().details
            told = next((details[name] for name in TOLD_AS if details.get(name)), "")
            if is_zone(told):
                return told
        return self.tz or self.company_id.partner_id.tz or "UTC"

    def _today(self):
        """Return the day that it is there."""
        return day_of(self.env.cr.now(), self._zone())


def is_zone(name):
    """Tell whether there is a time zone of that name."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, IsADirectoryError):
        return False
    return bool(name)
