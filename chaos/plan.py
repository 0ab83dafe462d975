# Part of Integration Hub. License LGPL-3.0 or later.
"""The plan: what is sent, edited, killed and disturbed, all of it decided by the seed and by nothing that happens.

When a thing happens depends on the machine; what, and in which order for each key, does not.
"""

import random
import string
from collections.abc import Iterator
from typing import Any, NamedTuple

CUSTOMERS = 400
CONTACTS, COMPANIES = 60, 40
ALSO_TO_CRM = 10  # of so many customers, one is also sent on to the CRM
ORDER_EVERY = 60  # messages


class Message(NamedTuple):
    """A webhook of the shop: number `sequence` about `key`.

    `overlaps`: it is sent although the one before it about the same key has not been acknowledged. `late`: seconds that
    its first delivery is held back. `again`: seconds after its acknowledgement it is delivered once more.
    """

    number: int
    key: str
    sequence: int
    overlaps: bool
    late: float
    again: float | None

    @property
    def mark(self) -> str:
        return f"{self.key}/{self.sequence}"


class Edit(NamedTuple):
    """A person's change of a contact or company: number `sequence`, 1 creates it."""

    key: str
    sequence: int

    @property
    def mark(self) -> str:
        return f"{self.key}/{self.sequence}"


def stream(seed: int, purpose: str) -> random.Random:
    """Random numbers for one purpose, which do not depend on how many another one takes."""
    return random.Random(f"{seed}:{purpose}")


def customer_key(number: int) -> str:
    """`c7`, or `b7` of one that is also sent on to the CRM."""
    return f"{'b' if number % ALSO_TO_CRM == 0 else 'c'}{number}"


def messages(seed: int) -> Iterator[Message]:
    """Webhooks without end: customers' changes, some keys much busier than others, and now and then an order."""
    rng = stream(seed, "messages")
    sequences: dict[str, int] = {}
    orders = number = 0
    while True:
        number += 1
        if number % ORDER_EVERY == 0:
            orders += 1
            key = f"o{orders}"
        elif orders and number % ORDER_EVERY == ORDER_EVERY // 2:
            key = f"o{rng.randint(max(1, orders - 3), orders)}"
        else:
            key = customer_key(int(CUSTOMERS * rng.random() ** 2))
        sequences[key] = sequences.get(key, 0) + 1
        yield Message(
            number,
            key,
            sequences[key],
            overlaps=rng.random() < 0.1,
            late=rng.uniform(0.2, 2.0) if rng.random() < 0.03 else 0.0,
            again=rng.uniform(0.0, 5.0) if rng.random() < 0.03 else None,
        )


def edits(seed: int, share: int, of: int) -> Iterator[Edit]:
    """One person's edits without end; `of` people have different records each."""
    rng = stream(seed, f"edits {share}")
    keys = [f"{kind}{number}" for kind, count in (("p", CONTACTS), ("f", COMPANIES)) for number in range(count)]
    keys = keys[share::of]
    sequences: dict[str, int] = {}
    while True:
        key = rng.choice(keys)
        sequences[key] = sequences.get(key, 0) + 1
        if key.startswith("f") and sequences[key] > 2:  # creations of companies are what a vendor can double
            keys[keys.index(key)] = f"f{int(key[1:]) + COMPANIES}"
        yield Edit(key, sequences[key])


def customer_of(order: str) -> str:
    """The key of the customer who placed an order."""
    return customer_key(int(order.lstrip(string.ascii_lowercase)) * 7 % CUSTOMERS)


class Kill(NamedTuple):
    """A death: `kind` is `point` (and `point` its name), `job`, `http`, `runner`, `cron` or `server`."""

    kind: str
    point: str = ""


RANDOM_KILLS = {"job": 40, "http": 25, "runner": 15, "cron": 8, "server": 6}
NAMED_SHARE = 0.6


def kills(seed: int, count: int, points: list[str]) -> list[Kill]:
    """So many deaths: each named point equally often, the rest by chance, in an order by chance."""
    rng = stream(seed, "kills")
    each = int(count * NAMED_SHARE / len(points))
    named = points * each or rng.sample(points, int(count * NAMED_SHARE))
    kinds = rng.choices(list(RANDOM_KILLS), list(RANDOM_KILLS.values()), k=count - len(named))
    found = [*(Kill("point", point) for point in named), *(Kill(kind) for kind in kinds)]
    rng.shuffle(found)
    return found


class Trouble(NamedTuple):
    """Something goes wrong for some seconds: `kind` `calls` (with these faults of the sandbox), or another one."""

    kind: str
    pause: float
    seconds: float
    faults: tuple[dict[str, Any], ...] = ()
    value: float = 0.0


FAULTS: dict[str, dict[str, Any]] = {
    "slow": {"kind": "latency", "seconds": 3.0, "probability": 0.4},
    "storm of 429": {"kind": "status", "status": 429, "retry_after": 2, "probability": 0.8},
    "503": {"kind": "status", "status": 503, "probability": 0.6},
    "500 after it took effect": {"kind": "status", "status": 500, "phase": "after", "probability": 0.5},
    "reset": {"kind": "drop", "probability": 0.6},
    "reset after it took effect": {"kind": "drop", "phase": "after", "probability": 0.5},
    "truncated answer": {"kind": "truncate", "probability": 0.5},
    "error page with status 200": {"kind": "garbage_200", "probability": 0.5},
}
OTHER_TROUBLES = {"vendor down": 3, "clock": 4, "database fast": 1, "database immediate": 1}
JUMPS = (-7200.0, -600.0, -60.0, 60.0, 600.0, 7200.0)


def troubles(seed: int) -> Iterator[Trouble]:
    """What goes wrong around the hub, without end; one thing at a time, now and then two faults at once."""
    rng = stream(seed, "troubles")
    kinds = {"calls": 12, **OTHER_TROUBLES}
    while True:
        kind = rng.choices(list(kinds), list(kinds.values()))[0]
        names = rng.sample(list(FAULTS), rng.choice((1, 1, 2))) if kind == "calls" else ()
        faults = tuple({"vendor": "hubspot", **FAULTS[name]} for name in names)
        yield Trouble(kind, rng.uniform(2.0, 8.0), rng.uniform(3.0, 8.0), faults, rng.choice(JUMPS))
