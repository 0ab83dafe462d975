# Part of Integration Hub. License LGPL-3.0 or later.
"""What there is of a day on both sides: each business object, and each sum told with it, is judged by itself."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from odoo.tools import SQL

from ..connectors import moments
from ..connectors.errors import BadResponse
from ..engine.slots import slot_of
from .integration_target import Arrival

WAITING = ("pending", "retry", "held")


class Found(NamedTuple):
    """What was found of one thing: a business object, or a sum told with it.

    ``there`` and ``here`` are what it comes to on both sides, in ``currency``; ``status`` is one of those of
    ``integration.completeness.line``.
    """

    day: date
    part: str
    key: str
    external_id: str
    name: str
    status: str
    reason: str = ""
    currency: str = ""
    there: Any = 0
    here: Any = 0
    res_id: int = 0
    event_id: int = 0


def day_of(moment, zone):
    """Return the day of a moment, ISO 8601 text or a naive datetime in UTC, by the clocks of a time zone."""
    found = moments.parse(moment) if isinstance(moment, str) else moment.replace(tzinfo=UTC)
    return found.astimezone(ZoneInfo(zone)).date()


def begin_of(day, zone):
    """Return when a day begins, as a naive datetime in UTC."""
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC).replace(tzinfo=None)


def end_of(day, zone):
    """Return when a day is over: a day of a clock change has 23 or 25 hours."""
    return begin_of(day + timedelta(days=1), zone)


class CompletenessCheck:
    """Judges what the other system has of a flow.

    :param flow: in an environment that may read all
    :param zone: the name of the time zone whose days are counted
    """

    def __init__(self, flow, zone):
        self.flow, self.zone, self.env = flow, zone, flow.env
        self.target = flow.env["integration.target"]._of_model(flow.model_name)
        self.dated_by = flow.system_id._connector().object_type(flow.object_type).dated_by

    # --- what the other system lists ---

    def found(self, documents):
        """Return :class:`Found` of all that documents tell, whatever its day."""
        reads = self.flow._read_documents(documents)
        records = self.env["integration.binding"].union(*(read.link for read in reads))._records()
        messages = self.messages([read.external_id for read in reads if read.external_id])
        found = []
        for read in reads:
            record = records.get(read.link.id) or self.env[self.flow.model_name]
            found += self._judge(read, record, messages.get(read.external_id))
        return found

    def gone(self, day, link):
        """Return what is found of a record of that day whose object the other system does not have any more."""
        record = link._record()
        here, currency = self._here(record)
        reason = self.env._("Not in %(system)s any more", system=self.flow.system_id.name)
        return Found(
            day, "object", link.external_id, link.external_id, record.display_name, "extra", reason,
            currency=currency, here=here, res_id=record.id,
        )  # fmt: skip

    def day_of(self, document):
        """Return the day of a document. Raises BadResponse where it does not say it: it would be left out silently."""
        moment = next((document[name] for name in self.dated_by if document.get(name)), None)
        if moment is None:
            raise BadResponse(
                self.env._(
                    "%(system)s lists a %(object)s that does not say when it was made",
                    system=self.flow.system_id.name,
                    object=self.flow.object_type,
                ),
                code="no-date",
            )
        return day_of(moment, self.zone)

    def _judge(self, read, record, message):
        day, document, system = self.day_of(read.document), read.canonical, self.flow.system_id
        external_id = read.external_id or str(read.document.get("id"))
        name = document.get("number") or external_id.rpartition("/")[2]
        one = Found(day, "object", external_id, external_id, name, "missing", event_id=(message and message[0]) or 0)
        if not document:
            return [one._replace(status="failed", reason=self.env._("The mapping cannot read it"))]
        arrival = Arrival(self.env, system, self.flow.entity_id, document, {})
        there = self.target._amount_there(arrival, record)
        one = one._replace(there=there[0] if there else 0, currency=there[1] or "" if there else "", res_id=record.id)
        if aside := self.target._set_aside(arrival, record):
            return [one._replace(status="left_out", reason=aside)]
        if record:
            one = self._compared(one, arrival, record, there is not None)
            if message and one.status == "different":
                one = one._replace(reason=message[2] or one.reason, event_id=message[0])
        elif message:
            one = one._replace(status=_status(message), reason=message[2] or "")
        elif read.link.deleted_here or read.link:
            one = one._replace(reason=self.env._("Its record was deleted in Odoo"))
        else:
            one = one._replace(reason=self.env._("Odoo was never told of it"))
        parts = self.target._parts_of(arrival, record, read.link)
        return [one, *(self._part(one, part) for part in parts)]

    def _compared(self, one, arrival, record, has_amount):
        """Return what is found of an object that is linked."""
        here, currency = self._here(record)
        one = one._replace(status="same", here=here if has_amount else 0, event_id=0)
        if odds := self.target._at_odds(arrival, record):
            return one._replace(status="different", reason=odds)
        if has_amount and one.currency and currency != one.currency:
            reason = self.env._("In %(currency)s in Odoo", currency=currency)
            return one._replace(status="different", reason=reason, here=0)
        if has_amount and not _same(one.there, here, self._currency(record)):
            return one._replace(status="different", reason=self.env._("Another amount"))
        return one

    def _part(self, one, part):
        found = one._replace(
            day=day_of(part.at, self.zone), part=part.kind, key=f"{one.external_id}:{part.key}",
            currency=part.currency, there=part.there, here=part.here or 0,
        )  # fmt: skip
        if part.here is None:
            status = one.status if one.status in ("failed", "waiting") else "missing"
            return found._replace(status=status)
        if abs(part.there - part.here) >= 0.005:
            return found._replace(status="different", reason=self.env._("Another amount"))
        return found._replace(status="same", reason="")

    # --- amounts here ---

    def _here(self, record):
        amount = self.target._amount_of(record)
        return (amount[0], amount[1].name) if amount else (0, "")

    def _currency(self, record):
        return self.target._amount_of(record)[1]

    # --- messages ---

    def messages(self, external_ids):
        """Return ``{remote id: (id, state, what happened)}`` of messages that wait or failed; what failed first."""
        flow = self.flow
        endpoints = tuple((flow.endpoint_id | flow.system_id._bulk_endpoint(make=False)).ids)
        if not external_ids or not endpoints:
            return {}
        slots = tuple({slot_of(flow._partition_key(each)) for each in external_ids})
        self.env.cr.execute(
            SQL(
                """SELECT external_id, id, state, error_message FROM integration_event
                    WHERE endpoint_id IN %(endpoints)s AND direction = 'inbound' AND state = 'dead'
                      AND external_id IN %(ids)s AND flow_id = %(flow)s
                    UNION ALL
                   SELECT external_id, id, state, error_message FROM integration_event
                    WHERE endpoint_id IN %(endpoints)s AND direction = 'inbound' AND slot IN %(slots)s
                      AND state IN ('pending', 'retry', 'held') AND external_id IN %(ids)s""",
                endpoints=endpoints,
                ids=tuple(external_ids),
                flow=flow.id,
                slots=slots,
            )
        )
        found = {}
        for external_id, *message in sorted(self.env.cr.fetchall(), key=lambda row: (row[2] == "dead", row[1])):
            found[external_id] = message
        return found


def _status(message):
    return "waiting" if message[1] in WAITING else "failed"


def _same(there, here, currency):
    return currency.compare_amounts(float(there), float(here)) == 0
