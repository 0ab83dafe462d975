# Part of Integration Hub. License LGPL-3.0 or later.
"""Time moves only when it is told to, or really."""

import time

import pytest
from integration_hub_connectors.clock import ManualClock, SystemClock


def test_manual_clock_sleeps_by_moving():
    clock = ManualClock(100.0)
    clock.sleep(2.5)
    clock.advance(1)
    assert (clock.now(), clock.monotonic(), clock.slept) == (103.5, 3.5, [2.5])
    with pytest.raises(ValueError):
        clock.advance(-1)


def test_system_clock_is_the_machines():
    clock = SystemClock()
    assert abs(clock.now() - time.time()) < 5
    before = clock.monotonic()
    clock.sleep(0.01)
    clock.sleep(-1)
    assert clock.monotonic() - before >= 0.01
