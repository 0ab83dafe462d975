# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import models
from odoo.exceptions import UserError

from ..connectors.mapping.journey import stops
from ..connectors.mapping.pointing import path_to
from .in_words import in_words
from .mapping_preview import FIRST

KINDS = {"float": "number", "monetary": "number", "integer": "number", "boolean": "boolean"}


class IntegrationFlow(models.Model):
    """How a person edits the mapping of a flow: every change goes into a draft, and is shown at once.

    A line is named by what the person saw: its ``half``, ``number``, ``target`` and ``digest``, as in a row of the
    screen. Who saw another state of it is told, and overwrites nothing.
    """

    _inherit = "integration.flow"

    @in_words
    def mapping_edit(self, seen, changes, sample=None):
        """Change a line and return the screen. A ``pointer`` into the sample among the changes becomes the source."""
        line = self._draft_line(seen)
        changes = dict(changes)
        if "pointer" in changes:
            changes["source"] = self._path_for(seen["half"], seen["number"], changes.pop("pointer"), sample)
        line._take_form(changes, self._constant_kind(seen["half"], seen["target"]))
        line.version_id._check_compiles()
        return self.mapping_screen(sample)

    @in_words
    def mapping_remove(self, seen, sample=None):
        """Remove a line and return the screen. The last of a mapping, or of a list, stays: nothing could be added then.

        The other half keeps what it does with the value: other systems may fill it too.
        """
        line = self._draft_line(seen)
        version, above = line.version_id, line.parent_id
        if line == (above.child_ids if above else version.line_ids):
            if above:
                raise UserError(
                    self.env._(
                        "This is the only line inside of %(list)s. Change it, or remove the list with it.",
                        list=above.target,
                    )
                )
            raise UserError(self.env._("This is the only line of the mapping. Add another one first, or change it."))
        line.unlink()
        version._check_compiles()
        return self.mapping_screen(sample)

    @in_words
    def mapping_discard(self, sample=None):
        """Delete the drafts and return the screen: the versions in use are shown again."""
        self.ensure_one()
        self.check_access("write")
        self._mapping_drafts().filtered("mapping_id.version_id").unlink()
        return self.mapping_screen(sample)

    @in_words
    def mapping_approve(self, digest, sample=None):
        """Put the drafts into use as the screen of this ``digest`` shows them, and return the screen."""
        self.ensure_one()
        drafts = self._mapping_drafts()
        drafts._check_shown(digest)
        for draft in drafts:
            draft.action_approve()
        return self.mapping_screen(sample)

    # --- parts ---

    def _draft_of(self, half):
        self.ensure_one()
        self.check_access("write")
        return self._mapping_halves()[half]._draft_to_edit()

    def _draft_line(self, seen):
        return self._draft_of(seen["half"])._line_at(seen["number"], seen["target"], seen["digest"])

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
