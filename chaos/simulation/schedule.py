# Part of Integration Hub. License LGPL-3.0 or later.
"""Schedule: one history, chosen step by step by a seeded generator, first with faults, then left to come to rest."""

from random import Random

from .actors import Process
from .invariants import Violation, check_awake, check_rest
from .production import configure
from .scenario import draw
from .tables import ENQUEUED, WAITING, Clock, Endpoint, Key, Message, Unit
from .vendor import Killed
from .weather import HURRIES, Weather

MAX_CHAOS, MAX_CALM = 600, 4000  # steps; by then a schedule has come to its end, or never will
DEAD_JOBS_AFTER = 60  # seconds: queue_job's check


class Schedule(Weather):
    """One history of one scenario. :meth:`run` raises :class:`Violation`, or returns the number of its steps."""

    def __init__(self, scenario, seed, trace=None):
        super().__init__(Random(seed).random, Clock())
        self.scenario, self.trace, self.said = scenario, trace, {}
        self.processes, self.stalled, self.people = [], [], 0
        self.faults = list(scenario.faults)
        self.sweeps = scenario.is_harmed
        self.workers = 0
        self.build()

    @classmethod
    def of_seed(cls, seed, trace=None):
        """The history of a seed; the scenario and the order of its steps are drawn apart."""
        random = Random(seed).random
        scenario = None
        while scenario is None:
            scenario = cls.scene(draw(random))
        return cls(scenario, seed + 1, trace)

    @classmethod
    def scene(cls, scenario):
        """Hook: a mutation's wishes, so that it shows sooner; ``None``: not in this scenario."""
        return scenario

    # --- the estate ---

    def build(self):
        scenario = self.scenario
        endpoints = {
            direction: Endpoint(f"{direction} endpoint", scenario.skips, scenario.connector, scenario.limit)
            for direction in scenario.directions
        }
        self.endpoints = list(endpoints.values())
        self.units = [
            Unit(f"unit {number}", endpoints[direction], direction)
            for number, direction in enumerate(scenario.directions)
        ]
        self.keys = [Key(f"key {number}", self.units[unit]) for number, unit in enumerate(scenario.keys)]
        deliveries, edits = {}, {}
        for plan in scenario.inbound:
            message = self.message(plan)
            for sender in range(plan.actor, plan.actor + plan.again + 1):
                deliveries.setdefault(sender, []).append(message)
        for plan in scenario.outbound:
            edits.setdefault(plan.actor, []).append((self.keys[plan.key], self.message(plan), plan.commits))
        for plan in scenario.edits:
            edits.setdefault("user", []).append((self.keys[plan.key], None, plan.commits))
        for number, messages in deliveries.items():
            self.start(f"sender {number}", self.sender, messages)
        for number, some in edits.items():
            self.start(f"writer {number}", self.writer, some)
        if scenario.actions:
            self.start("operator", self.operator, scenario.actions)

    def message(self, plan):
        key = self.keys[plan.key]
        message = Message(f"m{len(self.messages) + 1}", self.units[plan.unit], key, plan)
        self.messages.append(message)
        if message.key:
            key.messages.append(message)
        else:
            key.has_loose = True
        return message

    def start(self, name, actor, *arguments):
        process = Process(name, is_person=True, is_outside=name.startswith("sender"))
        self.processes.append(process.run(actor(process, *arguments)))
        self.people += 1

    # --- running ---

    def run(self):
        """Run to the end."""
        configure(self.scenario.batch, self.scenario.window, self.Drain, self.Calls)
        self.chaos()
        self.calm()
        check_rest(self)
        return self.step

    def chaos(self):
        """Everybody acts, until people have nothing more to do."""
        processes, air, random = self.processes, self.air, self.random
        while self.people and self.step < MAX_CHAOS:
            self.step += 1
            count = len(processes)
            pick = int(random() * (count + len(air) + 1.5))
            if pick < count:
                self.tick(processes[pick])
            elif pick < count + len(air):
                self.arrive_from_air(air[pick - count])
            elif random() < 0.7:
                self.run_jobs()
            else:
                self.weather()

    def calm(self):
        """No fault any more, but for messages that kill: what is left comes to its end by itself."""
        processes, air, random = self.processes, self.air, self.random
        last = self.step + MAX_CALM
        while self.step < last:
            self.step += 1
            count = len(processes)
            pick = int(random() * (count + len(air) + 1))
            if pick < count:
                self.tick(processes[pick])
            elif pick < count + len(air):
                self.arrive_from_air(air[pick - count])
            elif count and random() < 0.1:
                self.pass_time(self.choose(HURRIES))
            elif not self.run_jobs() and not count and not self.rest():
                return
            if self.stalled and random() < 0.01:  # others may be waiting for what it holds
                self.go_on()
        raise Violation("stuck", "it does not come to rest")

    def tick(self, process):
        """One process makes one step."""
        try:
            words = process.next()
        except StopIteration:
            self.end_process(process)
        except Killed:
            self.die(process, "dies of what it works on")
        else:
            if self.trace is not None:
                self.note(process, *words)

    def arrive_from_air(self, flight):
        """A call arrives while its process does something else, or is no more."""
        self.note("the other side", "hears", flight)
        try:
            self.arrive(flight)
        except Killed:
            process = flight.process
            if process in self.processes or process in self.stalled:
                process.steps.close()
                self.die(process, "dies of what it calls")

    def run_jobs(self):
        """queue_job's runner: starts one job; tells whether it did."""
        if self.workers >= self.scenario.workers:
            return False
        job = self.startable()
        if job is None:
            return False
        job.state = ENQUEUED
        process = Process(f"worker {job.number}")
        process.job = job
        job.worker = process
        self.processes.append(process.run(self.worker(process, job)))
        self.workers += 1
        self.note("runner", "enqueues", job)
        return True

    def rest(self):
        """Nobody has anything to do now: let time pass until somebody has; tells whether somebody will."""
        if self.stalled:
            self.go_on()
            return True
        if dead := self.dead_jobs():
            self.pass_time(DEAD_JOBS_AFTER)
            self.requeue_jobs(dead)
            return True
        if not self.sweeps:
            check_awake(self.units, self)
        elif any(
            self.running(unit.endpoint)
            and not unit.endpoint.is_full(self.clock.now())
            and (unit.claim or self.runnable(unit, 1))
            for unit in self.units
        ):
            self.sweep()
            return True
        dues = [job.eta for job in self.jobs if job.state == WAITING]
        if self.sweeps:
            dues += [event.next_try for unit in self.units for event in unit.open if event.next_try is not None]
            dues += [endpoint.slow_until for endpoint in self.endpoints if endpoint.slow_until is not None]
            dues += [endpoint.full_until for endpoint in self.endpoints]
        now = self.clock.now()
        dues = [due for due in dues if due > now]
        if not dues:
            return False
        self.pass_time(min(dues) - now)
        return True

    def note(self, who, *words):
        """One line of the trace, where somebody reads it; who waits says so once."""
        if self.trace is None:
            return
        text = f" s  {who!s:12} " + " ".join(map(str, words))
        if text != self.said.get(who):
            self.trace.append(f"{self.step:4} {self.clock.now():5}{text}")
        self.said[who] = text if str(words[0]).startswith("waits") else None
