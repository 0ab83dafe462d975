# Part of Integration Hub. License LGPL-3.0 or later.
"""Pages by a cursor (a token) that each page holds for the next one."""

from dataclasses import dataclass
from typing import Any

from .. import dotted
from .model import Answer, PageRequest, Paginator, State, bad_page


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor(Paginator):
    """`?cursor=…`, with the cursor in the JSON at `cursor` (a path), in the header `header`, or in the last item.

    `item_cursor` is a path in the page's last item, as for Stripe's `starting_after=<last id>`. `more` (a path) says
    true while there are pages; without it the list ends where no cursor comes, or an empty one.
    """

    param: str = "cursor"
    cursor: str = "next_cursor"
    header: str = ""
    item_cursor: str = ""
    more: str = ""
    size: int | None = None
    size_param: str = "limit"
    in_body: bool = False

    def init_request(self, request: PageRequest) -> PageRequest:
        """Without a cursor; with the size."""
        if self.size is None:
            return request
        return request.put(self.size_param, self.size, in_body=self.in_body)

    def update_state(self, state: State, answer: Answer) -> State:
        """The cursor of the next page. Raises BadResponse when there is one without a way to it."""
        more = self._more(answer)
        if more is False:
            return {"done": True}
        found = self._cursor(answer)
        if isinstance(found, bool) or not isinstance(found, str | int | None):
            raise bad_page("its cursor is no text")
        if found is None or found == "":
            if more:
                raise bad_page("there are more pages, but no cursor leads to them")
            return {"done": True}
        return {"cursor": found}

    def update_request(self, request: PageRequest, state: State) -> PageRequest:
        """Send the cursor."""
        return request.put(self.param, state["cursor"], in_body=self.in_body)

    def _more(self, answer: Answer) -> bool | None:
        if not self.more:
            return None
        found = dotted.read(answer.document, self.more)
        if not isinstance(found, bool):
            raise bad_page(f"neither true nor false at {self.more}")
        return found

    def _cursor(self, answer: Answer) -> Any:
        if self.header:
            return answer.response.headers.get(self.header)
        if self.item_cursor:
            return dotted.read(answer.items[-1], self.item_cursor) if answer.items else None
        return dotted.read(answer.document, self.cursor)
