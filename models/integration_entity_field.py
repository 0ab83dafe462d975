# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import fields, models


class IntegrationEntityField(models.Model):
    """One field of a business object. Who decides it is set for each system, in ``integration.ownership``."""

    _name = "integration.entity.field"
    _description = "Business Object Field"
    _order = "entity_id, path"
    _rec_name = "path"

    entity_id = fields.Many2one("integration.entity", required=True, ondelete="cascade", index=True)
    path = fields.Char(required=True, readonly=True)
    type = fields.Char(readonly=True)
    data_class = fields.Selection(
        [
            ("public", "Public"),
            ("internal", "Internal"),
            ("personal", "Personal"),
            ("financial", "Financial"),
            ("regulated", "Regulated"),
        ],
        default="internal",
        required=True,
        help="How it is masked in logs and exports.",
    )

    _path_unique = models.Constraint("UNIQUE (entity_id, path)", "A business object has each field once.")
