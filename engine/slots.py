# Part of Integration Hub. License LGPL-3.0 or later.
"""Where a message waits: the unit that is drained as one is (endpoint, direction, slot)."""

import zlib
from typing import NamedTuple

SLOTS = 64


class Unit(NamedTuple):
    """What one drain works on; at most one drain at a time does."""

    endpoint_id: int
    direction: str
    slot: int

    def __str__(self):
        return f"{self.endpoint_id}:{self.direction}:{self.slot}"


def slot_of(partition_key):
    """Return the slot of a key: stable across processes and versions, for it is stored on the event for ever."""
    return zlib.crc32(partition_key.encode()) % SLOTS
