# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import api, fields, models
from odoo.fields import Domain

from ..engine.database import Database
from ..engine.pages import Page
from ..engine.wake import wake_after_commit
from .integration_flow_read import POLLED, once

LONG = 5_000  # changes in one list
TOLD = "integration_hub.mail_activity_poll"
GC_AT_ONCE = 10_000


class IntegrationSyncJob(models.Model):
    """The kind ``poll``: what changed there since the last time, and no webhook told. Deletions are not seen by it."""

    _inherit = "integration.sync.job"

    message_from = fields.Integer(readonly=True, copy=False)
    message_to = fields.Integer(readonly=True, copy=False)

    _poll_unique = models.UniqueIndex(
        "(flow_id) WHERE kind = 'poll' AND state IN ('draft', 'running', 'paused')",
        "This flow is looking for changes already.",
    )

    def _pages_poll(self, connector):
        """Read the list of changes, from where it stopped."""
        return self._changes(connector, self.cursor or {"since": self.since or None, "cursor": None, "read": 0})

    def _changes(self, connector, at, reader=None):
        """Return the pages of what changed since ``at["since"]``, on from ``at["cursor"]``.

        Some vendors end a long list early. So one that ends after many is asked for again, from the last change on it.

        :param reader: the flow that reads them, where it is not the job's
        """
        flow, last = reader or self.flow_id, False
        while not last:
            page = connector.list(flow.object_type, cursor=at["cursor"], since=at["since"])
            at = {**at, "cursor": page.cursor, "read": at["read"] + len(page.items)}
            if page.items:
                at["newest"] = flow._canonical(page.items[-1]).get("updated_at")
            last = page.cursor is None
            if last and at["read"] >= LONG and at.get("newest") not in (None, at["since"]):
                at, last = {**at, "since": at["newest"], "cursor": None, "read": 0}, False
            yield Page(page.items, at, last)

    def _take_poll(self, items):
        """Store what is not known yet as messages of the flow, in the order of those of its webhooks."""
        flow, db = self.flow_id, Database(self.env.cr.dbname)
        news = flow._news(flow._read_documents(items), self.started_at)
        if not news:
            return {"skipped": len(items)}
        endpoint, now = flow.system_id._bulk_endpoint(), self.env.cr.now()
        stored = [
            flow._insert(endpoint, flow._notification(read, POLLED), read.text, once(read, flow.object_type), now)
            for read in news
        ]
        fresh = [each for each in stored if not each.duplicate]
        if fresh:
            ids = [each.event_id for each in fresh]
            self.write({"message_from": self.message_from or min(ids), "message_to": max(ids)})
            wake_after_commit(self.env.cr, db, [each.unit for each in fresh])
        return {"done": len(fresh), "skipped": len(items) - len(fresh)}

    def _ended_poll(self):
        """What changed since this one began is for the next one to read."""
        if self.state == "done":
            self.flow_id._polled(self.started_at)
            self.flow_id.activity_unlink([TOLD])

    def _failed_poll(self):
        """Tell the flow's owner, once, until one succeeds."""
        flow = self.flow_id
        if flow.activity_search([TOLD]):
            return
        owner = flow.owner_id or flow.system_id.technical_owner_id or self.env.user
        summary = self.env._("Missed changes cannot be looked for: %(why)s", why=self.error_message)
        flow.activity_schedule(TOLD, summary=summary, note=self.error_hint, user_id=owner.id)

    def _messages(self):
        """Return the domain of the messages that this job stored: of their flow no other poll ran at that time."""
        return [
            ("flow_id", "=", self.flow_id.id),
            ("topic", "=", f"{self.object_type}.{POLLED}"),
            ("endpoint_id", "=", self.system_id._bulk_endpoint(make=False).id),
            ("id", ">=", self.message_from),
            ("id", "<=", self.message_to),
        ]

    def _failed(self):
        return [*self._messages(), ("state", "=", "dead")]

    def _count_failed_poll(self):
        return self.env["integration.event"].search_count(self._failed()) if self.message_from else 0

    def _retry_failed_poll(self):
        """Try its failed messages again; returns how many."""
        failed = self.env["integration.event"].search(self._failed())
        wake_after_commit(self.env.cr, Database(self.env.cr.dbname), failed._requeue())
        return len(failed)

    @api.autovacuum
    def _gc_polls(self):
        """Forget polls that found nothing after a day, and others after a month; their messages stay."""
        now = fields.Datetime.now()
        over = Domain("kind", "=", "poll") & Domain("state", "in", ("done", "cancelled"))
        idle = Domain("done_count", "=", 0) & Domain("ended_at", "<", fields.Datetime.subtract(now, days=1))
        old = Domain("ended_at", "<", fields.Datetime.subtract(now, days=30))
        self.search(over & (idle | old), limit=GC_AT_ONCE).unlink()

    def action_view_messages(self):
        """Open the messages that this job stored."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("integration_hub.integration_event_action")
        return dict(action, domain=self._messages(), context={})
