# Part of Integration Hub. License LGPL-3.0 or later.
"""Places: over all workers never more at once than allowed."""

from contextlib import ExitStack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from integration_hub_connectors.clock import ManualClock
from integration_hub_connectors.errors import ConfigurationError
from integration_hub_connectors.resilience import ConcurrencyLimit, Held, MemoryStore

LONGEST = 10.0


def make(clock, store, holder, places=3, **options):
    return ConcurrencyLimit(store, "api", places, clock=clock, holder=holder, longest=LONGEST, **options)


@settings(max_examples=200)
@given(
    events=st.lists(
        st.tuples(st.sampled_from(["start", "start", "end", "wait", "die", "close"]), st.integers(0, 9)), max_size=80
    ),
    places=st.integers(1, 5),
    size=st.one_of(st.none(), st.integers(1, 3)),
)
def test_never_more_under_way_than_places(events, places, size):
    clock = ManualClock()
    store = MemoryStore(clock)
    names = iter(range(1000))

    def worker():
        return make(clock, store, f"w{next(names)}", places, size=size, lifetime=25)

    workers, calls = [worker() for _ in range(3)], []
    for kind, number in events:
        if kind == "start":
            block = workers[number % 3].place()
            try:
                block.__enter__()
            except Held:
                continue
            calls.append((block, clock.monotonic() + LONGEST))
        elif kind == "end" and calls:
            calls.pop(number % len(calls))[0].__exit__(None, None, None)
        elif kind == "wait":
            clock.advance(number)
            for block, end in calls:
                if end <= clock.monotonic():
                    block.__exit__(None, None, None)
            calls = [call for call in calls if call[1] > clock.monotonic()]
        elif kind == "die":
            workers[number % 3] = worker()  # its calls are still under way at the peer
        elif kind == "close":
            workers[number % 3].close()
        assert len(calls) <= places


def test_held_when_all_places_are_taken_and_free_after():
    clock = ManualClock()
    store = MemoryStore(clock)
    one, two = make(clock, store, "one"), make(clock, store, "two")
    with ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(one.place())
        with pytest.raises(Held) as caught, two.place():
            pass
        assert (caught.value.code, caught.value.retry_after) == ("too-many-at-once", 1.0)
    one.close()
    with two.place():
        pass


def test_a_place_comes_back_also_from_a_failure():
    clock = ManualClock()
    limit = make(clock, MemoryStore(clock), "one", 1)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), limit.place():
            raise ZeroDivisionError


def test_a_dead_workers_places_come_back():
    clock = ManualClock()
    store = MemoryStore(clock)
    make(clock, store, "dead", 1, lifetime=20).place().__enter__()
    heir = make(clock, store, "heir", 1)
    with pytest.raises(Held), heir.place():
        pass
    clock.advance(20)
    with heir.place():
        pass


def test_calls_one_after_the_other_ask_the_store_seldom():
    clock = ManualClock()
    store = MemoryStore(clock)
    limit = make(clock, store, "one")
    for _ in range(100):
        with limit.place():
            clock.advance(0.1)
    assert store.updates == 1


def test_a_lease_shorter_than_a_call_is_refused():
    clock = ManualClock()
    with pytest.raises(ConfigurationError) as caught:
        make(clock, MemoryStore(clock), "one", lifetime=10)
    assert caught.value.code == "lease-too-short"


def test_no_call_outlives_the_lease_it_was_started_under():
    clock = ManualClock()
    store = MemoryStore(clock)
    one, other = (make(clock, store, name, 1, lifetime=25) for name in ("one", "other"))
    with one.place():
        pass
    clock.advance(20)
    with one.place():
        clock.advance(9)
        with pytest.raises(Held), other.place():
            pass


def test_what_is_ready_is_leased_and_taken_by_nobody():
    clock = ManualClock()
    store = MemoryStore(clock)
    here, there = make(clock, store, "here"), make(clock, store, "there")
    assert here.ready(2) == here.ready(2) == 2
    assert store.updates == 1
    assert there.ready(2) == 1
    with here.place(), here.place():
        assert here.ready(2) == 0
    there.close()
    assert here.ready(5) == 3


def test_closing_what_holds_nothing_asks_nobody():
    clock = ManualClock()
    store = MemoryStore(clock)
    limit = make(clock, store, "here")
    limit.close()
    assert store.updates == 0
    limit.ready(1)
    limit.close()
    limit.close()
    assert store.updates == 2
