# Part of Integration Hub. License LGPL-3.0 or later.
"""Three systems and Odoo, wired in rings, edited everywhere at once: they come to rest, and nothing is lost untold."""

import pytest
from simulation.ring import FIELDS, RULES, Restless, Ring, Untraced

HISTORIES, PARTS = 12_000, 6


class Deaf(Ring):
    """What was said before it was overtaken is dropped as an echo."""

    judges_late = False


class Quarrel(Ring):
    """One system writes everything in capitals, Odoo in small letters; what is sent is noted before its echo comes."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed, "nothing")
        self.whispers = True
        for name, link in self.links.items():
            link.is_read = link.is_written = True
            self.remotes[name].has_versions, self.remotes[name].shouts = False, name == "crm"

    def _actions(self) -> list:
        calls = [lambda name=name: self._go_on(name) for name, link in self.links.items() if link.call]
        return calls or super()._actions()


class Endless(Quarrel):
    breaks_circles = False


@pytest.mark.parametrize("part", range(PARTS))
def test_everybody_comes_to_rest(part: int) -> None:
    size = HISTORIES // PARTS
    for seed in range(part * size, (part + 1) * size):
        Ring(seed).run()


@pytest.mark.parametrize("seed", range(20))
def test_a_quarrel_of_automations_ends_where_circles_are_looked_for(seed: int) -> None:
    quarrel = Quarrel(seed)
    quarrel.run()
    assert any(link.is_held for link in quarrel.links.values())
    assert raised(Endless(seed), Restless)


def test_without_a_look_at_what_was_overtaken_changes_are_lost_untold() -> None:
    assert any(raised(Deaf(seed), Untraced) for seed in range(2000))


@pytest.mark.parametrize("rule", [name for name in RULES if name != "nothing"])
def test_where_somebody_decides_all_agree_in_the_end(rule: str) -> None:
    """But for what a person is asked about; of systems that write what they are told, and are told."""
    for seed in range(1500):
        ring = Ring(seed, rule)
        for name, link in ring.links.items():
            link.is_read = link.is_written = True
            ring.remotes[name].shouts = ring.whispers = False
            link.rules = dict.fromkeys(FIELDS, RULES[rule])
        ring.run()
        assert ring.is_agreed(), seed


def raised(ring: Ring, kind: type[Exception]) -> bool:
    try:
        ring.run()
    except kind:
        return True
    return False
