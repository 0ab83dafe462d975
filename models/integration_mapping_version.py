# Part of Integration Hub. License LGPL-3.0 or later.
import json

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, ormcache

from ..connectors.errors import HubError
from ..connectors.mapping import compile_mapping
from .mapping_transforms import TRANSFORMS

LIFE = {"state", "approved_by_id", "approved_at", "maker_ids"}  # what nobody writes by hand


class IntegrationMappingVersion(models.Model):
    """One state of a mapping. A draft can be edited; what was approved never changes again."""

    _name = "integration.mapping.version"
    _description = "Mapping Version"
    _inherit = ["integration.cached.mixin", "mail.thread"]
    _order = "mapping_id, number desc"

    mapping_id = fields.Many2one("integration.mapping", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="mapping_id.company_id")
    number = fields.Integer("Version", required=True, readonly=True)
    state = fields.Selection(
        [("draft", "Draft"), ("approved", "Approved"), ("retired", "Replaced")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    mode = fields.Selection(
        [("strict", "Fail the message"), ("lenient", "Leave the field out and say so")],
        "If a Value Cannot Be Read",
        default="strict",
        required=True,
        help="What becomes of a message when a field that is not required is refused and its line says nothing else.",
    )
    maker_ids = fields.Many2many("res.users", string="Made By", readonly=True, copy=False)
    approved_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    approved_at = fields.Datetime(readonly=True, copy=False)
    line_ids = fields.One2many("integration.mapping.line", "version_id", domain=[("parent_id", "=", False)])
    all_line_ids = fields.One2many("integration.mapping.line", "version_id")

    shown_line_ids = fields.Many2many(
        "integration.mapping.line",
        compute="_compute_shown_line_ids",
        string="All Lines",
        help="Every line in reading order: what is done with the items of a list stands below the list.",
    )

    _number_unique = models.Constraint("UNIQUE (mapping_id, number)", "A mapping has each version once.")

    @api.depends("mapping_id", "number")
    def _compute_display_name(self):
        for version in self:
            version.display_name = self.env._(
                "%(mapping)s, version %(number)s", mapping=version.mapping_id.name, number=version.number
            )

    @api.depends("line_ids.sequence", "line_ids.child_ids.sequence")
    def _compute_shown_line_ids(self):
        for version in self:
            version.shown_line_ids = version.line_ids._in_reading_order()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_approved(self):
        if self.filtered(lambda version: version.state != "draft"):
            raise UserError(self.env._("A version that was approved stays, so that past messages can be explained."))

    @api.model_create_multi
    def create(self, vals_list):
        versions = super().create(vals_list)
        if not self.env.su and versions.filtered(lambda version: version.state != "draft" or version.approved_by_id):
            raise AccessError(self.env._("A version begins as a draft. It is put into use by approving it."))
        versions._made()
        return versions

    def write(self, vals):
        if not self.env.su and (LIFE & vals.keys() or self._moves(vals)):
            raise AccessError(self.env._("A version changes its state by being approved, and by nothing else."))
        result = super().write(vals)
        if not self.env.su:
            self._made()
        return result

    def _made(self):
        """Remember that the user had a hand in these drafts, whatever others do with them later.

        Their rows are touched each time, so that of who approves one and who changes its lines only one succeeds.
        """
        drafts = self.sudo().filtered(lambda version: version.state == "draft")
        drafts.filtered(lambda version: self.env.user not in version.maker_ids).maker_ids |= self.env.user
        touch = "UPDATE integration_mapping_version SET write_date = write_date WHERE id = ANY(%s)"
        self.env.cr.execute(SQL(touch, drafts.ids))

    def _moves(self, vals):
        """Tell whether these values would change what an approved version says, or whose it is."""
        fixed = {"mapping_id", "number", "mode"} & vals.keys()
        return fixed and self.filtered(lambda version: version.state != "draft")

    # --- lines as data ---

    def _load_lines(self, lines, parent=None):
        """Create lines from their JSON form."""
        self.ensure_one()
        Line = self.env["integration.mapping.line"]
        for sequence, line in enumerate(lines, start=1):
            record = Line.create(
                {
                    "version_id": self.id,
                    "parent_id": parent and parent.id,
                    "sequence": sequence,
                    **Line._from_json(line),
                }
            )
            if "lines" in line:
                self._load_lines(line["lines"], record)

    def _specification(self):
        """Return the version in the library's JSON form."""
        self.ensure_one()
        mapping = self.mapping_id.sudo()  # models are for those who manage access; their names are no secret
        model = mapping.model_id.model or mapping.object_type or "payload"
        entity = mapping.entity_id.code
        inward = (mapping.side == "system") == (mapping.direction == "inbound")
        return {
            "format": 1,
            "name": mapping.code,
            "title": mapping.name,
            "source": model if inward else entity,
            "target": entity if inward else model,
            "mode": self.mode,
            "lines": [line._to_json() for line in self.line_ids.sorted(lambda line: (line.sequence, line.id))],
        }

    @ormcache("self.id")
    def _specification_text(self):
        return json.dumps(self.sudo()._specification())

    def _compiled(self):
        """Return the compiled mapping, compiled once a process for each content."""
        self.ensure_one()
        text = self._specification_text() if self.state != "draft" else json.dumps(self._specification())
        return _compile(text)

    @api.constrains("line_ids")
    def _check_compiles(self):
        for version in self:
            try:
                version._compiled()
            except HubError as error:
                raise UserError(self.env["integration.system"]._hub_error_text(error)) from None

    # --- life ---

    def _new_draft(self):
        """Return a draft with the same lines and the next number."""
        self.ensure_one()
        draft = self.create(
            {
                "mapping_id": self.mapping_id.id,
                "number": max(self.mapping_id.version_ids.mapped("number")) + 1,
                "mode": self.mode,
            }
        )
        draft._load_lines(self._specification()["lines"])
        return draft

    def action_open_screen(self):
        """Open the mapping beside a sample; what is shown there is the draft, where there is one."""
        self.ensure_one()
        return self.mapping_id.action_open_screen()

    def action_approve(self):
        """Put the draft into use; the version it replaces is kept.

        A form says in the context which content it shows (``shown_digest``): what has changed since is not approved.
        """
        self.ensure_one()
        if shown := self.env.context.get("shown_digest"):
            self._check_shown(shown)
        if not self.env.user.has_group("integration_hub.group_approver"):
            raise UserError(self.env._("Only approvers put a mapping into use. Ask one of them."))
        if self.env.user in self.sudo().maker_ids:
            raise UserError(self.env._("You made this draft, so somebody else has to approve it."))
        self._approve()

    def _approve(self, shipped=False):
        self.ensure_one()
        if self.state != "draft":
            raise UserError(self.env._("%(version)s is no draft.", version=self.display_name))
        self._check_compiles()
        mapping = self.sudo().mapping_id
        flows = mapping._watching_flows()
        before = flows._sent_fields()
        mapping.version_id.write({"state": "retired"})
        self.sudo().write(
            {
                "state": "approved",
                "approved_by_id": False if shipped else self.env.uid,
                "approved_at": fields.Datetime.now(),
            }
        )
        mapping.version_id = self
        flows._watch_since(before)


_COMPILED = {}
_COMPILED_LIMIT = 512


def _compile(text):
    """Compile a specification; equal texts share one result. The cache is emptied when it is full."""
    compiled = _COMPILED.get(text)
    if compiled is None:
        if len(_COMPILED) >= _COMPILED_LIMIT:
            _COMPILED.clear()
        compiled = _COMPILED[text] = compile_mapping(json.loads(text), TRANSFORMS)
    return compiled
