# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import api, fields, models


class IntegrationMapValue(models.TransientModel):
    """Says which Odoo record a missing value means: it is written into the value map, and what waited goes on."""

    _name = "integration.map.value"
    _description = "Map a Missing Value"

    missing_id = fields.Many2one("integration.missing.value", required=True, readonly=True, ondelete="cascade")
    system_id = fields.Many2one(related="missing_id.system_id")
    res_model = fields.Char(related="missing_id.res_model")
    kind = fields.Char(related="missing_id.kind", string="Values Of")
    value = fields.Char(related="missing_id.value")
    scope = fields.Char(related="missing_id.scope")
    example_message = fields.Char(related="missing_id.example_message")
    message_count = fields.Integer(related="missing_id.message_count")
    res_id = fields.Many2oneReference("Odoo Record", model_field="res_model", required=True)
    everywhere = fields.Boolean(
        "For Every System",
        help="Any other system of the company that says the same means the same, unless it has a value map of its own.",
    )

    def action_map(self):
        """Write it down; what waits is taken in by itself."""
        self.ensure_one()
        missing = self.missing_id
        missing.check_access("read")
        value_map = self._value_map(missing)
        known = value_map.line_ids.filtered(lambda line: line._says(missing.scope, missing.value))
        if known:
            known.res_id = self.res_id
        else:
            known.create(
                {"map_id": value_map.id, "value": missing.value, "scope": missing.scope, "res_id": self.res_id}
            )
        count = missing.message_count
        missing._refresh()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "“%(value)s” is mapped. %(count)s messages are taken in now.",
                    value=missing.value,
                    count=count,
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    @api.model
    def _value_map(self, missing):
        """Return the value map to write into, a new one where there is none."""
        place = {
            "model_id": self.env["ir.model"]._get(missing.res_model).id,
            "system_id": False if self.everywhere else missing.system_id.id,
            "company_id": missing.company_id.id,
        }
        Map = self.env["integration.value.map"]
        return Map.search([(name, "=", value) for name, value in place.items()], limit=1) or Map.create(place)
