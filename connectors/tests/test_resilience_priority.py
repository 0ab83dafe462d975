# Part of Integration Hub. License LGPL-3.0 or later.
"""Real time, polls and bulk on one quota: real time comes first, and bulk gets what is left."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from integration_hub_connectors.clock import ManualClock
from integration_hub_connectors.resilience import Limit, MemoryStore, Points, Quota, RateLimiter

LIMIT = Limit.spaced(100, 10, 20)
TICK = 0.05
SECONDS = 200


def simulate(*, bulk_reserve, real_time_per_second=3.0, bulk_workers=3):
    """Real time in bunches of up to five while bulk runs flat out.

    Returns how long each call of real time waited, and how many calls each of the two made.
    """
    clock, randomness = ManualClock(), random.Random(11)
    store = MemoryStore(clock)

    def limiter(name, reserve):
        return RateLimiter(store, "api", LIMIT, clock=clock, holder=name, reserve=reserve)

    first = [limiter(f"first {number}", 0.0) for number in range(2)]
    bulk = [limiter(f"bulk {number}", bulk_reserve) for number in range(bulk_workers)]
    waiting, waits, done = [], [], 0
    for _tick in range(int(SECONDS / TICK)):
        if randomness.random() < real_time_per_second * TICK / 3:
            waiting += [clock.monotonic()] * randomness.randint(1, 5)
        for worker in bulk:  # they ask before real time does
            while worker.acquire() == 0:
                done += 1
        while waiting and any(worker.acquire() == 0 for worker in first):
            waits.append(clock.monotonic() - waiting.pop(0))
        clock.advance(TICK)
    waits += [clock.monotonic() - since for since in waiting]  # and wait still
    return sorted(waits), len(waits), done


@pytest.mark.parametrize("bulk_workers", [1, 3, 8])
def test_real_time_waits_for_nothing_while_bulk_runs_flat_out(bulk_workers):
    waits, first, bulk = simulate(bulk_reserve=0.5, bulk_workers=bulk_workers)
    assert first > 400
    assert waits[int(0.95 * first)] == 0.0
    assert waits[-1] < 1.0
    assert first + bulk >= 0.95 * (LIMIT.burst + LIMIT.per_second * SECONDS), "nothing of the quota lies idle"


def test_without_a_reserve_it_does_wait():
    waits, first, _bulk = simulate(bulk_reserve=0.0)
    assert waits[int(0.95 * first)] > 1.0


def test_bulk_gets_all_that_real_time_leaves_and_nothing_when_it_leaves_nothing():
    _waits, _first, alone = simulate(bulk_reserve=0.5, real_time_per_second=0.0)
    assert alone >= 0.95 * LIMIT.per_second * SECONDS
    _waits, first, bulk = simulate(bulk_reserve=0.5, real_time_per_second=12.0)
    assert first >= 0.95 * LIMIT.per_second * SECONDS
    assert bulk < 0.05 * first


def test_polls_come_before_bulk():
    clock = ManualClock()
    store = MemoryStore(clock)
    poll, bulk = (
        RateLimiter(store, "api", Limit(40, 1), clock=clock, holder=name, size=1, reserve=reserve)
        for name, reserve in (("poll", 0.25), ("bulk", 0.5))
    )
    taken = {worker: sum(worker.acquire() == 0 for _ in range(40)) for worker in (bulk, poll)}
    assert taken == {bulk: 20, poll: 10}


@given(calls=st.integers(1, 30), burst=st.integers(0, 40), reserve=st.sampled_from([0.0, 0.25, 0.5, 1.0]))
def test_the_smallest_of_quotas_still_lets_bulk_through(calls, burst, reserve):
    clock = ManualClock()
    limit = Limit.spaced(calls, 10.0, burst)
    worker = RateLimiter(MemoryStore(clock), "api", limit, clock=clock, holder="bulk", reserve=reserve)
    clock.advance(100.0)
    assert worker.acquire() == 0
    wait = worker.acquire()
    clock.advance(wait + 0.001)
    assert wait == 0 or worker.acquire() == 0


@settings(max_examples=200)
@given(
    calls=st.integers(1, 12),
    burst=st.integers(1, 12),
    pauses=st.lists(st.sampled_from([0.0, 0.1, 0.7, 3.0, 11.0]), max_size=60),
)
def test_spaced_calls_are_never_more_than_allowed_in_any_window(calls, burst, pauses):
    clock = ManualClock(0.0)
    limit = Limit.spaced(calls, 10.0, burst)
    worker = RateLimiter(MemoryStore(clock), "api", limit, clock=clock, holder="w")
    made = []
    for pause in pauses:
        clock.advance(pause)
        if worker.acquire() == 0:
            made.append(clock.monotonic())
    for start in made:
        assert sum(start <= moment < start + 10.0 - 1e-6 for moment in made) <= calls


def test_of_a_peers_points_bulk_leaves_its_share():
    clock = ManualClock()
    store = MemoryStore(clock)
    first, bulk = Points(store, "shop"), Points(store, "shop", reserve=0.5)
    told = Quota("points", 100.0, 100.0, restore=10.0)
    first.settle(first.reserve("a").ticket, "a", told=told, price=20, spent=0)
    assert [bulk.reserve("a").wait for _ in range(3)] == [0.0, 0.0, pytest.approx(1.0)]
    assert [first.reserve("a").wait for _ in range(4)] == [0.0, 0.0, 0.0, pytest.approx(2.0)]


def test_the_dearest_query_of_bulk_goes_when_the_bucket_is_full():
    clock = ManualClock()
    bulk = Points(MemoryStore(clock), "shop", reserve=0.5)
    told = Quota("points", 100.0, 50.0, restore=10.0)
    bulk.settle(bulk.reserve("a").ticket, "a", told=told, price=90, spent=50)
    wait = bulk.reserve("a").wait
    assert wait == pytest.approx(5.0)
    clock.advance(wait)
    assert bulk.reserve("a").wait == 0.0
