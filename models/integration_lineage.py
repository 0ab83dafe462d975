# Part of Integration Hub. License LGPL-3.0 or later.
from psycopg2.extras import Json

from odoo import api, models
from odoo.exceptions import AccessError, MissingError
from odoo.tools import SQL

from ..engine import causation
from .in_words import in_words
from .lineage_changes import changes_of
from .lineage_moments import moments_of
from .mapping_preview import MappingPreview
from .record_facts import looked_up

LOOKED_THROUGH = 2000  # messages before one, among which those are that it made needless
MOST = 60  # messages of a record that are told of, the newest; as many as its form knows
SHOWN = ("half", "source", "source_label", "label", "field", "words", "outcome", "result", "depth")


class IntegrationLineage(models.AbstractModel):
    """How something came about: of any message or record one timeline, for whoever may read the log.

    Everybody who reads the log reads that a field changed and where a call went. What it was before and after, and what
    was said, is for those who may see what messages carry and may read the record.
    """

    _name = "integration.lineage"
    _description = "Lineage"

    @api.model
    def of_message(self, event_id):
        """Return the timeline of a message, what led to it, and what it led to. Raises AccessError."""
        return self._of(self._readable(event_id))

    @api.model
    def of_record(self, model, res_id):
        """Return the messages about a record, the oldest first, with those marked that wrote it. Raises AccessError."""
        Event = self.env["integration.event"]
        Event.check_access("read")
        record = self.env["integration.record"]._record(model, res_id)
        _roads, found = looked_up(record)
        events = Event.search([("id", "in", [row["id"] for row in found.messages])], order="id")[-MOST:]
        wrote = self._writers(record, events)
        return {
            "name": record.display_name,
            "messages": [self._line(event) | {"wrote": event.id in wrote} for event in events],
        }

    @api.model
    @in_words
    def mapping(self, event_id):
        """Return which line of the mapping made which value, from what the message carries.

        By the versions that were used then. Raises AccessError: what messages carry is not for this user.
        """
        event = self._readable(event_id)
        if not self._may_see_contents():
            raise AccessError(self.env._("What messages carry is shown to operators and consultants. Ask one of them."))
        document, why_not = self._document(event)
        if document is None:
            return {"rows": [], "why_not": why_not}
        flow = event.flow_id
        found = MappingPreview(flow, self._versions(event), document).answer()
        rows = [{name: row[name] for name in SHOWN} for row in found["rows"] if row["outcome"] != "off"]
        return {"rows": rows, "why_not": "", "now": event.direction == "outbound"}

    # --- what is behind it ---

    def _of(self, event):
        contents = self._may_see_contents()
        changes = changes_of(self.env, event, contents)
        around = self._around(event)
        return {
            **self._line(event),
            "correlation": event.correlation_id,
            "contents": contents,
            "moments": moments_of(event, changes, contents),
            "mapped": bool(event.flow_id and (event.mapping_version_id or event.record_mapping_version_id)),
            **around,
        }

    def _readable(self, event_id):
        event = self.env["integration.event"].browse(int(event_id)).exists()
        if not event:
            raise MissingError(self.env._("This message is kept no longer."))
        event.check_access("read")
        return event

    def _may_see_contents(self):
        return self.env["integration.event.payload"].has_access("read")

    def _around(self, event):
        """Return the messages that led to this one, and as a tree those that it led to; only what the user may read."""
        cr, Event = self.env.cr, self.env["integration.event"]
        led_to = causation.consequences(cr, event.ids)
        first, _trace = causation.roots(cr, event.ids).get(event.id, (event.id, None))
        newer = (event.error_params or {}).get("newer") if event.error_code == "superseded" else None
        above = Event.browse({event.causation_id.id, event.parent_id.id, first, newer} - {False, None, event.id})
        readable = Event.search([("id", "in", [*above.ids, *(id_ for id_, _cause, _depth in led_to)])])
        lines = {each.id: self._line(each) for each in readable}
        children = {}
        for id_, cause, _depth in led_to:
            if id_ in lines:
                children.setdefault(cause, []).append(lines[id_])
        for id_, line in lines.items():
            line["led_to"] = children.get(id_, [])
        return {
            "cause": lines.get(event.causation_id.id) if event.causation_id != event.parent_id else None,
            "first": lines.get(first) if first != event.causation_id.id else None,
            "replay_of": lines.get(event.parent_id.id),
            "newer": lines.get(newer),
            "merged": self._merged(event),
            "led_to": children.get(event.id, []),
        }

    def _merged(self, event):
        """Return how many of the latest messages before this one it made needless."""
        self.env.cr.execute(
            SQL(
                """SELECT count(*) FROM integration_event
                    WHERE id BETWEEN %(id)s - %(most)s AND %(id)s AND error_code = 'superseded'
                      AND (error_params ->> 'newer')::integer = %(id)s""",
                id=event.id,
                most=LOOKED_THROUGH,
            )
        )
        return self.env.cr.fetchone()[0]

    def _line(self, event):
        """Return a message as one line."""
        return {
            "id": event.id,
            "name": event.display_name,
            "inward": event.direction == "inbound",
            "system": event.system_id.name or "",
            "topic": event.topic or "",
            "flow": event.flow_id.name or "",
            "record": event.record_name or "",
            "state": event.state,
            "state_name": dict(event._fields["state"]._description_selection(self.env)).get(event.state, ""),
            "at": event.arrived_at,
        }

    def _writers(self, record, events):
        """Return the ids of those of these messages that wrote a record."""
        self.env.cr.execute(
            SQL(
                "SELECT DISTINCT event_id FROM integration_effect WHERE event_id = ANY(%s) AND changes @> %s",
                events.ids,
                Json([{"model": record._name, "id": record.id}]),
            )
        )
        return {event_id for (event_id,) in self.env.cr.fetchall()}

    def _versions(self, event):
        """Return the versions of both halves that mapped a message, in the order in which a value goes through them."""
        first, second = event.mapping_version_id, event.record_mapping_version_id
        if not (first and second):
            return event.flow_id._mapping_versions()
        return (first, second) if event.direction == "inbound" else (second, first)

    def _document(self, event):
        """Return what is mapped, ``None`` where there is nothing any more, and then why not, in words."""
        flow = event.flow_id
        if not flow or event.operation in ("delete", "merge", "ask"):
            return None, self.env._("It carries nothing that is mapped.")
        if event.direction == "outbound":
            record = self.env[event.res_model].browse(event.res_id).exists() if event.res_model in self.env else None
            if not record or not record.has_access("read"):
                return None, self.env._("The record is gone, or not yours to read.")
            return flow._record_sample(record.id), ""
        if event.operation == "read":
            return None, self.env._(
                "It only names the object, which was read from %(system)s.", system=event.system_id.name
            )
        if not event.payload_ids:
            return None, self.env._("What it carried is kept no longer.")
        return flow._message_sample(event.id), ""
