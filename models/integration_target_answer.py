# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import models


class IntegrationTarget(models.AbstractModel):
    """How an answer becomes part of the record that it was asked about."""

    _inherit = "integration.target"

    def _fill(self, arrival, record):
        """Hook: write what was answered, the values that name fields of the record."""
        values = {
            name: self._to_field(record._fields[name], value)
            for name, value in arrival.values.items()
            if name in record._fields
        }
        changed = {name: value for name, value in values.items() if self._differs(record, name, value)}
        if changed:
            record.write(changed)
