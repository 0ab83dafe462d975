# Part of Integration Hub. License LGPL-3.0 or later.
"""Quota headers: every vendor's form read, every malformed one ignored; a pace at which a quota does not run out."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from integration_hub_connectors.messages import Headers
from integration_hub_connectors.resilience import Quota, graphql_cost, graphql_quota, pace, read_quotas

NOW = 1_700_000_000.0

HEADERS = [
    ({"X-Shopify-Shop-Api-Call-Limit": "32/40"}, [Quota("shopify-calls", 40, 8, restore=2)]),
    ({"x-shopify-shop-api-call-limit": "400/400"}, [Quota("shopify-calls", 400, 0, restore=20)]),
    ({"X-Shopify-Shop-Api-Call-Limit": "41/40"}, [Quota("shopify-calls", 40, 0, restore=2)]),
    (
        {
            "X-HubSpot-RateLimit-Daily": "250000",
            "X-HubSpot-RateLimit-Daily-Remaining": "249999",
            "X-HubSpot-RateLimit-Interval-Milliseconds": "10000",
            "X-HubSpot-RateLimit-Max": "100",
            "X-HubSpot-RateLimit-Remaining": "99",
            "X-HubSpot-RateLimit-Secondly": "10",
            "X-HubSpot-RateLimit-Secondly-Remaining": "9",
        },
        [
            Quota("hubspot-burst", 100, 99, window=10),
            Quota("hubspot-secondly", 10, 9, window=1),
            Quota("hubspot-daily", 250000, 249999, window=86400),
        ],
    ),
    (
        {"X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": "4987", "X-RateLimit-Reset": "1700000600"},
        [Quota("x-ratelimit", 5000, 4987, reset=600)],
    ),
    (
        {"X-RateLimit-Limit": "50", "X-RateLimit-Remaining": "7", "X-RateLimit-Reset": "1700000030000"},
        [Quota("x-ratelimit", 50, 7, reset=30)],
    ),
    (
        {"X-RateLimit-Limit": "50", "X-RateLimit-Remaining": "7", "X-RateLimit-Reset": "30"},
        [Quota("x-ratelimit", 50, 7, reset=30)],
    ),
    (
        {"X-RateLimit-Limit": "50", "X-RateLimit-Remaining": "7", "X-RateLimit-Reset": "1600000000"},
        [Quota("x-ratelimit", 50, 7, reset=0)],
    ),
    ({"X-Rate-Limit": "700", "X-Rate-Limit-Remaining": "699"}, [Quota("x-ratelimit", 700, 699)]),
    (
        {
            "RateLimit-Limit": '100, 100;w=60;comment="a, b", 5000;w=3600',
            "RateLimit-Remaining": "5",
            "RateLimit-Reset": "9",
        },
        [Quota("ratelimit", 100, 5, reset=9, window=60)],
    ),
    ({"RateLimit-Limit": "100", "RateLimit-Remaining": "5"}, [Quota("ratelimit", 100, 5)]),
    ({"RateLimit": "limit=100, remaining=50, reset=5"}, [Quota("ratelimit", 100, 50, reset=5)]),
    (
        {
            "RateLimit-Policy": '"burst";q=100;w=60,"daily";q=1000;w=86400;pk=:cHsdsRa894==:',
            "RateLimit": '"burst";r=30;t=20, "daily";r=12;t=36000',
        },
        [Quota("burst", 100, 30, reset=20, window=60), Quota("daily", 1000, 12, reset=36000, window=86400)],
    ),
    ({"RateLimit": '"default";r=50;t=30'}, [Quota("default", 50, 50, reset=30)]),
    ({"RateLimit": "default;r=0;t=30"}, [Quota("default", 1, 0, reset=30)]),
]  # fmt: skip


@pytest.mark.parametrize(("headers", "expected"), HEADERS)
def test_every_form_is_read(headers, expected):
    assert read_quotas(headers, NOW) == expected


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Shopify-Shop-Api-Call-Limit": "32"},
        {"X-Shopify-Shop-Api-Call-Limit": "32/0"},
        {"X-Shopify-Shop-Api-Call-Limit": "-1/40"},
        {"X-Shopify-Shop-Api-Call-Limit": "٣٢/٤٠"},
        {"X-Shopify-Shop-Api-Call-Limit": "Infinity/40"},
        {"X-Shopify-Shop-Api-Call-Limit": "1/2/3"},
        Headers([("X-Shopify-Shop-Api-Call-Limit", "1/40"), ("x-shopify-shop-api-call-limit", "39/40")]),
        {"X-RateLimit-Limit": "5000"},
        {"X-RateLimit-Limit": "NaN", "X-RateLimit-Remaining": "1"},
        {"X-RateLimit-Limit": "1e3", "X-RateLimit-Remaining": "1"},
        {"X-RateLimit-Limit": "9" * 400, "X-RateLimit-Remaining": "1"},
        {"RateLimit": '"burst";r=-1'},
        {"RateLimit": '"burst'},
        {"RateLimit": "limit=, remaining=5"},
        {"RateLimit": '"x" y;r=5'},
        {"RateLimit-Limit": "ten", "RateLimit-Remaining": "5"},
    ],
)
def test_what_is_malformed_or_doubled_says_nothing(headers):
    assert read_quotas(headers, NOW) == []


NAMES = st.sampled_from(sorted({name for headers, _found in HEADERS for name in headers}))
VALUES = st.one_of(st.text(max_size=40), st.text('0123456789;,="rtqw/ .-', max_size=30), st.just("1" * 500))


@given(st.lists(st.tuples(NAMES, VALUES), max_size=6))
def test_no_headers_raise_and_every_quota_read_makes_sense(pairs):
    for quota in read_quotas(Headers(pairs), NOW):
        assert 0 <= quota.share <= 1
        assert all(value is None or (math.isfinite(value) and value >= 0) for value in quota[1:])
        per_second, seconds = pace(quota)
        assert math.isfinite(per_second)
        assert per_second >= 0
        assert 1 <= seconds <= 14400


def test_a_peer_cannot_name_more_limits_than_a_few():
    header = ",".join(f'"{"n" * 100}{number}";r=0;t=99' for number in range(500))
    quotas = read_quotas({"RateLimit": header}, NOW)
    assert len(quotas) == 8
    assert max(len(quota.name) for quota in quotas) == 64


def throttle(available, maximum=1000, restore=50):
    status = {"maximumAvailable": maximum, "currentlyAvailable": available, "restoreRate": restore}
    return {"cost": {"requestedQueryCost": 101, "actualQueryCost": 46, "throttleStatus": status}}


def test_graphql_cost_in_points():
    assert graphql_quota(throttle(954)) == Quota("graphql-cost", 1000, 954, restore=50)
    assert graphql_cost(throttle(954)) == 46
    assert graphql_cost({"cost": {"requestedQueryCost": 101, "actualQueryCost": None}}) == 101


@pytest.mark.parametrize(
    "extensions",
    [None, [], {}, {"cost": None}, {"cost": {"throttleStatus": []}}, throttle("954"), throttle(True), throttle(-1),
     throttle(float("nan")), throttle(10**400), throttle(5, maximum=None)],
)  # fmt: skip
def test_graphql_answers_without_numbers_say_nothing(extensions):
    assert graphql_quota(extensions) is None


def test_no_cost_told():
    assert [graphql_cost(junk) for junk in (None, {}, {"cost": 5}, {"cost": {"actualQueryCost": "5"}})] == [None] * 4


@pytest.mark.parametrize(
    ("quota", "expected"),
    [
        (Quota("bucket", 40, 4, restore=2), (1.0, 2.0)),  # half of the reserve is left: half as fast, till 8 are back
        (Quota("bucket", 40, 0, restore=2), (0.0, 4.0)),
        (Quota("window", 100, 6, reset=30), (0.2, 30.0)),
        (Quota("window", 100, 0, reset=30), (0.0, 30.0)),
        (Quota("window", 100, 5, reset=0), (5.0, 1.0)),
        (Quota("ten years", 100, 5, reset=315360000), (5 / 14400, 14400.0)),
        (Quota("ten seconds", 100, 10, window=10), (1.0, 10.0)),
        (Quota("day", 86400, 4320, window=86400), (0.3, 300.0)),
        (Quota("untold", 100, 6), (0.1, 60.0)),
    ],
)
def test_pace(quota, expected):
    assert pace(quota, 0.2) == pytest.approx(expected)
