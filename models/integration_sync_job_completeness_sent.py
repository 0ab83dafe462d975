# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import models

from ..engine.pages import Page
from .completeness_sent import SentCheck
from .integration_sync_job_completeness import AT_ONCE


class IntegrationSyncJob(models.Model):
    """What is counted of an outbound flow: Odoo's records of some days, then whether the other system has them.

    By steps again: ``ours``, the records and what became of their messages; ``listed``, what the other system lists of
    what was sent; ``unseen``, what it did not list, each asked for singly.
    """

    _inherit = "integration.sync.job"

    def _pages_sent(self, connector, at):
        if not at:
            at = {"zone": self.system_id._zone(connector), "step": "ours", "after": 0}
            yield Page([], at)
        check, can_read = SentCheck(self.flow_id, at["zone"]), self._can_read(connector)
        while at["step"] == "ours":
            ids = self._ours(check, at["after"])
            at = {**at, "after": max(ids, default=at["after"])}
            if len(ids) < AT_ONCE:
                at = self._after_ours(check, at, can_read)
            yield Page(ids, at, at["step"] == "over")
        if at["step"] == "listed":
            for page in self._changes(connector, at, check.reader()):
                at = {"zone": at["zone"], "step": "unseen", "after": 0} if page.last else page.cursor
                yield Page(page.items, at)
        last = at["step"] != "unseen"
        while not last:
            lines = self._unseen(at["after"])
            last, at = len(lines) < AT_ONCE, {**at, "after": lines[-1:].id or at["after"]}
            told = [(line.id, connector.fetch(self.object_type, line.external_id)) for line in lines]
            yield Page(told, at, last)

    def _can_read(self, connector):
        """Tell whether the other system says what it has of what is sent: else what it answered once has to do."""
        kind = connector.object_type(self.object_type)
        return kind.fetchable and kind.listable

    def _after_ours(self, check, at, can_read):
        zone = at["zone"]
        if not can_read:
            return {"zone": zone, "step": "over"}
        if not check.reader():
            return {"zone": zone, "step": "unseen", "after": 0}
        return {"zone": zone, "step": "listed", "cursor": None, "read": 0, "since": self._since_day(zone)}

    def _ours(self, check, after):
        days = sorted(self.completeness_ids.mapped("day"))
        return check.records(days[0], days[-1], after, AT_ONCE).ids

    def _unseen(self, after):
        return self.env["integration.completeness.line"].search(
            [
                ("completeness_id", "in", self.completeness_ids.ids),
                ("status", "=", "same"),
                ("seen", "=", False),
                ("id", ">", after),
            ],
            limit=AT_ONCE,
        )

    def _take_sent(self, items, zone):
        check, lines = SentCheck(self.flow_id, zone), self.env["integration.completeness.line"]
        step = self.cursor["step"]
        if step == "ours":
            put = lines._put({one.day: one for one in self.completeness_ids}, check.found(check.model.browse(items)))
            return {"done": put, "skipped": len(items) - put}
        if step == "listed":
            items = self._listed_lines(check, items)
        for line, document in items:
            self._seen(check, lines.browse(line), document)
        return {"done": len(items)}

    def _listed_lines(self, check, documents):
        """Return the lines that documents are of, ``[(line id, document)]``."""
        told = {check.reader()._canonical(document).get("id"): document for document in documents}
        lines = self.env["integration.completeness.line"].search(
            [
                ("completeness_id", "in", self.completeness_ids.ids),
                ("external_id", "in", [each for each in told if each]),
                ("status", "=", "same"),
            ]
        )
        return [(line.id, told[line.external_id]) for line in lines]

    def _seen(self, check, line, document):
        """Note on a line what the other system says of it."""
        if document is None:
            reason = self.env._("Not in %(system)s any more", system=self.system_id.name)
            line.write({"status": "missing", "reason": reason, "amount_there": 0})
            return
        line.seen = True
        told = check.told(document, check.model.browse(line.res_id))
        if told and told[1] == line.currency:
            line.amount_there = float(told[0])
            if abs(line.amount_there - line.amount_here) >= 0.005:
                line.write({"status": "different", "reason": self.env._("Another amount")})
