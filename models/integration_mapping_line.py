# Part of Integration Hub. License LGPL-3.0 or later.
import json

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class IntegrationMappingLine(models.Model):
    """Source path → transforms → target; a line with lines below it maps each item of a list."""

    _name = "integration.mapping.line"
    _description = "Mapping Line"
    _order = "version_id, sequence, id"
    _rec_name = "target"
    _parent_store = True

    version_id = fields.Many2one("integration.mapping.version", required=True, ondelete="cascade", index=True)
    parent_id = fields.Many2one("integration.mapping.line", ondelete="cascade", index="btree_not_null")
    parent_path = fields.Char(index=True)
    child_ids = fields.One2many("integration.mapping.line", "parent_id")
    sequence = fields.Integer(default=10)
    source = fields.Char(help="Where the value is (JMESPath), e.g. customer.email; a list ends in [].")
    value = fields.Char("Constant", help="A fixed value instead of a source, as JSON.")
    transforms = fields.Char(help='What is done with it, as JSON, e.g. ["strip", {"truncate": 64}].')
    target = fields.Char(required=True, help="Where it goes, e.g. address.city.")
    required = fields.Boolean(help="Without it the message fails, and says so.")
    default = fields.Char(help="Used when the source is empty, as JSON.")
    condition = fields.Char("Only When", help="A JMESPath expression; the line is skipped unless it is true.")
    on_error = fields.Selection(
        [("fail", "Fail the message"), ("skip", "Leave the field out"), ("default", "Use the default")],
        "If It Cannot Be Read",
        default="fail",
        required=True,
    )
    empty = fields.Selection(
        [("skip", "Leave the field alone"), ("clear", "Clear the field")], "If Empty", default="skip", required=True
    )
    summary = fields.Char("Transform", compute="_compute_summary")

    version_state = fields.Selection(related="version_id.state")
    level = fields.Integer(compute="_compute_shown", help="How many lists it is inside of.")
    shown_source = fields.Char("Source Shown", compute="_compute_shown")
    shown_target = fields.Char("Target Shown", compute="_compute_shown")

    @api.depends("source", "target", "parent_path")
    def _compute_shown(self):
        for line in self:
            line.level = max((line.parent_path or "").count("/") - 1, 0)
            indent = "\N{NO-BREAK SPACE}" * 4 * line.level
            line.shown_source = line.source and indent + line.source
            line.shown_target = line.target and indent + line.target

    def _in_reading_order(self):
        """Return these lines by sequence, each followed by what is below it."""
        ordered = self.browse()
        for line in self.sorted(lambda line: (line.sequence, line.id)):
            ordered += line + line.child_ids._in_reading_order()
        return ordered

    @api.depends("transforms", "value")
    def _compute_summary(self):
        for line in self:
            names = [name if isinstance(name, str) else next(iter(name)) for name in line._parsed("transforms") or []]
            line.summary = " → ".join(names) or (line.value and self.env._("always %(value)s", value=line.value))

    def _parsed(self, name):
        text = self[name]
        return json.loads(text) if text else None

    @api.constrains("transforms", "value", "default")
    def _check_json(self):
        for line in self:
            for name in ("transforms", "value", "default"):
                try:
                    line._parsed(name)
                except ValueError:
                    raise ValidationError(
                        self.env._(
                            'Line to %(target)s: %(field)s is no JSON. Write text in quotes, e.g. "web".',
                            target=line.target,
                            field=self._fields[name].get_description(self.env, ["string"])["string"],
                        )
                    ) from None

    @api.model
    def _from_json(self, line):
        """Return field values for a line in the library's JSON form; its sub-lines are created by the caller."""
        return {
            "source": line.get("source"),
            "value": json.dumps(line["value"]) if "value" in line else False,
            "transforms": json.dumps(line["transforms"], ensure_ascii=False) if line.get("transforms") else False,
            "target": line["target"],
            "required": line.get("required", False),
            "default": json.dumps(line["default"]) if "default" in line else False,
            "condition": line.get("when"),
            "on_error": line.get("on_error", "fail"),
            "empty": line.get("empty", "skip"),
        }

    def _to_json(self):
        """Return the line, with what is below it, in the library's JSON form."""
        self.ensure_one()
        line = {"target": self.target}
        if self.source:
            line["source"] = self.source
        for name in ("value", "transforms", "default"):
            if self[name]:
                line[name] = self._parsed(name)
        if self.required:
            line["required"] = True
        if self.condition:
            line["when"] = self.condition
        if self.on_error != "fail":
            line["on_error"] = self.on_error
        if self.empty != "skip":
            line["empty"] = self.empty
        if self.child_ids:
            line["lines"] = [
                child._to_json() for child in self.child_ids.sorted(lambda child: (child.sequence, child.id))
            ]
        return line

    def _check_draft(self):
        if (self.version_id | self.parent_id.version_id).filtered(lambda version: version.state != "draft"):
            raise UserError(self.env._("An approved version never changes. Press Edit on the mapping to make a draft."))

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("parent_id") and not vals.get("version_id"):
                vals["version_id"] = self.browse(vals["parent_id"]).version_id.id
        lines = super().create(vals_list)
        lines._check_draft()
        lines.version_id._made()
        return lines

    def write(self, vals):
        self._check_draft()
        result = super().write(vals)
        self._check_draft()  # nor is one moved into an approved version
        self.version_id._made()
        return result

    def unlink(self):
        self._check_draft()
        self.version_id._made()
        return super().unlink()
