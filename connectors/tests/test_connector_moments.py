# Part of Integration Hub. License LGPL-3.0 or later.
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from integration_hub_connectors import moments
from integration_hub_connectors.errors import DocumentError

INSTANTS = st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(9000, 1, 1), timezones=st.timezones())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2008-01-10T11:00:00-05:00", "2008-01-10T16:00:00.000Z"),
        ("2025-11-14T08:30:11.340Z", "2025-11-14T08:30:11.340Z"),
        ("2025-11-14T08:30:12.345678901Z", "2025-11-14T08:30:12.345Z"),
    ],
)
def test_any_time_zone_becomes_utc(text: str, expected: str) -> None:
    assert moments.normal(text) == expected


@pytest.mark.parametrize(
    "value", [None, 5, "", "yesterday", "2025-11-14", "2025-11-14T08:30:11", "0001-01-01T00:00:00+14:00"]
)
def test_anything_else_is_refused(value: Any) -> None:
    with pytest.raises(DocumentError) as caught:
        moments.normal(value)
    assert caught.value.code == "invalid-moment"


@pytest.mark.parametrize("value", [None, "5", 1.5, True, 10**30, -(10**17)])
def test_milliseconds_are_whole_and_in_range(value: Any) -> None:
    with pytest.raises(DocumentError) as caught:
        moments.from_milliseconds(value)
    assert caught.value.code == "invalid-moment"


@given(INSTANTS, INSTANTS)
def test_text_sorts_as_time_does(one: datetime, other: datetime) -> None:
    first, second = moments.to_milliseconds(one.isoformat()), moments.to_milliseconds(other.isoformat())
    texts = moments.normal(one.isoformat()), moments.normal(other.isoformat())
    assert (texts[0] < texts[1]) == (first < second)


@given(st.integers(0, 4_000_000_000_000))
def test_milliseconds_survive_the_round_trip(value: int) -> None:
    assert moments.to_milliseconds(moments.from_milliseconds(value)) == value


def test_writing_cuts_to_milliseconds() -> None:
    assert moments.write(datetime(2025, 1, 1, 0, 0, 0, 999_999, UTC)) == "2025-01-01T00:00:00.999Z"
