# Part of Integration Hub. License LGPL-3.0 or later.
"""The jobs of a first load. What is left of one is seen from its rows, so that a job that died goes on by itself."""

import json

from odoo import fields, models
from odoo.tools import SQL

from ..connectors.connector import Notification
from ..connectors.errors import HubError
from ..engine.database import Database
from ..engine.pages import Page
from ..engine.slots import slot_of
from ..engine.wake import wake_after_commit
from .handler import explained
from .integration_load_row import RETRIED
from .integration_target import Arrival

PAGE = 200


class IntegrationSyncJob(models.Model):
    """Kinds *read*, *load* and *undo*: each is one step of one flow of a first load."""

    _inherit = "integration.sync.job"

    kind = fields.Selection(
        selection_add=[("read", "First load: compare"), ("load", "First load"), ("undo", "First load: undo")],
        ondelete={"read": "cascade", "load": "cascade", "undo": "cascade"},
    )
    load_line_id = fields.Many2one("integration.load.line", ondelete="cascade", index="btree_not_null", readonly=True)

    def _calls(self):
        return super()._calls() and self.kind not in ("load", "undo")

    def _brings_messages(self):
        return super()._brings_messages() or self.kind == "load"

    def _awaits_messages(self):
        return super()._awaits_messages() or (self.kind == "undo" and bool(self.load_line_id._next_rows("sending")))

    def _took(self, seconds):
        """What is created takes as long as its messages do, not as it takes to look at them."""
        if self.kind != "load" or not self.page_at:
            return super()._took(seconds)
        return max(seconds, (fields.Datetime.now() - self.page_at).total_seconds())

    # --- read ---

    def _pages_read(self, connector):
        for page in connector.bulk(self.object_type, state=self.cursor or None):
            yield Page(page.items, page.state, page.last)

    def _take_read(self, documents):
        failed = self.load_line_id._keep(documents)
        return {"done": len(documents) - failed, "failed": failed}

    def _ended_read(self):
        self._step_over()

    # --- load ---

    def _pages_load(self, _connector):
        while rows := self.load_line_id._rows_to_load():
            for start in range(0, len(rows), PAGE):
                yield Page(rows[start : start + PAGE], None)
        yield from self._pages_over()

    def _pages_over(self):
        """Wait for the messages that are under way; an empty page says that none is over yet."""
        while self.load_line_id._next_rows("sending"):
            yield Page(self.load_line_id._next_over(), None)

    def _take_load(self, ids):
        return self.load_line_id._load_rows(self.env["integration.load.row"].browse(ids))

    def _ended_load(self):
        self._step_over()

    def _retry_failed_load(self):
        failed = self.env["integration.load.row"].search(
            [("line_id", "=", self.load_line_id.id), ("status", "=", "failed")]
        )
        if failed:
            failed.action_retry()
        return bool(failed)

    # --- undo ---

    def _pages_undo(self, _connector):
        yield from self._pages_over()
        while rows := self.load_line_id._next_rows("linked", "created", newest=True):
            yield Page(rows, None)

    def _take_undo(self, ids):
        rows = self.env["integration.load.row"].browse(ids)
        sending = rows.filtered(lambda row: row.status == "sending")
        self.load_line_id._settle_rows(sending)
        return self.load_line_id._undo_rows(rows - sending)

    def _ended_undo(self):
        self._step_over()

    def _step_over(self):
        if self.state == "done":
            self.load_line_id.load_id._go_on()
        else:
            self.load_line_id.load_id._stopped()

    # --- what has failed ---

    def _count_failed_load(self):
        """Return how many can be tried again: none of a load that is over and done with."""
        line = self.load_line_id
        return line.failed_count if line.load_state in RETRIED else 0


