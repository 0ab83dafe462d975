# Part of Integration Hub. License LGPL-3.0 or later.
import json

from odoo import api, fields, models
from odoo.exceptions import UserError

from .mapping_digest import alone, digest_of


class IntegrationMappingVersion(models.Model):
    """Lines by the numbers that people and errors call them by, and what a draft has changed."""

    _inherit = "integration.mapping.version"

    digest = fields.Char(compute="_compute_digest", help="Tells contents apart: who approves one says which they saw.")

    @api.depends("mode", "all_line_ids.write_date")
    def _compute_digest(self):
        for version in self:
            version.digest = version._digest()

    def _digest(self):
        """Return what tells the content of these versions from any other."""
        return digest_of([[version.id, version._specification()] for version in self.sorted("id")])

    def _lines_by_number(self):
        """Return ``{number: line}``: "7.2" is line 2 below line 7."""
        return {number: line for number, _place, line in _walk(self.line_ids)}

    def _changes(self):
        """Return ``{number: earlier line}`` of what this draft has otherwise than the version in use; empty: is new."""
        used = self._lines_in_use()
        found = {}
        for number, place, line in _walk(self.line_ids) if used else ():
            before = used.get(place, line.browse())
            if not before or alone(line._to_json()) != alone(before._to_json()):
                found[number] = before
        return found

    def _removed(self):
        """Return the targets that the version in use fills and this draft does not; of a list only its own."""
        kept = {place for _number, place, _line in _walk(self.line_ids)}
        gone = {place: line for place, line in self._lines_in_use().items() if place not in kept}
        return [line._full_target() for place, line in gone.items() if place[:-1] not in gone]

    def _lines_in_use(self):
        """Return ``{place: line}`` of the version that this draft is to replace; nothing for any other version."""
        self.ensure_one()
        used = self.mapping_id.version_id if self.state == "draft" else self.browse()
        return {place: line for _number, place, line in _walk(used.line_ids)}

    def _check_shown(self, digest):
        """Refuse what a person does to versions of which they saw another content."""
        if digest != self._digest():
            raise self._edited_meanwhile()

    def _line_at(self, number, target, digest):
        """Return the line of a number as somebody saw it; others may have edited the draft meanwhile."""
        line = self._lines_by_number().get(number)
        if not line or line._full_target() != target or line._digest() != digest:
            raise self._edited_meanwhile()
        return line

    def _edited_meanwhile(self):
        return UserError(
            self.env._(
                "Somebody else has edited %(versions)s meanwhile, so that nothing was done. Look at it as it is now, "
                "then do it again.",
                versions=", ".join(self.mapped("display_name")) or self.env._("this mapping"),
            )
        )

    def _add_line(self, target, source, steps=(), value=None, below=None):
        """Add a line at the end, of all or of those below another, from a source or with a fixed text."""
        beside = below.child_ids if below else self.line_ids
        self.env["integration.mapping.line"].create(
            {
                "version_id": self.id,
                "parent_id": below.id if below else False,
                "sequence": max(beside.mapped("sequence"), default=0) + 1,
                "source": source,
                "value": json.dumps(value, ensure_ascii=False) if value else False,
                "transforms": json.dumps(steps) if steps and source else False,
                "target": target,
            }
        )


def _walk(lines, above="", place=()):
    """Yield number, place and line of all lines; the place tells lines apart that two versions have in common."""
    seen = {}
    for count, line in enumerate(lines.sorted(lambda line: (line.sequence, line.id)), start=1):
        key = (line.target, line.condition or "")
        seen[key] = seen.get(key, 0) + 1
        here = (*place, (*key, seen[key]))
        yield f"{above}{count}", here, line
        yield from _walk(line.child_ids, f"{above}{count}.", here)
