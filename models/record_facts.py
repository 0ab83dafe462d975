# Part of Integration Hub. License LGPL-3.0 or later.
"""What is known of the sync of one record: a query, and its answer in words.

Whoever may read the record may read this, without any right on the hub: it holds no payload, no address and no secret.
So the tables are asked past the ORM, for one record whose access was checked, what it is about as far as the reader may
read that, and for the companies that the reader works in.
"""

from odoo.tools import SQL

from ..connectors import registry
from ..connectors.errors import HubError
from . import record_words as words
from .record_rows import rows

SHOWN = 8  # messages of the history
OPEN = ("pending", "retry", "held", "dead")
RANK = ("failed", "waiting", "ok", "gone", "never")  # what counts most of several systems, first

# Messages that failed, or that a person decides about, with the record that each is about, and that nothing newer has
# made good. What comes in is about the record that its object is linked with.
_FAILED = """
    SELECT e.id, e.direction, e.state, e.endpoint_id, e.flow_id, e.arrived_at, e.error_code, e.error_message,
           e.error_hint, e.error_params, e.in_doubt, e.fingerprint, coalesce(e.res_model, b.res_model) AS res_model,
           coalesce(e.res_id, b.res_id) AS res_id
      FROM integration_event e
      LEFT JOIN integration_flow f ON f.id = e.flow_id AND e.direction = 'inbound'
      LEFT JOIN integration_binding b
        ON b.system_id = f.system_id AND b.entity_id = f.entity_id AND b.external_id = e.external_id
       AND b.deleted_at IS NULL
     WHERE e.state IN %(states)s AND e.operation IS DISTINCT FROM 'ask'
       AND e.endpoint_id IN (SELECT id FROM integration_endpoint WHERE company_id = ANY(%(companies)s))
       AND NOT EXISTS (
           SELECT 1 FROM integration_event newer
            WHERE newer.res_id = coalesce(e.res_id, b.res_id) AND newer.flow_id = e.flow_id
              AND newer.res_model = coalesce(e.res_model, b.res_model)
              AND newer.id > e.id AND newer.state = 'done')"""


def failed(companies, retried=False):
    """Return the statement of the messages of these companies that failed, for another one to narrow.

    :param retried: those too that are tried again by themselves
    """
    states = SQL("('dead', 'held', 'retry')" if retried else "('dead', 'held')")
    return SQL(_FAILED, states=states, companies=companies)


def facts(record):
    """Return what a form shows of the sync of a record that the user may read; ``{}`` where nothing is known of it."""
    env, itself = record.env, (record._name, record.id, None)
    roads, found = looked_up(record)
    places = {(itself, road.system_id): None for road in roads.get(record._name, ()) if road.is_on}
    places = dict.fromkeys((row["about"], row["system_id"]) for row in (*found.links, *found.messages)) | places
    told = [
        _System(env[about[0]].browse(about[1]), about[2], system_id, found, roads.get(about[0], ())).as_shown()
        for about, system_id in sorted(places, key=lambda place: place[0] != itself)
    ]
    return {
        "state": min((each["state"] for each in told), key=RANK.index, default=""),
        "systems": told,
        "owners": _owners(record, [row["system_id"] for row in found.links if _is_own(row, itself)]),
    }


def looked_up(record):
    """Return the roads that concern a record, ``{model: [Road]}``, and the :class:`Rows` that there are of it."""
    companies, flow = record.env.companies.ids, record.env["integration.flow"]
    shown = flow._shown().get(record._name, frozenset())
    roads = {
        model: [road for road in found if road.company_id in companies]
        for model, found in flow._roads().items()
        if model == record._name or model in shown
    }
    return roads, rows(record, companies, roads, shown)


def _is_own(link, itself):
    return link["about"] == itself and not link["deleted_at"]


