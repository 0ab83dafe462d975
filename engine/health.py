# Part of Integration Hub. License LGPL-3.0 or later.
"""Health: what the facts about a running hub mean, and what to do about it. Pure; `vitals.py` reads the facts.

Nothing here fails but a hub that makes no progress at all: work that waits is a reason to look, not to take a server
out of service.
"""

from typing import NamedTuple

from .capacity import RESERVED_WORKERS, SMALLEST, Capacities
from .heartbeat import SILENT_AFTER

PASS, WARN, FAIL = "pass", "warn", "fail"
CRON_SILENT_AFTER = 180  # seconds; it comes each minute, and works for most of one
LATE = 300  # seconds a message may wait
UNATTENDED_AFTER = 60  # seconds without anybody called


class Waiting(NamedTuple):
    """A unit with a message that could run: its endpoint's lane, the message's age, whether a drain was called."""

    lane: str
    seconds: float
    is_woken: bool


class Facts(NamedTuple):
    """What was seen, in seconds; ``None``: never."""

    runner_age: float | None = 0.0  # since the last beat
    cron_age: float | None = 0.0
    runner_connected: bool = True  # some runner holds queue_job's lock on this database
    runner_loaded: bool = True  # by this server's configuration
    capacity: Capacities = Capacities.recommended(6)  # by this server's configuration
    workers: int = 6
    jobs_overdue: bool = False
    jobs_running: int = 0
    waiting: tuple[Waiting, ...] = ()
    dead_claims: int = 0
    drain_mode: float | None = None  # since when it is on
    is_copy: bool = False  # of another database, and nobody has let it go on


class Check(NamedTuple):
    """One line of the answer; `output` says what to do next."""

    status: str
    output: str
    value: float | None = None
    unit: str | None = None
    component: str | None = None

    def document(self):
        """Return it as the format of ``application/health+json`` has it (draft-inadarei-api-health-check-06, §4)."""
        named = {"componentId": self.component, "observedValue": self.value, "observedUnit": self.unit}
        return {"status": self.status, "output": self.output} | {k: v for k, v in named.items() if v is not None}


def checks(facts):
    """Return ``{name: [Check, …]}``."""
    return {
        "database": [Check(PASS, "The database answers.")],
        "job_runner:heartbeat": [_runner(facts)],
        "job_runner:capacity": [_capacity(facts)],
        "cron:heartbeat": [_cron(facts)],
        "messages:oldest": [_lane(facts, lane) for lane in ("critical", "standard", "bulk")],
        "messages:unattended": [_unattended(facts)],
        "claims:abandoned": [_claims(facts)],
        "drain_mode": [_drain_mode(facts)],
        "copy": [_copy(facts)],
    }


def overall(found):
    """Return the worst status of all checks."""
    seen = {check.status for each in found.values() for check in each}
    return next(status for status in (FAIL, WARN, PASS) if status in seen)


def _beats(age, silent_after):
    return age is not None and age < silent_after


def _runner(facts):
    if _beats(facts.runner_age, SILENT_AFTER):
        return Check(PASS, "Beating: jobs are run.", round(facts.runner_age, 1), "s")
    starting = facts.runner_connected and not facts.jobs_overdue
    helped = starting or cron_comes(facts)
    age = facts.runner_age and round(facts.runner_age, 1)
    return Check(WARN if helped else FAIL, SILENCES[silence(facts)], age, "s" if age else None)


SILENCES = {
    "not loaded": "Not running: add queue_job to server_wide_modules in odoo.conf and restart.",
    "no capacity": "Not running: give root in [queue_job] channels a capacity above 0 and restart.",
    "ended": "Not running: look for WorkerJobRunner in the server's log, and restart the server.",
    "starting": "Connected, no heartbeat yet: look again in a minute.",
    "full": "Connected, but other jobs take all its capacity: raise root in [queue_job] channels, or end them.",
    "deaf": "Connected, but it does not hear of new jobs: a transaction pooler passes no NOTIFY; set jobrunner_db_host"
    " and jobrunner_db_port in [queue_job] to PostgreSQL itself and restart.",
}


def silence(facts):
    """Return why no heartbeat comes, a key of `SILENCES`; "" where one does."""
    if _beats(facts.runner_age, SILENT_AFTER):
        return ""
    if not facts.runner_connected:
        if not facts.runner_loaded:
            return "not loaded"
        return "ended" if facts.capacity.root else "no capacity"
    if not facts.jobs_overdue:
        return "starting"
    return "full" if 0 < facts.capacity.root <= facts.jobs_running else "deaf"


