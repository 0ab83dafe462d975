# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import api, fields, models
from odoo.tools.misc import formatLang


class IntegrationCompletenessMoney(models.AbstractModel):
    """Amounts in a currency that the other system names; Odoo need not have it."""

    _name = "integration.completeness.money"
    _description = "Completeness: Amounts"

    currency = fields.Char("Currency Code", help="Empty where there are no amounts.")
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")
    amount_there = fields.Float(digits=(16, 4))
    amount_here = fields.Float("Amount in Odoo", digits=(16, 4))

    @api.depends("currency")
    def _compute_currency_id(self):
        known = self.env["res.currency"].sudo().with_context(active_test=False)
        found = known.search([("name", "in", list(set(self.mapped("currency"))))]).grouped("name")
        for one in self:
            one.currency_id = found.get(one.currency, known)

    def _money(self, amount):
        """Return an amount with its currency, as whoever reads writes numbers; nothing where there are no amounts."""
        if not self.currency:
            return ""
        places = self.currency_id.decimal_places if self.currency_id else 2
        return f"{formatLang(self.env, amount, digits=places)} {self.currency}"
