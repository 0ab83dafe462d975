# Part of Integration Hub. License LGPL-3.0 or later.
"""Replies: what is known of questions, and what the other side says when it is asked; no transaction of ours is open.

A reply is kept for the request it was got in: Odoo runs a request again that lost against another transaction, and the
second run asks nobody. It is remembered for others by ``engine/answers.py``, and each call is a message of the log.
"""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import NamedTuple

from odoo.http import request

from ..connectors.errors import HubError, Policy
from ..connectors.resilience import Held
from ..engine.answers import NOTHING, known, remember, remember_failure
from ..engine.outcome import Outcome
from ..engine.perform import worker_name
from ..engine.questions import log_question
from ..engine.races import unlogged_statements
from .connection import ask

MEMO = "integration_hub.replies"  # in the WSGI environment, which all runs of a request share
AT_ONCE = 8  # calls under way for one request


class Reply(NamedTuple):
    """What came of a question: the business object that was answered, or why there is none.

    ``asked``: somebody was, now or shortly before; else ``reason`` says why not, in words for people. ``passing``: to
    ask again later may help. ``since`` is when it was answered, where that is longer ago than it is fresh.
    """

    answer: dict | None = None
    asked: bool = True
    reason: str = ""
    passing: bool = True
    since: datetime | None = None


class Heard(NamedTuple):
    """What a call came to."""

    started_at: datetime
    ended_at: datetime
    raw: dict | None
    answer: dict | None
    error: Exception | None


def memo():
    """Return the replies that this request has got so far; an empty dictionary of its own outside of one."""
    return request.httprequest.environ.setdefault(MEMO, {}) if request else {}


class Replies:
    """Finds replies to questions.

    :param handler: explains failures, and does what they mean for the endpoint; has the database and its clock
    :param may_call: whether the other side is called where nothing is known that is good enough
    """

    def __init__(self, handler, *, may_call=True):
        self.handler, self.db, self.may_call = handler, handler.db, may_call

    def to(self, questions):
        """Return ``{key: Reply}``."""
        questions = {question.key: question for question in questions}
        with self.db.read_committed() as cr:
            found = known(cr, [key for key, question in questions.items() if question.payload is not None])
        found = {key: _read(questions[key], known_) for key, known_ in found.items()}
        replies, open_ = {}, []
        for key, question in questions.items():
            reply = self._known(question, found.get(key, NOTHING))
            if reply is None:
                open_.append(question)
            else:
                replies[key] = reply
        for question, heard in zip(open_, self._hear(open_), strict=True):
            replies[question.key] = self._note(question, heard, found.get(question.key, NOTHING))
        return replies

    # --- known ---

    def _known(self, question, known_):
        """Return the reply where nobody has to be asked, or nobody can be; else ``None``."""
        terms, now = question.terms, self.db.now()
        if known_.answer is not None and _age(known_.asked_at, now) <= (
            terms.negative if known_.refused else terms.fresh
        ):
            return Reply(known_.answer)
        if question.problem is not None:
            return self._without(question, known_, Reply(asked=False, reason=question.problem.message))
        if known_.failure and _age(known_.failed_at, now) <= terms.negative:
            return self._without(question, known_, Reply(passing=known_.failure["passing"]))
        return None if self.may_call else self._without(question, known_, Reply(asked=False))

    def _without(self, question, known_, reply):
        """Return the reply with an older answer, where the flow permits that."""
        if self._last_known_serves(question.terms, known_):
            return reply._replace(answer=known_.answer, since=known_.asked_at)
        return reply

    def _last_known_serves(self, terms, known_):
        return (
            terms.policy == "last_known"
            and known_.answer is not None
            and _age(known_.asked_at, self.db.now()) <= terms.permitted
        )

    # --- asked ---

    def _hear(self, questions):
        if len(questions) < 2:
            return [self._call(question) for question in questions]
        with ThreadPoolExecutor(AT_ONCE, "ask") as pool:
            return list(pool.map(self._call, questions))

    def _call(self, question):
        started = self.db.now()
        raw = answer = failure = None
        try:
            raw = ask(question.facts, question.terms.deadline, question.about.object_type, question.payload)
            answer = question.understand(raw)
        except Exception as error:  # noqa: BLE001 - every end of a try is an outcome somebody can read
            failure = error
        return Heard(started, self.db.now(), raw, answer, failure)

    def _note(self, question, heard, known_):
        """Remember and log what came of a call; returns the reply."""
        if heard.error is None:
            reply, outcome = Reply(heard.answer), Outcome("done")
        else:
            outcome = self._explained(question, heard.error)
            reply = self._without(question, known_, Reply(passing=is_passing(heard.error)))
        if isinstance(heard.error, Held):
            return reply  # our own limits kept it here: nobody was called, and the next one may be let through
        with unlogged_statements(), self.db.read_committed() as cr:
            self._remember(cr, question, heard, outcome)
            log_question(
                cr,
                question.about,
                outcome,
                body=json.dumps({"question": question.payload, "answer": heard.raw}, ensure_ascii=False),
                started_at=heard.started_at,
                ended_at=heard.ended_at,
                worker=worker_name(),
            )
        return reply

    def _explained(self, question, error):
        """Return the outcome of a failure, having done what it means for the endpoint."""
        handler, about = self.handler, question.about
        try:
            if isinstance(error, HubError):
                handler.check_key(question.facts, error)
        except HubError as replaced:
            error = replaced
        outcome = handler.explain(error)
        if outcome.stop:
            handler.stop(about.endpoint_id, outcome.stop, outcome.message)
        elif outcome.slows and outcome.retry_after:
            handler.slow_down(about.endpoint_id, outcome.retry_after, outcome.message)
        goes_on = question.terms.policy in ("hold", "skip", "last_known")
        return outcome._replace(state="ignored" if goes_on else "dead", stop="", slows=False, in_doubt=False)

    def _remember(self, cr, question, heard, outcome):
        terms, now = question.terms, self.db.now()
        if heard.error is None:
            refused = is_refused(heard.answer)
            keep = max(terms.negative if refused else terms.fresh, terms.permitted)
            remember(cr, question.key, heard.raw, refused=refused, now=now, keep=keep)
        elif terms.negative:
            failure = {"code": outcome.code, "message": outcome.message, "passing": is_passing(heard.error)}
            remember_failure(cr, question.key, failure, now=now, keep=terms.negative)


def _read(question, known_):
    """Return what is known with the answer as a business object; one that today's mapping cannot read is not known."""
    if known_.answer is None:
        return known_
    try:
        return known_._replace(answer=question.understand(known_.answer))
    except HubError:
        return known_._replace(answer=None)


def is_refused(answer):
    """Tell whether an answer is a decision against what was asked about."""
    return answer.get("allowed") is False


def is_passing(error):
    """Tell whether the same question may be answered later, without anybody's doing anything."""
    return getattr(error, "policy", None) is Policy.RETRY


def _age(moment, now):
    return (now - moment).total_seconds()
