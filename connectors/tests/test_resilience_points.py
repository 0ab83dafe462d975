# Part of Integration Hub. License LGPL-3.0 or later.
"""A peer's bucket of points, as workers know it together."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from integration_hub_connectors.clock import ManualClock
from integration_hub_connectors.resilience import MemoryStore, Points, Quota, graphql_asked
from integration_hub_connectors.resilience.points import LIFETIME, MAX_KINDS


def told(remaining, limit=100.0, restore=10.0):
    return Quota("points", limit, remaining, restore=restore)


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def store(clock):
    return MemoryStore(clock)


def settle(points, reserved, kind, quota, price=None, spent=None):
    points.settle(reserved.ticket, kind, told=quota, price=price, spent=spent)


def test_before_the_first_answer_anything_may_go(store):
    points = Points(store, "shop", unknown=1000)
    assert [points.reserve("a").wait for _ in range(5)] == [0.0] * 5


def test_it_waits_for_what_is_missing_at_the_rate_it_comes_back(store, clock):
    points = Points(store, "shop")
    settle(points, points.reserve("a"), "a", told(20), price=50, spent=30)
    assert points.reserve("a").wait == pytest.approx(3.0)  # 50 asked, 20 there, 10 a second
    clock.advance(2)
    assert points.reserve("a").wait == pytest.approx(1.0)
    clock.advance(1)
    assert points.reserve("a").wait == 0


def test_what_a_query_did_not_spend_is_there_for_the_next(store):
    points = Points(store, "shop")
    settle(points, points.reserve("a"), "a", told(90), price=80, spent=10)
    settle(points, points.reserve("a"), "a", told(80), price=80, spent=10)
    assert points.reserve("a").wait == 0


def test_workers_share_what_is_set_aside_and_what_is_known(store):
    one, other = Points(store, "shop"), Points(store, "shop")
    settle(one, one.reserve("a"), "a", told(100), price=60, spent=10)
    first = other.reserve("a")
    assert first.wait == 0
    assert one.reserve("a").wait == pytest.approx(2.0)  # 60 of 100 are set aside, 60 asked
    settle(other, first, "a", told(90), price=60, spent=10)
    assert one.reserve("a").wait == 0
    assert Points(store, "another shop").reserve("a").wait == 0


def test_what_a_dead_worker_set_aside_comes_back(store, clock):
    points = Points(store, "shop")
    settle(points, points.reserve("a"), "a", told(100, restore=0.001), price=60, spent=60)
    assert points.reserve("a").wait == 0
    assert points.reserve("a").wait > 0
    clock.advance(LIFETIME + 1)
    assert points.reserve("a").wait == 0


def test_an_unknown_kind_is_expected_to_be_dear_but_never_dearer_than_the_bucket(store, clock):
    points = Points(store, "shop", unknown=1000)
    settle(points, points.reserve("a"), "a", told(40), price=5, spent=5)
    assert points.reserve("b").wait == pytest.approx(6.0)
    clock.advance(6)
    assert points.reserve("b").wait == 0


def test_a_peer_that_says_nothing_changes_nothing(store):
    points = Points(store, "shop")
    settle(points, points.reserve("a"), "a", told(20), price=50, spent=50)
    settle(points, points.reserve("b"), "b", None)
    assert points.reserve("a").wait == pytest.approx(3.0)


def test_a_rate_of_nothing_is_looked_at_again(store):
    points = Points(store, "shop")
    settle(points, points.reserve("a"), "a", told(0, restore=0.0), price=50, spent=50)
    assert points.reserve("a").wait == 1.0


def test_prices_are_kept_for_so_many_kinds_only(store):
    points = Points(store, "shop")
    for number in range(MAX_KINDS + 50):
        settle(points, points.reserve(str(number)), str(number), None, price=1)
    assert len(store.read("shop")["prices"]) == MAX_KINDS


@pytest.mark.parametrize("extensions", [None, 5, {}, {"cost": []}, {"cost": {"requestedQueryCost": "5"}}])
def test_a_price_that_cannot_be_read_is_none(extensions):
    assert graphql_asked(extensions) is None


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 90), st.integers(1, 90)), min_size=1, max_size=60),
    st.integers(1, 5),
)
def test_a_peer_that_counts_the_same_way_never_has_to_refuse(script, workers):
    """Several requests under way at once, each priced, charged when it starts and refunded when it ends."""
    clock = ManualClock()
    points = Points(MemoryStore(clock), "shop", unknown=100)
    prices = {}
    known = False
    level, at, limit, restore = 100.0, clock.monotonic(), 100.0, 10.0
    under_way = []

    def peer():
        nonlocal level, at
        level = min(limit, level + restore * (clock.monotonic() - at))
        at = clock.monotonic()
        return level

    def finish():
        nonlocal level
        reserved, kind, price, spent = under_way.pop(0)
        level = min(limit, peer() + price - spent)
        settle(points, reserved, kind, told(peer()), price=price, spent=spent)

    for kind, price, spent in script:
        price = prices.setdefault(kind, price)
        while len(under_way) >= workers or (under_way and not known):
            finish()
            known = True
        while (reserved := points.reserve(kind)).wait:
            if under_way:
                finish()
            else:
                clock.sleep(reserved.wait)
        assert peer() > price - 1e-6
        level -= price
        under_way.append((reserved, kind, price, min(spent, price)))
