# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ..engine.claim import runnable


class IntegrationEndpoint(models.Model):
    """A person stops and resumes endpoints: one row each, however many messages wait."""

    _inherit = "integration.endpoint"

    paused_until = fields.Datetime(
        readonly=True, copy=False, tracking=True, help="Then it goes on by itself. Empty: when somebody resumes it."
    )
    draining_since = fields.Datetime(
        "Finishing Since",
        readonly=True,
        copy=False,
        tracking=True,
        help="What arrived before is finished, then the endpoint pauses. What arrives later is kept and waits.",
    )

    def action_pause(self, reason="", until=False):
        """Stop work on these endpoints, with what is under way finished; what arrives is kept and waits.

        :param until: when they go on by themselves; else a person resumes them
        """
        self._set_state("paused", self._pause_reason(reason), until)

    def action_drain(self, reason="", until=False):
        """Finish what waits on these endpoints, then pause them; what arrives from now on is kept and waits.

        What has failed and is due for its next try later is not waited for.
        """
        running = self.filtered(lambda endpoint: endpoint.state == "active")
        if running != self:
            raise UserError(
                self.env._(
                    "%(endpoints)s: only an endpoint that is on can finish what waits.",
                    endpoints=", ".join((self - running).mapped("display_name")),
                )
            )
        self._set_state("active", self._pause_reason(reason), until, fields.Datetime.now())
        self._wake()

    def action_resume(self):
        """Go on, with what waited first."""
        self._set_state("active", False)
        self._wake_waiting()

    def action_try_now(self):
        """Let one message try at once whether the other side answers again."""
        self._check_operator()
        for endpoint in self:
            endpoint.sudo()._message_log(body=self.env._("It is tried now whether it answers again."))
        self.sudo()._wake_waiting()

    def action_disable(self):
        """Refuse what arrives and send nothing."""
        self._set_state("disabled", self.env._("Switched off by %(user)s", user=self.env.user.name))

    def _pause_reason(self, reason):
        name = self.env.user.name
        if not (reason or "").strip():
            return self.env._("Paused by %(user)s", user=name)
        return self.env._("Paused by %(user)s: %(reason)s", user=name, reason=reason.strip())

    def _set_state(self, state, reason, until=False, draining_since=False):
        self._check_operator()
        until = fields.Datetime.to_datetime(until)
        if until and until <= fields.Datetime.now():
            raise UserError(self.env._("The end of the pause is over already. Choose a later time, or none."))
        self.sudo().write(
            {"state": state, "state_reason": reason, "paused_until": until, "draining_since": draining_since}
        )

    def _check_operator(self):
        if not self.env.su and not self.env.user.has_group("integration_hub.group_operator"):
            raise AccessError(
                self.env._("Only integration operators test, pause or resume, or change limits. Ask one of them.")
            )
        self.check_access("read")

    # --- what a person asked for to happen later ---

    @api.model
    def _see_to_pauses(self, db):
        """Resume what was paused until now, and pause what has finished; a transaction only where there is any."""
        now = db.now()
        with db.read_committed() as cr:
            cr.execute(
                SQL(
                    """SELECT id, state FROM integration_endpoint p
                        WHERE (state = 'paused' AND paused_until <= %(now)s)
                           OR (state = 'active' AND draining_since IS NOT NULL AND NOT %(works)s)""",
                    now=now,
                    works=_works(now),
                )
            )
            found = dict(cr.fetchall())
        if not found:
            return
        with db.transaction() as cr:
            endpoints = api.Environment(cr, SUPERUSER_ID, {})[self._name].browse(found)
            for endpoint in endpoints:
                endpoint._end_of_pause() if found[endpoint.id] == "paused" else endpoint._end_of_drain()

    def _end_of_pause(self):
        self._track_set_log_message(self.env._("The end of the pause has come: it goes on."))
        self.action_resume()

    def _end_of_drain(self):
        self._track_set_log_message(self.env._("What waited is finished: it pauses."))
        self.write({"state": "paused", "draining_since": False})


def _works(now):
    """Return a condition: endpoint ``p`` that drains has work under way, or some that waited before."""
    return SQL(
        """(EXISTS (SELECT 1 FROM integration_claim c WHERE c.endpoint_id = p.id AND cardinality(c.event_ids) > 0)
            OR EXISTS (SELECT 1 %s AND e.endpoint_id = p.id))""",
        runnable(now),
    )
