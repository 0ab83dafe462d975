# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import ormcache

from . import value_words as words
from .integration_target import PROTECTED_MODELS


class IntegrationValueMap(models.Model):
    """What another system calls records of one Odoo model: currencies, taxes, carriers. Look-ups ask it first.

    It is read in both directions: the value of the other system stands for the record, and the first value of a record
    is what the system is told where a mapping sends the field by which Odoo knows it.
    """

    _name = "integration.value.map"
    _description = "Value Map"
    _inherit = ["integration.cached.mixin", "mail.thread"]
    _order = "model_id, system_id, id"

    model_id = fields.Many2one(
        "ir.model",
        "Values Of",
        required=True,
        ondelete="cascade",
        domain=lambda self: self._domain_model_id(),
        help="Which records of Odoo the values stand for, e.g. currencies.",
    )
    res_model = fields.Char(related="model_id.model", string="Odoo Model")
    system_id = fields.Many2one(
        "integration.system",
        ondelete="cascade",
        index="btree_not_null",
        help="What this system says. Empty: what any system says that has no value map of its own for it.",
    )
    company_id = fields.Many2one(
        "res.company",
        compute="_compute_company_id",
        store=True,
        readonly=False,
        precompute=True,
        index="btree_not_null",
        help="Empty: for the systems of every company.",
    )
    known_by = fields.Char(
        "Field in Odoo",
        compute="_compute_known_by",
        store=True,
        readonly=False,
        precompute=True,
        help="The field that a mapping sends: it is replaced by the other system's value. Leave it empty to send what "
        "Odoo has.",
    )
    line_ids = fields.One2many("integration.value.map.line", "map_id", "Values", copy=True)
    line_count = fields.Integer("Number of Values", compute="_compute_line_count")

    _one_of_a_kind = models.UniqueIndex(
        "(model_id, COALESCE(system_id, 0), COALESCE(company_id, 0))", "There is a value map of this kind already."
    )

    @api.model
    def _domain_model_id(self):
        protected = [("model", "not like", f"{name}%") for name in PROTECTED_MODELS]
        return [("transient", "=", False), ("abstract", "=", False), *protected]

    @api.constrains("model_id", "system_id", "company_id")
    def _check_model(self):
        for value_map in self:
            if value_map.res_model.startswith(PROTECTED_MODELS):
                raise ValidationError(self.env._("Mappings may not touch %(model)s", model=value_map.res_model))
            value_map.line_ids._check_record()

    @api.depends("system_id")
    def _compute_company_id(self):
        for value_map in self:
            value_map.company_id = value_map.system_id.company_id or value_map.company_id

    @api.depends("model_id")
    def _compute_known_by(self):
        for value_map in self:
            value_map.known_by = words.known_by(self.env, value_map.res_model)

    @api.depends("line_ids")
    def _compute_line_count(self):
        counts = dict(self.line_ids._read_group([("map_id", "in", self.ids)], ["map_id"], ["__count"]))
        for value_map in self:
            value_map.line_count = counts.get(value_map._origin, 0)

    @api.depends("model_id", "system_id")
    def _compute_display_name(self):
        for value_map in self:
            place = value_map.system_id.name or self.env._("every system")
            value_map.display_name = f"{value_map.model_id.name}: {place}"

    # --- what look-ups ask ---

    @api.model
    def _record_for(self, system, model, value, scope=""):
        """Return the record, switched off or not, that a value of a system stands for; empty where nobody has said."""
        records, known = self.env[model].with_context(active_test=False), self._values(system.id).get(model)
        if not known:
            return records
        places = ((words.bare(place), words.bare(value)) for place in (scope, ""))
        record = records.browse(next((known[place] for place in places if place in known), ())).exists()
        return record.filtered(lambda record: words.is_of(record, system.company_id))

    @api.model
    @ormcache("system_id")
    def _values(self, system_id):
        """Return ``{model: {(scope, value): id}}`` of a system; its own stand before the general ones."""
        found = {}
        for line in self._lines_of(system_id):
            found.setdefault(line.map_id.res_model, {})[words.bare(line.scope), words.bare(line.value)] = line.res_id
        return found

    @api.model
    @ormcache("system_id")
    def _sent(self, system_id):
        """Return ``{(model, field): {id: value}}``: what a system is told instead of what the field says."""
        found = {}
        for line in self._lines_of(system_id):
            if known_by := line.map_id.known_by:
                values = found.setdefault((line.map_id.res_model, known_by), {})
                place, known = (bool(line.map_id.system_id), -line.sequence, -line.id), values.get(line.res_id)
                if known is None or place > known[0]:
                    values[line.res_id] = (place, line.value)
        return {key: {id_: value for id_, (_place, value) in values.items()} for key, values in found.items()}

    def _lines_of(self, system_id):
        """Return the lines that a system follows, the general ones first."""
        company = self.env["integration.system"].sudo().browse(system_id).company_id
        domain = [("map_id.system_id", "in", (False, system_id)), ("map_id.company_id", "in", (False, company.id))]
        lines = self.env["integration.value.map.line"].sudo().search(domain)
        return lines.sorted(lambda line: (bool(line.map_id.system_id), bool(line.map_id.company_id)))
