# Part of Integration Hub. License LGPL-3.0 or later.
import hashlib
import json
from typing import NamedTuple

from odoo import models

from ..connectors.connector import Notification
from ..engine.database import Database
from ..engine.pages import Page
from ..engine.wake import wake_after_commit
from .integration_flow_read import POLLED


class Gone(NamedTuple):
    """An object that the other system lists as deleted, and what it says of it."""

    external_id: str
    text: str


class IntegrationSyncJob(models.Model):
    """After the changes a poll reads what was deleted, where the other system lists it.

    Of what is linked and not known to be deleted the object is read anew: it may be back already.
    """

    _inherit = "integration.sync.job"

    def _pages_poll(self, connector):
        flow, at = self.flow_id, self.cursor or {}
        lists_deletions = connector.object_type(flow.object_type).deletions
        if "deletions" not in at:
            for page in super()._pages_poll(connector):
                if not page.last or not lists_deletions:
                    yield page
                    continue
                at = {"deletions": None}
                yield Page(page.items, at, False)
        if not lists_deletions:
            return
        last = False
        while not last:
            page = connector.deletions(flow.object_type, cursor=at["deletions"], since=self.since or None)
            at, last = {"deletions": page.cursor}, page.cursor is None
            yield Page([gone for item in page.items for gone in self._gone(item)], at, last)

    def _gone(self, item):
        """Return what a deleted object says is gone: itself, and those merged into it, which no list names."""
        text = json.dumps(item, sort_keys=True)
        merged = self.flow_id._canonical(item).get("merged_ids") or ()
        return [Gone(external_id, text) for external_id in dict.fromkeys([str(item["id"]), *merged])]

    def _take_poll(self, items):
        if not items or not isinstance(items[0], Gone):
            return super()._take_poll(items)
        flow, db = self.flow_id, Database(self.env.cr.dbname)
        texts = {item.external_id: item.text for item in items}
        links = self.env["integration.binding"]._find_many(flow.system_id, flow.entity_id, list(texts))
        endpoint, now = flow.system_id._bulk_endpoint(), self.env.cr.now()
        stored = [
            flow._insert(endpoint, self._told_gone(flow, link), "{}", _once(flow, link, texts[link.external_id]), now)
            for link in links
            if not link.deleted_at
        ]
        fresh = [each for each in stored if not each.duplicate]
        if fresh:
            ids = [each.event_id for each in fresh]
            self.write({"message_from": self.message_from or min(ids), "message_to": max(ids)})
            wake_after_commit(self.env.cr, db, [each.unit for each in fresh])
        return {"done": len(fresh), "skipped": len(items) - len(fresh)}

    def _told_gone(self, flow, link):
        return Notification(
            topic=f"{flow.object_type}.{POLLED}",
            object_type=flow.object_type,
            external_id=link.external_id,
            partition_key=flow._partition_key(link.external_id),
            payload={},
            complete=False,
        )


def _once(flow, link, text):
    """Return the key under which a deletion is looked into once: until it is listed in other words, it is the same."""
    return "gone:" + hashlib.sha256(f"{flow.id}|{link.external_id}|{text}".encode()).hexdigest()
