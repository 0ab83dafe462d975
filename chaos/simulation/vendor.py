# Part of Integration Hub. License LGPL-3.0 or later.
"""The other side, and the calls on their way: they arrive in any order, some after whoever made them is no more."""

from .invariants import Violation, check_order
from .log import Log
from .policy import PERIOD, UNDER_WAY
from .production import steps
from .tables import Flight

Failure = steps.Failure
UNWRITABLE = "works, and that cannot be written"
ANSWERS = {
    "refuses": Failure("retry"),
    "is busy": Failure("slow"),
    "stops": Failure("stop"),
    "is not reached": Failure("retry", in_doubt=True),
    "loses the answer": Failure("retry", in_doubt=True),
}
NOT_SENT = Failure("in-doubt")  # connectors/rest/repetition.py


class Killed(BaseException):
    """The process dies of what it works on."""


class Vendor(Log):
    """Calls between `Send` and `Gather`."""

    def __init__(self, randomness, clock):
        super().__init__(randomness, clock)
        self.air = []  # flights that have not arrived

    # --- engine/calling.py ---

    def send(self, me, step):
        """They leave."""
        for ready in step.calls:
            flight = Flight(ready, me)
            event = flight.event
            key = event.partition_key
            if key is not None and any(other.event.partition_key is key for other in me.flights):
                raise Violation("one-call", f"{event} is called while {me.flights} are under way")
            if event.unit.claimed_by is not me:
                flight.orphaned = self.clock.elapsed
            event.message.in_air += 1
            me.flights.append(flight)
            self.air.append(flight)

    def gather(self, me, step):
        """Any of those that came back, in any order."""
        random = self.random
        back = [flight for flight in me.flights if flight.answer is not None]
        if not back:
            for _arrival in range(1 + int(random() * len(me.flights))):
                flight = me.flights[int(random() * len(me.flights))]
                if flight.answer is None:
                    self.arrive(flight)
            yield "waits for answers to", me.flights
            back = [flight for flight in me.flights if flight.answer is not None]
        answers = []
        for _answer in range(1 + int(random() * len(back))):
            flight = back.pop(int(random() * len(back)))
            me.flights.remove(flight)
            answers.append((flight.ready, flight.answer))
        self.called(me, answers)
        return answers

    def called(self, me, answers):
        """models/handler_limits.py: who is not reached is left alone for a while."""
        for ready, answer in answers:
            endpoint = ready.event.unit.endpoint
            if endpoint.limit and answer is ANSWERS["is not reached"]:
                endpoint.left, endpoint.full_until = 0, self.clock.now() + PERIOD

    def orphan(self, flights):
        """Nobody is under their claim any more: they arrive soon, or never."""
        for flight in flights:
            if flight.orphaned is None:
                flight.orphaned = self.clock.elapsed

    def arrive(self, flight):
        """One call arrives, and takes effect in that instant, or never will."""
        self.air.remove(flight)
        message = flight.event.message
        message.in_air -= 1
        if message.poison:
            raise Killed
        flight.answer = self.treat(flight)

    def treat(self, flight):
        """What is answered. A process that is no more called as well, and nobody hears of it."""
        event, message = flight.event, flight.event.message
        if flight.in_doubt and event.unit.endpoint.connector == "hold":
            return NOT_SENT
        outcome = message.calls.pop() if message.calls else "works"
        if outcome in ("works", "loses the answer", UNWRITABLE):
            self.receive(event, flight.version, flight.in_doubt)
        return ANSWERS.get(outcome, outcome)

    def receive(self, event, version, in_doubt):
        """What the vendor does with a call."""
        message, key, connector = event.message, event.partition_key, event.unit.endpoint.connector
        if message.effects and (connector == "idempotent" or (connector == "look-up" and in_doubt)):
            return
        message.effects += 1
        if message.effects > 1 and not message.released:
            raise Violation("vendor-once", f"{event} was made {message.effects} times at a {connector} vendor")
        if key is None:
            return
        check_order(message, self.step)
        if version >= key.vendor_version:
            key.vendor_version = version
        elif not message.released and message.given_up is None:
            raise Violation("told", f"{event} tells version {version} after {key.vendor_version}")

    # --- time passes for them, too ---

    def pass_time(self, seconds):
        """The clock goes on; an orphan's time in the air is short."""
        self.orphans_arrive(self.clock.elapsed + seconds - UNDER_WAY)
        self.clock.elapsed += seconds

    def orphans_arrive(self, since):
        """Those that were orphaned by then arrive. What kills a process has none to kill."""
        for flight in [flight for flight in self.air if flight.orphaned is not None and flight.orphaned <= since]:
            self.arrive_from_air(flight)

    def settle_calls_of(self, event):
        """A person takes longer than an orphan's call does."""
        for flight in [flight for flight in self.air if flight.event is event and flight.orphaned is not None]:
            self.arrive_from_air(flight)