class IntegrationLoadLine(models.Model):
    """What a page of a load's job does."""

    _inherit = "integration.load.line"

    def _rows_to_load(self):
        """Return the ids of all rows that are to be linked or created, those next to each other that share a slot.

        What waits in one slot takes effect in one transaction. In the order of reading each page would fill all slots
        with a few messages, and each of those would pay for what a transaction costs.
        """
        flow = self.flow_id.sudo()
        self.env.cr.execute(
            SQL(
                """SELECT id, external_id FROM integration_load_row
                    WHERE line_id = %s AND status IN ('link', 'create') ORDER BY id""",
                self.id,
            )
        )
        slots = {row: slot_of(flow._partition_key(external_id)) for row, external_id in self.env.cr.fetchall()}
        return sorted(slots, key=slots.get)

    def _next_rows(self, *statuses, newest=False):
        """Return the ids of the next rows in one of these states."""
        self.env.cr.execute(
            SQL(
                "SELECT id FROM integration_load_row WHERE line_id = %s AND status IN %s ORDER BY id %s LIMIT %s",
                self.id,
                statuses,
                SQL("DESC" if newest else "ASC"),
                PAGE,
            )
        )
        return [row for (row,) in self.env.cr.fetchall()]

    def _load_rows(self, rows):
        """Link, send or settle rows, each as its state says; returns how many were done, skipped and failed."""
        by_status = rows.grouped("status")
        none = rows.browse()
        arrivals = self._arrivals(by_status.get("link", none) | by_status.get("create", none))
        self._link_rows({row: arrival for row, arrival in arrivals.items() if row.status == "link"})
        self._send_rows({row: arrival for row, arrival in arrivals.items() if row.status == "create"})
        self._settle_rows(by_status.get("sending", none))
        statuses = rows.mapped("status")
        return {
            "done": sum(status in ("linked", "created") for status in statuses),
            "skipped": sum(status in ("known", "skipped", "conflict") for status in statuses),
            "failed": statuses.count("failed"),
        }

    def _arrivals(self, rows):
        """Return the business objects of rows that are neither linked nor deleted meanwhile; the others say so."""
        flow = self.flow_id.sudo()
        env = self._service_env()
        system = env["integration.system"].sudo().browse(flow.system_id.id)
        entity = env["integration.entity"].sudo().browse(flow.entity_id.id)
        hop = flow.mapping_id._compiled()[1]
        links = self._links(rows.mapped("external_id"))
        deleted = self._told_deleted(rows, self._link_records(rows))
        found = {}
        for row in rows:
            if row.external_id in links:
                row.write({"status": "known", "res_model": self.model_name, "res_id": links[row.external_id]})
                continue
            if row.external_id in deleted:
                row.write({"status": "skipped", "reason": "deleted", "rule": False, "res_id": False})
                continue
            try:
                found[row] = Arrival(env, system, entity, self._canonical(json.loads(row.payload), hop), {})
            except HubError as error:
                row._failed(*explained(error))
        return found

    def _link_rows(self, arrivals):
        """Link rows with their records as they are; one whose record is gone by now, or another's, is a question."""
        model = self._service_env()[self.model_name].with_context(active_test=False)
        meant = model.browse([row.res_id for row in arrivals])
        there, taken, free = meant.exists(), set(self._taken(meant.ids)), {}
        for row, record in zip(arrivals, meant, strict=True):
            if record not in there:
                row._ask("gone")
            elif record.id in taken:
                row._ask("taken", record.id)
            else:
                taken.add(record.id)
                free[row] = record
        if free:
            self._target()._link_found([arrivals[row] for row in free], list(free.values()))
            self.env["integration.load.row"].union(*free).write({"status": "linked"})

    def _send_rows(self, arrivals):
        """Hand rows over to the flow, each as a message of its own; where it tells no version, to be read anew."""
        flow, db, units = self.flow_id.sudo(), Database(self.env.cr.dbname), set()
        if not arrivals:
            return
        endpoint, fetchable = flow.system_id._bulk_endpoint(), flow._is_fetchable()
        for row, arrival in arrivals.items():
            version = arrival.document.get("updated_at")
            notification = Notification(
                topic=f"{flow.object_type}.loaded",
                object_type=flow.object_type,
                external_id=row.external_id,
                partition_key=flow._partition_key(row.external_id),
                payload={},
                complete=bool(version) or not fetchable,
                version=version,
            )
            accepted = flow._insert(endpoint, notification, row.payload, None, db.now())
            units.add(accepted.unit)
            row.write({"status": "sending", "event_id": accepted.event_id})
        wake_after_commit(self.env.cr, db, list(units))
