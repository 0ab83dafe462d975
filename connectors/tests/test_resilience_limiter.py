# Part of Integration Hub. License LGPL-3.0 or later.
"""The rate limit: over all workers never more than promised, and not much less."""

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from integration_hub_connectors.clock import ManualClock
from integration_hub_connectors.errors import ConfigurationError
from integration_hub_connectors.resilience import Limit, MemoryStore, Quota, RateLimiter
from integration_hub_connectors.resilience.bucket import Bucket, lease, lower, refill, settle, slow

EPSILON = 1e-6


def limiter(store, clock, limit, holder="w", **options):
    return RateLimiter(store, "api", limit, clock=clock, holder=holder, **options)


def check_promise(spends, limit):
    """In no stretch of time more than burst + rate · its length."""
    for first, (start, _cost) in enumerate(spends):
        spent = 0.0
        for moment, cost in spends[first:]:
            spent += cost
            assert spent <= limit.burst + limit.per_second * (moment - start) + EPSILON


ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("spend"), st.integers(0, 3), st.sampled_from([0.5, 1.0, 1.0, 1.0, 2.5])),
        st.tuples(st.just("spend all"), st.integers(0, 3), st.just(1.0)),
        st.tuples(st.just("wait"), st.just(0), st.sampled_from([0.01, 0.3, 1.0, 2.0, 4.99, 5.0, 5.01, 30.0])),
        st.tuples(st.just("close"), st.integers(0, 3), st.just(0.0)),
        st.tuples(st.just("die"), st.integers(0, 3), st.just(0.0)),
        st.tuples(st.just("observe"), st.integers(0, 3), st.sampled_from([0.0, 1.0, 5.0])),
        st.tuples(st.just("pause"), st.integers(0, 3), st.sampled_from([1.0, 7.0])),
        st.tuples(st.just("step back"), st.just(0), st.sampled_from([0.5, 30.0])),
    ),
    max_size=60,
)


@settings(max_examples=300)
@given(
    actions=ACTIONS,
    burst=st.sampled_from([3.0, 8.0, 10.0, 40.0]),
    rate=st.sampled_from([0.1, 1.0, 2.0, 7.0]),
    size=st.sampled_from([1.0, 3.0, 10.0]),
    lifetime=st.sampled_from([0.5, 5.0]),
)
def test_workers_together_never_exceed_the_limit(actions, burst, rate, size, lifetime):
    limit, clock = Limit(burst, rate), ManualClock()
    store_clock = ManualClock()
    store = MemoryStore(store_clock)
    made = iter(range(10_000))

    def worker():
        return limiter(store, clock, limit, f"w{next(made)}", size=size, lifetime=lifetime)

    workers, spends = [worker() for _ in range(4)], []
    for kind, number, value in actions:
        if kind.startswith("spend"):
            for _ in range(1 if kind == "spend" else 50):
                if workers[number].acquire(value) > 0:
                    break
                spends.append((clock.monotonic(), value))
        elif kind == "wait":
            clock.advance(value)
            store_clock.advance(value)
        elif kind == "step back":
            store_clock._now -= value  # the machine's clock is set back; what passes by monotonic clocks goes on
        elif kind == "close":
            workers[number].close()
        elif kind == "die":
            workers[number] = worker()
        elif kind == "observe":
            workers[number].observe([Quota("q", burst, value, restore=rate)])
        else:
            workers[number].pause(value)
    check_promise(spends, limit)


def test_spent_at_a_leases_end_and_refilled_meanwhile_is_not_spent_twice():
    clock = ManualClock()
    store, limit = MemoryStore(clock), Limit(10, 1)
    late, early = (limiter(store, clock, limit, name, size=5, lifetime=5) for name in ("late", "early"))
    spends = []
    late.acquire(0.0)
    late.acquire(1.0)
    spends.append((clock.monotonic(), 1.0))
    clock.advance(4.99)
    while late.acquire() == 0:
        spends.append((clock.monotonic(), 1.0))
        if len(spends) == 5:
            break
    clock.advance(0.02)
    while early.acquire() == 0:
        spends.append((clock.monotonic(), 1.0))
    assert len(spends) >= 9
    check_promise(spends, limit)


