# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .windows import form_of

PERSONS = {
    "user_id",
    "message_follower_ids",
    "message_ids",
}  # what a person writes; all else follows the log, or a button


class IntegrationFailure(models.Model):
    """What an operator does about a cause: assign, snooze, ignore, retry. Whoever else sees it reads it."""

    _inherit = "integration.failure"

    may_act = fields.Boolean(compute="_compute_may_act")

    def _compute_may_act(self):
        self.may_act = self.env.user.has_group("integration_hub.group_operator")

    def write(self, vals):
        """Numbers and states are nobody's to write, not by RPC either."""
        if not self.env.su and not PERSONS.issuperset(vals):
            raise AccessError(self.env._("The numbers of a failure follow the log. Use its buttons."))
        return super().write(vals)

    @api.model
    def _open_board(self):
        """Open the board, with what is in the log now."""
        self._refresh()
        return self.env["ir.actions.act_window"]._for_xml_id("integration_hub.integration_failure_action")

    def action_assign_to_me(self):
        """See to them oneself."""
        self._check_operator()
        self.write({"user_id": self.env.uid})

    def action_messages(self):
        """Open the messages that fail for these causes."""
        action = self.env["ir.actions.act_window"]._for_xml_id("integration_hub.integration_event_failure_action")
        name = self.cause if len(self) == 1 else action["name"]
        return dict(action, name=name, domain=self._domain(), context={})

    def action_open_system(self):
        """Open the system, where its connection is mended."""
        self.ensure_one()
        return form_of("integration.system", self.system_id.id)

    def action_retry(self):
        """Try the messages of these causes again, exactly those that are there now, in the background."""
        self._check_operator()
        return self.env["integration.repair"]._begin("retry", self._domain(), self._named())._shown()

    def action_snooze(self):
        """Ask for how long nobody is to be told of them."""
        return self._ask("integration.failure.snooze", self.env._("Snooze"))

    def action_ignore(self):
        """Ask why they are given up."""
        return self._ask("integration.failure.ignore", self.env._("Ignore"))

    def action_reopen(self):
        """Put them on the board again."""
        self._check_operator()
        self.filtered(lambda failure: failure.state in ("snoozed", "ignored")).sudo().write(
            {"state": "open", "snoozed_until": False, "ignored_upto": False}
        )

    def _snooze(self, until):
        """Leave them off the board, and tell nobody, until then."""
        self._check_operator()
        self.filtered(lambda failure: failure.state in ("open", "snoozed")).sudo().write(
            {"state": "snoozed", "snoozed_until": until}
        )

    def _ignore(self, reason):
        """Give up the messages that are there now, in the background; a newer one of the cause opens it again."""
        self._check_operator()
        chosen = self.filtered(lambda failure: failure.state in ("open", "snoozed"))
        repairs = self.env["integration.repair"]
        for failure in chosen:
            domain = [*failure._domain(), ("id", "<=", failure.newest_id)]
            if self.env["integration.event"].search_count(domain, limit=1):
                repairs |= repairs._begin("ignore", domain, failure._named(), reason=reason)
            failure.sudo().write(
                {
                    "state": "ignored",
                    "ignored_reason": reason,
                    "ignored_upto": failure.newest_id,
                    "snoozed_until": False,
                }
            )
        return repairs

    def _ask(self, wizard, name):
        self._check_operator()
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": wizard,
            "view_mode": "form",
            "target": "new",
            "context": {"default_failure_ids": self.ids},
        }

    def _named(self):
        """Return what a repair of these causes is called."""
        if len(self) == 1:
            return self.cause
        return self.env._("%(count)s causes", count=len(self))

    def _check_operator(self):
        if not self.env.user.has_group("integration_hub.group_operator"):
            raise UserError(self.env._("Only integration operators act on failures. Ask one of them."))
        self.check_access("read")
