# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import api, fields, models

from ..connectors import entities


class IntegrationEntity(models.Model):
    """A canonical business object: what systems mean when they speak of a customer, a product, an order."""

    _name = "integration.entity"
    _description = "Business Object"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, readonly=True, help="Its name in mappings.")
    sequence = fields.Integer(default=10)
    schema = fields.Json(readonly=True, help="JSON Schema (2020-12) of the canonical document.")
    field_ids = fields.One2many("integration.entity.field", "entity_id")
    mapping_ids = fields.One2many("integration.mapping", "entity_id", readonly=True)
    binding_ids = fields.One2many("integration.binding", "entity_id", readonly=True)
    ownership_count = fields.Integer("Who Decides", compute="_compute_ownership_count")

    _code_unique = models.Constraint("UNIQUE (code)", "There is one business object of each code.")

    def _compute_ownership_count(self):
        for entity in self:
            entity.ownership_count = self.env["integration.ownership"].search_count(entity._ownership_domain())

    def _ownership_domain(self):
        models = self.env["integration.flow"].sudo().search([("entity_id", "=", self.id)]).model_id
        return [("model_id", "in", models.ids)]

    def action_view_ownership(self):
        """Open who decides about this business object's records, for each system."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("integration_hub.integration_ownership_action")
        return dict(action, domain=self._ownership_domain(), context={})

    @api.model
    def _load_from_library(self):
        """Create or refresh the business objects that the library describes; keeps what people set on their fields."""
        for code in entities.ENTITIES:
            schema = entities.load(code)
            entity = self.search([("code", "=", code)], limit=1)
            values = {"schema": schema}
            if entity:
                entity.write(values)
            else:
                entity = self.create({"code": code, "name": schema.get("title", code.capitalize()), **values})
            entity._refresh_fields()

    def _refresh_fields(self):
        known = set(self.field_ids.mapped("path"))
        self.env["integration.entity.field"].create(
            [
                {"entity_id": self.id, "path": path, "type": kind}
                for path, kind in entities.fields(self.code).items()
                if path not in known
            ]
        )
