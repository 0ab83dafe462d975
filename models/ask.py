# Part of Integration Hub. License LGPL-3.0 or later.
"""Ask first: what other systems have to say before a method runs, while a person waits for it.

    questions ─▶ known? ─▶ asked, with nothing locked ─▶ judged ─▶ what was answered is written ─▶ the method
                                                           └ no answer: as the flow says

All questions of all records come before the method, so that what is asked about has not been changed by it, and nobody
waits for a lock while the other side takes its time.
"""

import functools

from odoo.exceptions import ConcurrencyError, UserError
from odoo.http import request
from odoo.tools import SQL

from ..connectors.errors import MappingError
from ..engine.database import Database
from ..engine.questions import HOLD, SKIP
from . import ask_words as words
from .ask_judge import Judge
from .ask_plan import plan
from .ask_replies import Replies, memo
from .handler import Handler

DIRECT = "integration_hub.direct"  # marks, in the WSGI environment, that the method which was called has begun


class AskFirst(ConcurrencyError):
    """The request is to be run again, and finds its answers then: it has locks, so nobody was asked yet."""


def wrap(name, origin):
    """Return a method that asks before it runs *origin*; no flow, no difference."""

    @functools.wraps(origin)
    def method(self, *args, **kwargs):
        flow_ids = self.env["integration.flow"]._asked_before(self._name, name)
        if not flow_ids:
            return method.origin(self, *args, **kwargs)
        flows = self.env["integration.flow"].sudo().browse(flow_ids)
        return ask_first(self, name, flows, lambda records: method.origin(records, *args, **kwargs))

    method.origin, method.asks = origin, True
    return method


def ask_first(records, name, flows, run):
    """Ask what the flows want to know about the records, and run the method for those for which it may.

    :param run: called with the records
    :raises UserError: an answer is no, or is missing and nothing goes without it
    """
    records.check_access("write")  # nobody learns by asking what they may not do
    questions, replies = _answered(records, name, flows)
    if not questions:
        return run(records)
    judge = Judge(records, questions, replies)
    if judge.refusals:
        raise UserError("\n\n".join(dict.fromkeys(judge.refusals)))
    held = judge.leave(HOLD, name)
    going = records - held
    judge.fill(going)
    result = None
    if going:
        result = run(going)
        judge.leave(SKIP, name)
        words.no_longer_waits(going)
    return words.notification(held, judge.waits_for, result) if held else result


def _answered(records, name, flows):
    """Return ``({flow: {record: Question}}, {key: Reply})`` with a reply to each question."""
    kept = memo()
    while True:
        questions = _questions(records, flows)
        missing = {
            question.key: question
            for found in questions.values()
            for question in found.values()
            if question.key not in kept
        }
        if not missing:
            return questions, kept
        if not _obtain(records, name, list(missing.values()), kept):
            return questions, kept


def _questions(records, flows):
    found = {}
    for flow in flows:
        try:
            found[flow] = plan(flow, records)
        except MappingError as error:
            raise UserError(words.unaskable(flow, error)) from error
    return {flow: asked for flow, asked in found.items() if asked}


def _obtain(records, name, questions, kept):
    """Get replies; returns whether the records may have changed meanwhile, since the snapshot was given up."""
    cr = records.env.cr
    handler = Handler(Database(cr.dbname))
    if not _is_quiet(cr):
        if _runs_again(records.env):
            cr.postrollback.add(lambda: kept.update(Replies(handler).to(questions)))
            raise AskFirst
        kept.update(Replies(handler, may_call=False).to(questions))
        return False
    is_direct = _is_direct(records, name)
    if is_direct:
        cr.rollback()  # nothing is in it but a snapshot
    kept.update(Replies(handler).to(questions))
    return is_direct


def end_transaction(records, name):
    """End the transaction in which the client called this method, so that none is open while another system is asked.

    Before a method that has written nothing there is only what Odoo notes of the request, and that is kept.
    """
    if _is_direct(records, name):
        records.env.cr.commit()  # pylint: disable=invalid-commit


def _is_quiet(cr):
    """Tell whether the transaction has changed and locked nothing: PostgreSQL gives an id to the first that does."""
    cr.execute(SQL("SELECT pg_current_xact_id_if_assigned() IS NULL"))
    return cr.fetchone()[0]


def _runs_again(env):
    """Tell whether Odoo runs this again when it is interrupted: a request, and no job of the queue in it."""
    return bool(request) and request.env is not None and request.env.cr is env.cr and not env.context.get("job_uuid")


def _is_direct(records, name):
    """Tell whether this is the very method that the client called: nothing came before that a rollback could undo."""
    if not _runs_again(records.env) or request.httprequest.environ.get(DIRECT):
        return False
    request.httprequest.environ[DIRECT] = True
    asked = getattr(request, "params", None) or {}
    return (asked.get("model"), asked.get("method")) == (records._name, name)
