# Part of Integration Hub. License LGPL-3.0 or later.
"""Calls: which of the claimed events may be sent now. Pure."""

from collections.abc import Sequence
from typing import Any

from .steps import Ready, Tried, blocked, stops

WINDOW = 16  # calls under way in one drain
REFILL = 4  # places that are free before further calls are begun: a transaction is worth several


class Calls:
    """The calls of one claim: which events wait, which are under way, and which keys do not go on."""

    def __init__(self, events: Sequence[Any]):
        self.waiting = list(events)
        self.under_way: list[Any] = []
        self.stopped = False
        self._stuck: set[Any] = set()

    def startable(self) -> list[Any]:
        """Return events whose calls may begin: the first of its key each, as many as there is room for."""
        room = WINDOW - len(self.under_way)
        if self.stopped or (self.under_way and room < REFILL):
            return []
        keys = self._stuck | {event.partition_key for event in self.under_way}
        chosen: list[Any] = []
        for event in self.waiting:
            if len(chosen) == room:
                break
            if not event.partition_key:
                chosen.append(event)
            elif event.partition_key not in keys:
                chosen.append(event)
                keys.add(event.partition_key)
        return chosen

    def take(self, events: Sequence[Any]) -> Sequence[Any]:
        """Take these, of those that wait."""
        self.waiting = [event for event in self.waiting if event not in events]
        return events

    def begun(self, begun: Sequence[tuple[Any, Any]]) -> None:
        """Note what is under way, and what there was no call for."""
        self.under_way += [event for event, answer in begun if isinstance(answer, Ready)]
        self._note([(event, answer) for event, answer in begun if isinstance(answer, Tried)])

    def ended(self, tries: Sequence[tuple[Any, Tried]]) -> None:
        """Note what is over."""
        over = [event for event, _tried in tries]
        self.under_way = [event for event in self.under_way if event not in over]
        self._note(tries)

    def begin_no_more(self) -> None:
        """What is under way is all there will be."""
        self.stopped = True

    def _note(self, tries: Sequence[tuple[Any, Tried]]) -> None:
        self._stuck |= blocked(tries)
        self.stopped = self.stopped or stops(tries)
