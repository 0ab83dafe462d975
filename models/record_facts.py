# Part of Integration Hub. License LGPL-3.0 or later.
"""What is known of the sync of one record: a query, and its answer in words.

Whoever may read the record may read this, without any right on the hub: it holds no payload, no address and no secret.
So the tables are asked past the ORM, for one record whose access was checked, and for the companies that the reader
works in.
"""

from odoo import fields
from odoo.exceptions import MissingError
from odoo.tools import SQL

from ..connectors import registry
from ..connectors.errors import HubError
from . import record_words as words

SHOWN = 8  # messages of the history
LOOKED_AT = 60  # the record's latest messages; what blocks its key is found however old it is
OPEN = ("pending", "retry", "held", "dead")
RANK = ("failed", "waiting", "ok", "gone", "never")  # what counts most of several systems, first

# Messages that failed, or that a person decides about, with the record that each is about, and that nothing newer has
# made good. What comes in is about the record that its object is linked with.
_FAILED = """
    SELECT e.id, e.direction, e.state, e.endpoint_id, e.flow_id, e.arrived_at, e.error_code, e.error_message,
           e.error_params, e.in_doubt, e.fingerprint, coalesce(e.res_model, b.res_model) AS res_model,
           coalesce(e.res_id, b.res_id) AS res_id
      FROM integration_event e
      LEFT JOIN integration_flow f ON f.id = e.flow_id AND e.direction = 'inbound'
      LEFT JOIN integration_binding b
        ON b.system_id = f.system_id AND b.entity_id = f.entity_id AND b.external_id = e.external_id
       AND b.deleted_at IS NULL
     WHERE e.state IN ('dead', 'held') AND e.operation IS DISTINCT FROM 'ask'
       AND e.endpoint_id IN (SELECT id FROM integration_endpoint WHERE company_id = ANY(%(companies)s))
       AND NOT EXISTS (
           SELECT 1 FROM integration_event newer
            WHERE newer.res_id = coalesce(e.res_id, b.res_id) AND newer.flow_id = e.flow_id
              AND newer.res_model = coalesce(e.res_model, b.res_model)
              AND newer.id > e.id AND newer.state = 'done')"""


def failed(companies):
    """Return the statement of the messages of these companies that failed, for another one to narrow."""
    return SQL(_FAILED, companies=companies)


def facts(record):
    """Return what a form shows of the sync of a record that the user may read; ``{}`` where nothing is known of it."""
    env = record.env
    companies = env.companies.ids
    roads = [road for road in env["integration.flow"]._roads().get(record._name, ()) if road.company_id in companies]
    links, messages, endpoints = _asked(record, companies, roads)
    systems = dict.fromkeys(link["system_id"] for link in links)
    systems |= dict.fromkeys(message["system_id"] for message in messages)
    systems |= dict.fromkeys(road.system_id for road in roads if road.is_on)
    told = [
        _System(record, system_id, links, messages, endpoints, [road for road in roads if road.system_id == system_id])
        for system_id in systems
    ]
    shown = [system.as_shown() for system in told]
    return {
        "state": min((each["state"] for each in shown), key=RANK.index, default=""),
        "systems": shown,
        "owners": _owners(record, [link["system_id"] for link in links if not link["deleted_at"]]),
    }


