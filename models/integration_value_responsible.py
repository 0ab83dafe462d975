# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import api, fields, models


class IntegrationValueResponsible(models.Model):
    """Who looks after values of a kind: accounting after taxes and currencies, sales after carriers."""

    _name = "integration.value.responsible"
    _description = "Who Looks After Values"
    _order = "model_id, company_id"

    model_id = fields.Many2one(
        "ir.model",
        "Values Of",
        required=True,
        ondelete="cascade",
        domain=lambda self: self.env["integration.value.map"]._domain_model_id(),
    )
    company_id = fields.Many2one(
        "res.company", default=lambda self: self.env.company, ondelete="cascade", help="Empty: of every company."
    )
    user_id = fields.Many2one(
        "res.users",
        "Who",
        required=True,
        ondelete="cascade",
        domain=lambda self: [("all_group_ids", "in", self.env.ref("integration_hub.group_user").ids)],
        help="Is told once of each value that is missing. Needs access to Integrations.",
    )

    _one_of_a_kind = models.UniqueIndex("(model_id, COALESCE(company_id, 0))", "Somebody looks after these already.")

    @api.model
    def _people(self):
        """Return ``{(company id or False, model): user}``."""
        return {(one.company_id.id, one.model_id.model): one.user_id for one in self.sudo().search([])}
