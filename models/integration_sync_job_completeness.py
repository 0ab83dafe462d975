# Part of Integration Hub. License LGPL-3.0 or later.
from datetime import UTC

from odoo import api, fields, models

from ..connectors import moments
from ..engine.pages import Page
from .completeness_check import CompletenessCheck, begin_of, day_of, end_of

AT_ONCE = 100  # records that are looked at in one page


class IntegrationSyncJob(models.Model):
    """The kind ``completeness``: what both sides have of some days of a flow (docs/COMPLETENESS.md).

    It goes by steps, which its cursor names: ``there``, what the other system lists, then ``here``, what Odoo has of
    those days besides. Each page is judged in the transaction that takes it, so that it goes on where it stopped.
    """

    _inherit = "integration.sync.job"

    kind = fields.Selection(selection_add=[("completeness", "Completeness")], ondelete={"completeness": "cascade"})
    completeness_ids = fields.One2many("integration.completeness", "job_id", readonly=True)

    def _pages_completeness(self, connector):
        at = self.cursor
        if self.flow_id.direction == "outbound":
            yield from self._pages_sent(connector, at)
            return
        if not at:
            at = {"zone": self.system_id._zone(connector), "step": "there", "cursor": None, "read": 0}
            at["since"] = self._since_day(at["zone"])
            yield Page([], at)
        if at["step"] == "there":
            for page in self._changes(connector, at):
                at = {"zone": at["zone"], "step": "here", "after": 0} if page.last else page.cursor
                yield Page(page.items, at)
        yield from self._pages_here(connector, at)

    def _since_day(self, zone):
        """Return since when everything of these days has changed: since the first of them began."""
        begin = begin_of(min(self.completeness_ids.mapped("day")), zone)
        return moments.write(begin.replace(tzinfo=UTC))

    def _pages_here(self, connector, at):
        """Yield the links of records of these days that were not listed, each with what the other system says of it."""
        after, last = at["after"], False
        while not last:
            links = self._links_here(at["zone"], after)
            last = len(links) < AT_ONCE
            after = links[-1:].id or after
            unseen = links.filtered(lambda link: not self._is_found(link))
            told = [(link.id, connector.fetch(self.object_type, link.external_id)) for link in unseen]
            yield Page(told, {**at, "after": after}, last)

    def _links_here(self, zone, after):
        """Return the next links of records that count on these days, by what Odoo says."""
        dated_by, days = self._target()._dated_by(), sorted(self.completeness_ids.mapped("day"))
        links = self.env["integration.binding"]
        if not dated_by:
            return links
        domain = [(dated_by, ">=", begin_of(days[0], zone)), (dated_by, "<", end_of(days[-1], zone))]
        flow = self.flow_id
        records = self.env[flow.model_name].with_context(active_test=False)._search(domain)
        return links.search(
            [
                ("id", ">", after),
                ("system_id", "=", flow.system_id.id),
                ("entity_id", "=", flow.entity_id.id),
                ("res_model", "=", flow.model_name),
                ("res_id", "in", records),
                ("deleted_at", "=", False),
            ],
            order="id",
            limit=AT_ONCE,
        )

    def _is_found(self, link):
        """Tell whether the other system listed it, on whatever day, or it counts on a day that nobody asked for."""
        lines = self.env["integration.completeness.line"]
        return bool(
            lines.search_count(
                [("completeness_id", "in", self.completeness_ids.ids), ("key", "=", link.external_id)], limit=1
            )
        )

    def _take_completeness(self, items):
        zone = self.cursor["zone"]
        if self.flow_id.direction == "outbound":
            return self._take_sent(items, zone)
        check = CompletenessCheck(self.flow_id, zone)
        days = {one.day: one for one in self.completeness_ids}
        lines = self.env["integration.completeness.line"]
        if self.cursor["step"] == "there":
            put = lines._put(days, check.found(items))
        else:
            put = lines._put(days, [one for item in items for one in self._unlisted(check, days, *item)])
        return {"done": put, "skipped": max(len(items) - put, 0)}

    def _unlisted(self, check, days, link_id, document):
        """Return what is found of a record that was not listed: it is gone there, or counts there on another day."""
        link = self.env["integration.binding"].browse(link_id)
        day = day_of(link._record()[self._target()._dated_by()], check.zone)
        if day not in days:
            return []
        if document is None:
            return [check.gone(day, link)]
        found = check.found([document])
        if found[0].day == day:
            return found
        reason = self.env._("It counts on %(day)s in %(system)s", day=found[0].day, system=self.system_id.name)
        return [found[0]._replace(day=day, status="left_out", reason=reason)]

    def _target(self):
        return self.env["integration.target"]._of_model(self.flow_id.model_name)

    def _ended_completeness(self):
        if self.state == "done":
            self.completeness_ids._settle(self.cursor["zone"])
        else:
            self.completeness_ids._not_checked(self.state_reason)

    def _failed_completeness(self):
        self.completeness_ids._not_checked(self.error_message)

    @api.autovacuum
    def _gc_completeness(self):
        """Forget what counted after a month; the days stay."""
        month = fields.Datetime.subtract(fields.Datetime.now(), days=30)
        over = [("kind", "in", ("completeness", "mend")), ("state", "in", ("done", "cancelled"))]
        self.search([*over, ("ended_at", "<", month)], limit=10_000).unlink()
