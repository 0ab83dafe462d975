# Part of Integration Hub. License LGPL-3.0 or later.
import json

from odoo import models
from odoo.exceptions import UserError

from .mapping_digest import alone, digest_of
from .mapping_words import as_json

# What a person may set as it is typed or ticked.
PLAIN = ("source", "required", "condition", "on_error", "empty")
CONSTANTS = ("default", "value")
SAID = ("source", "value", "transforms", "required", "default", "condition", "on_error", "empty")
USUAL = {"on_error": "fail", "empty": "skip"}


class IntegrationMappingLine(models.Model):
    """A line as the plain form shows and takes it: constants as people type them, transforms as a list."""

    _inherit = "integration.mapping.line"

    def _full_target(self):
        """Return the dotted target from the top, lists left out: "lines.sku"."""
        above = f"{self.parent_id._full_target()}." if self.parent_id else ""
        return above + self.target

    def _digest(self):
        """Return what tells the line, without what is below it, from what others may have made of it meanwhile."""
        return digest_of([self._full_target(), alone(self._to_json())])

    def _as_form(self):
        """Return what the form shows of the line."""
        self.ensure_one()
        shown = {name: self[name] or "" for name in ("source", "condition", "on_error", "empty")}
        for name in CONSTANTS:
            constant = self._parsed(name)
            shown[name] = constant if isinstance(constant, str) else self[name] or ""
        return {**shown, "required": self.required, "transforms": self._parsed("transforms") or []}

    def _differences(self, before):
        """Return in words what the line says otherwise than an earlier one; of a new one what its row does not show."""
        names = SAID if before else tuple(name for name in SAID if name not in ("source", "value", "transforms"))
        found = []
        for name, field in self.fields_get(names, ["string", "selection"]).items():
            usual = before[name] if before else USUAL.get(name, False)
            if self[name] != usual:
                found.append(f"{field['string']}: {_said(usual, field)} → {_said(self[name], field)}")
        return found

    def _take_form(self, changes, kind):
        """Write what a person changed in the form.

        :param kind: of constants: number, boolean or text
        """
        self.ensure_one()
        values = {name: changes[name] for name in PLAIN if name in changes}
        for name in CONSTANTS:
            if name in changes:
                values[name] = self._constant(changes[name], kind)
        if "transforms" in changes:
            steps = changes["transforms"]
            values["transforms"] = json.dumps(steps, ensure_ascii=False) if steps else False
        if changes.get("source"):
            values["value"] = False
        if changes.get("value"):
            values |= {"source": False, "transforms": False, "default": False, "required": False, "on_error": "fail"}
        if changes.get("on_error") == "skip":
            values["required"] = False
        elif changes.get("required") and self.on_error == "skip":
            values["on_error"] = "fail"
        self.write(values)

    def _constant(self, text, kind):
        if text in (None, ""):
            return False
        try:
            return as_json(text, kind)
        except (ValueError, KeyError):
            words = {"boolean": self.env._("yes or no")}.get(kind, self.env._("a number"))
            raise UserError(
                self.env._(
                    "“%(text)s” does not fit %(target)s: write %(kind)s.", text=text, target=self.target, kind=words
                )
            ) from None


def _said(value, field):
    return "✓" if value is True else dict(field.get("selection", ())).get(value, value) or "–"
