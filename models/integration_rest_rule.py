# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .rest_definition import RULE, read, write


class IntegrationRestRule(models.Model):
    """What a webhook's topic means: which kind of object, and where its id stands."""

    _name = "integration.rest.rule"
    _description = "Webhook Rule"
    _inherit = ["integration.rest.part.mixin"]
    _order = "system_id, sequence, id"
    _rec_name = "topic"

    system_id = fields.Many2one("integration.system", required=True, ondelete="cascade", index=True)
    sequence = fields.Integer(default=10)
    topic = fields.Char(required=True, default="*", help="* stands for any text, e.g. contact.*")
    resource_id = fields.Many2one(
        "integration.rest.resource",
        "Object",
        required=True,
        ondelete="cascade",
        domain="[('system_id', '=', system_id)]",
    )
    payload_path = fields.Char("Object At", help="Where the object stands in the message, e.g. data. Empty: it is it.")
    id_path = fields.Char("Id At", help="Where its id stands in the message, if not in the object itself.")
    version_path = fields.Char("Version At", help="Where the version is in the message, if not in the object.")
    occurred_path = fields.Char("Moment At", help="Where the message says when it happened.")
    complete = fields.Boolean("Whole Object", help="The message holds the whole object. Otherwise it is read first.")
    deleted = fields.Boolean(help="The object is gone at the other side.")

    @api.constrains("system_id", "resource_id")
    def _check_resource_id(self):
        for rule in self:
            if rule.sudo().resource_id.system_id != rule.system_id:
                raise ValidationError(self.env._("The webhook rule %(topic)s is about another API.", topic=rule.topic))

    def _to_definition(self):
        """Return the rule as the library describes it."""
        self.ensure_one()
        return {"resource": self.resource_id.name, **write({}, RULE, self)}

    @api.model
    def _from_definition(self, document, resources):
        """Return field values of a rule as the library describes it; *resources* are records by name."""
        return {**read(document, RULE), "resource_id": resources[document["resource"]].id}
