# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import Command, api, fields, models
from odoo.exceptions import ValidationError

from ..connectors import signatures
from ..connectors.errors import HubError


class IntegrationEndpoint(models.Model):
    """How an endpoint's webhooks are signed: the scheme, and its settings where it has some."""

    _inherit = "integration.endpoint"

    def _selection_scheme(self):
        return [(key, scheme.title) for key, scheme in signatures.SCHEMES.items()]

    scheme = fields.Selection(
        "_selection_scheme", "Signature", help="How the other system signs what it sends.", tracking=True
    )
    option_ids = fields.One2many(
        "integration.endpoint.option",
        "endpoint_id",
        "Signature Settings",
        compute="_compute_option_ids",
        store=True,
        readonly=False,
        copy=True,
    )

    scheme_covers_body = fields.Boolean(compute="_compute_scheme_covers_body")

    @api.depends("scheme", "option_ids.value")
    def _compute_scheme_covers_body(self):
        for endpoint in self:
            try:
                covers = not endpoint.scheme or signatures.get(endpoint.scheme, endpoint._scheme_options()).signs_body
            except HubError:
                covers = True  # what is wrong is said when it is saved
            endpoint.scheme_covers_body = covers

    @api.depends("scheme")
    def _compute_option_ids(self):
        """A line for each setting of the scheme, in the library's order; those of another scheme go."""
        for endpoint in self:
            wanted = [option.name for option in signatures.OPTIONS.get(endpoint.scheme, ())]
            values = {line.name: line.value for line in endpoint.option_ids}
            if wanted != endpoint.option_ids.mapped("name"):
                lines = [{"name": name, "value": values.get(name)} for name in wanted]
                endpoint.option_ids = [Command.clear(), *map(Command.create, lines)]

    @api.model_create_multi
    def create(self, vals_list):
        endpoints = super().create(vals_list)
        endpoints._compute_option_ids()
        return endpoints

    def write(self, vals):
        result = super().write(vals)
        if "option_ids" in vals:
            self._compute_option_ids()
        return result

    def _scheme_options(self):
        """Return what was set of the scheme's settings, by name."""
        self.ensure_one()
        return {line.name: line.value for line in self.option_ids if line.value}

    @api.constrains("direction", "for_jobs", "scheme", "option_ids")
    def _check_scheme(self):
        for endpoint in self.filtered(lambda endpoint: endpoint.direction == "inbound" and not endpoint.for_jobs):
            if not endpoint.scheme:
                raise ValidationError(
                    self.env._("%(endpoint)s receives webhooks: choose how they are signed.", endpoint=endpoint.name)
                )
            try:
                signatures.get(endpoint.scheme, endpoint._scheme_options())
            except HubError as error:
                raise ValidationError(self.env["integration.system"]._hub_error_text(error)) from error
