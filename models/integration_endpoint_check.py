# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import models
from odoo.exceptions import UserError

from ..connectors.errors import NotFound, Unauthorized
from .connection import try_out

CLOCK_TOLERANCE = 30  # seconds; signatures and tokens are good for some minutes
OK, WARN, BAD = "ok", "warn", "bad"


class IntegrationEndpoint(models.Model):
    """Test of a connection, in words: who answers, what the key may not do, and whose clock is wrong."""

    _inherit = "integration.endpoint"

    def action_check(self):
        """Prove address and credential with the other side, changing nothing there."""
        self.ensure_one()
        self._check_operator()
        findings = self._try_out()
        idle = self._idle_scopes()
        findings = [found for found in findings if found.get("scope") not in idle]
        for found in findings:
            if found["state"] == BAD:
                raise UserError("\n".join(filter(None, [found["text"], found.get("hint")])))
        warned = any(found["state"] == WARN for found in findings)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if warned else "success",
                "title": self.system_id.name,
                "message": " ".join(
                    text for found in findings for text in (found["text"], warned and found.get("hint")) if text
                ),
                "sticky": warned,
            },
        }

    def _try_out(self):
        """Return what a test finds, as dicts: state (ok, warn, bad), text, hint, and the scope that is missing."""
        self.ensure_one()
        trial = try_out(self)
        findings = [self._refusal(trial.error)] if trial.error else self._answered(trial.result)
        if trial.clock_offset is not None and abs(trial.clock_offset) > CLOCK_TOLERANCE:
            findings.append(self._clock_finding(trial.clock_offset))
        return findings

    def _refusal(self, error):
        """Return the finding of a test that failed: what an administrator who has just pasted a key can do about it."""
        connector = self._connector_class()
        system = self.system_id.name
        hint = self.env["integration.system"]._hub_error_text(error).partition("\n")[2]
        text = str(error)
        if isinstance(error, Unauthorized) and error.status == 401:
            text = self.env._("%(system)s does not accept the key (401).", system=system)
            hint = self.env._(
                "It was mistyped, withdrawn, or is of another account: paste it again, whole, or make a new one. "
                "%(where)s",
                where=connector.keys_at,
            )
        elif isinstance(error, NotFound):
            text = self.env._("Nothing answers at %(url)s (404).", url=self._base_url())
            hint = self.env._("Compare the address with the one in %(system)s.", system=connector.title)
        return {"state": BAD, "text": text, "hint": hint.strip()}

    def _answered(self, result):
        details = " · ".join(result.details.values())
        found = {"state": OK, "text": self.env._("Signed in as %(account)s", account=result.account), "hint": details}
        currency = self._currency_finding(result.details.get("currency"))
        return [found, *map(self._scope_finding, result.missing_scopes), *currency]

    def _scope_finding(self, name):
        connector = self._connector_class()
        without = next((scope.without for scope in connector.scopes if scope.name == name), None)
        text = (
            self.env._("Scope %(scope)s is missing: %(without)s.", scope=name, without=without)
            if without
            else self.env._("Scope %(scope)s is missing.", scope=name)
        )
        where = connector.keys_at or self.env._("Add it at %(system)s and test again.", system=connector.title)
        return {"state": WARN, "text": text, "hint": where, "scope": name}

    def _currency_finding(self, code):
        """Return a warning where orders will fail for the account's currency, else nothing."""
        Currency = self.env["res.currency"].with_context(active_test=False)
        found = Currency.search([("name", "=", code)], limit=1) if code else Currency
        if not code or found.active:
            return []
        text = self.env._("It sells in %(currency)s, which is switched off in Odoo: its orders fail.", currency=code)
        hint = self.env._("Switch it on under Invoicing or Accounting → Configuration → Currencies.")
        return [{"state": WARN, "text": text, "hint": hint}]

    def _clock_finding(self, offset):
        minutes, seconds = divmod(round(abs(offset)), 60)
        names = {"system": self.system_id.name, "time": f"{minutes}:{seconds:02d}"}
        if offset > 0:
            text = self.env._("This server's clock is %(time)s (minutes) behind the one of %(system)s.", **names)
        else:
            text = self.env._("This server's clock is %(time)s (minutes) ahead of the one of %(system)s.", **names)
        hint = self.env._(
            "Signatures and tokens are good for a few minutes only. Let the server keep its time by itself: "
            "timedatectl set-ntp true"
        )
        return {"state": WARN, "text": text, "hint": hint}

    def _idle_scopes(self):
        """Return the scopes that no flow needs which is on."""
        on = set(self.system_id.flow_ids.filtered(lambda flow: flow.state == "on").mapped("template_key"))
        return {scope.name for scope in self._connector_class().scopes if on.isdisjoint(scope.flows)}

    def _connector_class(self):
        return self._connector_and_settings()[0]