@pytest.mark.parametrize("count", [1, 4])
def test_a_busy_limit_is_used_up(count):
    clock = ManualClock()
    store, limit = MemoryStore(clock), Limit(40, 10)
    workers = [limiter(store, clock, limit, f"w{n}") for n in range(count)]
    spent = 0
    for _ in range(1200):  # 60 s
        for worker in workers:
            while worker.acquire() == 0:
                spent += 1
        clock.advance(0.05)
    assert 0.95 * (40 + 600) <= spent <= 40 + 600
    assert store.updates < 2 * 1200 * count


def test_the_store_is_asked_once_for_an_allotment():
    clock = ManualClock()
    store = MemoryStore(clock)
    worker = limiter(store, clock, Limit(800, 100))
    assert all(worker.acquire() == 0 for _ in range(100))
    assert store.updates == 1


def test_wait_is_right_to_the_moment():
    clock = ManualClock()
    worker = limiter(MemoryStore(clock), clock, Limit(4, 0.5))
    assert [worker.acquire() for _ in range(4)] == [0, 0, 0, 0]
    wait = worker.acquire()
    assert wait == pytest.approx(2.0)
    clock.advance(wait - 0.01)
    assert worker.acquire() > 0
    clock.advance(0.02)
    assert worker.acquire() == 0


def test_wait_for_what_others_hold_is_till_their_lease_ends():
    clock = ManualClock()
    store = MemoryStore(clock)
    hog, other = (limiter(store, clock, Limit(10, 1), name, size=10, lifetime=5) for name in ("hog", "other"))
    assert hog.acquire() == 0
    assert other.acquire() == pytest.approx(5.0)
    hog.close()
    assert other.acquire() == 0


def test_what_is_given_back_can_be_spent_by_others():
    clock = ManualClock()
    store = MemoryStore(clock)
    with limiter(store, clock, Limit(10, 0.001), "one", size=10) as one:
        assert one.acquire() == 0
    two = limiter(store, clock, Limit(10, 0.001), "two", size=10)
    assert sum(two.acquire() == 0 for _ in range(20)) == 9


def test_a_dead_workers_tokens_count_as_spent_and_block_nobody():
    clock = ManualClock()
    store, limit = MemoryStore(clock), Limit(10, 1)
    assert limiter(store, clock, limit, "dead", size=10, lifetime=5).acquire() == 0
    clock.advance(5.5)
    heir = limiter(store, clock, limit, "heir", size=1)
    assert heir.acquire() > 0
    clock.advance(0.6)
    assert heir.acquire() == 0


def test_tokens_past_the_leases_end_are_neither_spent_nor_given_back():
    clock = ManualClock()
    store = MemoryStore(clock)
    worker = limiter(store, clock, Limit(10, 0.0), size=10, lifetime=5)
    assert worker.acquire() == 0
    clock.advance(5)
    assert worker.acquire() == 60.0
    worker.close()
    assert store.read("api")["tokens"] == 0


def test_a_call_dearer_than_the_limit_is_a_configuration_error():
    clock = ManualClock()
    with pytest.raises(ConfigurationError) as caught:
        limiter(MemoryStore(clock), clock, Limit(10, 1)).acquire(10.5)
    assert caught.value.code == "cost-above-limit"


def test_costs_may_be_fractions():
    clock = ManualClock()
    worker = limiter(MemoryStore(clock), clock, Limit(1000, 50))
    assert [worker.acquire(cost) for cost in (712.5, 287.5)] == [0, 0]
    assert worker.acquire(25) == pytest.approx(0.5)


def test_a_slow_store_gives_nothing_that_has_run_out():
    clock = ManualClock()

    class Slow(MemoryStore):
        def update(self, key, change):
            result = super().update(key, change)
            clock.advance(6)
            return result

    worker = limiter(Slow(clock), clock, Limit(10, 1), lifetime=5)
    assert worker.acquire() > 0


def test_pause_stops_all_workers_and_ends():
    clock = ManualClock()
    store = MemoryStore(clock)
    one, two = (limiter(store, clock, Limit(10, 1), name) for name in "12")
    one.acquire()
    one.pause(30)
    assert one.acquire() == pytest.approx(31)
    assert two.acquire() == pytest.approx(31)
    clock.advance(31.01)
    assert two.acquire() == 0


