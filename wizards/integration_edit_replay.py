# Part of Integration Hub. License LGPL-3.0 or later.
from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..connectors import entities, jsondoc
from ..connectors.errors import DocumentError, HubError
from ..models.in_words import attempt, logged_as
from ..models.json_text import reindent
from ..models.loose_many2one import LooseMany2one
from ..models.mapping_preview import MappingPreview, tried
from ..models.windows import form_of


class IntegrationEditReplay(models.TransientModel):
    """Correct what a failed message says, see what would come of it, and have it taken as a new message."""

    _name = "integration.edit.replay"
    _description = "Edit and Replay"

    event_id = LooseMany2one("integration.event", "Message", required=True, readonly=True)
    error_message = fields.Char(related="event_id.error_message")
    error_hint = fields.Char(related="event_id.error_hint")
    body = fields.Text("Content", default=lambda self: self._default_body())
    reason = fields.Char(help="Why it is edited. It is kept on the flow, beside who did it and what was edited.")
    problem = fields.Char(compute="_compute_problem", help="Why it cannot be taken as it is.")
    outcome = fields.Char("What Would Come", readonly=True)
    preview = fields.Html(readonly=True, sanitize=False)

    def _default_body(self):
        event = self.env["integration.event"].browse(self.env.context.get("default_event_id"))
        event._check_editor()
        return reindent(event.sudo().payload_ids[:1].body)

    @api.depends("body")
    def _compute_problem(self):
        for wizard in self:
            wizard.problem = wizard._problem()

    def _problem(self):
        """Return why the content is not taken: no strict JSON, or not the agreed form of the business object."""
        self.event_id._check_editor()
        flow = self.event_id._taken_by()
        try:
            document = jsondoc.parse((self.body or "").encode())
        except DocumentError as error:
            return self.env._("It is not JSON: %(why)s", why=error)
        try:
            canonical = flow.mapping_id._compiled()[1].apply(document)
        except HubError as error:
            return str(error)
        return next(iter(entities.problems(flow.entity_id.code, canonical)), "")

    def action_try(self):
        """Show what would come of it now; nothing is kept."""
        self.ensure_one()
        self.outcome = self.preview = False
        if not self.problem:
            self.outcome, self.preview = self._tried()
        return dict(form_of(self._name, self.id), name=self.env._("Edit and Replay"), target="new")

    def _tried(self):
        flow, document = self.event_id._taken_by(), jsondoc.parse(self.body.encode())
        versions = (flow.mapping_id.version_id, flow.record_mapping_id.version_id)
        found = tried(flow, versions, document)
        if found.get("problem"):
            said = self.env._("It would fail again: %(why)s", why=found["problem"])
        elif found["created"]:
            said = self.env._("%(model)s %(name)s would be created", **found)
        else:
            said = self.env._("%(model)s %(name)s would be changed", **found)
        rows, problem = attempt(
            self.env, lambda: MappingPreview(flow, versions, document).answer()["rows"], say=logged_as
        )
        return said, problem or self._as_table(rows)

    def _as_table(self, rows):
        """Return as a table what goes where."""
        line = Markup("<tr><th scope='row' class='fw-normal'>%s</th><td>%s</td></tr>")
        filled = {row["label"]: row["result"] for row in rows if row["result"] and not row["depth"]}
        lines = Markup("").join(line % each for each in filled.items() if each[0])
        return Markup("<table class='table table-sm'><tbody>%s</tbody></table>") % lines

    def action_replay(self):
        """Have the edited content taken as a new message, and show that."""
        self.ensure_one()
        if self.problem:
            raise UserError(self.problem)
        return form_of("integration.event", self.event_id._replay_edited(self.body, self.reason or "").id)