def cron_comes(facts):
    """Tell whether Odoo's scheduled actions run."""
    return _beats(facts.cron_age, CRON_SILENT_AFTER)


def _capacity(facts):
    if not facts.runner_loaded or not facts.capacity.root:
        return Check(PASS, "No jobs are run by this server's configuration.")
    status, said = capacity(facts.capacity, facts.workers)
    return Check(status, said, facts.capacity.root, "jobs")


FITS = {
    "threads": (PASS, "Jobs run in threads, as for development."),
    "none left": (WARN, "Jobs can take all of the {workers} workers, and nobody is answered meanwhile: {wanted}"),
    "one": (PASS, "One job runs at a time. For two at once set workers = {smallest} and channels = {more}."),
    "too many": (WARN, "Jobs can take all of the {workers} workers, and people and webhooks wait for them: {wanted}"),
    "no heartbeat": (
        WARN,
        "Messages can take all capacity, and when a worker dies the rest wait up to a minute: {wanted}",
    ),
    "no critical": (WARN, "Standard and bulk messages can take all places, and critical ones wait for them: {wanted}"),
    "good": (PASS, "Workers are left for people, a job for the heartbeat, a place for critical messages."),
}


def fit(given, workers):
    """Return how the channels fit a server with this many workers, a key of `FITS`."""
    if not workers:
        return "threads"
    if workers < SMALLEST:
        return "none left" if given.root > 1 else "one"
    if given.root > workers - RESERVED_WORKERS:
        return "too many"
    if given.is_narrow:
        return "no heartbeat"
    return "no critical" if given.standard >= given.drains > 1 else "good"


def capacity(given, workers):
    """Return what is to be said of the channels that a server with this many workers has: status, and a text."""
    status, said = FITS[fit(given, workers)]
    channels = Capacities.recommended(workers).line()
    wanted = f"set channels = {channels} in [queue_job] of odoo.conf and restart."
    more = Capacities.recommended(SMALLEST).line()
    return status, said.format(workers=workers, wanted=wanted, smallest=SMALLEST, more=more)


def _cron(facts):
    if cron_comes(facts):
        return Check(PASS, "Scheduled actions run.", round(facts.cron_age, 1), "s")
    starting = facts.runner_connected and not facts.jobs_overdue
    helped = starting or _beats(facts.runner_age, SILENT_AFTER)
    age = facts.cron_age and round(facts.cron_age, 1)
    return Check(
        WARN if helped else FAIL,
        "Scheduled actions do not run: set max_cron_threads above 0 on a node, and see that the action"
        " 'Integration Hub: see to messages that nobody was woken for' is active.",
        age,
        "s" if age else None,
    )


def _lane(facts, lane):
    oldest = max((each.seconds for each in facts.waiting if each.lane == lane), default=0.0)
    if oldest < LATE:
        return Check(PASS, "No message waits long.", round(oldest, 1), "s", lane)
    said = (
        "Messages wait: see Integrations, Flows, Event Log; if workers are busy all the time, add workers and capacity."
    )
    return Check(WARN, said, round(oldest, 1), "s", lane)


def _unattended(facts):
    count = sum(not each.is_woken and each.seconds > UNATTENDED_AFTER for each in facts.waiting)
    if not count:
        return Check(PASS, "Somebody comes for every message.", 0, "units")
    return Check(
        WARN,
        "Messages wait that nobody was woken for: a heartbeat or the scheduled action sees to them; if this stays,"
        " deal with those two.",
        count,
        "units",
    )


def _claims(facts):
    if not facts.dead_claims:
        return Check(PASS, "No worker died with messages in hand.", 0, "units")
    return Check(
        WARN,
        "Workers died with messages in hand, and nobody took over: look for their end in the server's log.",
        facts.dead_claims,
        "units",
    )


def _drain_mode(facts):
    if facts.drain_mode is None:
        return Check(PASS, "Off.")
    return Check(
        WARN,
        "On, nothing is processed: switch it off in Integrations, Configuration, Drain Mode.",
        round(facts.drain_mode),
        "s",
    )


def _copy(facts):
    if not facts.is_copy:
        return Check(PASS, "This is the database that works.")
    return Check(
        WARN,
        "Nothing is processed: this database is a copy, or was restored or moved. Let it go on in Integrations,"
        " Configuration, Readiness, or neutralize it.",
    )
