# Part of Integration Hub. License LGPL-3.0 or later.
"""A bucket of points that the peer keeps, where each kind of request has its price: asked before it must refuse.

Unlike a `RateLimiter`, nothing needs to be known beforehand. Size, filling and rate are what the peer last told, the
price of a kind is what it was the last time, and all of it is in the store, so that workers share it.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from . import leases
from .quota import Quota
from .store import Row, Store

LIFETIME = 120.0
"""Seconds after which points that a dead worker reserved come back."""

MAX_KINDS = 200
LEAST_WAIT, NO_RATE_WAIT = 0.01, 1.0


class Reservation(NamedTuple):
    """Points set aside for one request, to be settled under `ticket`; or `wait`, the seconds until it may ask again."""

    wait: float
    ticket: str = ""


class Points:
    """What all workers together know of one peer's bucket, under `key` in the store.

    A kind whose price is not known yet is taken to cost `unknown`, at most a full bucket. Before the first answer
    anything may go. Whoever has a `reserve` leaves that share of the bucket to those who come before it.
    """

    def __init__(self, store: Store, key: str, *, unknown: float = 0.0, reserve: float = 0.0) -> None:
        self._store, self._key, self._unknown, self._share = store, key, unknown, reserve

    def reserve(self, kind: str) -> Reservation:
        """Set aside the price of a request of this kind, or say how long to wait; then nothing is set aside."""

        def change(row: Row | None, now: float) -> tuple[Row, Reservation]:
            state = _load(row, now)
            price = float(state["prices"].get(kind, self._unknown if state["limit"] else 0.0))
            asked = min(price, state["limit"])
            kept = min(self._share * state["limit"], state["limit"] - asked)
            missing = asked + kept - (state["left"] - leases.total(state["out"]))
            if state["limit"] and missing > 0:
                wait = missing / state["restore"] if state["restore"] > 0 else NO_RATE_WAIT
                return state, Reservation(max(wait, LEAST_WAIT))
            ticket = str(state["next"])
            out = {**state["out"], ticket: [price, now + LIFETIME]}
            return {**state, "out": out, "next": state["next"] + 1}, Reservation(0.0, ticket)

        return self._store.update(self._key, change)

    def settle(self, ticket: str, kind: str, *, told: Quota | None, price: float | None, spent: float | None) -> None:
        """End a reservation. `told` is the bucket after the request, `price` what had to be there for it, `spent` what
        it cost in the end; None each where the peer did not say.

        What the peer tells is exact while no other request is under way. Else it may or may not count those, so our
        own account is kept to within what is possible.
        """

        def change(row: Row | None, now: float) -> tuple[Row, None]:
            state = _load(row, now)
            out = {key: lease for key, lease in state["out"].items() if key != ticket}
            state = {**state, "out": out}
            if price is not None:
                prices = {**{key: value for key, value in state["prices"].items() if key != kind}, kind: price}
                state["prices"] = dict(list(prices.items())[-MAX_KINDS:])
            if told is not None and told.limit > 0:
                own = state["left"] - (spent or 0.0) if state["limit"] else told.remaining
                left = min(max(own, told.remaining), told.remaining + leases.total(out))
                state |= {"limit": told.limit, "restore": told.restore, "left": left}
            return state, None

        self._store.update(self._key, change)


def _load(row: Mapping[str, Any] | None, now: float) -> Row:
    """The state with what was restored until now; `limit` 0 while nothing is known."""
    if row is None:
        return {"limit": 0.0, "left": 0.0, "restore": 0.0, "at": now, "prices": {}, "out": {}, "next": 0}
    left = min(row["limit"], row["left"] + row["restore"] * max(0.0, now - row["at"]))
    return {**row, "left": left, "at": now, "out": leases.live(row["out"], now)}
