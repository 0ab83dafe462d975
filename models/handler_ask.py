# Part of Integration Hub. License LGPL-3.0 or later.
"""Questions that nobody waits for any more: asked until they are answered, then the record's work goes on by itself."""

import json
from typing import NamedTuple

from odoo import SUPERUSER_ID, api

from ..connectors.errors import HubError, Policy
from ..engine.outcome import Outcome
from ..engine.questions import HOLD, body_of
from . import ask_words as words
from .ask_judge import fill
from .ask_plan import plan
from .ask_replies import Replies, is_refused
from .connection import ask
from .handler_parts import service_environment
from .recording import Recording


class Asked(NamedTuple):
    """A question to be asked; of one that holds the record, with those of other flows before the same action."""

    question: object
    others: tuple
    method: str
    asked_by: int
    holds: bool
    recording: Recording | None = None

    def __repr__(self):
        return f"<Asked {self.question}>"


class Missing(HubError):
    """Another flow has no answer either, and the action does not go on without it."""

    code = "no-answer"
    policy = Policy.RETRY
    hint = "It is tried again automatically."


class QuestionHandler:
    """The part of the handler that asks. It is put before the outbound half, which gets everything else."""

    def prepare(self, cr, events):
        """Return of each event what is to be asked or called, or the outcome when there is nothing to do."""
        others = [event for event in events if event.operation != "ask"]
        prepared = dict(zip((event.id for event in others), super().prepare(cr, others) if others else (), strict=True))
        return [prepared[event.id] if event.id in prepared else self._prepare_question(cr, event) for event in events]

    def send(self, call):
        """Ask or call; returns of a question the replies of all, by key."""
        if not isinstance(call, Asked):
            return super().send(call)
        question = call.question
        try:
            found = {question.key: question.understand(ask(question.facts, question.terms.deadline, *_said(question)))}
        except HubError as error:
            self.check_key(question.facts, error)
            raise
        found |= {key: reply.answer for key, reply in Replies(self).to(call.others).items()}
        for other in call.others:
            if found[other.key] is None and other.terms.policy != "skip":
                name = other.about.object_type
                raise Missing(f"{name} is not answered yet", retry_after=other.terms.negative or None)
        return found

    def finish(self, cr, answers):
        """Do what answers and results mean; returns the outcomes."""
        others = [answer for answer in answers if not isinstance(answer[1], Asked)]
        ended = dict(zip((event.id for event, _call, _result in others), super().finish(cr, others), strict=True))
        return [
            ended[event.id] if event.id in ended else self._finish_question(cr, event, call, result)
            for event, call, result in answers
        ]

    # --- questions ---

    def _prepare_question(self, cr, event):
        root = api.Environment(cr, SUPERUSER_ID, {})
        flow = root["integration.flow"].browse(event.flow_id).exists()
        body = json.loads(body_of(cr, event.id) or "{}")
        if not flow or flow.state != "on" or not flow.active or flow.trigger != "ask":
            return Outcome("ignored", "no-flow", root._("The flow was switched off meanwhile"))
        if not body.get("method"):
            return Outcome(
                "ignored", "asked-then", root._("It was asked while somebody waited, and is not asked again")
            )
        holds = event.topic.rpartition(".")[2] == HOLD
        record, needless = _still_waiting(flow, event, holds)
        if needless:
            return needless
        try:
            return self._asked(flow, record, event, body, holds)
        except HubError as error:
            return self.explain(error)

    def _asked(self, flow, record, event, body, holds):
        env = flow.env
        question = plan(flow, record, whatever=not holds)[record]
        if question.payload is None:
            raise question.problem
        others = ()
        if holds:
            ids = env["integration.flow"]._asked_before(record._name, body["method"])
            flows = env["integration.flow"].browse(ids) - flow
            others = tuple(found for other in flows for found in plan(other, record).values())
        belongs = self.correlations(env.cr, [event])[event.id]
        return Asked(question, others, body["method"], body["asked_by"], holds, Recording(belongs))

    def _finish_question(self, cr, event, call, answers):
        root = api.Environment(cr, SUPERUSER_ID, {})
        flow = root["integration.flow"].browse(event.flow_id)
        record, needless = _still_waiting(flow, event, call.holds)
        if needless:
            return needless
        record = record.with_env(service_environment(root, event.endpoint_id, flow))
        asked = [(root["integration.flow"].browse(one.about.flow_id), answers[one.key]) for one in _all(call)]
        asked = [(one, answer) for one, answer in asked if answer is not None]
        for one, answer in asked:
            if one.ask_effect == "check" and is_refused(answer):
                words.answered_no(one, record, answer, call.asked_by, afterwards=not call.holds)
                return Outcome(
                    "done", "refused", root._("“%(flow)s” says no", flow=one.name), answer.get("reason") or ""
                )
        for one, answer in asked:
            if one.ask_effect == "fill":
                fill(one, record, answer)
        if call.holds:
            method = getattr(type(record), call.method)
            getattr(method, "origin", method)(record)
            words.answered(flow, record)
        return Outcome("done", facts={"mapping_version_id": call.question.about.mapping_version_id})


def _still_waiting(flow, event, holds):
    """Return the record, and the outcome where nothing is to be done about it: people go on while it is asked."""
    env = flow.env
    record = env[event.res_model].browse(event.res_id).exists() if event.res_model in env else None
    if not record:
        return None, Outcome("ignored", "record-gone", env._("The record was deleted meanwhile"))
    if holds and record.id not in flow._takes(record):
        words.no_longer_waits(record)
        return record, Outcome("ignored", "no-match", env._("The record does not wait for it any more"))
    return record, None


def _all(call):
    return (call.question, *call.others)


def _said(question):
    return question.about.object_type, question.payload
