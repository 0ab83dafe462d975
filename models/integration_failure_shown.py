# Part of Integration Hub. License LGPL-3.0 or later.
import json
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.misc import format_date, format_datetime, formatLang

from ..engine import impact

EXAMPLES = 5
BARS = 24  # columns of the timeline


class IntegrationFailure(models.Model):
    """What the board says of a cause: what is at stake, what happens by itself, examples, and when it came about."""

    _inherit = "integration.failure"

    next_step = fields.Char("By Itself", compute="_compute_next_step", help="What happens without anybody's help.")
    who = fields.Char(compute="_compute_who", help="Who sees to it: who it is assigned to, else who answers for it.")
    at_stake = fields.Char("Amount", compute="_compute_at_stake", help="What the documents of its messages are worth.")
    customers = fields.Char(compute="_compute_at_stake", help="How many customers wait for it.")
    impact_why = fields.Char(compute="_compute_impact_why")
    example_ids = fields.Many2many("integration.event", string="Examples", compute="_compute_example_ids")
    timeline = fields.Text(compute="_compute_timeline")

    @api.depends("state", "next_try_at", "endpoint_id")
    @api.depends_context("lang", "tz", "uid")
    def _compute_next_step(self):
        now = fields.Datetime.now()
        halts = {endpoint: endpoint._halt(now) for endpoint in self.sudo().endpoint_id}
        for failure in self:
            if halt := failure.message_count and halts[failure.sudo().endpoint_id]:
                failure.next_step = halt.reason
            elif failure.retrying_count and failure.next_try_at:
                moment = failure._moment(failure.next_try_at)
                failure.next_step = self.env._("Next try %(moment)s", moment=moment)
            elif failure.state == "snoozed":
                moment = failure._moment(failure.snoozed_until)
                failure.next_step = self.env._("Back on the board %(moment)s", moment=moment)
            else:
                failure.next_step = False

    def _moment(self, moment):
        """Return a time without its date, where that goes without saying."""
        soon = abs(moment - fields.Datetime.now()) < timedelta(hours=12)
        return format_datetime(self.env, moment, dt_format="HH:mm" if soon else "short")

    @api.depends("user_id", "flow_id", "system_id")
    def _compute_who(self):
        for failure in self:
            user = failure.sudo()._responsible()
            failure.who = user.name if user else False

    def _responsible(self):
        """Return who sees to it: who it is assigned to, who looks after a missing value, who owns it."""
        self.ensure_one()
        system, missing = self.system_id, self._missing_value()
        people = (
            self.user_id,
            missing.user_id,
            self.flow_id.owner_id,
            system.business_owner_id,
            system.technical_owner_id,
        )
        return next((user for user in people if user.active), self.env["res.users"])

    @api.depends("amount", "customer_count", "looked_count", "message_count")
    @api.depends_context("lang")
    def _compute_at_stake(self):
        for failure in self:
            amount = failure.amount and formatLang(self.env, failure.amount, currency_obj=failure.currency_id)
            customers = failure.customer_count and str(failure.customer_count)
            if failure.looked_count < failure.message_count:
                amount = amount and self.env._("at least %(number)s", number=amount)
                customers = customers and self.env._("at least %(number)s", number=customers)
            failure.at_stake, failure.customers = amount or False, customers or False

    @api.depends("score")
    @api.depends_context("lang")
    def _compute_impact_why(self):
        now, words = fields.Datetime.now(), self._words_of_impact()
        for failure in self:
            row = {name: failure[name] for name in ("message_count", "amount", "customer_count", "oldest_at")}
            points_of = impact.parts(row, now)
            parts = [
                self.env._("%(what)s %(points)s", what=words[name], points=points)
                for name, points in points_of.items()
                if points
            ]
            criticality = failure.sudo().system_id.criticality
            failure.impact_why = self.env._(
                "%(parts)s; × %(weight)s, since %(system)s is: %(criticality)s",
                parts=", ".join(parts),
                weight=impact.WEIGHTS[criticality],
                system=failure.sudo().system_id.name,
                criticality=dict(
                    self.env["integration.system"]._fields["criticality"]._description_selection(self.env)
                )[criticality],
            )

    def _words_of_impact(self):
        return {
            "messages": self.env._("messages"),
            "amount": self.env._("amount"),
            "customers": self.env._("customers"),
            "age": self.env._("age"),
        }

    def _compute_example_ids(self):
        Event = self.env["integration.event"]
        for failure in self:
            failure.example_ids = Event.search(failure._domain(), limit=EXAMPLES) if failure.message_count else Event

    def _compute_timeline(self):
        """Draw when those that fail now arrived: by the hour, or in larger steps where they came over a longer time."""
        for failure in self:
            bars = failure._bars() if failure.message_count and failure.oldest_at else []
            values = [{"label": label, "value": count, "type": "past"} for label, count in bars]
            failure.timeline = json.dumps([{"key": self.env._("Messages"), "values": values}])

    def _bars(self):
        """Return ``[(label, count)]`` of equal steps from the oldest message until now."""
        now = fields.Datetime.now()
        hours = max(1, -(-int((now - self.oldest_at).total_seconds()) // (3600 * BARS)))
        step = timedelta(hours=hours)
        self.env.cr.execute(
            SQL(
                """SELECT greatest(floor(extract(epoch FROM %(now)s - arrived_at) / %(step)s), 0)::int AS ago, count(*)
                     FROM integration_event
                    WHERE endpoint_id = %(endpoint)s AND fingerprint = %(cause)s
                      AND state IN ('dead', 'held', 'retry')
                 GROUP BY ago""",
                now=now,
                step=step.total_seconds(),
                endpoint=self.endpoint_id.id,
                cause=self.fingerprint,
            )
        )
        counts = dict(self.env.cr.fetchall())
        first = max(counts, default=0)
        return [(self._label(now - step * (ago + 1), hours), counts.get(ago, 0)) for ago in range(first, -1, -1)]

    def _label(self, moment, hours):
        if hours >= 24:
            return format_date(self.env, fields.Datetime.context_timestamp(self, moment).date())
        return format_datetime(self.env, moment, dt_format="d/M HH:mm")
