# Part of Integration Hub. License LGPL-3.0 or later.
"""Pages by number, and by offset. Both skip or repeat items when the list changes while it is read."""

from dataclasses import dataclass
from typing import Any

from .. import dotted
from .model import Answer, PageRequest, Paginator, State, bad_page


@dataclass(frozen=True, slots=True, kw_only=True)
class PageNumber(Paginator):
    """`?page=3`. Ends at `total_pages` (a path) or `total` items (a path), else at the first empty page.

    A page with fewer items than asked for is not the end: many an API grants less than is asked.
    """

    param: str = "page"
    start: int = 1
    size: int | None = None
    size_param: str = "per_page"
    total_pages: str = ""
    total: str = ""
    in_body: bool = False

    def init_request(self, request: PageRequest) -> PageRequest:
        """The first page's number, and the size."""
        if self.size is not None:
            request = request.put(self.size_param, self.size, in_body=self.in_body)
        return request.put(self.param, self.start, in_body=self.in_body)

    def update_state(self, state: State, answer: Answer) -> State:
        """The next number, and how many items were read."""
        page = state.get("page", self.start)
        read = state.get("read", 0) + len(answer.items)
        following = {"page": page + 1, "read": read}
        if self.total_pages:
            last = _count(answer.document, self.total_pages) + self.start - 1
            return following if page < last else {**following, "done": True}
        return _ended(following, read, answer, self.total)

    def update_request(self, request: PageRequest, state: State) -> PageRequest:
        """Ask for the number."""
        return request.put(self.param, state["page"], in_body=self.in_body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offset(Paginator):
    """`?offset=200&limit=100`. Ends at `total` items (a path), else at the first empty page.

    The offset grows by what came, not by what was asked for.
    """

    param: str = "offset"
    limit: int = 100
    limit_param: str = "limit"
    total: str = ""
    in_body: bool = False

    def init_request(self, request: PageRequest) -> PageRequest:
        """From the beginning."""
        return request.put(self.limit_param, self.limit, in_body=self.in_body).put(self.param, 0, in_body=self.in_body)

    def update_state(self, state: State, answer: Answer) -> State:
        """Past the items that were read."""
        offset = state.get("offset", 0) + len(answer.items)
        return _ended({"offset": offset}, offset, answer, self.total)

    def update_request(self, request: PageRequest, state: State) -> PageRequest:
        """Ask for what follows."""
        return request.put(self.param, state["offset"], in_body=self.in_body)


def _ended(state: State, read: int, answer: Answer, total: str) -> State:
    if not answer.items or (total and read >= _count(answer.document, total)):
        return {**state, "done": True}
    return state


def _count(document: Any, path: str) -> int:
    found = dotted.read(document, path)
    if isinstance(found, str) and found.isascii() and found.isdigit() and len(found) < 16:
        return int(found)
    if isinstance(found, bool) or not isinstance(found, int) or found < 0:
        raise bad_page(f"no number at {path}")
    return found
