# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import api, fields, models
from odoo.exceptions import UserError

from .in_words import attempt, in_words
from .mapping_preview import FIRST, SECOND, MappingPreview, tried
from .mapping_words import offered


class IntegrationFlow(models.Model):
    """The mapping of a flow as people think of it: from the other system's fields to Odoo's, both halves as one.

    The half that reads the sample is the *first*, the half that makes the result the *second*. What is shown is the
    draft, where there is one.
    """

    _inherit = "integration.flow"

    mapping_note = fields.Char(compute="_compute_mapping_note")

    @api.depends("mapping_id.draft_id", "record_mapping_id.draft_id")
    def _compute_mapping_note(self):
        for flow in self:
            flow.mapping_note = flow._mapping_drafts() and self.env._("Changes wait for approval")

    # --- what the screen asks for ---

    @in_words
    def mapping_screen(self, sample=None):
        """Return all that the mapping's screen shows, its lines tried on a sample: the most telling unless it is given.

        A sample is one of :meth:`mapping_samples`, or a ``document`` with a ``label``. Without one that can be read the
        lines are shown alone.
        """
        self.ensure_one()
        self.check_access("read")
        chosen, problem = attempt(self.env, lambda: self._sample(sample))
        drafts = self._mapping_drafts()
        return {
            **self._previewed(chosen and chosen["document"]),
            "sample": chosen,
            "sampleProblem": problem,
            "inward": self.direction == "inbound",
            "system": self.system_id.name,
            "records": self.sudo().model_id.name,
            "edited": bool(drafts),
            "digest": drafts._digest(),
            "removed": [target for draft in drafts for target in draft._removed()],
            "makers": drafts.sudo().maker_ids.mapped("name"),
            "mayEdit": self._may_edit_mapping(),
            "mayTry": self.direction == "inbound" and bool(chosen) and self._may_edit_mapping(),
            "mayApprove": self._may_approve(drafts),
            "mayDiscard": bool(drafts.mapping_id.version_id) and self._may_edit_mapping(),
            "sharedWith": {half: self._others_with(mapping) for half, mapping in self._mapping_halves().items()},
            "transforms": offered(self.env),
        }

    @in_words
    def mapping_try(self, sample=None):
        """Return what would become of a sample that arrived now; all of it is taken back."""
        self.ensure_one()
        self.check_access("write")
        chosen = self._sample(sample)
        if not chosen or self.direction != "inbound":
            raise UserError(self.env._("Choose a sample of what comes in first."))
        return tried(self, self._mapping_versions(), chosen["document"])

    def action_open_mapping(self):
        """Open the mapping of this flow."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("integration_hub.integration_mapping_screen_action")
        form = self.env.ref("integration_hub.integration_flow_view_form_mapping")
        return dict(action, res_id=self.id, view_mode="form", views=[(form.id, "form")])

    # --- parts ---

    def _previewed(self, document):
        """Return the lines; of a draft that was made otherwise, and cannot be compiled, why there are none."""
        versions = self._mapping_versions()
        answer, problem = attempt(self.env, lambda: MappingPreview(self, versions, document).answer())
        return answer or {"rows": [], "problems": [problem], "unread": [], "labels": {}}

    def _mapping_halves(self):
        """Return ``{half: mapping}``, in the order in which a document goes through them."""
        self.ensure_one()
        halves = self.mapping_id, self.record_mapping_id
        if not all(halves):
            raise UserError(self.env._("Flow %(flow)s has no mapping yet. Choose one on the flow.", flow=self.name))
        return dict(zip((FIRST, SECOND), halves if self.direction == "inbound" else reversed(halves), strict=True))

    def _mapping_versions(self):
        """Return what is shown and tried: of each half the draft, else the version in use."""
        return tuple(mapping.draft_id or mapping.version_id for mapping in self._mapping_halves().values())

    def _mapping_drafts(self):
        return self.mapping_id.draft_id | self.record_mapping_id.draft_id

    def _may_edit_mapping(self):
        return self.env.user.has_group("integration_hub.group_consultant") and self.has_access("write")

    def _may_approve(self, drafts):
        user = self.env.user
        return bool(drafts) and user.has_group("integration_hub.group_approver") and user not in drafts.sudo().maker_ids

    def _others_with(self, mapping):
        """Return which other flows a change of this mapping changes too: their names, of other companies how many."""
        others = [*mapping._in_flows(), ("id", "!=", self.id), ("state", "=", "on")]
        names = self.search(others).mapped("display_name")
        hidden = self.sudo().search_count(others) - len(names)
        if hidden == 1:
            return [*names, self.env._("1 flow of another company")]
        return [*names, self.env._("%(count)s flows of other companies", count=hidden)] if hidden else names