class _System:
    """One system, as far as one record is concerned."""

    def __init__(self, record, system_id, links, messages, endpoints, roads):
        def mine(rows):
            return [row for row in rows or () if row["system_id"] == system_id]

        self.record, self.env, self.system_id, self.roads = record, record.env, system_id, roads
        self.links, self.messages = mine(links), mine(messages)
        self.endpoints = {row["id"]: row for row in mine(endpoints)}
        about = next(iter(self.endpoints.values()), {})
        self.name, self.connector, self.settings = (
            about.get("system") or next((road.system for road in roads), ""),
            about.get("connector"),
            about.get("settings") or {},
        )
        self.link = next((link for link in self.links if not link["deleted_at"]), next(iter(self.links), None))

    def as_shown(self):
        problem = self._problem()
        waiting = [message for message in self.messages if message["state"] in ("pending", "retry")]
        link = self.link or {}
        return {
            "id": self.system_id,
            "name": self.name,
            "state": self._state(problem),
            "problem": problem,
            "external_id": (not link.get("deleted_at") and link.get("external_id")) or "",
            "url": self._page(link),
            "last_in": link.get("last_in_at") or "",
            "last_out": link.get("last_out_at") or "",
            "pending": len(waiting),
            "inward": any(road.direction == "inbound" and road.is_on for road in self.roads),
            "outward": any(road.direction == "outbound" and road.is_on for road in self.roads),
            "said": self._said(problem, waiting),
            "history": [self._line(message) for message in self.messages[:SHOWN]],
        }

    def _state(self, problem):
        if problem:
            return "waiting" if problem["kind"] in (words.WAIT, words.DOUBT) else "failed"
        if any(message["state"] in OPEN[:2] for message in self.messages):
            return "waiting"
        if not self.link:
            return "never"
        return "gone" if self.link["deleted_at"] else "ok"

    def _problem(self):
        """Return the worst of what keeps the record from being in step, in words; ``None`` where nothing does."""
        found = []
        for message in self.messages:
            if message["state"] not in OPEN or message["operation"] == "ask" or self._is_made_good(message):
                continue
            stopped = self._is_stopped(message)
            if message["state"] == "pending" and not stopped:
                continue
            since = stopped or message["arrived_at"]
            about = {**message, "since": since, "stopped": bool(stopped), "is_linked": bool(self.link)}
            told = words.said(self.record, self.name, about)
            found.append((message, told))
        if not found:
            return None
        order = (words.RECORD, words.COLLEAGUE, words.IT, words.DOUBT, words.WAIT)
        message, told = min(found, key=lambda each: order.index(each[1].kind))
        return {
            "text": told.text,
            "next": told.next,
            "kind": told.kind,
            "path": told.path if "." in told.path else "",
            "field": told.path.partition(".")[0],
            "message_id": message["id"],
            "retry": message["state"] in ("dead", "retry") and not message["in_doubt"],
            "next_try": message["next_try_at"] or "",
        }

    def _is_made_good(self, message):
        return any(
            other["id"] > message["id"] and other["flow_id"] == message["flow_id"] and other["state"] == "done"
            for other in self.messages
        )

    def _is_stopped(self, message):
        """Return since when the endpoint of a message that waits is stopped, which nobody on the record can mend."""
        endpoint = self.endpoints.get(message["endpoint_id"]) or {}
        stopped = endpoint.get("state") == "suspended" and message["state"] in ("pending", "retry")
        return stopped and endpoint["write_date"]

    def _said(self, problem, waiting):
        """Return the state in a few words, where nothing is wrong."""
        env, names = self.env, {"system": self.name}
        if problem:
            return ""
        if waiting:
            return env._("A change is on its way.")
        if not self.link:
            outward = any(road.direction == "outbound" and road.is_on for road in self.roads)
            return (
                env._("Not synced yet. The next change is sent, where a flow takes it.")
                if outward
                else env._("Not linked with a record there.")
            )
        if self.link["deleted_at"]:
            return env._("Deleted in %(system)s. The record here stays.", **names)
        return env._("In step.")

    def _page(self, link):
        """Return the address of the vendor's page of the remote record, "" where there is none."""
        if not link.get("external_id") or link.get("deleted_at"):
            return ""
        kinds = [road.object_type for road in self.roads if road.entity_id == link["entity_id"]]
        if not kinds:
            return ""
        try:
            connector = registry.get(self.connector, self.settings)
        except HubError:
            return ""
        return connector.page(self.settings, kinds[0], link["external_id"])

    def _line(self, message):
        inward = message["direction"] == "inbound"
        return {
            "id": message["id"],
            "inward": inward,
            "at": message["done_at"] or message["arrived_at"],
            "state": message["state"],
            "text": _history(self.env, message, self.name),
        }


