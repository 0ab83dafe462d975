# Part of Integration Hub. License LGPL-3.0 or later.
"""Load: how many deliveries an endpoint takes, and what is counted of them; all of it in the process.

A limit refuses only who is known to deliver again. Of anybody else a refused delivery would be lost: it is accepted,
and counted as beyond the limit.
"""

import math
import os
import platform
import uuid

from ..connectors.resilience import Limit, RateLimiter
from ..engine.backlog import Rooms
from ..engine.database import Database
from ..engine.limits import PostgresStore
from ..engine.tally import Tally

BURST_SECONDS = 10  # of deliveries that may come at once
ALLOTMENTS = 64  # so many processes can have tokens at once
FULL_RETRY = 60  # seconds after which to deliver again where too much waits

tally = Tally()
rooms = Rooms()
_limiters = {}  # {(process, database, endpoint): (rate, RateLimiter)}


def too_much(db, route):
    """Return ``None``, or why and after how many seconds to deliver again: too many a second, or too many wait."""
    if route.rate and (wait := _limiter(db, route).acquire()):
        return "too-many-deliveries", max(1, math.ceil(wait))
    if not rooms.has_room(db, route.endpoint_id):
        return "backlog-full", FULL_RETRY
    return None


def note(db, route, accepted):
    """Count what became of the messages of a delivery."""
    duplicates = sum(each.duplicate for each in accepted)
    if duplicates:
        tally.count(db, route.endpoint_id, "duplicate", duplicates)
    if fresh := len(accepted) - duplicates:
        tally.count(db, route.endpoint_id, "accepted", fresh)
        rooms.bring(db, route.endpoint_id, fresh)


def forget():
    """Begin anew, as a new process does."""
    tally.forget()
    rooms.forget()
    _limiters.clear()


def _limiter(db, route):
    place = os.getpid(), db.name, route.endpoint_id
    rate, limiter = _limiters.get(place, (None, None))
    if rate != route.rate:
        limit = Limit(route.rate * BURST_SECONDS, route.rate)
        limiter = RateLimiter(
            PostgresStore(Database(db.name)),
            f"intake:{route.endpoint_id}",
            limit,
            clock=db.clock,
            holder=f"{platform.node()}:{os.getpid()}:{uuid.uuid4().hex[:8]}",
            size=max(1.0, limit.burst / ALLOTMENTS),
        )
        _limiters[place] = route.rate, limiter
    return limiter
