# Part of Integration Hub. License LGPL-3.0 or later.
"""Deadlines within deadlines: a call that is made of several exchanges ends in time."""

import pytest
from integration_hub_connectors.clock import ManualClock
from integration_hub_connectors.http.deadline import Deadline, current


def test_an_inner_deadline_ends_no_later_than_the_outer_one() -> None:
    clock = ManualClock()
    start = clock.monotonic()
    with Deadline(clock, start + 2, 2) as outer:
        with Deadline(clock, start + 60, 30) as inner:
            assert current() is inner
            clock.advance(1.5)
            assert inner.left() == pytest.approx(0.5)
        assert current() is outer
        clock.advance(1)
        with pytest.raises(TimeoutError), Deadline(clock, clock.monotonic() + 60, 30) as late:
            late.check()
    assert current() is None


def test_an_inner_deadline_may_end_sooner() -> None:
    clock = ManualClock()
    with Deadline(clock, clock.monotonic() + 60, 30), Deadline(clock, clock.monotonic() + 1, 1) as inner:
        assert inner.left() == pytest.approx(1)
