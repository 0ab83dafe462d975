# Part of Integration Hub. License LGPL-3.0 or later.
"""The breaker: every state × every event, and what the machine promises over any history."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from integration_hub_connectors import errors
from integration_hub_connectors.clock import ManualClock
from integration_hub_connectors.resilience import (
    Breaker,
    BreakerPolicy,
    CircuitBreaker,
    Held,
    MemoryStore,
    Permit,
    verdict,
)
from integration_hub_connectors.resilience import breaker as machine
from integration_hub_connectors.resilience.breaker import CLOSED, HALF_OPEN, OPEN, PAUSED, STATES

POLICY = BreakerPolicy(
    window=60, minimum_calls=4, failure_rate=0.5, open_for=30, open_cap=100, probes=2, successes=2, probe_timeout=20
)
NOW = 1000.0
OLD = Permit(6)
ORDINARY = Permit(7)
PROBE = Permit(7, 1)

START = {
    CLOSED: Breaker(CLOSED, 7, NOW - 5, slices=[[int(NOW // 6), 3, 2]]),
    OPEN: Breaker(OPEN, 7, NOW - 5, until=NOW + 25),
    HALF_OPEN: Breaker(HALF_OPEN, 7, NOW - 5, probes=[[1, NOW + 15]], succeeded=1, reopened=1, next_probe=2),
    PAUSED: Breaker(PAUSED, 7, NOW - 5, reason="maintenance"),
}

EVENTS = {
    "asked": lambda b: machine.permit(b, POLICY, NOW)[0],
    "asked when the wait is over": lambda b: machine.permit(b, POLICY, NOW + 25)[0],
    "good": lambda b: machine.record(b, POLICY, _own(b), True, NOW),
    "failed": lambda b: machine.record(b, POLICY, _own(b), False, NOW),
    "said nothing": lambda b: machine.record(b, POLICY, _own(b), None, NOW),
    "old good": lambda b: machine.record(b, POLICY, OLD, True, NOW),
    "old failed": lambda b: machine.record(b, POLICY, OLD, False, NOW),
    "many good": lambda b: machine.count(b, POLICY, 9, 0, NOW),
    "many failed": lambda b: machine.count(b, POLICY, 9, 9, NOW),
    "paused": lambda b: machine.pause(b, NOW, "by hand"),
    "resumed": lambda b: machine.resume(b, NOW),
}


def _own(breaker):
    return PROBE if breaker.state == HALF_OPEN else ORDINARY


SAME = None
MATRIX = {
    #                               closed   open       half-open  paused
    "asked":                       (SAME,    SAME,      "probe",   SAME),
    "asked when the wait is over": (SAME,    HALF_OPEN, "probe",   SAME),
    "good":                        (CLOSED,  SAME,      CLOSED,    SAME),
    "failed":                      (OPEN,    SAME,      OPEN,      SAME),
    "said nothing":                (SAME,    SAME,      "freed",   SAME),
    "old good":                    (SAME,    SAME,      SAME,      SAME),
    "old failed":                  (SAME,    SAME,      SAME,      SAME),
    "many good":                   (CLOSED,  SAME,      SAME,      SAME),
    "many failed":                 (OPEN,    SAME,      SAME,      SAME),
    "paused":                      (PAUSED,  PAUSED,    PAUSED,    PAUSED),
    "resumed":                     (SAME,    SAME,      SAME,      HALF_OPEN),
}  # fmt: skip


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("state", STATES)
def test_every_state_times_every_event(state, event):
    before = START[state]
    after = EVENTS[event](before)
    expected = MATRIX[event][STATES.index(state)]
    if expected is SAME:
        assert after == before
    elif expected == "probe":
        assert after.state == HALF_OPEN
        assert len(after.probes) == len(before.probes) + 1 or before.probes[0][1] <= NOW + 25
        assert after.generation == before.generation
    elif expected == "freed":
        assert after == before._replace(probes=[])
    else:
        assert after.state == expected
        if expected != state or expected == PAUSED:
            assert after.generation == before.generation + 1
            assert after.since >= NOW


def test_matrix_is_whole():
    assert set(MATRIX) == set(EVENTS)
    assert {len(row) for row in MATRIX.values()} == {len(STATES)}


def fail(breaker, times, now=NOW, ok=False):
    for _ in range(times):
        breaker = machine.record(breaker, POLICY, Permit(breaker.generation), ok, now)
    return breaker


def test_opens_at_the_rate_and_not_before_the_minimum():
    assert fail(Breaker(), 3).state == CLOSED
    assert fail(Breaker(), 4).state == OPEN
    assert fail(fail(Breaker(), 5, ok=True), 4).state == CLOSED
    assert fail(fail(Breaker(), 5, ok=True), 5).state == OPEN


def test_a_good_call_never_opens():
    breaker = fail(Breaker(), 3)
    assert fail(breaker, 1, ok=True).state == CLOSED  # 3 of 4 failed, but the last was good


def test_what_is_older_than_the_window_is_forgotten():
    breaker = fail(Breaker(), 3, NOW)
    assert fail(breaker, 1, NOW + 50).state == OPEN
    assert fail(breaker, 1, NOW + 61).state == CLOSED
    assert len(fail(breaker, 1, NOW + 61).slices) == 1


def test_slices_stay_few():
    breaker = Breaker()
    for step in range(1000):
        breaker = machine.count(breaker, POLICY, 1, 0, NOW + step)
        assert len(breaker.slices) <= machine.SLICES


def test_stays_open_twice_as_long_after_each_failed_probe_up_to_the_cap():
    breaker, now, waits = fail(Breaker(), 4), NOW, []
    for _ in range(4):
        waits.append(breaker.until - now)
        now = breaker.until
        breaker, given, _wait = machine.permit(breaker, POLICY, now)
        breaker = machine.record(breaker, POLICY, given, False, now)
    assert waits == [30, 60, 100, 100]
    for _ in range(2):
        breaker, given, _wait = machine.permit(breaker, POLICY, now := now + 100)
        breaker = machine.record(breaker, POLICY, given, True, now)
    assert (breaker.state, breaker.reopened) == (CLOSED, 0)
    assert fail(breaker, 4, now).until == now + 30


def test_retry_after_keeps_it_open_longer_within_four_hours():
    for asked, wait in ((5, 30), (90, 90), (10 * 365 * 86400, 14400)):
        breaker = machine.count(Breaker(), POLICY, 4, 4, NOW, retry_after=asked)
        assert breaker.until == NOW + wait


def test_only_so_many_probes_at_once():
    breaker = machine.resume(machine.pause(Breaker(), NOW), NOW)
    given = []
    for _ in range(3):
        breaker, permit, wait = machine.permit(breaker, POLICY, NOW)
        given.append(permit)
    assert [permit and permit.probe for permit in given] == [1, 2, None]
    assert 1 <= wait <= 20
    breaker = machine.record(breaker, POLICY, given[0], None, NOW)
    breaker, permit, _wait = machine.permit(breaker, POLICY, NOW)
    assert permit.probe == 3


def test_a_lost_probe_frees_its_place_and_no_longer_counts():
    breaker = machine.resume(machine.pause(Breaker(), NOW), NOW)
    policy = POLICY._replace(probes=1)
    breaker, lost, _wait = machine.permit(breaker, policy, NOW)
    breaker, none, wait = machine.permit(breaker, policy, NOW + 19)
    assert (none, wait) == (None, 1)
    breaker, given, _wait = machine.permit(breaker, policy, NOW + 20)
    assert given.probe == 2
    assert machine.record(breaker, policy, lost, False, NOW + 21) == breaker


def test_a_probe_counts_once():
    breaker = machine.resume(machine.pause(Breaker(), NOW), NOW)
    breaker, given, _wait = machine.permit(breaker, POLICY, NOW)
    once = machine.record(breaker, POLICY, given, True, NOW)
    assert machine.record(once, POLICY, given, True, NOW) == once


def test_a_clock_that_was_corrected_does_not_keep_it_open_for_ever():
    breaker = START[OPEN]._replace(until=NOW + 10**8)
    assert machine.permit(breaker, POLICY, NOW)[0].state == HALF_OPEN


HISTORY = st.lists(
    st.one_of(
        st.sampled_from(["ask", "pause", "resume"]),
        st.tuples(st.just("end"), st.integers(0, 9), st.sampled_from([True, False, False, None])),
        st.tuples(st.just("wait"), st.sampled_from([0.5, 5.0, 21.0, 31.0, 101.0])),
        st.tuples(st.just("count"), st.integers(0, 9), st.integers(0, 9)),
    ),
    max_size=80,
)


@settings(max_examples=200)
@given(HISTORY)
def test_over_any_history(history):
    breaker, now, paused, under_way = Breaker(), NOW, False, []
    for event in history:
        if event == "ask":
            breaker, given, wait = machine.permit(breaker, POLICY, now)
            assert (given is None) == (wait > 0)
            if given:
                under_way.append((given, now))
        elif event == "pause":
            breaker, paused = machine.pause(breaker, now), True
        elif event == "resume":
            breaker, paused = machine.resume(breaker, now), False
        elif event[0] == "end" and under_way:
            given, _since = under_way.pop(event[1] % len(under_way))
            breaker = machine.record(breaker, POLICY, given, event[2], now)
        elif event[0] == "wait":
            now += event[1]
        elif event[0] == "count":
            breaker = machine.count(breaker, POLICY, event[1], min(event[1], event[2]), now)
        assert (breaker.state == PAUSED) == paused  # automation never undoes an operator's pause, nor makes one
        probing = [p for p, since in under_way if p.generation == breaker.generation and p.probe and now < since + 20]
        assert len(probing) <= POLICY.probes
        assert Breaker.load(json.loads(json.dumps(breaker._asdict()))) == _lists(breaker)


def _lists(breaker):
    return breaker._replace(slices=[list(s) for s in breaker.slices], probes=[list(p) for p in breaker.probes])


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (None, True),
        (errors.ConnectionFailed(), False),
        (errors.TimeoutExceeded(), False),
        (errors.TLSError(), False),
        (errors.BodyTruncated(), False),
        (errors.ServerFault(status=503), False),
        (errors.BadResponse(), False),
        (errors.NotFound(status=404), True),
        (errors.Unauthorized(status=401), True),
        (errors.Rejected(status=422), True),
        (errors.Conflict(status=409), True),
        (errors.Gone(status=410), True),
        (errors.Throttled(status=429), None),
        (errors.ResponseTooLarge(), None),
        (errors.ConfigurationError(), None),
        (errors.MappingError(), None),
        (Held(), None),
    ],
)
def test_what_a_failure_says_about_the_peer(failure, expected):
    assert verdict(failure) is expected


# -- shared by workers ------------------------------------------------------------------------------------------------


def pair(policy=POLICY):
    clock = ManualClock()
    store = MemoryStore(clock)
    return clock, store, *(CircuitBreaker(store, "api", policy, clock=clock) for _ in range(2))


def refusal(breaker):
    with pytest.raises(Held) as caught:
        breaker.permit()
    return caught.value


def test_one_workers_failures_stop_the_other():
    clock, _store, one, two = pair()
    two.record(two.permit(), None)
    for _ in range(4):
        one.record(one.permit(), errors.ServerFault(status=500))
    assert refusal(one).code == "breaker-open"
    clock.advance(1)
    held = refusal(two)
    assert (held.code, held.retry_after, held.policy) == ("breaker-open", 29, errors.Policy.RETRY)


def test_half_open_lets_the_probes_through_and_closes():
    clock, _store, one, two = pair()
    for _ in range(4):
        one.record(one.permit(), errors.TimeoutExceeded())
    clock.advance(30)
    probes = [one.permit(), two.permit()]
    assert refusal(one).code == "breaker-open"
    for probe in probes:
        one.record(probe, None)
    assert one.permit() == two.permit()


def test_good_calls_cost_one_update_a_second():
    clock, store, one, _two = pair()
    for _ in range(100):
        one.record(one.permit(), None)
    assert store.updates == 1
    clock.advance(1)
    one.permit()
    assert store.updates == 2
    assert store.read("api")["slices"][0][1:] == [100, 0]


def test_good_calls_of_one_generation_are_not_counted_in_another():
    clock, store, one, two = pair()
    for _ in range(50):
        one.record(one.permit(), None)
    two.pause()
    two.resume()
    clock.advance(1)
    for _ in range(2):
        two.record(two.permit(), None)  # closes it anew
    one.permit()
    assert store.read("api")["slices"] == []


def test_pause_is_an_operators():
    clock, store, one, two = pair()
    given = two.permit()
    one.pause("stocktaking")
    clock.advance(1)
    assert refusal(two).code == "paused"
    two.record(given, errors.ServerFault(status=500))
    two.record(given, None)
    clock.advance(10**6)
    assert refusal(two).code == "paused"
    assert store.read("api")["reason"] == "stocktaking"
    one.resume()
    assert two.permit().probe == 1


def test_a_429_says_nothing_about_the_peers_health():
    _clock, store, one, _two = pair()
    for _ in range(20):
        one.record(one.permit(), errors.Throttled(status=429))
    assert store.updates == 1
    assert one.permit().probe == 0


def test_who_asks_how_many_may_go_takes_no_probes_place():
    clock, store, one, two = pair()
    assert one.ready() == (float("inf"), 0.0)
    assert one.permit() and store.updates == 1
    for _ in range(POLICY.minimum_calls):
        one.record(one.permit(), errors.ServerFault(status=500))
    count, wait = two.ready()
    assert (count, wait) == (0.0, pytest.approx(POLICY.open_for))
    clock.advance(wait)
    assert one.ready() == two.ready() == (float(POLICY.probes), 0.0)
    for _ in range(POLICY.probes):
        one.permit()
    count, wait = two.ready()
    assert count == 0 and wait > 0


def test_a_person_who_hurries_gets_a_probe_at_once_and_no_more():
    _clock, store, one, two = pair()
    one.hurry()
    assert store.read("api")["state"] == "closed", "nothing to hurry"
    for _ in range(POLICY.minimum_calls):
        one.record(one.permit(), errors.ServerFault(status=500))
    assert refusal(two).code == "breaker-open"
    two.hurry()
    probe = one.permit()
    assert probe.probe
    one.record(probe, errors.ServerFault(status=500))
    assert refusal(two).retry_after == pytest.approx(2 * POLICY.open_for)
