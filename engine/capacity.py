# Part of Integration Hub. License LGPL-3.0 or later.
"""Capacity: how many jobs at once a server of so many workers runs, lane by lane. Pure; `channels.py` reads it.

The root leaves `RESERVED_WORKERS` free for people and webhooks, and has room for one job more than all drains together:
the heartbeat's. Of the drains' places the standard lane, with the bulk lane in it, leaves one to the critical.
"""

from collections.abc import Mapping
from typing import NamedTuple

RESERVED_WORKERS = 2
SMALLEST = 4  # workers, for a heartbeat's place besides a drain's


class Capacities(NamedTuple):
    """How many jobs run at once: of all kinds, drains, and those of each lane; bulk's are part of standard's."""

    root: int
    drains: int
    standard: int
    bulk: int

    @classmethod
    def of(cls, given: Mapping[str, int]) -> "Capacities":
        """Of a configuration's channels by name, without ``root.``; a channel has no more than its parent."""
        root = given.get("root", 1)
        drains = _within(given, "integration", root)
        standard = _within(given, "integration.standard", drains)
        return cls(root, drains, standard, _within(given, "integration.standard.bulk", standard))

    @classmethod
    def recommended(cls, workers: int) -> "Capacities":
        """What suits a server with this many HTTP workers; below four of them one job at a time."""
        root = max(1, workers - RESERVED_WORKERS)
        drains = max(1, root - 1)
        return cls(root, drains, max(1, drains - 1), max(1, drains // 2))

    @property
    def is_narrow(self) -> bool:
        """Whether drains can take every place, so that no heartbeat gets through when a worker dies with one."""
        return self.drains >= self.root > 0

    def of_lane(self, code: str) -> int:
        """Those of a lane's drains; the critical lane may use all."""
        return {"standard": self.standard, "bulk": self.bulk}.get(code, self.drains)

    def line(self) -> str:
        """Say it as ``channels`` of section ``[queue_job]``; what is as large as its parent need not be said."""
        names = ("root", "root.integration", "root.integration.standard", "root.integration.standard.bulk")
        parents = (None, *self)
        said = zip(names, self, parents, strict=False)
        return ",".join(f"{name}:{own}" for name, own, parent in said if own != parent)


def _within(given: Mapping[str, int], name: str, parent: int) -> int:
    return min(given.get(name) or parent, parent)
