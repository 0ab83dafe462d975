# Part of Integration Hub. License LGPL-3.0 or later.
"""What Odoo has of a day that is to be sent, and what became of it there."""

from datetime import datetime

from odoo.fields import Domain
from odoo.tools import SQL

from .capture_watch import gate_of
from .completeness_check import WAITING, Found, begin_of, day_of, end_of
from .integration_target import Arrival


class SentCheck:
    """Judges what of an outbound flow's records has arrived at the other system.

    :param flow: in an environment that may read all
    :param zone: the name of the time zone whose days are counted
    """

    def __init__(self, flow, zone):
        self.flow, self.zone, self.env = flow, zone, flow.env
        self.target = flow.env["integration.target"]._of_model(flow.model_name, flow.entity_id.code)
        self.model = flow.env[flow.model_name].with_context(active_test=False)

    def records(self, first, last, after, limit):
        """Return the next records of these days that the flow sends."""
        name = self._dated_by()
        if self.model._fields[name].type == "date":
            days = [(name, ">=", first), (name, "<=", last)]
        else:
            days = [(name, ">=", begin_of(first, self.zone)), (name, "<", end_of(last, self.zone))]
        domain = gate_of(self.flow, self.model).domain(self.model) & Domain([("id", ">", after), *days])
        return self.model.search(domain, order="id", limit=limit)

    def found(self, records):
        """Return :class:`Found` of each record that is for this system."""
        flow, system = self.flow, self.flow.system_id
        facts = self.target._remote_facts(system, records)
        records = records if facts is None else records.filtered(lambda record: record in facts)
        links = self.env["integration.binding"]._of_many(system, flow.entity_id, flow.model_name, records.ids)
        messages = self._messages(records)
        return [self._judge(record, links.get(record.id), messages.get(record.id)) for record in records]

    def told(self, document, record):
        """Return what an object comes to there, ``(amount, currency)``; ``None``: there is nothing to compare."""
        reader = self.reader()
        canonical = reader._canonical(document) if reader else {}
        arrival = Arrival(self.env, self.flow.system_id, self.flow.entity_id, canonical, {})
        return self.target._amount_there(arrival, record) if canonical else None

    def reader(self):
        """Return the flow that can read what this one sends; empty where there is none."""
        flow = self.flow
        return flow.system_id.with_context(active_test=False).flow_ids.filtered(
            lambda one: one.direction == "inbound" and one.object_type == flow.object_type and one.mapping_id.version_id
        )[:1]

    def _judge(self, record, link, message):
        amount = self.target._amount_of(record)
        here, currency = (amount[0], amount[1].name) if amount else (0, "")
        state = message and message[1]
        one = Found(
            self._day_of(record), "object", f"{record._name}:{record.id}", (link and link.external_id) or "",
            record.display_name, "missing", "", currency, 0, here, record.id, (message and message[0]) or 0,
        )  # fmt: skip
        if state == "dead":
            return one._replace(status="failed", reason=message[2] or "")
        if state in WAITING:
            return one._replace(status="waiting", reason=message[2] or "")
        if link and link.deleted_at:
            reason = self.env._("Deleted in %(system)s", system=self.flow.system_id.name)
            return one._replace(status="left_out", reason=reason)
        if link:
            return one._replace(status="same", there=here, event_id=0)
        if state == "ignored":
            return one._replace(status="left_out", reason=message[2] or "")
        return one._replace(reason=self.env._("Never sent"))

    def _messages(self, records):
        """Return ``{record id: (id, state, what happened)}`` of the latest message of each."""
        if not records:
            return {}
        self.env.cr.execute(
            SQL(
                """SELECT DISTINCT ON (res_id) res_id, id, state, error_message FROM integration_event
                    WHERE res_id IN %s AND res_model = %s AND flow_id = %s AND direction = 'outbound'
                    ORDER BY res_id, id DESC""",
                tuple(records.ids),
                records._name,
                self.flow.id,
            )
        )
        return {row[0]: row[1:] for row in self.env.cr.fetchall()}

    def _dated_by(self):
        return self.target._dated_by() or "create_date"

    def _day_of(self, record):
        moment = record[self._dated_by()]
        return day_of(moment, self.zone) if isinstance(moment, datetime) else moment
