# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import api, fields, models
from odoo.exceptions import ValidationError

from . import value_words as words


class IntegrationValueMapLine(models.Model):
    """One value of another system, and the Odoo record that it stands for."""

    _name = "integration.value.map.line"
    _description = "Value"
    _inherit = ["integration.cached.mixin"]
    _order = "map_id, sequence, id"
    _rec_name = "value"

    map_id = fields.Many2one("integration.value.map", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="map_id.company_id", store=True, precompute=True)
    res_model = fields.Char(related="map_id.res_model")
    sequence = fields.Integer(default=10)
    value = fields.Char("Theirs", required=True, help="As the other system says it; capitals do not count.")
    scope = fields.Char(
        "Within",
        help="Where the value alone does not say it: the country's code of a state, “included” for a tax that is "
        "included in prices.",
    )
    key = fields.Char(compute="_compute_key", store=True, precompute=True)
    res_id = fields.Many2oneReference("Odoo Record", model_field="res_model", required=True)
    record_name = fields.Char("In Odoo", compute="_compute_record_name")

    _value_unique = models.Constraint("UNIQUE (map_id, key)", "This value is in the value map already.")

    @api.constrains("res_id", "map_id")
    def _check_record(self):
        """Whoever maps a value has to be allowed to see the record, and it is of the company or of all."""
        for line in self:
            record = self.env[line.res_model].with_context(active_test=False).browse(line.res_id or 0).exists()
            if not record:
                raise ValidationError(self.env._("Choose the Odoo record that “%(value)s” means.", value=line.value))
            record.check_access("read")
            if line.company_id and not words.is_of(record, line.company_id):
                raise ValidationError(self.env._("%(record)s is another company's.", record=record.display_name))

    @api.depends("value", "scope")
    def _compute_key(self):
        for line in self:
            line.key = words.key(line.scope, line.value)

    @api.depends("res_model", "res_id")
    def _compute_record_name(self):
        for line in self:
            known = line.res_id and line.res_model in self.env
            record = self.env[line.res_model].browse(line.res_id).exists() if known else None
            line.record_name = record.display_name if record and record.has_access("read") else False

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._run_again()
        return lines

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & {"value", "scope", "res_id", "map_id"}:
            self._run_again()
        return result

    def _run_again(self):
        """What waits for these values goes on."""
        self.env["integration.missing.value"]._run_again(self)

    def _says(self, scope, value):
        return self.key == words.key(scope, value)

    def _is_for(self, system, scope):
        """Tell whether it says what a value of a system, within that scope, stands for."""
        value_map = self.map_id
        return (
            value_map.system_id in (system, value_map.browse().system_id)
            and value_map.company_id in (system.company_id, value_map.browse().company_id)
            and words.bare(self.scope) in ("", words.bare(scope))
        )
