# Part of Integration Hub. License LGPL-3.0 or later.
"""What people write of a first load directly: in which order its flows come, before it is begun."""

from odoo import api, models
from odoo.exceptions import AccessError, UserError


class IntegrationLoad(models.Model):
    _inherit = "integration.load"

    def write(self, vals):
        if not self.env.su and vals.keys() - {"line_ids"}:
            raise AccessError(
                self.env._("A first load is read, loaded, undone and cancelled by its buttons, and by nothing else.")
            )
        return super().write(vals)


class IntegrationLoadLine(models.Model):
    _inherit = "integration.load.line"

    def write(self, vals):
        if not self.env.su:
            if vals.keys() - {"sequence"}:
                raise AccessError(self.env._("Of the flows of a first load only the order can be changed."))
            self._check_not_begun()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_begun(self):
        self._check_not_begun()

    def _check_not_begun(self):
        if self.filtered(lambda line: line.load_state != "draft"):
            raise UserError(
                self.env._("What is loaded is chosen before the first load is begun. Cancel it, and begin a new one.")
            )
