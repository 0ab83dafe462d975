# Part of Integration Hub. License LGPL-3.0 or later.
"""What tests of sync jobs start from: a shop whose customers come in, and whose changes no webhook tells."""

import time
from datetime import UTC, datetime

from ..connectors.clock import ManualClock
from ..engine.database import Database
from ..models.sync_run import SyncRun
from .common import HubCase, own_payload, sandbox

FIRST = 9_100_000_001
GONE = "AQ"  # a country that Odoo does not have in these tests: a customer there cannot be taken


def moment(seconds=0):
    """Return a moment so many seconds from now, as the shop writes it."""
    return datetime.fromtimestamp(time.time() + seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def customer(number, *, at=0, country="BE", **values):
    """Return a customer of the shop who changed so many seconds from now."""
    identifier = FIRST + number
    address = {"id": identifier, "address1": f"Road {number}", "country_code": country, "default": True}
    return own_payload("shopify/customers__update") | {
        "id": identifier,
        "admin_graphql_api_id": f"gid://shopify/Customer/{identifier}",
        "email": f"c{number}@example.com",
        "first_name": "Customer",
        "last_name": f"No{number}",
        "updated_at": moment(at),
        "default_address": address,
        "addresses": [address],
        **values,
    }


def seed(*documents):
    """Put customers into the shop without telling anybody."""
    sandbox().control("POST", "/seed", {"vendor": "shopify", "objects": {"customer": list(documents)}})


class Died(BaseException):
    """The worker is gone."""


def dying(point, page):
    """Return a run that dies before or after it takes a page, the first being page 1.

    What was open is rolled back, as PostgreSQL does for a process that is gone.
    """

    class Dying(SyncRun):
        def _take(self, found, page_count, seconds):
            if (point, page) == ("before", page_count + 1):
                raise Died
            taken = super()._take(found, page_count, seconds)
            if (point, page) == ("after", page_count + 1):
                raise Died
            return taken

    return Dying


class Meeting(SyncRun):
    """A run that lets something happen while it has a page.

    :param read: called with the number of pages before, when a page was read
    :param after: called when a page was taken
    :param taken: called once with its cursor, in the snapshot of the transaction that takes the second page
    :param reading: called with the cursor that the source reads with, when it has read a page
    """

    def __init__(self, db, job_id, read=None, after=None, taken=None, reading=None):
        super().__init__(db, job_id)
        self.read, self.after, self.taken, self.reading = read, after, taken, reading
        self.second = False

    def _source(self, cr):
        job, pages = super()._source(cr)
        return job, self._met(job, pages) if self.reading else pages

    def _met(self, job, pages):
        for page in pages:
            self.reading(job.env.cr)
            yield page

    def _take(self, page, page_count, seconds):
        if self.read:
            self.read(page_count)
        self.second = page_count == 1
        taken = super()._take(page, page_count, seconds)
        if self.after:
            self.after()
        return taken

    def _job(self, cr):
        job = super()._job(cr)
        if self.second and self.taken and job.state == "running":
            taken, self.taken = self.taken, None
            taken(cr)
        return job


class SyncCase(HubCase):
    """A shop whose customers come in; a job is run turn by turn."""

    @classmethod
    def set_up_hub(cls):
        cls.operator = cls.user("operator")
        cls.env["res.country"].search([("code", "=", GONE)]).code = "Q1"
        cls.shop = cls.connect_shopify(wanted=("customers_in",))
        cls.flow = cls.shop.flow_ids.filtered(lambda flow: flow.template_key == "customers_in")
        cls.api, cls.hook = cls.shop._endpoint("outbound"), cls.shop._endpoint("inbound")

    def setUp(self):
        super().setUp()
        sandbox().control("POST", "/reset", {"seed": False})
        self.clock = ManualClock(time.time())

    def turn(self, job, *, run=SyncRun, turns=1):
        """Let workers take so many turns of a job; returns it, as it is then."""
        self.env.flush_all()
        with self.engine_mode():
            db = Database(self.env.cr.dbname, self.clock, randomness=lambda: 0.5)
            for _turn in range(turns):
                run(db, job.id).turn()
        self.env.invalidate_all()
        return job

    def meanwhile(self, action):
        """Let somebody do something while a worker is in the middle of a turn."""
        self.env.invalidate_all()
        action()
        self.env.flush_all()

    def poll(self, **options):
        """Look for changes with one job; returns it."""
        return self.turn(self.flow._poll(), **options)

    def messages(self, *domain):
        """Return the messages that jobs brought, the oldest first."""
        return self.events(self.shop._bulk_endpoint(make=False), *domain)

    def counts(self, job):
        return job.read_count, job.done_count, job.skipped_count, job.failed_count

    def jobs_waiting(self, job):
        """Return the keys of the turns that wait in the job queue."""
        self.env.cr.execute(
            """SELECT identity_key FROM queue_job WHERE state IN ('pending', 'enqueued')
                  AND starts_with(identity_key || ':', %s) ORDER BY identity_key""",
            [f"{job._key()}:"],
        )
        return [row[0] for row in self.env.cr.fetchall()]

    def partner(self, number):
        return self.env["res.partner"].search([("email", "=", f"c{number}@example.com"), ("type", "=", "contact")])
