# Part of Integration Hub. License LGPL-3.0 or later.
"""A slice of the simulation: the protocol keeps every invariant, and each mutation of it breaks one.

The whole is scripts/simulate; docs/SIMULATION.md says what is simulated.
"""

import pytest
from simulation.campaign import run_chunk
from simulation.invariants import INVARIANTS, Violation
from simulation.mutations import MUTATIONS
from simulation.schedule import Schedule
from simulation.shrink import history, shrink

SLICE, PARTS = 48_000, 16
ENOUGH = 20_000  # schedules for a mutation to show

# which mutation shows that an invariant is able to fail
BREAKS = {
    "one-drain": "no lock",
    "claim": "lock after snapshot",
    "accepted": "dedupe before insert",
    "once": "outcome after effect",
    "order": "blocked key forgotten",
    "superseded": "superseded command",
    "one-call": "two calls of one key",
    "given-up": "given up all the same",
    "vendor-once": "lost answer forgotten",
    "side-effects": "savepoint halving",
    "pause": "halted asked once",
    "turn": "window after its turn",
    "ends": "works on for ever",
    "awake": "started job counts",
    "stuck": "no second look",
    "alone": "never alone",
    "poison": "death without cause",
    "innocent": "one death is fatal",
    "outcome": "one failure is fatal",
    "told": "coalesced with one in hand",
    "clean": "claim kept",
}


@pytest.mark.parametrize("part", range(PARTS))
def test_the_protocol_keeps_every_invariant(part: int) -> None:
    size = SLICE // PARTS
    chunk = run_chunk(("", part * size, (part + 1) * size))
    assert chunk.found is None, f"scripts/simulate --replay {chunk.found.seed}"
    assert chunk.steps > 50 * size


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_mutation_is_caught(name: str) -> None:
    assert run_chunk((name, 0, ENOUGH)).found


def test_every_invariant_has_its_mutation() -> None:
    assert set(BREAKS) == set(INVARIANTS)


@pytest.mark.parametrize("invariant", BREAKS)
def test_an_invariant_can_be_broken(invariant: str) -> None:
    kind = MUTATIONS[BREAKS[invariant]]
    assert any(broken(kind, seed) == invariant for seed in range(ENOUGH))


def broken(kind: type[Schedule], seed: int) -> str | None:
    """The invariant that a history breaks."""
    try:
        kind.of_seed(seed).run()
    except Violation as violation:
        return violation.invariant
    return None


def test_a_seed_replays() -> None:
    for seed in range(50):
        traces: list[list[str]] = [[], []]
        steps = [Schedule.of_seed(seed, trace).run() for trace in traces]
        assert steps[0] == steps[1]
        assert traces[0] == traces[1]
        assert traces[0]


def test_a_failing_history_shrinks() -> None:
    kind = MUTATIONS["blocked key forgotten"]
    seed = run_chunk(("blocked key forgotten", 0, ENOUGH)).found.seed
    found = history(kind, kind.of_seed(seed).scenario, seed + 1)
    small = shrink(kind, found, tries=40)
    assert small.violation.invariant == found.violation.invariant
    assert len(small.scenario.inbound) + len(small.scenario.outbound) == 2, "the one that fails and its follower"
    assert len(small.trace) < len(found.trace)
    again = history(kind, small.scenario, small.seed)
    assert again.trace == small.trace
