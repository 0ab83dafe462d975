# Part of Integration Hub. License LGPL-3.0 or later.
"""The chaos run's checker finds what it is there to find: a good history, and the same history with one thing wrong."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "chaos"))

import checker
import plan
import points
from checker import Effect, Logged
from recovery import Trace, percentile, recoveries


@dataclass
class History:
    """What the journals and the database say after a run."""

    shop: list[dict[str, Any]] = field(default_factory=list)
    people: list[dict[str, Any]] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    puts: list[dict[str, Any]] = field(default_factory=list)
    log: dict[int, Logged] = field(default_factory=dict)

    def findings(self) -> list[checker.Finding]:
        return checker.check(self.shop, self.people, self.effects, self.puts, self.log)

    def kinds(self) -> set[str]:
        return {finding.kind for finding in self.findings()}

    def send(self, key: str, sequence: int, began: float, acknowledged: float | None, event: int | None = None) -> None:
        about = {"key": key, "sequence": sequence}
        self.shop.append({"at": began, "what": "sent", **about})
        if acknowledged:
            self.shop.append({"at": acknowledged, "what": "acknowledged", "event": event, **about})

    def effect(self, key: str, sequence: int, transaction: int, record: int, operation: str = "update") -> None:
        self.effects.append(Effect(transaction, operation, record, f"{key}@chaos.example", f"{key}/{sequence}"))

    def put(self, key: str, sequence: int, identifier: str) -> None:
        self.puts.append({"identity": f"{key}@crm.chaos.example", "id": identifier, "mark": f"{key}/{sequence}"})


@pytest.fixture
def history() -> History:
    """A customer's four messages, of which 3 and 4 overlapped and came the other way round; a contact's three edits."""
    found = History()
    for sequence, (began, acknowledged) in enumerate([(1.0, 1.1), (2.0, 2.1), (3.0, 3.5), (3.1, 3.2)], start=1):
        found.send("c7", sequence, began, acknowledged, event=sequence)
        found.log[sequence] = Logged("done", "", 70, 100 + sequence)
    found.log[3] = Logged("ignored", "stale", 70, None)
    for sequence, operation in ((1, "insert"), (2, "update"), (4, "update")):
        found.effect("c7", sequence, 100 + sequence, 70, operation)
    for sequence in (1, 2, 3):
        about = {"key": "p3", "sequence": sequence}
        found.people += [
            {"at": 5.0 + sequence, "what": "edited", **about},
            {"at": 5.5 + sequence, "what": "acknowledged", **about},
        ]
        found.effect("p3", sequence, 200 + sequence, 30, "insert" if sequence == 1 else "update")
        found.log[10 + sequence] = Logged("done", "", 30, 300 + sequence)
    found.put("p3", 1, "501")
    found.put("p3", 3, "501")  # 2 and 3 became one call
    return found


def test_a_good_history_has_no_findings(history: History) -> None:
    assert history.findings() == []
    assert checker.accepted(history.shop, history.people) == 7


def test_what_was_never_acknowledged_may_have_no_effect(history: History) -> None:
    history.send("c7", 5, 9.0, None)
    assert history.findings() == []


def test_a_redelivery_counts_once(history: History) -> None:
    history.send("c7", 2, 4.0, 4.1, event=2)
    assert history.findings() == []
    assert checker.accepted(history.shop, history.people) == 7


def test_what_waited_with_a_newer_one_may_be_superseded(history: History) -> None:
    lose(history)
    history.log[2] = Logged("ignored", "superseded", 70, None)
    assert history.findings() == []


def lose(history: History) -> None:
    history.effects = [effect for effect in history.effects if effect.mark != "c7/2"]
    history.log[2] = Logged("ignored", "unchanged", 70, None)


def lose_the_last(history: History) -> None:
    history.send("c7", 5, 9.0, 9.1, event=5)
    history.log[5] = Logged("ignored", "stale", 70, None)  # the log says so, but nothing newer overlapped with it


def call_stale_what_came_first(history: History) -> None:
    history.effects = [effect for effect in history.effects if effect.mark != "c7/2"]
    history.log[2] = Logged("ignored", "stale", 70, None)  # 4 is newer, but was sent after the answer to 2


def call_superseded_what_came_last(history: History) -> None:
    history.send("c7", 5, 9.0, 9.1, event=5)
    history.log[5] = Logged("ignored", "superseded", 70, None)


def give_up(history: History) -> None:
    history.log[2] = Logged("dead", "internal-error", 70, None)


def double(history: History) -> None:
    history.effect("c7", 2, 900, 70)


def make_twice(history: History) -> None:
    history.effect("c7", 1, 900, 71, "insert")
    history.effects[-1] = history.effects[-1]._replace(mark="")


def swap(history: History) -> None:
    one, two = (place for place, effect in enumerate(history.effects) if effect.mark in ("c7/1", "c7/2"))
    history.effects[one], history.effects[two] = history.effects[two], history.effects[one]


def cover_up_in_the_wrong_order(history: History) -> None:
    history.effects = [effect for effect in history.effects if effect.mark != "c7/2"]
    history.log[2] = Logged("done", "", 70, 101)  # in the transaction whose last state is 1


def create_twice_there(history: History) -> None:
    history.put("p3", 3, "502")


def go_back_there(history: History) -> None:
    history.puts[1:1] = [{**history.puts[1]}, {**history.puts[0]}]


def stop_short_there(history: History) -> None:
    del history.puts[-1]


def invent_there(history: History) -> None:
    history.puts.insert(1, {**history.puts[0], "mark": "p3/77"})


def leave_waiting(history: History) -> None:
    history.log[13] = Logged("retry", "server-fault", 30, None)


def invent_here(history: History) -> None:
    history.effect("c7", 9, 901, 70)


def acknowledge_nothing(history: History) -> None:
    history.send("c7", 5, 9.0, 9.1, event=99)


def lose_an_edit(history: History) -> None:
    history.people += [
        {"at": 9.0, "what": "edited", "key": "p3", "sequence": 4},
        {"at": 9.1, "what": "acknowledged", "key": "p3", "sequence": 4},
    ]


@pytest.mark.parametrize(
    ("spoil", "kinds"),
    [
        (lose, {"lost"}),
        (lose_the_last, {"lost"}),
        (call_stale_what_came_first, {"lost"}),
        (call_superseded_what_came_last, {"lost"}),
        (give_up, {"lost"}),
        (lose_an_edit, {"lost"}),
        (stop_short_there, {"lost"}),
        (double, {"doubled"}),
        (make_twice, {"doubled"}),
        (swap, {"disordered"}),
        (cover_up_in_the_wrong_order, {"disordered"}),
        (go_back_there, {"disordered"}),
        (create_twice_there, {"vendor_duplicates"}),
        (leave_waiting, {"stuck"}),
        (invent_here, {"phantom"}),
        (invent_there, {"phantom"}),
        (acknowledge_nothing, {"false_acks", "lost"}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_each_broken_promise_is_found(history: History, spoil: Callable[[History], None], kinds: set[str]) -> None:
    spoil(history)
    assert history.kinds() == kinds


def test_of_one_transaction_only_the_last_state_shows(history: History) -> None:
    history.effects = [effect for effect in history.effects if effect.mark != "c7/1"]
    history.effects[0] = history.effects[0]._replace(operation="insert")
    history.log[1] = Logged("done", "", 70, 102)  # in the transaction of 2
    assert history.findings() == []


def test_a_transaction_may_show_some_of_its_states(history: History) -> None:
    history.effects = [effect for effect in history.effects if not effect.mark.startswith("c7")]
    for sequence in (5, 6):
        history.send("c7", sequence, 2.0 + sequence, 2.1 + sequence, event=sequence)
    history.log |= {event: Logged("done", "", 70, 500) for event in range(1, 7)}
    for sequence, operation in ((2, "insert"), (4, "update"), (6, "update")):
        history.effect("c7", sequence, 500, 70, operation)
    assert history.findings() == []


def test_what_made_a_message_stale_may_be_covered_up_itself(history: History) -> None:
    history.effects = [effect for effect in history.effects if effect.mark != "c7/4"]
    history.send("c7", 5, 9.0, 9.1, event=5)
    history.log |= {4: Logged("done", "", 70, 500), 5: Logged("done", "", 70, 500)}  # 3 is older than 4
    history.effect("c7", 5, 500, 70)
    assert history.findings() == []


def test_the_slowest_unit_that_held_work_is_the_recovery() -> None:
    traces = [
        Trace(1.0, 1, "2:inbound:3", "pending"),
        Trace(1.1, 2, "2:inbound:4", "pending"),
        Trace(1.2, 3, "2:inbound:5", "pending"),
        Trace(1.5, 3, "2:inbound:5", "done"),
        Trace(4.0, 1, "2:inbound:3", "done"),
        Trace(9.0, 4, "2:inbound:4", "pending"),
        Trace(10.0, 2, "2:inbound:4", "done"),
        Trace(11.5, 4, "2:inbound:4", "done"),
    ]
    both = {"at": 2.0, "units": ["2:inbound:3", "2:inbound:4"]}
    nothing_waited = {"at": 2.0, "units": ["2:inbound:5"]}  # then the next message that came counts
    assert recoveries([both, nothing_waited, {"at": 20.0, "units": []}], traces) == [8.0, 9.5, 0.0]
    assert recoveries([{"at": 2.0, "units": ["2:inbound:4"]}], traces[:5]) == [float("inf")]


def test_what_waits_for_an_earlier_message_of_its_key_is_no_work_held_up() -> None:
    traces = [
        Trace(1.0, 1, "3:outbound:3", "pending", "k1"),
        Trace(1.1, 2, "3:outbound:3", "pending", "k1"),
        Trace(1.2, 1, "3:outbound:3", "dead", "k1"),
        Trace(3.0, 3, "3:outbound:9", "pending", "k2"),
        Trace(4.0, 3, "3:outbound:9", "done", "k2"),
        Trace(99.0, 2, "3:outbound:3", "done", "k1"),
    ]
    assert recoveries([{"at": 2.0, "units": ["3:outbound:3"]}], traces) == [2.0]


def test_percentiles_are_values_that_were_measured() -> None:
    assert percentile([5.0, 1.0, 3.0], 0.5) == 3.0
    assert percentile(list(range(1, 101)), 0.95) == 95
    assert percentile([], 0.95) == 0.0


def test_the_same_seed_plans_the_same() -> None:
    def whole(seed: int) -> list[Any]:
        some = [plan.messages(seed), plan.edits(seed, 0, 2), plan.troubles(seed)]
        return [[next(each) for _ in range(300)] for each in some] + [plan.kills(seed, 200, points.points())]

    assert whole(7) == whole(7)
    assert all(one != other for one, other in zip(whole(7), whole(8), strict=True))


def test_two_hundred_kills_reach_every_point() -> None:
    planned = plan.kills(7, 200, points.points())
    assert len(planned) == 200
    assert {kill.point for kill in planned if kill.point} == set(points.points())
    assert {"before-Claim", "after-Claim", "before-Send", "after-Send", "before-commit-job"} <= set(points.points())


def test_of_a_key_the_plan_counts_without_gaps() -> None:
    made: dict[str, list[int]] = {}
    for message in islice(plan.messages(7), 3000):
        made.setdefault(message.key, []).append(message.sequence)
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in made.values())
