# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..engine.database import Database
from ..engine.wake import wake_after_commit

FEW = 100  # messages that are seen to while the person waits; more, in the background

# What a message must be in so that a remedy can do anything about it; what was never failed is no part of a repair.
CURABLE = {
    "retry": Domain("state", "in", ("dead", "retry", "held"))
    | (Domain("state", "=", "ignored") & Domain("error_code", "=", "no-flow")),
    "ignore": Domain("state", "in", ("dead", "retry", "held", "pending")),
}

# The versions that were in use when a message was first tried, where its row does not say: a failure names none.
_ORIGINAL = """
    UPDATE integration_event e
       SET mapping_version_id = coalesce(e.mapping_version_id, {first}),
           record_mapping_version_id = coalesce(e.record_mapping_version_id, {second})
      FROM integration_flow f
     WHERE f.id = e.flow_id AND e.id = ANY(%(ids)s)"""
_IN_USE = """(
    SELECT v.id FROM integration_mapping_version v
     WHERE v.mapping_id = f.{mapping} AND v.state <> 'draft'
       AND v.approved_at <= coalesce(
               (SELECT min(a.started_at) FROM integration_event_attempt a WHERE a.event_id = e.id), e.arrived_at)
  ORDER BY v.approved_at DESC, v.number DESC LIMIT 1)"""
_NOTE_ORIGINAL = _ORIGINAL.format(
    first=_IN_USE.format(mapping="mapping_id"), second=_IN_USE.format(mapping="record_mapping_id")
)


class IntegrationEvent(models.Model):
    """What people do about messages that failed: a few at once, many as a repair."""

    _inherit = "integration.event"

    has_newer_mapping = fields.Boolean(compute="_compute_has_newer_mapping")

    @api.depends("state", "flow_id")
    def _compute_has_newer_mapping(self):
        """Whether it could be retried, and a retry would map it by something else than when it was first tried."""
        for event in self:
            flow = event.sudo().flow_id if event.may_be_retried else event.flow_id.browse()
            versions = (flow.mapping_id | flow.record_mapping_id).version_id
            first = event.attempt_ids[:1].started_at or event.arrived_at
            event.has_newer_mapping = any(version.approved_at and version.approved_at > first for version in versions)

    # --- a person's actions ---

    def action_retry(self):
        """Try the failed messages of this selection again, in the order in which they arrived."""
        return self._repair("retry", self.env._("Retry"))

    def action_retry_original(self):
        """Try them again with the mapping as it was when they were first tried."""
        return self._repair("retry", self.env._("Retry with the original mapping"), keeps_versions=True)

    def action_ignore(self):
        """Give these messages up; later ones about the same records go on."""
        return self._repair("ignore", self.env._("Give up"))

    def _repair(self, remedy, what, **options):
        """Do something about these messages now, where they are few; else begin a repair and show it.

        Where a whole list was selected, of which the client names only the first thousands, its domain says the rest.
        """
        self._check_operator()
        whole = self.env.context.get("selected_domain")
        if whole is None and len(self) <= FEW:
            return self._repair_now(remedy, **options)
        domain = [("id", "in", self.ids)] if whole is None else whole
        count = self.search_count(Domain.AND([domain, CURABLE[remedy]]))
        shown = self.env["ir.qweb.field.integer"].value_to_html(count, {})
        name = self.env._("%(what)s: %(count)s messages", what=what, count=shown)
        return self.env["integration.repair"]._begin(remedy, domain, name, **options)._shown()

    def _repair_now(self, remedy, **options):
        if remedy == "ignore":
            events = self.filtered(lambda event: event.state in ("dead", "retry", "held", "pending"))
            units = events._give_up(self.env.user)
            wake_after_commit(self.env.cr, Database(self.env.cr.dbname), units)
            return None
        again = self.filtered("may_be_retried")
        if not again:
            raise UserError(
                self.env._(
                    "Only messages that failed or wait for a retry can be retried. What may have been created in the "
                    "other system already is sent again one by one, from the message itself."
                )
            )
        wake_after_commit(self.env.cr, Database(self.env.cr.dbname), again._requeue(**options))
        again._note_deed("retry", self.env.user)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._("%(count)s messages are tried again.", count=len(again)),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    # --- what a page of a repair does; returns the units to wake, and which messages it was done about ---

    def _repair_retry(self, repair):
        again = self.filtered("may_be_retried")
        again._note_deed("retry", repair.create_uid, repair.reason)
        return again._requeue(keeps_versions=repair.keeps_versions), again

    def _repair_ignore(self, repair):
        events = self.filtered(lambda event: event.state in ("dead", "retry", "held", "pending"))
        return events._give_up(repair.create_uid, repair.reason), events

    # --- the rows ---

    def _requeue(self, fresh=True, keeps_versions=False):
        """Make these events runnable; returns their units.

        :param fresh: somebody has dealt with what killed their workers, if anything did: its deaths do not count on
        :param keeps_versions: map them as when they were first tried; else by what is in use when they are tried
        """
        if not self:
            return set()
        if keeps_versions:
            self.env.cr.execute(_NOTE_ORIGINAL, {"ids": self.ids})
        self.env.cr.execute(
            SQL(
                """UPDATE integration_event SET state = 'pending', next_try_at = NULL, done_at = NULL,
                          keeps_versions = %s, death_count = CASE WHEN %s THEN NULL ELSE death_count END
                    WHERE id IN %s""",
                keeps_versions or None,
                fresh,
                tuple(self.ids),
            )
        )
        # Its key stays blocked for all others, so that later messages do not overtake it.
        self.invalidate_model()
        return self._units()

    def _give_up(self, user, reason=None):
        """End these without effect, and let later ones of their keys go on; returns their units."""
        units = self._units()
        self._note_deed("ignore", user, reason)
        hint = self.env._("Given up by %(user)s", user=user.name)
        ids = tuple(self.ids) or (0,)
        self.env.cr.execute(
            SQL(
                """UPDATE integration_event SET state = 'ignored', done_at = %s, next_try_at = NULL,
                          error_hint = %s WHERE id IN %s""",
                fields.Datetime.now(),
                f"{hint}: {reason}" if reason else hint,
                ids,
            )
        )
        self.env.cr.execute(SQL("DELETE FROM integration_blocked_key WHERE event_id IN %s", ids))
        self.invalidate_model()
        return units
