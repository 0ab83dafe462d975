# Part of Integration Hub. License LGPL-3.0 or later.
from typing import NamedTuple

from odoo import api, fields, models

from ..engine.database import Database
from ..engine.outbox import Change, insert_outbound
from ..engine.pages import Page
from ..engine.wake import wake_after_commit
from .handler import Handler
from .integration_sync_job_poll import TOLD
from .outbound_transaction import OutboundTransaction, Plan


class Asked(NamedTuple):
    """What :class:`OutboundTransaction` asks of a message: here of a record that would be sent now."""

    flow_id: int
    endpoint_id: int
    res_model: str
    res_id: int
    operation: str = "upsert"
    in_doubt: bool = False
    keeps_versions: bool = False


class Comparison(OutboundTransaction):
    """Plans what would be sent of records, whether it was sent before or not."""

    def _is_known(self, link, digest):
        return False


class IntegrationSyncJob(models.Model):
    """The kind ``compare``: what the other system has of what a flow writes there; what differs is sent again."""

    _inherit = "integration.sync.job"

    kind = fields.Selection(selection_add=[("compare", "Both sides compared")], ondelete={"compare": "cascade"})

    def _pages_compare(self, connector):
        at, last = self.cursor or {"cursor": None}, False
        while not last:
            page = connector.held(self.object_type, cursor=at["cursor"])
            at, last = {"cursor": page.cursor}, page.cursor is None
            yield Page(page.items, at, last)

    def _take_compare(self, documents):
        """Send again what is not there as it would be sent now; of records that the flow does not send, nothing."""
        flow = self.flow_id
        target = self.env["integration.target"]._of_model(flow.model_name, flow.entity_id.code)
        there = {document["id"]: document for document in documents}
        records = target.sudo()._of_remote(flow.system_id, flow.entity_id, list(there))
        connector = flow.system_id._connector()
        differ = [
            record_id
            for record_id, payload in self._payloads(list(records)).items()
            if not connector.holds(flow.object_type, there[records[record_id]], payload)
        ]
        if differ:
            self._send_again(differ)
        return {"done": len(differ), "skipped": len(documents) - len(differ)}

    def _payloads(self, record_ids):
        """Return ``{record id: what would be sent of it}``."""
        flow = self.flow_id
        asked = [Asked(flow.id, flow.endpoint_id.id, flow.model_name, record_id) for record_id in record_ids]
        plans = Comparison(self.env.cr, asked, Handler(Database(self.env.cr.dbname)).explain).plans()
        return {one.res_id: plan.payload for one, plan in zip(asked, plans, strict=True) if isinstance(plan, Plan)}

    def _send_again(self, record_ids):
        flow, db = self.flow_id, Database(self.env.cr.dbname)
        links = self.env["integration.binding"]._of_many(flow.system_id, flow.entity_id, flow.model_name, record_ids)
        self.env["integration.binding"].union(*links.values()).write({"hash_out": False})
        units = insert_outbound(
            self.env.cr,
            endpoint_id=flow.endpoint_id.id,
            company_id=flow.company_id.id,
            flow_id=flow.id,
            object_type=flow.object_type,
            res_model=flow.model_name,
            changes=[Change(record_id, "upsert") for record_id in sorted(record_ids)],
            now=db.now(),
        )
        wake_after_commit(self.env.cr, db, units)

    def _ended_compare(self):
        if self.state == "done":
            self.flow_id.activity_unlink([TOLD])

    def _failed_compare(self):
        """Tell the flow's owner, once, until one succeeds: as of a poll."""
        self._failed_poll()

    def _use(self):
        return "poll" if self.kind == "compare" else super()._use()

    @api.autovacuum
    def _gc_comparisons(self):
        """Forget comparisons after a month; their messages stay."""
        month = fields.Datetime.subtract(fields.Datetime.now(), days=30)
        over = [("kind", "=", "compare"), ("state", "in", ("done", "cancelled")), ("ended_at", "<", month)]
        self.search(over, limit=10_000).unlink()
