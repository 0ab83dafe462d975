# Part of Integration Hub. License LGPL-3.0 or later.
"""Which questions are to be asked about records, with all that is needed to ask them and to read the answers."""

import hashlib
import json
from typing import Any, NamedTuple

from odoo import SUPERUSER_ID, api, fields

from ..connectors import entities
from ..connectors.errors import BadResponse, HubError, MappingError
from ..engine.questions import About
from .connection import connector_facts
from .handler_parts import service_environment
from .record_reader import RecordReader


class Terms(NamedTuple):
    """How long a flow waits and remembers, in seconds, and what it does without an answer."""

    deadline: float
    fresh: float
    permitted: float
    negative: float
    policy: str


class Question(NamedTuple):
    """A question about one record; nothing in it needs the database. ``problem`` is why it cannot be asked now."""

    about: About
    terms: Terms
    payload: dict | None
    digest: str
    facts: dict | None
    mapping: Any  # reads the answer
    entity: str  # what the answer is
    problem: HubError | None = None

    @property
    def key(self):
        """What it is known by."""
        return self.about.flow_id, self.digest

    def understand(self, answer):
        """Return the business object that an answer says. Raises the library's errors."""
        found = self.mapping.apply(answer)
        if problems := entities.problems(self.entity, found):
            raise BadResponse(f"The answer does not have the agreed form: {problems[0]}")
        return found

    def __repr__(self):
        return f"<Question {self.about.object_type} {self.about.key}>"


def plan(flow, records, *, whatever=False):
    """Return ``{record: Question}`` of those records that the flow asks about, as they are in this transaction.

    :param flow: as superuser
    :param whatever: of all records, for which it asked before
    :raises MappingError: a record lacks what the question needs; ``params["record"]`` names it
    """
    records.flush_recordset()
    if not whatever:
        taken = flow._takes(records)
        records = records.filtered(lambda record: record.id in taken)
    if not records:
        return {}
    try:
        return _questions(flow, records)
    except MappingError:
        raise
    except HubError as error:
        return {record: _unaskable(flow, record, error) for record in records}


def _questions(flow, records):
    root = api.Environment(records.env.cr, SUPERUSER_ID, {})
    env = service_environment(root, flow.endpoint_id.id, flow)
    (version, mapping), (record_version, record_mapping) = (
        flow.mapping_id._compiled(),
        flow.record_mapping_id._compiled(),
    )
    answer_mapping = flow.answer_mapping_id._compiled()[1]
    facts = connector_facts(flow.endpoint_id)
    problem = _halted(flow)
    told = root["integration.value.map"]._sent(flow.system_id.id)
    reader = RecordReader(records.with_env(env), record_mapping.sources, told)
    found = {}
    for record in records:
        try:
            payload = mapping.apply(record_mapping.apply(reader.document(record.with_env(env))))
        except MappingError as error:
            error.params["record"] = record.display_name
            raise
        about = _about(flow, record)._replace(
            mapping_version_id=version.id, record_mapping_version_id=record_version.id
        )
        found[record] = Question(
            about,
            flow._terms(),
            payload,
            _digest(payload),
            facts,
            answer_mapping,
            flow.answer_entity_id.code,
            problem,
        )
    return found


def _unaskable(flow, record, error):
    return Question(_about(flow, record), flow._terms(), None, "", None, None, "", error)


def _about(flow, record):
    return About(flow.endpoint_id.id, flow.company_id.id, flow.id, flow.object_type, record._name, record.id)


def _halted(flow):
    """Return why the endpoint is not called now, ``None`` when it is: then nobody waits for a deadline either."""
    halt = flow.endpoint_id._halt(fields.Datetime.now())
    return HubError(halt.reason, code="halted", hint="") if halt else None


def _digest(payload):
    text = json.dumps(payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
