# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import SQL, format_datetime

from ..engine import metrics, tally
from ..engine.backlog import HIGH, LOW, backlogs, measure

ACTIVITY = "integration_hub.activity_backlog"


class IntegrationEndpoint(models.Model):
    """How many deliveries an endpoint takes, how many messages may wait, and who is told before it is too many."""

    _inherit = "integration.endpoint"

    intake_rate = fields.Integer(
        "Deliveries a Second",
        default=1000,
        tracking=True,
        help="More are asked to come again later, if the sender does that; of others, none is refused. 0: no limit.",
    )
    backlog_limit = fields.Integer(
        "At Most Waiting",
        tracking=True,
        help="When 80 % of so many messages wait, the technical owner is told. When all do, senders that deliver again "
        "are asked to come later, and first loads wait. 0: only the limit of its priority counts.",
    )
    backlog_since = fields.Datetime("Much Waits Since", readonly=True, copy=False)
    backlog_summary = fields.Char("Waiting Now", compute="_compute_backlog_summary")

    _backlog_not_negative = models.Constraint(
        "CHECK (backlog_limit >= 0 AND intake_rate >= 0)", "A limit is 0, for none, or more."
    )

    @api.depends("backlog_limit", "lane_id.backlog_limit")
    def _compute_backlog_summary(self):
        self.flush_recordset(["backlog_limit", "lane_id"])
        self.lane_id.flush_recordset(["backlog_limit"])
        known = {each.endpoint_id: each for each in backlogs(self.env.cr, fields.Datetime.now())}
        for endpoint in self:
            found = known.get(endpoint.id)
            endpoint.backlog_summary = found and endpoint._backlog_words(found)

    def _backlog_words(self, backlog):
        limit = self.backlog_limit or self.lane_id.backlog_limit
        words = (
            self.env._("%(count)s of at most %(limit)s", count=f"{backlog.waiting:,}", limit=f"{limit:,}")
            if limit
            else f"{backlog.waiting:,}"
        )
        if not backlog.oldest:
            return words
        since = format_datetime(self.env, backlog.oldest)
        return self.env._("%(words)s, the first since %(time)s", words=words, time=since)

    # --- by the sweeper ---

    def _see_to_backlogs(self, db):
        """Count what waits, tell of endpoints where much does, and take it back where that is over."""
        measure(db)
        tally.fold(db)
        metrics.fold(db)
        with db.read_committed() as cr:
            found = {each.endpoint_id: each for each in backlogs(cr, db.now())}
        high = [endpoint_id for endpoint_id, each in found.items() if each.share >= HIGH]
        low = [endpoint_id for endpoint_id, each in found.items() if each.share < LOW]
        with db.read_committed() as cr:  # of two that come by at once, one does it
            endpoints = api.Environment(cr, SUPERUSER_ID, {})[self._name]
            for endpoint in endpoints.browse(self._mark(cr, high, "IS NULL", db.now())):
                endpoint._tell_of_backlog(found[endpoint.id])
            endpoints.browse(self._mark(cr, low, "IS NOT NULL", None)).activity_feedback(
                [ACTIVITY], feedback=self.env._("Fewer messages wait again.")
            )

    def _mark(self, cr, endpoint_ids, now_is, since):
        cr.execute(
            SQL(
                """UPDATE integration_endpoint SET backlog_since = %s
                    WHERE id = ANY(%s) AND backlog_since %s RETURNING id""",
                since,
                endpoint_ids,
                SQL(now_is),  # pylint: disable=sql-injection
            )
        )
        return [row[0] for row in cr.fetchall()]

    def _tell_of_backlog(self, backlog):
        owner = self.system_id.technical_owner_id or self.env.user
        if self.env["integration.alert"]._is_told("backlog_depth", "endpoint_id", self, owner):
            return
        self.activity_schedule(
            ACTIVITY,
            summary=self.env._("Much waits: %(words)s", words=self._backlog_words(backlog)),
            note=self.env._(
                "Look on the endpoint why its messages wait: it may be paused, or the other system slow. When the "
                "limit is reached, senders that deliver again are asked to come later; what others send is accepted."
            ),
            user_id=owner.id,
        )
