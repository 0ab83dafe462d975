# Part of Integration Hub. License LGPL-3.0 or later.
from datetime import timedelta

from odoo import models
from odoo.tools import config

from ..engine import health, settings, vitals
from ..engine.capacity import SMALLEST, Capacities
from ..engine.database import Database
from ..engine.hosting import Setting
from .integration_readiness import BAD, OK, UNKNOWN, WARN, Line

SUGGESTED = 6  # workers, where there are too few or none
NEW = timedelta(minutes=15)  # after its installation


class IntegrationReadiness(models.AbstractModel):
    """Who works messages off: queue_job's runner, the workers that it uses, Odoo's scheduled actions."""

    _inherit = "integration.readiness"

    def _lines(self):
        db = Database(self.env.cr.dbname)
        with db.read_committed() as cr:
            facts = vitals.look(cr, db.now())
        return [*super()._lines(), self._runner(facts), self._workers(facts), self._scheduled_actions(facts)]

    def _runner(self, facts):
        reason = health.silence(facts)
        if not reason:
            age = round(facts.runner_age)
            return Line("runner", OK, self.env._("The job runner is alive (last heartbeat %(age)s s ago).", age=age))
        said = {
            "not loaded": self.env._("The server does not load queue_job, so no job runner runs."),
            "no capacity": self.env._("The job runner may run nothing: the capacity of root is 0."),
            "ended": self.env._(
                "No job runner is connected to this database. Look for WorkerJobRunner in the server's log."
            ),
            "starting": self.env._("The job runner is connected; its first heartbeat comes within a minute."),
            "full": self.env._("The job runner is busy with other jobs: they take all its capacity."),
            "deaf": self.env._(
                "The job runner does not hear of new jobs: something between it and PostgreSQL passes no NOTIFY."
            ),
        }[reason]
        helped = reason == "starting" or health.cron_comes(facts)
        if helped and reason != "starting":
            said += " " + self.env._(
                "Scheduled actions do its work, one process at a time: slower, and nothing is lost."
            )
        loaded = [*config["server_wide_modules"], *(["queue_job"] if not facts.runner_loaded else [])]
        channels = Setting("queue_job", "channels", Capacities.recommended(facts.workers or SUGGESTED).line())
        fixes = {
            "not loaded": (
                Setting("options", "server_wide_modules", ",".join(loaded)),
                *((channels,) if facts.workers >= SMALLEST else ()),  # fewer have enough of queue_job's one place
            ),
            "no capacity": (channels,),
            "full": (channels,),
            "deaf": (
                Setting("queue_job", "jobrunner_db_host", "postgresql.internal"),
                Setting("queue_job", "jobrunner_db_port", "5432"),
            ),
        }
        return Line("runner", WARN if helped else BAD, said, self._why_runner(), fixes.get(reason, ()))

    def _why_runner(self):
        return self.env._(
            "The job runner starts work the moment a message arrives, several at once. Scheduled actions come by when "
            "they are called, or each minute."
        )

    def _workers(self, facts):
        if not facts.runner_loaded or not facts.capacity.root:
            return Line(
                "workers", OK, self.env._("No jobs take workers away from people: scheduled actions do the work.")
            )
        fit, workers, slots = health.fit(facts.capacity, facts.workers), facts.workers, facts.capacity.root
        count = {"workers": workers, "slots": slots}
        said = {
            "threads": self.env._("Odoo runs in threads (workers = 0), as for development."),
            "none left": self.env._(
                "Only %(workers)s workers for %(slots)s job slots: web pages wait behind jobs.", **count
            ),
            "one": self.env._(
                "%(workers)s workers: one job runs at a time, and people are answered meanwhile.", **count
            ),
            "too many": self.env._(
                "Only %(workers)s workers for %(slots)s job slots: web pages wait behind jobs.", **count
            ),
            "no heartbeat": self.env._(
                "Messages may take all %(slots)s job slots: after a crash the rest wait a minute.", **count
            ),
            "no critical": self.env._("Bulk work may take all job slots: critical messages wait behind it.", **count),
            "good": self.env._(
                "%(workers)s workers, %(slots)s job slots: people and critical messages have places left.", **count
            ),
        }[fit]
        production = settings.option("environment") == "production"
        if fit in ("good", "one") or (fit == "threads" and not production):
            return Line("workers", OK, said)
        wanted = workers if workers >= SMALLEST else SUGGESTED
        fix = (
            Setting("options", "workers", str(wanted)),
            Setting("queue_job", "channels", Capacities.recommended(wanted).line()),
        )
        why = self.env._(
            "Jobs run in the workers that also answer people and webhooks. Two have to stay free for those."
        )
        return Line("workers", BAD if fit == "none left" else WARN, said, why, fix)

    def _scheduled_actions(self, facts):
        if health.cron_comes(facts):
            age = round(facts.cron_age)
            return Line("scheduled_actions", OK, self.env._("Scheduled actions run (last one %(age)s s ago).", age=age))
        cron = self.env.ref("integration_hub.cron_sweep").sudo()
        why = self.env._(
            "They find what was forgotten, delete what is old, and do all the work where no job runner does."
        )
        bad = WARN if health.silence(facts) in ("", "starting") else BAD
        if not cron.active:
            said = self.env._("The scheduled action “%(name)s” is switched off.", name=cron.name)
            advice = self.env._("Switch it on in Settings, Technical, Scheduled Actions.")
            return Line("scheduled_actions", bad, said, why, advice=advice)
        if not config["max_cron_threads"]:
            said = self.env._(
                "Nobody runs scheduled actions: this server does not (max_cron_threads = 0), and no other one does."
            )
            return Line("scheduled_actions", bad, said, why, (Setting("options", "max_cron_threads", "2"),))
        if facts.cron_age is None and self.env.cr.now() - cron.create_date < NEW:
            said = self.env._(
                "No scheduled action of the hub has come by yet. After an installation those of Odoo go first."
            )
            return Line("scheduled_actions", UNKNOWN, said, why)
        said = self.env._("No scheduled action of the hub has come by for three minutes.")
        advice = self.env._(
            "See in Settings, Technical, Scheduled Actions whether another one runs all the time. One more worker for "
            "them lets the hub's come by."
        )
        more = Setting("options", "max_cron_threads", str(config["max_cron_threads"] + 1))
        return Line("scheduled_actions", bad, said, why, (more,), advice=advice)
