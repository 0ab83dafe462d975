# Part of Integration Hub. License LGPL-3.0 or later.
"""The job queue: identity keys that are no lock, jobs that wait, and workers that are no more."""

from .tables import ENQUEUED, STARTED, WAITING, Job


class Queue:
    """queue_job, and engine/wake.py, which fills it."""

    def __init__(self, randomness, clock):
        self.random, self.clock = randomness, clock
        self.jobs = []
        self.last_job = 0

    def is_waiting(self, kind, place, eta=None):
        """Whether a job of this identity key waits; a started one does not."""
        for job in self.jobs:
            if job.kind == kind and job.place is place and job.eta == eta and job.state in (WAITING, ENQUEUED):
                return True
        return False

    def enqueue(self, kind, place, eta=None, unit=None):
        self.last_job += 1
        self.jobs.append(Job(self.last_job, kind, place, eta, unit or place))

    def wake(self, units):
        """engine/wake.py: wake."""
        asleep = [unit for unit in units if not self.is_waiting("wake", unit)]
        yield "looks for a waiting drain of", units
        for unit in asleep:
            self.enqueue("wake", unit)
        yield "has woken", asleep

    def set_timer(self, unit, due):
        """engine/wake.py: set_timer."""
        waits = self.is_waiting("timer", unit, due)
        yield "looks for a timer of", unit
        if not waits:
            self.enqueue("timer", unit, due)

    def set_return(self, unit, until):
        """engine/wake.py: set_return. One for all units of the endpoint."""
        waits = self.is_waiting("return", unit.endpoint, until)
        yield "looks for a return to", unit.endpoint
        if not waits:
            self.enqueue("return", unit.endpoint, until, unit)

    def drain_waits(self, endpoint):
        """engine/wake.py: drain_waits."""
        return any(
            job.kind == "wake" and job.unit.endpoint is endpoint and job.state in (WAITING, ENQUEUED)
            for job in self.jobs
        )

    def cancel(self, unit):
        """engine/turns.py: _cancel. What the runner has in hand comes all the same."""
        self.jobs = [
            job for job in self.jobs if not (job.kind == "wake" and job.place is unit and job.state == WAITING)
        ]

    def others_are_due(self, endpoint):
        """engine/turns.py: others_wait."""
        now = self.clock.now()
        return any(
            job.state in (WAITING, ENQUEUED) and job.unit.endpoint is not endpoint
            and (job.eta is None or job.eta <= now) for job in self.jobs
        )  # fmt: skip

    def startable(self):
        """The job that the runner starts next."""
        now = self.clock.now()
        for job in self.jobs:
            if job.state == WAITING and (job.eta is None or job.eta <= now):
                return job
        return None

    def dead_jobs(self):
        """Jobs whose worker is no more."""
        return [job for job in self.jobs if job.worker is None and job.state in (ENQUEUED, STARTED)]
