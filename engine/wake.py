# Part of Integration Hub. License LGPL-3.0 or later.
"""Wake: after the commit that made an event visible, see to it that a drain comes.

A wake-up's key is the unit; a timer's is the unit and the second. They differ, since a job that is due in four hours
would otherwise swallow one that is due now. A key is no lock: two racing wake-ups make two jobs, and the second finds
the unit busy or empty. An endpoint that halts as a whole has one timer, from which a drain walks through its units.

Where nobody runs jobs, Odoo's cron is called besides, which works the units off itself (docs/adr/0015). The jobs stay,
one a unit, for the runner that comes back. It is called as well where jobs can run at one place only, to watch over it.
"""

import logging
from datetime import timedelta

from odoo import SUPERUSER_ID, api
from odoo.tools import SQL

from . import channels, heartbeat, turns

_logger = logging.getLogger(__name__)

# Whether a fresh call of the cron waits; an older one may have been made while nobody listened. One that the cron is
# answering is locked, and does not count: it may have looked before we came.
CRON_IS_CALLED = SQL(
    """EXISTS (SELECT 1 FROM ir_cron_trigger t
                 JOIN ir_model_data d ON d.module = 'integration_hub' AND d.name = 'cron_sweep'
                  AND d.model = 'ir.cron' AND d.res_id = t.cron_id
                WHERE t.call_at > now() AT TIME ZONE 'utc' - interval '5 seconds'
                  FOR KEY SHARE OF t SKIP LOCKED)"""
)


def wake(db, units):
    """Enqueue one drain for each unit that has none waiting; in a transaction of its own."""
    keys = {f"wake:{unit}": unit for unit in units}
    if not keys:
        return
    with db.statements() as cr:
        waiting, is_cron_wanted = _look(cr, keys)
        asleep, call = sorted(keys.keys() - waiting), is_cron_wanted and not _cron_is_called(cr)
    if asleep or call:
        with db.read_committed() as cr:
            for key in asleep:
                endpoint = _endpoint(cr, keys[key])
                lane = endpoint._drain_channel(), endpoint._drain_priority()
                _enqueue(endpoint, keys[key], key, turns.priority(cr, endpoint.id, *lane))
            if call:
                call_cron(cr)


def wake_or_log(db, units):
    """Wake for what is committed already; a failure loses nothing, for the sweeper comes by."""
    try:
        wake(db, units)
    except Exception:
        _logger.exception("Waking %s failed; the sweeper will", ", ".join(map(str, sorted(set(units)))))


def set_timer(db, unit, due):
    """Enqueue a drain for when the unit's next retry is due."""
    _set(db, unit, f"timer:{unit}", due)


def set_return(db, unit, until):
    """Enqueue one drain for when the unit's endpoint runs again; from there it walks through the other units.

    Drains of those that find the endpoint halted meanwhile end, and find the timer set.
    """
    _set(db, unit, f"return:{unit.endpoint_id}:{unit.direction}", until)


def _set(db, unit, key, due):
    key = f"{key}:{due:%Y%m%d%H%M%S}"
    with db.read_committed() as cr:
        if key not in _look(cr, [key])[0]:
            endpoint = _endpoint(cr, unit)
            eta = max(due, db.now()) + timedelta(milliseconds=50)
            _enqueue(endpoint, unit, key, turns.when_due(endpoint._drain_priority()), eta)


def drain_waits(db, unit):
    """Tell whether a drain of any unit of this endpoint and direction waits."""
    with db.read_committed() as cr:
        cr.execute(
            SQL(
                "SELECT EXISTS (SELECT 1 FROM queue_job WHERE identity_key LIKE %s AND %s)",
                f"wake:{unit.endpoint_id}:{unit.direction}:%",
                turns.WAITING,
            )
        )
        return cr.fetchone()[0]


def wake_after_commit(cr, db, units):
    """Wake when *cr* is committed."""
    cr.postcommit.add(lambda: wake_or_log(db, units))


def call_cron(cr):
    """Have Odoo's cron come by at once, when *cr* is committed."""
    api.Environment(cr, SUPERUSER_ID, {}).ref("integration_hub.cron_sweep")._trigger()


def _cron_is_called(cr):
    cr.execute(SQL("SELECT %s", CRON_IS_CALLED))
    return cr.fetchone()[0]


def _look(cr, keys):
    """Return those of the keys that a waiting job has, and whether the cron should come; one statement, for intake."""
    cr.execute(
        SQL(
            "SELECT ARRAY(SELECT identity_key FROM queue_job WHERE identity_key = ANY(%s) AND %s), %s",
            list(keys),
            turns.WAITING,
            heartbeat.SILENT_OR_UNWATCHED if channels.configured().is_narrow else heartbeat.SILENT,
        )
    )
    waiting, is_cron_wanted = cr.fetchone()
    return set(waiting), is_cron_wanted


def _endpoint(cr, unit):
    return api.Environment(cr, SUPERUSER_ID, {})["integration.endpoint"].browse(unit.endpoint_id)


def _enqueue(endpoint, unit, key, priority, eta=None):
    endpoint.with_delay(
        identity_key=key,
        eta=eta,
        max_retries=0,
        channel=endpoint._drain_channel(),
        priority=priority,
        description=f"Drain {unit}",
    )._drain(unit.direction, unit.slot)
