# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import fields, models

STEPS = [
    ("about", "About"),
    ("connect", "Connect"),
    ("test", "Test"),
    ("flows", "Flows"),
    ("load", "First Load"),
    ("on", "On"),
]


class IntegrationSystem(models.Model):
    """A set-up that a person has begun: where it stands, so that it goes on where it was left."""

    _inherit = "integration.system"

    setup_step = fields.Selection(
        STEPS, "Set-up", readonly=True, copy=False, help="How far the set-up has come. Empty: it is done."
    )
    setup = fields.Json(readonly=True, copy=False, help="What was chosen in it: flows, and scopes that the key lacks.")

    def action_continue_setup(self):
        """Go on with the set-up where it was left."""
        self.ensure_one()
        return self.env["integration.connect"]._continue(self)

    def _keep_setup(self, **values):
        self.ensure_one()
        self.setup = {**(self.setup or {}), **values}
