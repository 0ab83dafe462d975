# Part of Integration Hub. License LGPL-3.0 or later.
"""How far the peer's clock is from ours, by what its answers say."""

from email.utils import formatdate

import pytest
from integration_hub_connectors.clock import ManualClock
from integration_hub_connectors.http import ClockWatch, Response, Timeout
from integration_hub_connectors.messages import Request

NOW = 1_700_000_000.0


class Peer:
    """Answers after `seconds`, with a clock of its own."""

    def __init__(self, clock: ManualClock, seconds: float = 0.0, **headers: str) -> None:
        self.clock, self.seconds, self.headers = clock, seconds, headers

    def send(self, request: Request, timeout: Timeout) -> Response:
        self.clock.advance(self.seconds)
        return Response(401, self.headers)


def offset(seconds: float = 0.0, **headers: str) -> float | None:
    clock = ManualClock(NOW)
    watch = ClockWatch(Peer(clock, seconds, **headers), clock)
    assert watch.offset is None
    assert watch.send(Request("GET", "https://api.example.com/"), Timeout()).status == 401
    return watch.offset


@pytest.mark.parametrize("ahead", [0.0, 600.0, -7200.0])
def test_a_refusal_tells_the_time_too(ahead: float) -> None:
    assert offset(Date=formatdate(NOW + ahead, usegmt=True)) == pytest.approx(ahead, abs=0.5)


def test_half_of_a_slow_answer_is_not_counted_as_offset() -> None:
    assert offset(4.0, date=formatdate(NOW + 2, usegmt=True)) == pytest.approx(0.0, abs=0.5)


@pytest.mark.parametrize(
    "headers", [{}, {"Date": "yesterday"}, {"Date": ""}, {"Date": formatdate(NOW - 900, usegmt=True), "Age": "900"}]
)
def test_what_says_nothing_says_nothing(headers: dict[str, str]) -> None:
    assert offset(**headers) is None
