# Part of Integration Hub. License LGPL-3.0 or later.
from markupsafe import Markup

from odoo import api, fields, models

from ..connectors import signatures


class IntegrationEndpointOption(models.Model):
    """One setting of a configurable signature scheme; the library says which there are and what they mean."""

    _name = "integration.endpoint.option"
    _description = "Signature Setting"
    _inherit = ["integration.cached.mixin"]
    _order = "endpoint_id, id"
    _rec_name = "label"

    endpoint_id = fields.Many2one("integration.endpoint", required=True, ondelete="cascade", index=True)
    name = fields.Char(required=True)
    label = fields.Char("Setting", compute="_compute_facts")
    help = fields.Char("Meaning", compute="_compute_facts")
    usual = fields.Char("If Empty", compute="_compute_facts")
    value = fields.Char()

    _name_unique = models.Constraint("UNIQUE (endpoint_id, name)", "A signature has each setting once.")

    @api.depends("name", "endpoint_id.scheme")
    def _compute_facts(self):
        for line in self:
            options = {option.name: option for option in signatures.OPTIONS.get(line.endpoint_id.scheme, ())}
            option = options.get(line.name)
            line.label = option.label if option else line.name
            line.help = option and (f"{option.help} ({option.allowed})" if option.choices else option.help)
            line.usual = option and (self.env._("needed") if option.required else _as_text(option.default))

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._tell({}, lines._values())
        return lines

    def write(self, vals):
        before = self._values()
        result = super().write(vals)
        self._tell(before, self._values())
        return result

    def unlink(self):
        self._tell(self._values(), {})
        return super().unlink()

    def _values(self):
        return {line: line.value for line in self if line.value}

    def _tell(self, before, after):
        """Tell in the endpoint's chatter which settings have another value."""
        for endpoint in self.endpoint_id:
            changes = [
                self.env._(
                    "Signature, %(setting)s: %(old)s → %(new)s",
                    setting=line.label,
                    old=before.get(line, "–"),
                    new=after.get(line, "–"),
                )
                for line in self
                if line.endpoint_id == endpoint and before.get(line) != after.get(line)
            ]
            if changes:
                endpoint.message_post(body=Markup("<br>").join(changes))


def _as_text(value):
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple | list):
        return ", ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