class _System:
    """One system, as far as one record is concerned.

    :param name: of the record, where it is what the form's record is about; ``None``: it is the form's record
    """

    def __init__(self, record, name, system_id, found, roads):
        def mine(rows):
            about = record._name, record.id, name
            return [row for row in rows if row["system_id"] == system_id and row.get("about", about) == about]

        self.record, self.env, self.system_id, self.name_of_record = record, record.env, system_id, name
        self.is_copy = found.is_copy
        self.roads = [road for road in roads if road.system_id == system_id]
        links, self.messages = mine(found.links), mine(found.messages)
        self.merged = [link["external_id"] for link in links if link["is_merged"]]
        links = [link for link in links if not link["is_merged"]]
        self.endpoints = {row["id"]: row for row in mine(found.endpoints)}
        about = next(iter(self.endpoints.values()), {})
        self.name, self.connector, self.settings = (
            about.get("system") or next((road.system for road in self.roads), ""),
            about.get("connector"),
            about.get("settings") or {},
        )
        self.link = next((link for link in links if not link["deleted_at"]), next(iter(links), None))

    def as_shown(self):
        problem = self._problem()
        waiting = [message for message in self.messages if message["state"] in ("pending", "retry")]
        link = self.link or {}
        return {
            "id": self.system_id,
            "name": self.name,
            "about": None if self._is_itself() else self._about(),
            "state": self._state(problem),
            "problem": problem,
            "external_id": (not link.get("deleted_at") and link.get("external_id")) or "",
            "merged": self.merged,
            "url": self._page(link),
            "last_in": link.get("last_in_at") or "",
            "last_out": link.get("last_out_at") or "",
            "pending": len(waiting),
            "inward": any(road.direction == "inbound" and road.is_on for road in self.roads),
            "outward": any(road.direction == "outbound" and road.is_on for road in self.roads),
            "said": self._said(problem, waiting),
            "history": [self._line(message) for message in self.messages[:SHOWN]],
        }

    def _is_itself(self):
        return self.name_of_record is None

    def _about(self):
        return {"model": self.record._name, "id": self.record.id, "name": self.name_of_record or ""}

    def _state(self, problem):
        if problem:
            return "waiting" if problem["kind"] in (words.WAIT, words.DOUBT) else "failed"
        if any(message["state"] in OPEN[:2] for message in self.messages):
            return "waiting"
        if not self.link:
            return "gone" if self._was_there() else "never"
        return "gone" if self.link["deleted_at"] else "ok"

    def _was_there(self):
        """Tell whether the record was synced once, though it is linked no more: it was merged into another one."""
        return any(message["state"] == "done" and message["operation"] != "ask" for message in self.messages)

    def _problem(self):
        """Return the worst of what keeps the record from being in step, in words; ``None`` where nothing does."""
        found = []
        for message in self.messages:
            if message["state"] not in OPEN or message["operation"] == "ask" or self._is_made_good(message):
                continue
            stopped, since = self._stopped(message)
            if message["state"] == "pending" and not stopped:
                continue
            facts = {"since": since or message["arrived_at"], "stopped": stopped, "is_linked": bool(self.link)}
            found.append((message, words.said(self.record, self.name, message | facts)))
        if not found:
            return None
        order = (words.RECORD, words.COLLEAGUE, words.IT, words.DOUBT, words.WAIT)
        message, told = min(found, key=lambda each: order.index(each[1].kind))
        return {
            "text": told.text,
            "why": told.why,
            "next": told.next,
            "kind": told.kind,
            "path": told.path if "." in told.path and self._is_itself() else "",
            "field": told.path.partition(".")[0],
            "table": told.table,
            "message_id": message["id"],
            "retry": message["state"] in ("dead", "retry") and not message["in_doubt"] and self._is_itself(),
            "next_try": message["next_try_at"] or "",
        }

    def _is_made_good(self, message):
        return any(
            other["id"] > message["id"] and other["flow_id"] == message["flow_id"] and other["state"] == "done"
            for other in self.messages
        )

    def _stopped(self, message):
        """Return why a message that waits goes on only when somebody else lets it, and since when; "" where it goes."""
        if message["state"] not in OPEN[:2]:
            return "", ""
        if self.is_copy:
            return words.COPY, ""
        endpoint = self.endpoints.get(message["endpoint_id"]) or {}
        reason = words.STOPPED.get(endpoint.get("state"), "")
        return reason, endpoint["write_date"] if reason else ""

    def _said(self, problem, waiting):
        """Return the state in a few words, where nothing is wrong."""
        env, names = self.env, {"system": self.name}
        if problem:
            return ""
        if waiting:
            return env._("A change is on its way.")
        if not self.link and self._was_there():
            return env._("No longer linked with a record in %(system)s.", **names)
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
        page = connector.page(self.settings, kinds[0], link["external_id"])
        return page if page.startswith("https://") else ""

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
