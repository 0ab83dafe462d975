# Part of Integration Hub. License LGPL-3.0 or later.
"""What tests of completeness start from: a shop where orders are placed that no webhook tells, and jobs that count."""

from ..connectors.clock import ManualClock
from ..engine.database import Database
from ..models.sync_run import SyncRun
from .common import sandbox
from .order_cases import ShopOrderCase

ZONE = "Europe/Brussels"


class Jobs:
    """Jobs that count, run turn by turn, of the flow ``flow``."""

    def run_job(self, job, *, run=SyncRun, turns=1):
        """Let workers take so many turns of a job; returns it, as it is then."""
        self.env.flush_all()
        with self.engine_mode():
            db = Database(self.env.cr.dbname, ManualClock(self.env.cr.now().timestamp()), randomness=lambda: 0.5)
            for _turn in range(turns):
                run(db, job.id).turn()
        self.env.invalidate_all()
        return job

    def check(self, *days, **options):
        """Count these days, today if none is said; returns them."""
        job = self.flow._check_days(days or [self.flow._today()], self.operator)
        self.run_job(job, **options)
        return self.days()

    def days(self):
        return self.env["integration.completeness"].search([("flow_id", "=", self.flow.id)], order="day")

    def mend(self, lines):
        """Press *Repair* on lines, as an operator, and let the job and its messages run; returns the job."""
        lines.with_user(self.operator).action_repair()
        job = self.env["integration.sync.job"].search([("kind", "=", "mend"), ("flow_id", "=", self.flow.id)], limit=1)
        return self.run_mend(job)

    def run_mend(self, job):
        for _turn in range(6):
            job.next_try_at = False
            self.run_job(job)
            if job.state != "running":
                break
            self.drain()
        return job

    def figures(self, day, part="object"):
        """Return ``(count there, amount there, count here, amount here)`` of a day."""
        found = day.figure_ids.filtered(lambda figure: figure.part == part)
        return tuple(round(sum(found.mapped(name)), 2)
                     for name in ("count_there", "amount_there", "count_here", "amount_here"))  # fmt: skip


class CompletenessCase(Jobs, ShopOrderCase):
    """Days of the flow of orders, counted turn by turn."""

    @classmethod
    def set_up_hub(cls):  # pylint: disable=missing-return
        super().set_up_hub()
        cls.operator = cls.user("operator")
        cls.flow = cls.shop.flow_ids.filtered(lambda flow: flow.template_key == "orders_in")
        cls.shop.tz = ZONE

    def put_there(self, *orders):
        """Have these orders in the shop as they are given here, whatever it had of them."""
        sandbox().control("POST", "/seed", {"vendor": "shopify", "objects": {"order": list(orders)}})
