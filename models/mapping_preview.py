# Part of Integration Hub. License LGPL-3.0 or later.
"""What the mapping of a flow makes of a document, line by line, in words of the person who edits it."""

import contextlib

from odoo import SUPERUSER_ID, api

from ..connectors import entities
from ..connectors.errors import ConfigurationError
from ..connectors.mapping.journey import journey
from ..connectors.mapping.trace import filled
from ..engine.silence import silence
from .in_words import LOST, attempt, logged_as
from .inbound_road import InboundRoad, Message
from .integration_target import RecordError
from .mapping_transforms import RecordContext
from .mapping_words import said, shown

FIRST, SECOND = "first", "second"
# What can be done about a problem by a click, by its code; what refuses a value is any other code.
FIXES = {"required": ("optional", "default", "choose")}
OTHER_FIXES = ("skip", "default", "choose")


@contextlib.contextmanager
def on_trial(flow):
    """Give the flow's road in a transaction of its own that is always taken back: nothing is kept, nobody is asked.

    Raises ConfigurationError: the flow has no endpoint.
    """
    if not flow.endpoint_id:
        raise ConfigurationError(
            flow.env._("%(flow)s has no endpoint, so nobody knows in whose name to try it.", flow=flow.name),
            code="no-endpoint",
            hint=flow.env._("Choose one on the flow."),
        )
    with silence(), flow.env.registry.cursor() as cr:
        try:
            cr.execute("SELECT pg_current_xact_id()")  # it has written: no method asks another system from here
            root = api.Environment(cr, SUPERUSER_ID, {"lang": flow.env.lang})
            yield InboundRoad(root, root["integration.flow"].browse(flow.id), flow.endpoint_id.id)
        finally:
            cr.rollback()


