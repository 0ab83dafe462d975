# Part of Integration Hub. License LGPL-3.0 or later.
"""Incremental reading by the time of the last change, oldest first, with an overlap between two readings."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

from .. import dotted, moments
from ..errors import DocumentError
from .model import Answer, PageRequest, Paginator, State, bad_page


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyset(Paginator):
    """`?updated_since=<last change read>`: each page begins where the one before ended.

    The API must filter by "at or after" and sort by `field` (a path in an item), oldest first, with pages of `limit`
    (which it must grant). Items of the border moment come again and are left out by their `id` (a path). A page full
    of one moment has no way past it, and is an error.

    The next reading (`restart`) begins `overlap` seconds before the last change read, for a change may become visible
    after a later one. What lies in the overlap comes again: at least once is the promise. `style` is how moments are
    written, `resolution` (seconds) how finely the API's filter tells them apart.
    """

    field: str = "updated_at"
    id: str = "id"
    param: str = "updated_since"
    limit: int = 100
    limit_param: str = "limit"
    overlap: float = 300.0
    start: str | int | None = None
    style: Literal["iso", "seconds", "milliseconds"] = "iso"
    resolution: float = 0.001
    in_body: bool = False

    def init_request(self, request: PageRequest) -> PageRequest:
        """From `start`, or from the first change ever."""
        request = request.put(self.limit_param, self.limit, in_body=self.in_body)
        return request if self.start is None else request.put(self.param, self.start, in_body=self.in_body)

    def update_state(self, state: State, answer: Answer) -> State:
        """The moment of the page's last item, with the ids that have it.

        Raises BadResponse: pagination-unsorted when moments do not rise, pagination-loop when the page shows what was
        not asked for, or nothing new though it is full.
        """
        since = state.get("since")
        times = [self._moment(item) for item in answer.items]
        if any(later < earlier for earlier, later in pairwise(times)):
            raise bad_page(f"it is not sorted by {self.field}", code="pagination-unsorted")
        if since is not None and times and times[0] < since:
            raise bad_page(f"it has items changed before {self.param}", code="pagination-loop")
        if not self.fresh(state, answer):
            if len(times) >= self.limit:
                raise bad_page(
                    f"{len(times)} items have one and the same {self.field}",
                    code="pagination-loop",
                    hint="Raise the page's size: there is no way past so many changes of one moment.",
                )
            return {**state, "done": True}
        last = times[-1]
        ids = [self._id(item) for item, time in zip(answer.items, times, strict=True) if time == last]
        return {"since": last, "ids": ids, "last": max(last, state.get("last", last))}

    def update_request(self, request: PageRequest, state: State) -> PageRequest:
        """At or after the moment."""
        return request.put(self.param, self._written(state["since"]), in_body=self.in_body)

    def fresh(self, state: State, answer: Answer) -> list[Any]:
        """Without the items of the border moment that were read before."""
        since, ids = state.get("since"), set(state.get("ids", ()))
        return [item for item in answer.items if self._moment(item) != since or self._id(item) not in ids]

    def restart(self, state: State) -> State:
        """`overlap` before the last change read."""
        if "last" not in state:
            return {}
        # Counted from `last`, not from `since`: readings that find nothing new must not move back by an overlap each.
        since = self._floor(state["last"] - round(self.overlap * 1000))
        return {"since": since, "ids": [], "last": state["last"]}

    def _moment(self, item: Any) -> int:
        """Milliseconds since 1970, cut to the resolution."""
        found = dotted.read(item, self.field)
        try:
            if self.style == "iso":
                return self._floor(moments.to_milliseconds(found))
            if isinstance(found, int | float) and not isinstance(found, bool):
                milliseconds = int(found * (1000 if self.style == "seconds" else 1))
                return self._floor(moments.to_milliseconds(moments.from_milliseconds(milliseconds)))
        except (DocumentError, OverflowError, ValueError):
            pass  # falls through to the one refusal below
        raise bad_page(f"an item has no moment at {self.field}")

    def _floor(self, milliseconds: int) -> int:
        finest = 1000 if self.style == "seconds" else 1
        return milliseconds - milliseconds % max(finest, round(self.resolution * 1000))

    def _written(self, milliseconds: int) -> str | int:
        if self.style == "iso":
            return moments.from_milliseconds(milliseconds)
        return milliseconds // 1000 if self.style == "seconds" else milliseconds

    def _id(self, item: Any) -> str:
        found = dotted.read(item, self.id)
        if found is None:
            raise bad_page(f"an item has nothing at {self.id}")
        return str(found)