def test_threads_share_a_worker():
    clock = ManualClock()
    worker = limiter(MemoryStore(clock), clock, Limit(100, 0.0), size=7)
    spent = []

    def spend():
        while worker.acquire() == 0:
            spent.append(1)

    threads = [threading.Thread(target=spend) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(spent) == 100


def test_window_limits_keep_to_their_window():
    limit = Limit.window(100, 10)
    assert (limit.burst, limit.per_second) == (20, 8)
    assert limit.burst + limit.per_second * 10 == 100


# -- the pure parts ---------------------------------------------------------------------------------------------------

LIMIT = Limit(10, 1)


def test_refill_stops_at_the_burst_less_what_is_out():
    assert refill(Bucket(3, 100), LIMIT, 104).tokens == 7
    assert refill(Bucket(3, 100), LIMIT, 200).tokens == 10
    assert refill(Bucket(3, 100, {"a": [4, 300]}), LIMIT, 200).tokens == 6
    assert refill(Bucket(3, 100, {"a": [4, 198]}), LIMIT, 200).tokens == 8


def test_a_smaller_limit_counts_at_once():
    assert refill(Bucket(10, 100), Limit(4, 1), 100).tokens == 4


def test_paces_slow_till_they_end():
    state = slow(Bucket(0, 100), LIMIT, 100, "daily", 0.25, 104)
    assert refill(state, LIMIT, 104).tokens == 1
    assert refill(state, LIMIT, 106).tokens == 3
    assert refill(state, LIMIT, 106).paces == {}
    assert refill(slow(Bucket(0, 100), LIMIT, 100, "wild", 99, 104), LIMIT, 104).tokens == 4  # never faster
    assert refill(slow(state, LIMIT, 100, "daily", 0.5, 104), LIMIT, 104).tokens == 2  # the later word


def test_wait_goes_through_the_paces():
    state = slow(slow(Bucket(0, 100), LIMIT, 100, "a", 0.0, 103), LIMIT, 100, "b", 0.5, 105)
    _state, grant = lease(state, LIMIT, 100, "w", least=2, most=2, lifetime=1)
    assert grant.wait == pytest.approx(6)  # nothing for 3 s, one token in 2 s, the other in 1 s


def test_the_peers_word_lowers_and_never_raises():
    assert lower(Bucket(8, 100), LIMIT, 100, 5).tokens == 5
    assert lower(Bucket(8, 100, {"a": [2, 200]}), LIMIT, 100, 5).tokens == 3
    assert lower(Bucket(3, 100), LIMIT, 100, 9).tokens == 3
    assert lower(Bucket(8, 100, {"a": [2, 200]}), LIMIT, 100, 1).tokens == 0


def test_nobody_gives_back_more_than_was_leased():
    state = Bucket(0, 100, {"a": [4, 200]})
    assert settle(state, LIMIT, 100, "a", 99).tokens == 4
    assert settle(state, LIMIT, 100, "a", -99).tokens == 0
    assert settle(state, LIMIT, 100, "stranger", 5).tokens == 0


def test_a_clock_that_was_corrected_does_not_block_for_ever():
    assert refill(Bucket(0, 5000), LIMIT, 100).at == 100
    assert refill(Bucket(0, 130), LIMIT, 100).at == 130


def test_what_is_ready_is_leased_and_not_spent():
    clock = ManualClock()
    store = MemoryStore(clock)
    worker = limiter(store, clock, Limit(8, 0.5), size=4)
    assert worker.ready() == worker.ready() == (4, 0.0)
    assert store.updates == 1
    assert [worker.acquire() for _ in range(8)] == [0.0] * 8
    assert worker.ready() == (0, pytest.approx(2.0))


def test_a_person_ends_a_pause():
    clock = ManualClock()
    store, limit = MemoryStore(clock), Limit(10, 10)
    paused, other = (limiter(store, clock, limit, name) for name in ("paused", "other"))
    paused.pause(3600.0)
    assert other.acquire() > 1000
    paused.resume()
    clock.advance(1)
    assert other.acquire() == 0
