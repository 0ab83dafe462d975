# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import models
from odoo.http import request

DELIVERY = "integration_raw"  # the type of routes that take deliveries


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @classmethod
    def _pre_dispatch(cls, rule, args):
        """A delivery comes from no person and no browser: no language, editor or debug mode is looked up for it."""
        if request.dispatcher.routing_type == DELIVERY:
            return request.dispatcher.pre_dispatch(rule, args)
        return super()._pre_dispatch(rule, args)

    def session_info(self):
        """With what a banner above all screens says to those who work with the hub, where this database is a copy."""
        info = super().session_info()
        if self.env.user.has_group("integration_hub.group_user"):
            info["integration_hub_copied"] = self.env["integration.readiness"]._copied()
        return info
