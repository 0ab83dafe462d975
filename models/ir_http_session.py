# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import models


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    def session_info(self):
        """With whose models' records have a sync, so that the forms of all others ask nothing."""
        info = super().session_info()
        if self.env.user._is_internal():
            info["integration_hub_synced"] = self.env["integration.record"].synced()
        return info
