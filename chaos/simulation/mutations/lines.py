# Part of Integration Hub. License LGPL-3.0 or later.
"""Calls that are under way together, with one rule wrong."""

from ..production import calls, protocol, steps
from ..scenario import KILL, STALL
from ..schedule import Schedule
from ..vendor import UNWRITABLE
from .registry import mutation


@mutation
class TwoCallsOfOneKey(Schedule):
    """What follows in a key is begun while the call before it is under way."""

    class Calls(calls.Calls):
        def startable(self):
            return [] if self.stopped else self.waiting[: calls.WINDOW - len(self.under_way)]


@mutation
class KeyGoesOnInLine(Schedule):
    """What follows a failed call of its key in the batch is called all the same."""

    class Calls(calls.Calls):
        def _note(self, tries):
            self.stopped = self.stopped or steps.stops(tries)


@mutation
class StopIgnored(Schedule):
    """A call that stops its endpoint does not keep others from being begun."""

    class Calls(calls.Calls):
        def _note(self, tries):
            self._stuck |= steps.blocked(tries)


@mutation
class WindowAfterItsTurn(Schedule):
    """Calls are begun as long as there are any, whoever else waits."""

    class Calls(calls.Calls):
        def begin_no_more(self):
            pass


@mutation
class AnswersForgotten(Schedule):
    """Where an answer cannot be written down, those that were to be written with it are forgotten."""

    @classmethod
    def scene(cls, scenario):
        outbound = tuple(plan._replace(loose=True, calls=(UNWRITABLE,), poison=False) for plan in scenario.outbound)
        return scenario._replace(outbound=outbound, faults=(), limit=0) if len(outbound) > 2 else None

    class Drain(protocol.Drain):
        def end(self, answers):
            good = [(ready, answer) for ready, answer in answers if not isinstance(answer, steps.Failure)]
            if len(good) > 1 and isinstance((yield steps.End(good)), steps.Failure):
                forgotten = [(ready.event, steps.Tried("done")) for ready, _answer in good[1:]]
                return forgotten + (yield from super().end([pair for pair in answers if pair not in good[1:]]))
            return (yield from super().end(answers))


@mutation
class SentBeforeCommit(Schedule):
    """Calls leave while the transaction that begins them is open."""

    @classmethod
    def scene(cls, scenario):
        return scenario._replace(connector="hold", faults=(KILL, STALL) * 3)

    def __init__(self, *arguments):
        super().__init__(*arguments)
        del self.perform[steps.Begin]
        self.perform_long[steps.Begin] = self.begin_and_send
        self.perform[steps.Send] = lambda me, step: None

    def begin_and_send(self, me, step):
        self.check_owned(me, step.events[0].unit)
        early = [self.ready(event) for event in step.events]
        for event in step.events:
            event.started = False
        super().send(me, steps.Send(early))
        yield "has sent, and not committed,", step.events
        answer = super().begin(me, step)
        if isinstance(answer, steps.Failure):
            me.flights = [flight for flight in me.flights if flight.event not in step.events]
        return answer
