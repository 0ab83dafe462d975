# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..engine import repair
from ..engine.pages import percent, seconds_left
from .integration_event_repair import CURABLE
from .integration_repair_item import OUTCOMES
from .windows import form_of

KEPT_DAYS = 90
GC_AT_ONCE = 100  # each may have a hundred thousand items


class IntegrationRepair(models.Model):
    """Something that is done about a frozen set of messages, in the background: who began it, and what came of each."""

    _name = "integration.repair"
    _description = "Repair"
    _inherit = ["mail.thread"]
    _inherits = {"integration.sync.job": "job_id"}
    _order = "id desc"

    job_id = fields.Many2one("integration.sync.job", required=True, readonly=True, ondelete="cascade", index=True)
    remedy = fields.Selection([("retry", "Retry"), ("ignore", "Give up")], "What Is Done", required=True, readonly=True)
    reason = fields.Char(readonly=True)
    keeps_versions = fields.Boolean(
        "Original Mapping",
        readonly=True,
        help="Each message is mapped as it was when it was first tried, whatever has been approved since.",
    )
    per_second = fields.Float(
        "At Most Per Second", readonly=True, help="So that what arrives now goes first. 0: as fast as they are done."
    )
    item_ids = fields.One2many("integration.repair.item", "repair_id", "What Came of Each", readonly=True)
    done_now_count = fields.Integer("Done", compute="_compute_outcomes")
    again_count = fields.Integer("Failed Again", compute="_compute_outcomes")
    other_count = fields.Integer("Failed with Another Cause", compute="_compute_outcomes")
    still_count = fields.Integer("Still Waiting", compute="_compute_outcomes")
    given_up_count = fields.Integer("Ignored", compute="_compute_outcomes")
    left_count = fields.Integer("Not Failed Any More", compute="_compute_outcomes")
    next_count = fields.Integer("Not Begun", compute="_compute_outcomes")
    forgotten_count = fields.Integer("Deleted Since", compute="_compute_outcomes")
    # As its job has them, but of what came of the messages: to release them takes no time.
    over_count = fields.Integer("Over", compute="_compute_outcomes")
    progress = fields.Float(compute="_compute_outcomes")
    rate = fields.Float("Per Second", compute="_compute_outcomes", digits=(12, 1))
    remaining = fields.Char("Time Left", compute="_compute_outcomes")

    @api.depends("state")
    def _compute_outcomes(self):
        """Count what came of the messages, as they are now."""
        begun = [("repair_id", "in", self.ids), ("phase", "!=", "waiting")]  # those that wait need no look at the log
        found = self.env["integration.repair.item"]._read_group(begun, ["repair_id", "outcome"], ["__count"])
        by_outcome = {(one.id, outcome): count for one, outcome, count in found}
        waiting = repair.waiting(self.env.cr, self.ids)
        for one in self:
            counts = {outcome: by_outcome.get((one.id, outcome), 0) for outcome, _label in OUTCOMES}
            one.done_now_count, one.given_up_count = counts["done"], counts["ignored"]
            one.again_count, one.other_count = counts["same"], counts["other"]
            one.still_count, one.left_count = counts["waiting"], counts["left"]
            one.next_count, one.forgotten_count = waiting.get(one.id, 0), counts["gone"]
            one.over_count = sum(counts.values()) - one.still_count
            one._compute_pace()

    def _compute_pace(self):
        seconds = (fields.Datetime.now() - self.started_at).total_seconds() if self.started_at else 0
        running = self.state == "running" and seconds > 0
        self.progress = percent(self.expected, self.over_count, self.state == "done")
        self.rate = rate = self.over_count / seconds if running else 0
        left = seconds_left(self.expected, self.over_count, rate)
        self.remaining = left is not None and self.job_id._duration(left)

    def unlink(self):
        """Its messages stay; its job goes with it."""
        repair.forget(self.env.cr, self.ids)
        jobs = self.sudo().job_id
        result = super().unlink()
        jobs.unlink()
        return result

    # --- begin ---

    @api.model
    def _begin(self, remedy, domain, name, **options):
        """Begin to act on exactly the messages that a domain finds now, of those that the user may see.

        :param remedy: ``retry`` or ``ignore``
        :param options: fields of the repair: ``reason``, ``keeps_versions``, ``per_second``
        :returns: the repair; where the messages are several companies', one for each
        """
        Event = self.env["integration.event"]
        Event._check_operator()
        curable = Domain.AND([domain, CURABLE[remedy]])
        begun = self.browse()
        for company, _count in Event._read_group(curable, ["company_id"], ["__count"]):
            one = self.sudo().create(
                {"name": name, "kind": "repair", "company_id": company.id, "remedy": remedy, **options}
            )
            found = Event._search([*curable, ("company_id", "=", company.id)]).subselect()
            one.job_id.expected = repair.freeze(self.env.cr, one.id, found)
            one.job_id._start()
            one.invalidate_recordset()  # its items came past the ORM
            begun += one
        if not begun:
            raise UserError(self.env._("None of these messages has failed any more: nothing is to be done about them."))
        return begun.with_env(self.env)

    def _shown(self):
        """Return the action that shows the repair, with its progress and what came of each message."""
        if len(self) == 1:
            return form_of(self._name, self.id, name=self.name)
        action = self.env["ir.actions.act_window"]._for_xml_id("integration_hub.integration_repair_action")
        return dict(action, domain=[("id", "in", self.ids)], context={})

    # --- a person's actions ---

    def action_pause(self):
        """Release no further message for now."""
        self.job_id.action_pause()

    def action_resume(self):
        """Go on with the next message."""
        self.job_id.action_resume()

    def action_cancel(self):
        """Release no further message: what was not released yet stays failed, exactly as it was."""
        self.job_id.action_cancel()

    def action_view_items(self):
        """Open its messages, those that one of the counts tells of if it was pressed."""
        action = self.env["ir.actions.act_window"]._for_xml_id("integration_hub.integration_repair_item_action")
        outcomes = self.env.context.get("outcomes")
        wanted = [("outcome", "in", outcomes)] if outcomes else []
        return dict(action, domain=[("repair_id", "in", self.ids), *wanted], context={})

    # --- when it is over ---

    def _tell(self):
        """Say what came of it: on the repair, and to who began it."""
        self.ensure_one()
        cancelled = self.state == "cancelled"
        parts = [
            self.env._("%(count)s done", count=self.done_now_count),
            self.env._("%(count)s failed again", count=self.again_count + self.other_count),
            self.env._("%(count)s still waiting", count=self.still_count),
            self.env._("%(count)s ignored", count=self.given_up_count),
            self.env._("%(count)s were not failed any more", count=self.left_count),
            self.env._("%(count)s left as they were", count=self.next_count),
        ]
        counts = (
            self.done_now_count,
            self.again_count + self.other_count,
            self.still_count,
            self.given_up_count,
            self.left_count,
            self.next_count,
        )
        said = ", ".join(part for part, count in zip(parts, counts, strict=True) if count)
        title = self.env._("Cancelled: %(name)s", name=self.name) if cancelled else self.name
        self.message_post(body=self.state_reason + ": " + said if self.state_reason else said)
        self.create_uid._bus_send(
            "simple_notification",
            {"title": title, "message": said, "type": "info" if cancelled or counts[1] else "success", "sticky": True},
        )

    @api.autovacuum
    def _gc_repairs(self):
        """Forget repairs that ended three months ago; their messages stay for as long as messages do."""
        before = fields.Datetime.subtract(fields.Datetime.now(), days=KEPT_DAYS)
        self.search([("ended_at", "<", before)], limit=GC_AT_ONCE).unlink()
