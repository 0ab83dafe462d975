# Part of Integration Hub. License LGPL-3.0 or later.
"""Retries: exponential with jitter, capped in count and age, obedient to Retry-After within reason."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from integration_hub_connectors import errors
from integration_hub_connectors.clock import ManualClock
from integration_hub_connectors.resilience import Held, RetryPolicy, next_delay, retrying
from integration_hub_connectors.retry_after import parse_retry_after

POLICIES = st.builds(
    RetryPolicy,
    base=st.floats(0.001, 1e4),
    cap=st.floats(1, 1e5),
    max_attempts=st.integers(1, 1000),
    max_age=st.floats(1, 1e7),
    factor=st.floats(1, 10),
    jitter=st.floats(0, 1),
)
RANDOMS = st.floats(0, 1, exclude_max=True)


def test_defaults_double_from_five_seconds_to_an_hour_half_of_it_random():
    policy = RetryPolicy()
    least = [next_delay(policy, n, 0, lambda: 0.0) for n in range(1, 12)]
    most = [next_delay(policy, n, 0, lambda: 1.0) for n in range(1, 12)]
    assert most == [5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600]
    assert least == [wait / 2 for wait in most]


def test_ends_at_its_caps():
    policy = RetryPolicy(max_attempts=3, max_age=100)
    assert next_delay(policy, 2, 99.9, lambda: 0.5) is not None
    assert next_delay(policy, 3, 0, lambda: 0.5) is None
    assert next_delay(policy, 1, 100, lambda: 0.5) is None
    assert next_delay(policy, 3, 0, lambda: 0.5, retry_after=5) is None


@given(policy=POLICIES, attempts=st.integers(0, 10**9), random=RANDOMS, age=st.floats(0, 1e8))
def test_any_wait_is_finite_at_least_a_second_and_at_most_the_cap(policy, attempts, random, age):
    delay = next_delay(policy, attempts, age, lambda: random)
    if attempts >= policy.max_attempts or age >= policy.max_age:
        assert delay is None
    else:
        assert 1.0 <= delay <= max(1.0, policy.cap)


@given(policy=POLICIES, attempts=st.integers(1, 60), random=RANDOMS)
def test_waits_never_shrink_from_one_failure_to_the_next(policy, attempts, random):
    policy = policy._replace(max_attempts=100)
    assert next_delay(policy, attempts, 0, lambda: random) <= next_delay(policy, attempts + 1, 0, lambda: random)


@given(st.one_of(st.floats(allow_nan=True, allow_infinity=True), st.integers(-(10**30), 10**30)))
def test_what_the_peer_asks_for_is_obeyed_between_a_second_and_four_hours(asked):
    delay = next_delay(RetryPolicy(), 1, 0, lambda: 0.5, retry_after=asked)
    assert 1.0 <= delay <= 14400.0
    if 1.0 <= asked <= 14400.0:
        assert delay == asked


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("120", 120.0),
        ("315360000", 14400.0),  # ten years
        ("0", 1.0),
        ("Tue, 14 Nov 2023 22:18:20 GMT", 300.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 14400.0),
        ("Infinity", None),
        ("-5", None),
        ("١٢", None),
    ],
)
def test_both_forms_of_retry_after(header, expected):
    asked = parse_retry_after(header, now=1_700_000_000)
    delay = next_delay(RetryPolicy(jitter=0), 1, 0, lambda: 0.5, retry_after=asked)
    assert delay == (5.0 if expected is None else expected)


class Flaky:
    def __init__(self, *failures):
        self.failures, self.calls = list(failures), 0

    def __call__(self):
        self.calls += 1
        if self.failures:
            raise self.failures.pop(0)
        return "done"


def run(operation, clock=None, policy=None, **options):
    return retrying(
        operation, policy or RetryPolicy(jitter=0), clock=clock or ManualClock(), random=lambda: 0.5, **options
    )


def test_waits_between_tries_as_told():
    clock = ManualClock()
    failures = errors.ServerFault(status=503), errors.Throttled(status=429, retry_after=7), errors.ConnectionFailed()
    operation = Flaky(*failures)
    assert run(operation, clock) == "done"
    assert clock.slept == [5.0, 7.0, 20.0]


@pytest.mark.parametrize("failure", [errors.NotFound(), errors.Unauthorized(), errors.Gone(), errors.BadResponse()])
def test_what_cannot_get_better_is_raised_at_once(failure):
    operation = Flaky(failure)
    with pytest.raises(type(failure)):
        run(operation)
    assert operation.calls == 1


def test_gives_up_with_the_last_failure():
    operation = Flaky(*(errors.ServerFault(f"number {number}") for number in range(9)))
    with pytest.raises(errors.ServerFault, match="number 2"):
        run(operation, policy=RetryPolicy(max_attempts=3))
    assert operation.calls == 3


def test_does_not_wait_past_its_age():
    clock, operation = ManualClock(), Flaky(errors.Throttled(retry_after=3600))
    with pytest.raises(errors.Throttled):
        run(operation, clock, policy=RetryPolicy(max_age=60))
    assert clock.slept == []


@pytest.mark.parametrize(
    ("failure", "calls"),
    [
        (errors.TimeoutExceeded(), 1),
        (errors.ServerFault(status=502), 1),
        (errors.ConnectionFailed(in_doubt=False), 2),
        (errors.Throttled(status=429), 2),
        (Held(code="rate-limited", retry_after=1), 2),
    ],
)
def test_what_may_have_taken_effect_is_not_repeated_unless_it_may_be(failure, calls):
    operation = Flaky(failure)
    if calls == 2:
        assert run(operation, repeatable=False) == "done"
    else:
        with pytest.raises(type(failure)):
            run(operation, repeatable=False)
    assert operation.calls == calls


def test_other_exceptions_are_bugs_and_pass():
    with pytest.raises(ZeroDivisionError):
        run(lambda: 1 / 0)


def test_a_policy_without_jitter_or_growth_is_constant():
    policy = RetryPolicy(base=3, factor=1, jitter=0)
    assert {next_delay(policy, n, 0, lambda: 0.9) for n in range(1, 12)} == {3.0}
    assert math.isfinite(next_delay(RetryPolicy(factor=1e9, max_attempts=10**9), 10**8, 0, lambda: 0.9))
