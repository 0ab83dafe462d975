# Part of Integration Hub. License LGPL-3.0 or later.
"""What replies to questions mean for the records they are about."""

import json
from functools import cached_property

from odoo import SUPERUSER_ID, api, fields
from odoo.exceptions import UserError

from ..connectors.errors import HubError
from ..engine.database import Database
from ..engine.questions import HOLD, SKIP, leave_question
from ..engine.wake import wake_after_commit
from . import ask_words as words
from .ask_replies import is_refused
from .handler_parts import service_environment
from .integration_target import Arrival
from .mapping_transforms import RecordContext


class Judge:
    """The questions about some records, with a reply to each.

    :param questions: ``{flow: {record: Question}}``, in the order in which the flows are to have their say
    """

    def __init__(self, records, questions, replies):
        self.records, self.env = records, records.env
        self.cases = [
            (flow, record, question, replies[question.key])
            for flow, asked in questions.items()
            for record, question in asked.items()
        ]

    @cached_property
    def refusals(self):
        """Why the method must not run at all, in words of the person who wants it to."""
        found = []
        for flow, record, _question, reply in self.cases:
            if reply.answer is None:
                if flow.degradation in ("fail", "last_known"):
                    found.append(words.no_answer(flow, record, reply))
            elif flow.ask_effect == "check" and is_refused(reply.answer):
                found.append(words.refused(flow, record, reply.answer))
        return found

    @cached_property
    def waits_for(self):
        """``{record: flows}`` whose answers it waits for."""
        return self._open(HOLD)

    def leave(self, why, method):
        """Leave the questions without an answer to a message of the outbox, for flows of that policy.

        Returns the records they are about.
        """
        found = self.waits_for if why == HOLD else self._open(SKIP)
        cr, units = self.env.cr, set()
        db = Database(cr.dbname)
        for flow, record, question, reply in self.cases:
            if flow not in found.get(record, ()):
                continue
            body = json.dumps({"method": method, "asked_by": self.env.uid})
            units.add(leave_question(cr, question.about, why, body=body, now=fields.Datetime.now()))
            words.left(flow, record, why, reply)
        if units:
            wake_after_commit(cr, db, units)
        return self.records.browse([record.id for record in found])

    def _open(self, policy):
        found = {}
        for flow, record, _question, reply in self.cases:
            if reply.answer is None and flow.degradation == policy:
                found.setdefault(record, []).append(flow)
        return found

    def fill(self, records):
        """Write into these records what was answered. Raises UserError where an answer does not fit."""
        for flow, record, _question, reply in self.cases:
            if record not in records or reply.answer is None:
                continue
            if reply.since:
                words.was_known(flow, record, reply)
            if flow.ask_effect == "fill":
                try:
                    fill(flow, record, reply.answer)
                except HubError as error:
                    raise UserError(words.unusable(flow, record, error)) from error


def fill(flow, record, answer):
    """Write an answer into its record, as the endpoint's service user. Raises the library's errors."""
    root = api.Environment(record.env.cr, SUPERUSER_ID, {})
    env = service_environment(root, flow.endpoint_id.id, flow)
    system, entity = env["integration.system"].sudo().browse(flow.system_id.id), flow.answer_entity_id
    mapping = flow.answer_record_mapping_id._compiled()[1]
    values = mapping.apply(answer, RecordContext(env, system, system.company_id, answer))
    arrival = Arrival(env, system, env["integration.entity"].sudo().browse(entity.id), answer, values)
    env["integration.target"]._of_model(record._name)._fill(arrival, record.with_env(env))
