# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import fields, models

from ..engine.database import Database
from ..engine.pages import Page
from ..engine.wake import wake_after_commit
from .completeness_check import CompletenessCheck
from .completeness_sent import SentCheck

AT_ONCE = 20


class IntegrationSyncJob(models.Model):
    """The kind ``mend``: what is missing or differs is brought in step by messages, and looked at again after them."""

    _inherit = "integration.sync.job"

    kind = fields.Selection(selection_add=[("mend", "Completeness: repair")], ondelete={"mend": "cascade"})

    def _awaits_messages(self):
        return super()._awaits_messages() or (self.kind == "mend" and bool(self._lines("sent")))

    def _pages_mend(self, connector):
        """Yield lines with what the other system has of each now: first to be sent, then to be looked at again."""
        while lines := self._lines("asked"):
            yield Page([(line.id, self._there(connector, line)) for line in lines], {"step": "send"})
        while self._lines("sent"):
            over = self._lines("sent").filtered(lambda line: not line._is_under_way())
            yield Page([(line.id, self._there(connector, line)) for line in over], {"step": "look"})

    def _lines(self, state):
        return self.env["integration.completeness.line"].search(
            [("completeness_id.flow_id", "=", self.flow_id.id), ("repair_state", "=", state)], limit=AT_ONCE
        )

    def _there(self, connector, line):
        inbound = line.external_id and self.flow_id.direction == "inbound"
        return connector.fetch(self.object_type, line.external_id) if inbound else None

    def _take_mend(self, items):
        """Send what was asked for, look again at what was sent: a line says itself which."""
        lines = self.env["integration.completeness.line"]
        done, days = 0, self.env["integration.completeness"]
        for line_id, document in items:
            line = lines.browse(line_id).exists()  # a day that is checked meanwhile has other lines
            if line.repair_state == "asked":
                self._send_line(line, document)
            elif line.repair_state == "sent":
                days |= line.completeness_id
                done += self._look_again(line, document)
        days._conclude()
        return {"done": done}

    def _send_line(self, line, document):
        """Have a line's flow take it: its failed message again, else a new one; a deletion where it is gone there."""
        flow, db = self.flow_id, Database(self.env.cr.dbname)
        units = []
        event = self.env["integration.event"].browse(line.event_id or []).exists()
        if event.state in ("dead", "held", "retry"):
            units = event._requeue()
        elif flow.direction == "outbound" and line.status == "missing" and line.external_id:
            self._link_of(line).deleted_at = fields.Datetime.now()  # what is deleted there is not sent again
        elif flow.direction == "outbound":
            self._send_again([line.res_id])
            event = event.search([("res_id", "=", line.res_id), ("flow_id", "=", flow.id)], order="id desc", limit=1)
        elif document is None:
            link = self._link_of(line)
            accepted = flow._insert(flow.system_id._bulk_endpoint(), self._told_gone(flow, link), "{}", None, db.now())
            units, event = [accepted.unit], event.browse(accepted.event_id)
        else:
            (read,) = flow._read_documents([document])
            read.link.hash_in = False  # what is the same there as before is to be taken, since it is not the same here
            endpoint = flow.system_id._bulk_endpoint()
            notification = flow._notification(read, "fetched", line.external_id)
            accepted = flow._insert(endpoint, notification, read.text, None, db.now())
            units, event = [accepted.unit], event.browse(accepted.event_id)
        line.write({"repair_state": "sent", "event_id": event.id})
        wake_after_commit(self.env.cr, db, units)

    def _look_again(self, line, document):
        """Judge a line anew, and the sums told with it; tells whether it is in step now."""
        day = line.completeness_id
        if self.flow_id.direction == "outbound":
            check = SentCheck(self.flow_id, day.zone)
            found = check.found(check.model.browse(line.res_id).exists())
        else:
            check = CompletenessCheck(self.flow_id, day.zone)
            found = check.found([document]) if document is not None else []
        same = day.line_ids.filtered(lambda one: one.external_id and one.external_id == line.external_id)
        now = {one.key: one for one in found if one.day == day.day}
        healed = False
        for each in same | line:
            one = now.get(each.key)
            healed = healed or (each == line and (one is None or one.status in ("same", "left_out")))
            each._become(one)
        return healed

    def _ended_mend(self):
        """What was not repaired can be asked for again."""
        self._not_mended()

    def _failed_mend(self):
        self._not_mended()

    def _not_mended(self):
        flow = [("completeness_id.flow_id", "=", self.flow_id.id), ("repair_state", "!=", False)]
        self.env["integration.completeness.line"].search(flow).repair_state = False

    def _link_of(self, line):
        flow = self.flow_id
        return self.env["integration.binding"]._find(flow.system_id, flow.entity_id, line.external_id)


class IntegrationCompletenessLine(models.Model):
    """What a repair waits for."""

    _inherit = "integration.completeness.line"

    def _is_under_way(self):
        """Tell whether its message has not had its turn yet: one that waits for another try has had one."""
        return self.env["integration.event"].sudo().browse(self.event_id).exists().state == "pending"