class MappingPreview:
    """The lines of both halves as one list.

    :param versions: of the half that reads the document and of the one that makes the result
    :param document: what to try them on; ``None`` shows the lines alone
    """

    def __init__(self, flow, versions, document=None):
        self.flow, self.env, self.document = flow, flow.env, document
        self.versions = dict(zip((FIRST, SECOND), versions, strict=True))
        self.lines = {half: version._lines_by_number() for half, version in self.versions.items()}
        self.changes = {half: version._changes() for half, version in self.versions.items()}
        self.inward = flow.direction == "inbound"
        self.model = self.env[flow.model_name]
        self.problems = []

    def answer(self):
        """Return the rows, and what is wrong with the whole, as the screen takes them."""
        first, second = (version._compiled() for version in self.versions.values())
        entries = [] if self.document is None else first.trace(self.document)
        if self.document is None:
            return self._told(journey(first, [], second, []))
        canonical = filled(entry for entry in entries if not entry.depth)
        if not self.inward:
            return self._told(journey(first, entries, second, second.trace(canonical)))
        if not any(entry.outcome == "problem" for entry in entries):
            self.problems += entities.problems(self.flow.entity_id.code, canonical)

        def to_the_end():
            with on_trial(self.flow) as road:
                onward = second.trace(canonical, self._context(road, canonical))
                return self._told(journey(first, entries, second, onward), road.env)

        told, problem = attempt(self.env, to_the_end, LOST, logged_as)
        if problem:
            self.problems.append(problem)
        return told or self._told(journey(first, entries, second, []))

    def _context(self, road, canonical):
        system = road.env["integration.system"].sudo().browse(self.flow.system_id.id)
        return RecordContext(road.env, system, system.company_id, canonical)

    # --- as rows ---

    def _told(self, found, env=None):
        legs, unfed = found
        rows = [self._leg_row(leg, env) for leg in legs]
        rows += [self._row(SECOND, stop, [stop], (), env) for stop in unfed if stop.problem or not stop.source]
        return {"rows": rows, "problems": self.problems, "unread": self._unread(), "labels": self._labels()}

    def _unread(self):
        """Return the fields of the document that no line reads."""
        return [] if self.document is None else self.versions[FIRST]._compiled().unmapped(self.document)

    def _labels(self):
        """Return what Odoo calls the fields of a record that goes out."""
        if self.inward or self.document is None:
            return {}
        about = self.model.fields_get(list(self.document), attributes=["string"])
        return {name: each["string"] for name, each in about.items()}

    def _leg_row(self, leg, env):
        ends = [arrival.stop for arrival in leg.arrivals]
        return self._row(FIRST, leg.stop, ends, leg.arrivals[0].beyond if leg.arrivals else (), env)

    def _row(self, half, stop, ends, beyond, env):
        line = self.lines[half][stop.number]
        label, field = self._goes_to(ends, beyond)
        told, problem_half = stop, half
        if half == FIRST and stop.outcome in ("set", "constant", "default", "cleared"):
            wrong = next((end for end in ends[:1] if end.problem), None)
            told, problem_half = (wrong, SECOND) if wrong else (stop, half)
        exact = ends[0] if len(_alike(ends)) == 1 and not beyond and len(ends[0].reads) <= 1 else None
        value = exact.value if exact and exact.outcome == "set" else stop.value
        return {
            "key": f"{half}:{stop.number}",
            "half": half,
            "number": stop.number,
            "depth": stop.depth,
            "nested": stop.nested,
            "source": stop.source,
            "source_label": self._comes_from(stop),
            "reads": sorted(".".join(chain) for chain in stop.reads),
            "words": said(self.env, line._parsed("transforms")),
            "target": stop.target,
            "digest": line._digest(),
            "label": label,
            "field": field.name if field is not None else "",
            "outcome": "problem" if told.outcome == "problem" else stop.outcome,
            "result": self._shown(value, field if exact and exact.outcome == "set" else None, env),
            "items": stop.items,
            "problem": told.problem and self._problem(told.problem, problem_half, label),
            **self._change(half, stop.number, line),
            "line": line._as_form(),
        }

    def _change(self, half, number, line):
        """Return if the line is new or changed, and in words what an approver decides about."""
        if number not in self.changes[half]:
            return {"change": "", "differences": []}
        before = self.changes[half][number]
        return {"change": "changed" if before else "new", "differences": line._differences(before)}

    def _comes_from(self, stop):
        """Return the Odoo field that an outgoing line reads, in words; "" for what comes in."""
        if self.inward or not stop.source:
            return ""
        return self._words_of(self.flow._target()._sent_as.get(stop.source, stop.source)) or ""

    def _goes_to(self, ends, beyond):
        """Return where a line's value goes, in words, and the Odoo field if it is one."""
        if not ends:
            return "", None
        alike = ends[:1] if beyond else _alike(ends)
        if not self.inward:
            return ", ".join(dict.fromkeys(end.target for end in alike)), None
        shown_as = self.flow._target()._shown_as
        paths = dict.fromkeys(shown_as.get(end.target) or self.flow._as_field(end.target) for end in alike)
        words = ", ".join(self._words_of(path) or path.lstrip("_").replace("_", " ") for path in paths)
        if beyond:
            return f"{words}: {' '.join(beyond).replace('_', ' ')}", None
        return words, self._field_at(next(iter(paths))) if not ends[0].nested else None

    def _field_at(self, path):
        model, field = self.model, None
        for name in path.split("."):
            field = model._fields.get(name) if model is not None else None
            if field is None:
                return None
            model = self.env[field.comodel_name] if field.relational else None
        return field

    def _words_of(self, path):
        """Return the labels of a dotted path of Odoo fields; ``None`` where it is none."""
        model, labels = self.model, []
        for name in path.replace("[]", "").split("."):
            field = model._fields.get(name) if model is not None else None
            if field is None:
                return None
            labels.append(field.get_description(self.env, ["string"])["string"])
            model = self.env[field.comodel_name] if field.relational else None
        return ": ".join(labels)

    # --- values and problems ---

    def _shown(self, value, field, env):
        def name_of_record(model, id_):
            return name_for(self.env, (env or self.env)[model].browse(id_)) or self.env._("found")

        return shown(self.env, value, field, name_of_record)

    def _problem(self, problem, half, label):
        """Return what is wrong, what to do, and by which clicks.

        :param label: what the line fills, in words
        """
        text = self.env._("%(field)s is required, and has no value here", field=label or problem.target)
        number = ".".join(part.partition("[")[0] for part in problem.line.split("."))
        return {
            "text": text if problem.code == "required" else problem.message,
            "hint": "" if problem.code == "required" else problem.hint,
            "half": half,
            "number": number,
            "target": problem.target,
            "digest": self.lines[half][number]._digest(),
            "fixes": FIXES.get(problem.code, OTHER_FIXES),
        }


def tried(flow, versions, document):
    """Return what would become of a document that arrived now: the record and its name, or why there is none."""
    outcome, problem = attempt(flow.env, lambda: _become(flow, versions, document), LOST, logged_as)
    return outcome or {"problem": problem}


def _become(flow, versions, document):
    (version, first), (record_version, second) = ((each, each._compiled()) for each in versions)
    canonical, left_out = first.run(document)
    if problems := entities.problems(flow.entity_id.code, canonical):
        raise RecordError(problems[0])
    with on_trial(flow) as road:
        road.system_hop, road.record_hop = (version, first), (record_version, second)
        message = Message(road, canonical.get("id"), road.keys(canonical), canonical, left_out)
        (link,) = road.links([message])
        arrival, more = road.arrival(message, alone=True)
        theirs = link.with_env(road.env).sudo()
        found = road.target._find([arrival], [theirs])
        (record,) = road.target._receive_many([arrival], [theirs], found)
        road.env.flush_all()
        name = name_for(flow.env, record)
        left = [f"{each.target}: {each.message}" for each in (*left_out, *more)]
        return {"created": not found[0], "name": name, "model": flow.sudo().model_id.name, "left_out": left}


def name_for(env, record):
    """Return the name of a record that another user's work found, if the person may read it; "" if not."""
    theirs = record.with_env(env(cr=record.env.cr))
    return (theirs.display_name or "") if theirs.has_access("read") else ""


def _alike(ends):
    """Return those of the lines that take a value as much as it is as the first one does."""
    return [end for end in ends if len(end.reads) == len(ends[0].reads)]
