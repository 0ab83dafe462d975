# Part of Integration Hub. License LGPL-3.0 or later.
"""Weather: what befalls those who act. Time passes, processes die, connections and locks are lost."""

from .actors import Actors, Process
from .scenario import JUMP, KILL, LOSE_LOCK, STALL
from .tables import RUNNABLE, WAITING
from .units import LostConnection

HURRIES = (1, 1, 3, 5, 10, 30)
JUMPS = (-20, -5, 7, 40)


class Weather(Actors):
    """The faults of a schedule, which says what it notes and chooses when they come."""

    def weather(self):
        """Time passes, or something breaks."""
        random = self.random
        if self.faults and random() < 0.6:
            self.fault()
        elif self.stalled and random() < 0.2:
            self.go_on()
        elif random() < 0.6:
            self.pass_time(self.choose(HURRIES))
            self.note("clock", "is at", self.clock.now())
        elif self.sweeps and random() < 0.3:
            if dead := self.dead_jobs():
                self.requeue_jobs(dead)
            else:
                self.sweep()

    def sweep(self):
        process = Process("sweeper")
        self.processes.append(process.run(self.sweeper(process)))

    def requeue_jobs(self, jobs):
        for job in jobs:
            job.state = WAITING
        self.note("runner", "requeues dead", jobs)

    def fault(self):
        """The next thing breaks, if it can now."""
        fault = self.faults[-1]
        if fault == JUMP:
            self.orphans_arrive(self.clock.elapsed)
            self.clock.offset += self.choose(JUMPS)
            self.note("clock", "jumps to", self.clock.now())
        elif fault == LOSE_LOCK:
            held = [unit for unit in self.units if isinstance(unit.holder, Process)]
            if not held:
                return
            self.lose_lock(self.choose(held))
        elif not self.processes:
            return
        elif fault == STALL:
            process = self.choose(self.processes)
            self.processes.remove(process)
            self.stalled.append(process)
            self.note(process, "stalls")
        elif fault == KILL:
            self.kill(self.choose(self.processes))
        else:
            self.disconnect_process(self.choose(self.processes))
        self.faults.pop()

    def go_on(self):
        self.processes.append(self.stalled.pop())
        self.note(self.processes[-1], "goes on")

    def kill(self, process):
        """SIGKILL. Of a sender, only the web worker that serves it dies."""
        if process.request is not None:
            process.request.close()
            self.note(process, "loses the web worker that serves it")
        elif not process.is_outside:
            process.steps.close()
            self.die(process, "is killed")

    def disconnect_process(self, process):
        """The process's connection breaks. A job fails, a request has no answer."""
        if process.job is None:
            self.kill(process)
            return
        self.count_death(process.unit, process)
        self.note(process, "loses its connection")
        try:
            process.steps.throw(LostConnection())
        except (LostConnection, StopIteration):
            self.end_process(process)

    def lose_lock(self, unit):
        """The connection that holds the unit's lock breaks, and the drain inside does not notice."""
        self.count_death(unit, unit.holder)
        self.note(unit.holder, "has lost, without knowing, the lock of", unit)
        unit.holder = unit.inside = None

    def die(self, process, words):
        """The process is no more; what it held is free by now."""
        if process.job is not None:
            self.count_death(process.unit, process)
        self.note(process, words)
        self.end_process(process)

    def count_death(self, unit, process):
        """For the ledger: whom the dead worker had in hand, alone, or for the first time among others."""
        if unit and unit.claim and unit.claimed_by is process:
            events = [event for event in unit.claim if event.state in RUNNABLE]
            for event in self.suspects(events):
                if len(events) == 1 or not event.message.kills:
                    event.message.kills += 1

    def end_process(self, process):
        (self.processes if process in self.processes else self.stalled).remove(process)
        if process.job is None:
            self.people -= process.is_person
            return
        self.workers -= 1
        process.job.worker = None
