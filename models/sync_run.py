# Part of Integration Hub. License LGPL-3.0 or later.
"""Run: one turn of a batch job. A page is read with no transaction open, and taken in one (docs/adr/0031).

It may die anywhere: what is committed says where the source goes on, and how many pages were taken. Who finds another
number than the one it read its page for was overtaken, and takes nothing.
"""

import contextlib
import logging
from datetime import timedelta

from odoo import SUPERUSER_ID, api
from odoo.sql_db import Cursor
from odoo.tools import SQL

from ..connectors.errors import ConfigurationError, HubError
from ..engine.database import CONNECTION_LOST, server_time
from ..engine.pages import Page
from ..engine.races import lost_race, unlogged_statements
from ..engine.retry import next_delay
from ..engine.stopping import WorkingHours
from .connection import connect, connector_facts
from .handler import Handler

_logger = logging.getLogger(__name__)

TURN = 5.0  # seconds, then whoever else waits for the worker comes first
LOOK_AGAIN = 60.0  # seconds, at a job that waits for somebody; who lets it go on wakes it besides
PREPARING = 3.0  # seconds until a source that prepares its pages may have one
SHORT = 2.0  # seconds of a wait that are waited in place
RACES = 10  # times that a page is taken, when others change the same records
RACE_PAUSE = 0.1  # seconds, for each race that was lost


