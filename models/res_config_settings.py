# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import fields, models

from ..connectors.errors import HubError
from ..engine import settings


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    group_integration_business_objects = fields.Boolean(
        "Business Objects",
        implied_group="integration_hub.group_business_objects",
        group="integration_hub.group_consultant",
    )
    group_integration_governance = fields.Boolean(
        "Governance", implied_group="integration_hub.group_governance", group="integration_hub.group_user"
    )
    group_integration_quality = fields.Boolean(
        "Alerts and Topology", implied_group="integration_hub.group_quality", group="integration_hub.group_user"
    )
    integration_environment = fields.Char("Environment of This Server", compute="_compute_integration_server")
    integration_key_names = fields.Char("Encryption Keys", compute="_compute_integration_server")
    integration_content_days = fields.Integer(
        "Keep Contents (days)", config_parameter="integration_hub.content_days", default=30
    )
    integration_message_days = fields.Integer(
        "Keep Messages (days)", config_parameter="integration_hub.message_days", default=90
    )
    integration_failed_days = fields.Integer(
        "Keep Failed Messages (days)", config_parameter="integration_hub.failed_days", default=365
    )
    integration_dedupe_days = fields.Integer(
        "Remember Deliveries (days)", config_parameter="integration_hub.dedupe_days", default=30
    )

    def _compute_integration_server(self):
        try:
            environment, keys = settings.running_environment(), settings.master_keys()
        except HubError as error:
            environment, keys = str(error), []
        for record in self:
            record.integration_environment = environment or self.env._("not named yet")
            record.integration_key_names = ", ".join(key.name for key in keys) or self.env._("none yet")
