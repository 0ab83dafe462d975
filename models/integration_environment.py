# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import api, fields, models

from ..engine import settings


class IntegrationEnvironment(models.Model):
    """Development, test or production. Which one runs is named by the server's configuration, never by the database."""

    _name = "integration.environment"
    _description = "Integration Environment"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Selection(
        [("development", "Development"), ("test", "Test"), ("production", "Production")],
        required=True,
        readonly=True,
    )
    sequence = fields.Integer(default=10)
    is_running = fields.Boolean(
        compute="_compute_is_running",
        search="_search_is_running",
        help="Named by `environment` in section [integration_hub] of the server's configuration.",
    )
    credential_ids = fields.One2many("integration.credential", "environment_id", readonly=True)
    endpoint_ids = fields.One2many("integration.endpoint", "environment_id", readonly=True)

    _code_unique = models.Constraint("UNIQUE (code)", "There is one environment of each kind.")

    def _compute_is_running(self):
        running = settings.running_environment()
        for environment in self:
            environment.is_running = environment.code == running

    def _search_is_running(self, operator, value):
        if operator not in ("in", "="):
            return NotImplemented
        wanted = True in value if operator == "in" else value
        return [("code", "=" if wanted else "!=", settings.running_environment() or "none")]

    @api.model
    def _running(self):
        """Return the running environment; empty where the server does not name one."""
        return self.search([("code", "=", settings.running_environment())], limit=1)