class SyncRun:
    """One turn of one job.

    :param db: a :class:`Database`
    """

    def __init__(self, db, job_id):
        self.db, self.job_id = db, job_id
        self.handler = Handler(db)
        self._endpoint_id = self._facts = None  # of what the source calls
        self._paced = 0.0  # when the page before was read

    def turn(self):
        """Take pages until the turn is over, the job waits or ends, or somebody else has it."""
        with _reader(self.db) as cr:
            self.db.go_by(server_time(cr))
            clock = WorkingHours(self.db.clock)
            self._paced = clock.monotonic()
            ends = self._paced + TURN
            source = None
            while (page_count := self._may_go_on()) is not None:
                if clock.monotonic() >= ends:
                    self._change(lambda job: job._enqueue())
                    break
                try:
                    source = source or self._source(cr)
                    go_on = self._next_page(*source, page_count)
                except Exception as error:
                    if isinstance(error, CONNECTION_LOST):
                        raise
                    source, go_on = None, self._failed(error)
                if not go_on:
                    break
        self.handler.give_back()

    # --- a page ---

    def _may_go_on(self):
        """Return how many pages were taken; ``None`` where the job does not go on now, having noted why it waits."""
        now = self.db.now()
        with self.db.read_committed() as cr:
            job = self._job(cr)
            if job.state != "running" or (job.next_try_at and job.next_try_at > now):
                return None
            halt = job._halt(now)
            if not halt:
                return job.page_count
        self._wait((halt.until - now).total_seconds() if halt.until else LOOK_AGAIN, halt.reason)
        return None

    def _source(self, cr):
        """Return the job, read with *cr*, and its pages from where it stopped."""
        job, connector = self._job(cr), None
        if job._calls():
            endpoint = job.system_id._endpoint("outbound")
            if not endpoint:
                raise ConfigurationError(
                    job.env._("%(system)s has no API endpoint in this environment.", system=job.system_id.name),
                    hint=job.env._("Connect it, then resume."),
                )
            self._endpoint_id = endpoint.id
            self._facts = connector_facts(endpoint, job._use())
            connector = connect(self._facts)
        return job, getattr(job, f"_pages_{job.kind}")(connector)

    def _next_page(self, job, pages, page_count):
        """Read a page and take it; tells whether another one may follow now.

        After a page without items the source is looked at again later where it got nowhere. Where it did, as when it
        begins anew what failed, it is asked at once: what it says next may be why.
        """
        job.env.invalidate_all()  # the source sees what is committed, and memory stays flat
        before = job.cursor or None
        page = next(pages, None) or Page([], job.cursor, True)
        now = self.db.clock.monotonic()
        seconds, self._paced = now - self._paced, now
        if not self._take(page, page_count, seconds):
            return False
        if not page.items and not page.last and (page.cursor or None) == before:
            self._wait(PREPARING, "")
            return False
        return not page.last

    def _take(self, page, page_count, seconds):
        """Take a page in one transaction; tells whether it did, for the job may have been stopped meanwhile."""
        races = 0
        while True:
            try:
                with unlogged_statements(), self.db.transaction() as cr:
                    job = self._job(cr)
                    if not job._is_at(page_count):
                        return False
                    job._take_page(page, seconds)
                return True
            except Exception as error:
                races += 1
                if not lost_race(error) or races == RACES:
                    raise
            self.db.clock.sleep(self.db.random() * RACE_PAUSE * races)

    # --- when it cannot go on ---

    def _failed(self, error):
        """Note why there is no page, and when the next try is; tells whether to go on at once."""
        try:
            self._tell_endpoint(error)
        except HubError as better:
            error = better
        outcome = self.handler.explain(error)
        if outcome.code == "internal-error":
            _logger.error("Sync job %s failed", self.job_id, exc_info=error)
        if outcome.waits:
            return self._wait(outcome.retry_after or LOOK_AGAIN, outcome.message, short=SHORT)
        if outcome.state == "retry":
            self._change(lambda job: self._retry(job, outcome))
        else:
            self._change(lambda job: job._fail(outcome))
        return False

    def _tell_endpoint(self, error):
        """Stop or slow the endpoint where that is what the answer asks for. Raises what the job then waits for."""
        if self._endpoint_id and isinstance(error, HubError):
            if self._facts:
                self.handler.check_key(self._facts, error)
            self.handler.not_read(self._endpoint_id, error)

    def _retry(self, job, outcome):
        """Wait for the next try by the policy of the endpoint; after the last one the job has failed."""
        now = self.db.now()
        since = job.failing_since or now
        tries, age = job.try_count + 1, (now - since).total_seconds()
        delay = next_delay(job._retry_policy(), tries, age, self.db.random, outcome.retry_after)
        if delay is None:
            job._fail(outcome)
            return
        job.write({"try_count": tries, "failing_since": since})
        job._wait_until(_due(now, delay), outcome.message)

    def _wait(self, seconds, reason, short=0.0):
        """Wait, in place where it is short; tells whether to go on at once."""
        if seconds <= short:
            self.db.clock.sleep(seconds)
            return True
        self._change(lambda job: job._wait_until(_due(self.db.now(), seconds), reason))
        return False

    # --- the record ---

    def _job(self, cr):
        """Return the job; with an empty state where it is gone."""
        return api.Environment(cr, SUPERUSER_ID, {})["integration.sync.job"].browse(self.job_id).exists()

    def _change(self, change):
        """Change the job in a transaction of its own, if it still runs: who pauses it comes before or after."""
        with self.db.read_committed() as cr:
            cr.execute(
                SQL(
                    "SELECT 1 FROM integration_sync_job WHERE id = %s AND state = 'running' FOR NO KEY UPDATE",
                    self.job_id,
                )
            )
            if cr.fetchone():
                change(self._job(cr))


def _due(now, seconds):
    """Return a moment in whole seconds, not before so many are over."""
    return (now + timedelta(seconds=seconds + 1)).replace(microsecond=0)


@contextlib.contextmanager
def _reader(db):
    """A cursor to read with between calls: each statement is a transaction of its own, none stays open."""
    with db.read_committed() as cr:
        if isinstance(cr, Cursor):
            cr.connection.autocommit = True
        try:
            yield cr
        finally:
            if isinstance(cr, Cursor):
                cr.connection.autocommit = False
            else:  # a test's is a savepoint of one shared transaction: what was committed inside of it stays
                cr.commit()  # pylint: disable=invalid-commit
