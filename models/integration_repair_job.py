# Part of Integration Hub. License LGPL-3.0 or later.
"""The job of a repair: it releases the next messages as those before are done, and goes on where a worker died."""

from odoo import fields, models
from odoo.tools import SQL

from ..engine import repair
from ..engine.backlog import room
from ..engine.database import Database
from ..engine.pages import Page
from ..engine.steps import Halt
from ..engine.wake import wake_after_commit
from .integration_sync_job_run import ROOM_AGAIN

PAGE = 500
AT_ONCE = 1000  # released and not done yet: so many may be before what arrives now
LONGEST = 6.0  # seconds that a throttled repair makes up for at once


class IntegrationSyncJob(models.Model):
    """The kind ``repair``: it has no flow, and its source are the items that wait."""

    _inherit = "integration.sync.job"

    kind = fields.Selection(selection_add=[("repair", "Repair")], ondelete={"repair": "cascade"})

    def _repair(self):
        return self.env["integration.repair"].search([("job_id", "=", self.id)])

    def _calls(self):
        return super()._calls() and self.kind != "repair"

    def _arrives_at(self):
        return self.env["integration.endpoint"] if self.kind == "repair" else super()._arrives_at()

    def _halt(self, now):
        """A repair halts where all endpoints do that it has to do with."""
        halt = super()._halt(now)
        if halt or self.kind != "repair":
            return halt
        halts = list(self._repair()._halts(now).values())
        return halts[0] if halts and all(halts) else None

    def _pages_repair(self, _connector):
        while True:
            yield self._repair()._next_page()

    def _take_repair(self, event_ids):
        released = self._repair()._release(event_ids)
        return {"done": released, "skipped": len(event_ids) - released}

    def _ended_repair(self):
        self._repair()._tell()


class IntegrationRepair(models.Model):
    """What a page of a repair's job does."""

    _inherit = "integration.repair"

    def _halts(self, now):
        """Return ``{endpoint id: Halt or None}`` of the endpoints whose messages are next, or else are under way."""
        cr, found = self.env.cr, {}
        for endpoint in self.env["integration.endpoint"].browse(
            repair.endpoints(cr, self.id, "waiting") or repair.endpoints(cr, self.id, "released")
        ):
            found[endpoint.id] = endpoint._halt(now)
            if not found[endpoint.id] and room(cr, endpoint.id, now) == 0:
                said = self.env._("As many messages of %(endpoint)s wait as may wait", endpoint=endpoint.name)
                found[endpoint.id] = Halt(said, now + ROOM_AGAIN)
        return found

    def _next_page(self):
        """Return the messages to be released now: none while enough of those before are not done yet.

        It is over when all were released and none of them is about to run.
        """
        cr, now = self.env.cr, self._clock()
        halts = self._halts(now)
        running = [endpoint for endpoint, halt in halts.items() if not halt]
        waiting = repair.endpoints(cr, self.id, "waiting")
        busy = repair.under_way(cr, self.id, running if waiting else halts)
        if not waiting:
            return Page([], None, last=not busy)
        return Page(repair.next_items(cr, self.id, running, max(0, min(PAGE, AT_ONCE - busy, self._pace(now)))), None)

    def _pace(self, now):
        """Return how many may be released now by the pace that was asked for."""
        if not self.per_second:
            return PAGE
        seconds = (now - (self.page_at or self.started_at)).total_seconds()
        return int(self.per_second * min(seconds, LONGEST))

    def _clock(self):
        """Return the time by the database's server; a reader's cursor goes on for a whole turn."""
        self.env.cr.execute("SELECT (clock_timestamp() AT TIME ZONE 'UTC')")
        return self.env.cr.fetchone()[0]

    def _release(self, event_ids):
        """Do what is to be done about these messages, where they still need it; returns about how many it did."""
        cr = self.env.cr
        repair.put_over(cr, self.id)
        cr.execute(SQL("SELECT id FROM integration_event WHERE id = ANY(%s) ORDER BY id FOR UPDATE", event_ids))
        there = self.env["integration.event"].browse([row[0] for row in cr.fetchall()])
        units, taken = getattr(there, f"_repair_{self.remedy}")(self)
        repair.put(cr, self.id, event_ids, "left")
        repair.put(cr, self.id, taken.ids, "released")
        wake_after_commit(cr, Database(cr.dbname), units)
        return len(taken)
