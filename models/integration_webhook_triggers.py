# Part of Integration Hub. License LGPL-3.0 or later.
"""What decides, beside the endpoint itself, which webhooks it needs: its flows, and its system."""

import contextlib

from odoo import api, models


class IntegrationFlow(models.Model):
    """A flow that is switched on or off, or takes other events, needs other webhooks."""

    _inherit = "integration.flow"

    @api.model_create_multi
    def create(self, vals_list):
        flows = super().create(vals_list)
        flows.filtered(lambda flow: flow.state == "on").endpoint_id._webhooks_changed()
        return flows

    def write(self, vals):
        if not {"state", "active", "topics", "direction", "endpoint_id"} & vals.keys():
            return super().write(vals)
        before = self.endpoint_id
        result = super().write(vals)
        (before | self.endpoint_id)._webhooks_changed()
        return result

    def unlink(self):
        endpoints = self.endpoint_id
        result = super().unlink()
        endpoints._webhooks_changed()
        return result


class IntegrationSystem(models.Model):
    """A system that is archived or retired delivers nothing any more."""

    _inherit = "integration.system"

    def write(self, vals):
        endpoints = self.with_context(active_test=False).endpoint_ids
        with endpoints._webhooks_stay() if {"settings", "connector"} & vals.keys() else contextlib.nullcontext():
            result = super().write(vals)
        if {"active", "lifecycle", "settings"} & vals.keys():
            endpoints._webhooks_changed()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_registered(self):
        """The database removes endpoints with their system, without asking them."""
        self.with_context(active_test=False).endpoint_ids._unlink_except_registered()
