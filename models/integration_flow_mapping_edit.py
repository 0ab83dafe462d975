# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import models

from ..connectors.mapping.journey import stops
from ..connectors.mapping.pointing import path_to
from .mapping_preview import FIRST

KINDS = {"float": "number", "monetary": "number", "integer": "number", "boolean": "boolean"}


class IntegrationFlow(models.Model):
    """How a person edits the mapping of a flow: every change goes into a draft, and is shown at once.

    A line is named by its half, its number, and the target that the person saw there.
    """

    _inherit = "integration.flow"

    def mapping_edit(self, half, number, target, changes, sample=None):
        """Change a line and return the screen. A ``pointer`` into the sample among the changes becomes the source."""
        line = self._draft_line(half, number, target)
        changes = dict(changes)
        if "pointer" in changes:
            changes["source"] = self._path_for(half, number, changes.pop("pointer"), sample)
        line._take_form(changes, self._constant_kind(half, target))
        line.version_id._check_compiles()
        return self.mapping_screen(sample)

    def mapping_remove(self, half, number, target, sample=None):
        """Remove a line and return the screen.

        The other half keeps what it does with the value: other systems may fill it too.
        """
        self._draft_line(half, number, target).unlink()
        return self.mapping_screen(sample)

    def mapping_discard(self, sample=None):
        """Delete the drafts and return the screen: the versions in use are shown again."""
        self.ensure_one()
        self.check_access("write")
        self._mapping_drafts().filtered("mapping_id.version_id").unlink()
        return self.mapping_screen(sample)

    def mapping_approve(self, sample=None):
        """Put the drafts into use and return the screen."""
        self.ensure_one()
        for draft in self._mapping_drafts():
            draft.action_approve()
        return self.mapping_screen(sample)

    # --- parts ---

    def _draft_of(self, half):
        self.ensure_one()
        self.check_access("write")
        return self._mapping_halves()[half]._draft_to_edit()

    def _draft_line(self, half, number, target):
        return self._draft_of(half)._line_at(number, target)

    def _path_for(self, half, number, pointer, sample):
        """Return the path that a line reads what a person pointed at in the sample with."""
        compiled = self._draft_of(half)._compiled()
        base = next(stop.base for stop in stops(compiled, []) if stop.number == number)
        chosen = self._sample(sample)
        return path_to(pointer, base, chosen and chosen["document"])

    def _constant_kind(self, half, target):
        """Return of which kind the constants of a line are: number, boolean or text."""
        if half == FIRST:
            fields = self.entity_id.field_ids
            kind = fields.filtered(lambda field: field.path.replace("[]", "") == target).type
            return kind if kind in ("number", "integer", "boolean") else "text"
        field = self.env[self.model_name]._fields.get(target) if self.direction == "inbound" else None
        return KINDS.get(field.type, "text") if field is not None else "text"
