# Part of Integration Hub. License LGPL-3.0 or later.
import hashlib
import json
import uuid

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.service.model import retrying

from ..connectors.errors import HubError
from ..engine import settings, vault
from ..models.connection import begin_sign_in, end_sign_in
from ..models.integration_endpoint_sign_in import CALLBACK


class IntegrationSignIn(models.TransientModel):
    """A person is signing in at another system, in the browser: kept, sealed, until the browser comes back.

    It is that person's, in this database and environment, good for ten minutes and used once.
    """

    _name = "integration.sign.in"
    _description = "Sign-in Under Way"

    endpoint_id = fields.Many2one("integration.endpoint", required=True, ondelete="cascade")
    digest = fields.Char(index=True, groups=fields.NO_ACCESS)
    uuid = fields.Char(groups=fields.NO_ACCESS)
    key_name = fields.Char(groups=fields.NO_ACCESS)
    ciphertext = fields.Char(groups=fields.NO_ACCESS)

    @api.model
    def _callback_url(self):
        """Return where the other system sends the browser back to: it has to be registered there."""
        return self.env["ir.config_parameter"].sudo().get_param("web.base.url", "").rstrip("/") + CALLBACK

    @api.model
    def _start(self, endpoint):
        """Return the action that leads the browser to the other system's own page."""
        self.check_access("create")
        endpoint.check_access("write")
        identity = str(uuid.uuid4())
        try:
            pending = begin_sign_in(endpoint, self._callback_url())
            sealed = vault.seal(json.dumps(pending), _binding(identity))
        except HubError as error:
            raise UserError(self.env["integration.system"]._hub_error_text(error)) from error
        endpoint._sign_in_begun()
        self.sudo().create(
            {
                "endpoint_id": endpoint.id,
                "digest": _digest(pending["state"]),
                "uuid": identity,
                "key_name": sealed.key_name,
                "ciphertext": sealed.ciphertext,
            }
        )
        return {"type": "ir.actions.act_url", "url": pending["url"], "target": "self"}

    @api.model
    def _finish(self, answer):
        """Take what the browser came back with, and note on the endpoint what came of it; returns the endpoint.

        The code in the answer can be exchanged once, and Odoo runs a request again that lost against another one. So
        what is used is committed as used before, and what came of it after; run again, it goes on from there.

        :param answer: the query's values by name, each a list
        """
        self.check_access("create")
        state = (answer.get("state") or [""])[0]
        begun = self.sudo().search([("digest", "=", _digest(state)), ("create_uid", "=", self.env.uid)], limit=1)
        if not begun:
            raise UserError(
                self.env._(
                    "No sign-in of yours is waiting for this answer: it was answered already, took too long, or "
                    "somebody else began it. Start it again where you began."
                )
            )
        endpoint = begun.endpoint_id.with_env(self.env)
        endpoint.check_access("write")
        if begun.ciphertext:
            sealed, binding = vault.Sealed(begun.key_name, begun.ciphertext), _binding(begun.uuid)
            begun.ciphertext = False
            self.env.cr.commit()  # pylint: disable=invalid-commit  # nothing else is in it
            error = _exchanged(endpoint, sealed, binding, answer)
            retrying(lambda: endpoint._sign_in_ended(error), self.env)
        begun.unlink()
        return endpoint


def _exchanged(endpoint, sealed, binding, answer):
    """Get tokens for the answer, into the vault; returns the error where there are none."""
    try:
        end_sign_in(endpoint, json.loads(vault.unseal(sealed, binding)), answer)
    except HubError as error:
        return error
    return None


def _digest(state):
    return hashlib.sha256(state.encode()).hexdigest()


def _binding(identity):
    return vault.Binding(identity, settings.running_environment(), ("sign-in",))
