# Part of Integration Hub. License LGPL-3.0 or later.
from typing import Any, NamedTuple

from odoo import models


class Part(NamedTuple):
    """Money that is told with a business object and counts on a day of its own: a refund, a payment.

    ``there`` and ``here`` are decimals; ``here`` is ``None`` where Odoo has nothing of it.
    """

    kind: str
    key: str
    at: str
    currency: str
    there: Any
    here: Any


class IntegrationTarget(models.AbstractModel):
    """What records and business objects come to in money, and on which day they count."""

    _inherit = "integration.target"

    def _amount_of(self, record):
        """Hook: return what a record comes to and in which currency, ``(amount, currency)``; ``None``: it has none."""

    def _amount_there(self, arrival, record):
        """Hook: return what a business object comes to as Odoo should have it, ``(decimal, code of the currency)``.

        ``None``: it has no amount. *record* is empty where Odoo does not have it.
        """

    def _dated_by(self):
        """Hook: return the field of a record that says on which day it counts; ``None``: the day is not told by it."""

    def _set_aside(self, arrival, record):
        """Hook: return why a business object counts on neither side, in words; ``None`` where it does."""

    def _at_odds(self, arrival, record):
        """Hook: return what differs besides the amount, in words; ``None`` where nothing does."""

    def _parts_of(self, arrival, record, link):
        """Hook: return a :class:`Part` for each sum that is told with the business object."""
        return []
