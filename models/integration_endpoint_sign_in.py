# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import api, fields, models
from odoo.tools import format_datetime

from ..connectors.errors import HubError

CALLBACK = "/integration/oauth/callback"


class IntegrationEndpoint(models.Model):
    """An API that a person signs in to, in the browser."""

    _inherit = "integration.endpoint"

    signs_in = fields.Boolean(compute="_compute_signs_in")
    sign_in_problem = fields.Char(
        "Sign-in", readonly=True, copy=False, help="Why the last one did not succeed, or that it was not finished."
    )

    @api.depends("url", "direction", "system_id.settings", "system_id.connector")
    def _compute_signs_in(self):
        for endpoint in self:
            endpoint.signs_in = endpoint.direction == "outbound" and endpoint._signs_in()

    def _signs_in(self):
        try:
            connector, options = self._connector_and_settings()
            return connector.signs_in(options)
        except HubError:
            return False  # what is wrong with its settings is said where they are entered

    def action_sign_in(self):
        """Lead the browser to the other system's page, where a person allows the hub what it asks for."""
        self.ensure_one()
        return self.env["integration.sign.in"]._start(self)

    def _sign_in_begun(self):
        """Note that a person has gone to the other system: this is what is left to read of a sign-in not finished."""
        user, moment = self.env.user.name, format_datetime(self.env, fields.Datetime.now())
        self.sign_in_problem = self.env._(
            "%(user)s went to sign in (%(moment)s) and has not come back. Press Sign In to begin again.",
            user=user,
            moment=moment,
        )
        self._message_log(body=self.env._("%(user)s went to the other system to sign in.", user=user))

    def _sign_in_ended(self, error):
        """Note what came of it; with new tokens all goes on that was stopped for the lack of them.

        :param error: the HubError that there are none for, or ``None``
        """
        user = self.env.user.name
        if error:
            text = self.env["integration.system"]._hub_error_text(error)
            self.sign_in_problem = self.env._(
                "The sign-in of %(user)s did not succeed: %(error)s",
                user=user,
                error=" ".join(f"{sentence.rstrip('.')}." for sentence in text.splitlines()),
            )
            self._message_log(body=self.sign_in_problem)
            return
        self.sign_in_problem = False
        self._message_log(body=self.env._("%(user)s signed in at the other system.", user=user))
        (self | self.credential_id.endpoint_ids).sudo()._secret_changed()