def _history(env, message, system):
    """Return what became of a message, in a few words."""
    names = {"system": system}
    inward, state, code = message["direction"] == "inbound", message["state"], message["error_code"]
    if message["operation"] == "ask":
        return env._("%(system)s was asked", **names)
    if state == "done" and code == "deleted-remotely":
        return env._("Deleted in %(system)s", **names)
    if state == "done" and message["operation"] == "delete":
        return env._("Deleted in %(system)s by Odoo", **names)
    if state == "done":
        return env._("Received from %(system)s", **names) if inward else env._("Sent to %(system)s", **names)
    if state == "ignored":
        return env._("Nothing new from %(system)s", **names) if inward else env._("Nothing new to send", **names)
    if state in ("dead", "held"):
        return env._("Could not be taken in", **names) if inward else env._("Could not be sent", **names)
    return env._("Being taken in") if inward else env._("On its way")


def _owners(record, system_ids):
    """Return ``{field name: system}`` of the fields that a linked system decides about."""
    if not system_ids or "integration.ownership" not in record.env:
        return {}
    owners = record.env["integration.ownership"]._owners(record._name, system_ids)
    return {name: owner for name, owner in owners.items() if owner != "Odoo"}


def _asked(record, companies, roads):
    """Return links, messages (the newest first) and endpoints of one record, by one query."""
    query = SQL(
        """WITH link AS (
               SELECT id, system_id, entity_id, external_id, last_in_at, last_out_at, deleted_at
                 FROM integration_binding
                WHERE res_model = %(model)s AND res_id = %(id)s AND company_id = ANY(%(companies)s)),
           told AS (
               (SELECT id FROM integration_event
                 WHERE res_id = %(id)s AND res_model = %(model)s AND company_id = ANY(%(companies)s)
                 ORDER BY id DESC LIMIT %(limit)s)
               UNION
               SELECT k.event_id FROM integration_flow f
                 JOIN integration_blocked_key k
                   ON k.endpoint_id = f.endpoint_id AND k.direction = 'outbound'
                  AND k.partition_key = %(model)s || ':' || %(id)s
                WHERE f.id = ANY(%(flows)s)
               UNION
               SELECT k.event_id FROM link
                 JOIN integration_flow f ON f.system_id = link.system_id AND f.entity_id = link.entity_id
                 JOIN integration_blocked_key k
                   ON k.endpoint_id = f.endpoint_id AND k.direction = 'inbound'
                  AND k.partition_key = f.object_type || ':' || link.external_id
                WHERE link.deleted_at IS NULL),
           message AS (
               SELECT e.id, e.direction, e.state, e.operation, e.endpoint_id, e.flow_id, e.arrived_at, e.done_at,
                      e.next_try_at, e.error_code, e.error_message, e.error_params, e.in_doubt, p.system_id
                 FROM told JOIN integration_event e ON e.id = told.id
                 JOIN integration_endpoint p ON p.id = e.endpoint_id),
           endpoint AS (
               SELECT p.id, p.system_id, p.state, p.write_date, s.name AS system, s.connector, s.settings
                 FROM integration_endpoint p JOIN integration_system s ON s.id = p.system_id
                WHERE p.system_id IN (SELECT system_id FROM link UNION SELECT system_id FROM message))
           SELECT EXISTS (SELECT 1 FROM %(table)s WHERE id = %(id)s),
                  (SELECT json_agg(link ORDER BY id DESC) FROM link),
                  (SELECT json_agg(message ORDER BY id DESC) FROM message),
                  (SELECT json_agg(endpoint) FROM endpoint)""",
        model=record._name,
        table=SQL.identifier(record._table),
        id=record.id,
        companies=companies,
        limit=LOOKED_AT,
        flows=[road.flow_id for road in roads],
    )
    record.env["integration.binding"].flush_model()
    record.env.cr.execute(query)
    is_there, links, messages, endpoints = record.env.cr.fetchone()
    if not is_there:
        raise MissingError(record.env._("This record is deleted."))
    for row in (*(links or ()), *(messages or ()), *(endpoints or ())):
        for name in ("last_in_at", "last_out_at", "deleted_at", "arrived_at", "done_at", "next_try_at", "write_date"):
            if row.get(name):
                row[name] = fields.Datetime.to_string(fields.Datetime.to_datetime(row[name].replace("T", " ")[:19]))
    return links or [], messages or [], endpoints or []
