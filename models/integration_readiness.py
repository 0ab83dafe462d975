# Part of Integration Hub. License LGPL-3.0 or later.
import os
from typing import NamedTuple

from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools import config

from ..engine import hosting

OK, UNKNOWN, WARN, BAD = "ok", "unknown", "warn", "bad"
WORST_FIRST = (BAD, WARN, UNKNOWN, OK)
LEFT = "integration_hub.readiness_left"  # the parameter with what an administrator leaves as it is
READERS = ("group_admin", "group_operator", "group_auditor")


class Line(NamedTuple):
    """One check: what was found, why it matters, what to do, and what to copy.

    `settings` are those of the server's configuration, `steps` are lines for elsewhere. `{new_key}` and `{environment}`
    in a setting stand for what the screen fills in: a key that is made there is known to nobody else.
    """

    key: str
    state: str
    said: str
    why: str = ""
    settings: tuple[hosting.Setting, ...] = ()
    steps: str = ""
    advice: str = ""

    def fixes(self, place):
        """Return ``{hosting: text to copy}``; empty where there is nothing to copy."""
        if not self.settings and not self.steps:
            return {}
        return {each: "\n\n".join(filter(None, self._texts(each, place))) for each in hosting.HOSTINGS}

    def _texts(self, each, place):
        yield self.steps
        yield hosting.written(self.settings, each, place) if self.settings else ""


class IntegrationReadiness(models.AbstractModel):
    """Whether this server is ready for integrations. Its lines come from the files ``integration_readiness_*``."""

    _name = "integration.readiness"
    _description = "Readiness"

    @api.model
    def look(self, call=False):
        """Return what the readiness page shows.

        :param call: call others as well, the public address among them, and note what came of it
        """
        self._check_reader()
        if call:
            self._call()
        place = config["config"] or ""
        left = self._left()
        lines = sorted(self._lines(), key=lambda line: WORST_FIRST.index(line.state))
        wanting = [line for line in lines if line.state != OK and line.settings and line.key not in left]
        together = dict.fromkeys(setting for line in wanting for setting in line.settings)
        return {
            "hosting": hosting.guess(os.environ, os.path.exists),
            "lines": [
                {
                    "key": line.key,
                    "state": line.state,
                    "said": line.said,
                    "why": line.why,
                    "advice": line.advice,
                    "fixes": {} if line.state == OK else line.fixes(place),
                    "left": line.key in left,
                }
                for line in lines
            ],
            "together": Line("", OK, "", settings=tuple(together)).fixes(place) if len(wanting) > 1 else {},
            "ready": self._is_ready(lines),
            "may_leave": self.env.user.has_group("integration_hub.group_admin"),
            "has_systems": bool(self.env["integration.system"].search_count([], limit=1)),
        }

    @api.model
    def leave(self, key, left=True):
        """Take a warning for known: Home does not open the readiness page for it any more."""
        if not self.env.user.has_group("integration_hub.group_admin"):
            raise AccessError(self.env._("Only administrators of integrations decide what is left as it is."))
        keys = self._left() | {key} if left else self._left() - {key}
        self.env["ir.config_parameter"].sudo().set_param(LEFT, ",".join(sorted(keys)))

    @api.model
    def _home(self):
        """Return what Home opens: the readiness page for those who can do something about it, until all is well."""
        pending = self.env.user.has_group("integration_hub.group_admin") and not self._is_ready(self._lines())
        if pending:
            return self.env["ir.actions.client"]._for_xml_id("integration_hub.integration_readiness_action")
        return self.env["ir.actions.client"]._for_xml_id("integration_hub.integration_dashboard_action")

    def _lines(self):
        """Return the :class:`Line` of each check. Hook."""
        return []

    def _call(self):
        """Ask others what takes a while, and note what came of it. Hook."""

    def _is_ready(self, lines):
        left = self._left()
        return all(line.state == OK or (line.state != BAD and line.key in left) for line in lines)

    def _left(self):
        return set(filter(None, self.env["ir.config_parameter"].sudo().get_param(LEFT, "").split(",")))

    def _check_reader(self):
        if not any(self.env.user.has_group(f"integration_hub.{group}") for group in READERS):
            raise AccessError(self.env._("Only administrators, operators and auditors see how the server is set up."))
