# Part of Integration Hub. License LGPL-3.0 or later.
"""What a paginator is: four questions about a list that comes in pages, answered without any state of its own."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from .. import dotted
from ..errors import BadResponse
from ..http import Response

State = dict[str, Any]
"""Where a paginator stands: a JSON object. Empty before the first page; `done` true after the last."""


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A request for a page, as `Client.request` takes it. Never changed in place: its methods make others."""

    path: str
    method: str = "GET"
    params: Mapping[str, Any] = field(default_factory=dict)
    json: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def put(self, name: str, value: Any, *, in_body: bool = False) -> "PageRequest":
        """The same request with one parameter set: in its query, or at a dotted path of its JSON body."""
        if not in_body:
            return replace(self, params={**self.params, name: value})
        return replace(self, json=dotted.write(self.json, name, value))


class Answer(NamedTuple):
    """One page as it came: the absolute address asked, the response, its JSON and the items on it."""

    url: str
    response: Response
    document: Any
    items: list[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Paginator(ABC):
    """How one API pages its lists. An instance is a description, a value that threads and streams share.

    `items` is the dotted path of the list in a page's JSON; "" when the page is the list.
    """

    items: str = ""

    @abstractmethod
    def init_request(self, request: PageRequest) -> PageRequest:
        """The request for the first page: with the page's size, and where the list begins."""

    @abstractmethod
    def update_state(self, state: State, answer: Answer) -> State:
        """Where to go on after this page. Raises BadResponse when the page does not say so as it should."""

    @abstractmethod
    def update_request(self, request: PageRequest, state: State) -> PageRequest:
        """The request for the page at `state`; `request` is the one that `init_request` made."""

    def has_next_page(self, state: State) -> bool:
        """Whether there is a page to ask for."""
        return not state.get("done")

    def read_items(self, document: Any) -> list[Any]:
        """The items of a page. Raises BadResponse, code bad-page, when there is no list where it should be."""
        found = dotted.read(document, self.items)
        if not isinstance(found, list):
            raise bad_page(f"no list at {self.items or 'its top'}")
        return found

    def fresh(self, state: State, answer: Answer) -> list[Any]:
        """The items of a page that the page before, which led to `state`, did not have. Hook: all of them."""
        return answer.items

    def restart(self, state: State) -> State:
        """Where a new reading begins when an earlier one ended at `state`. Hook: at the beginning."""
        return {}


def bad_page(problem: str, code: str = "bad-page", **details: Any) -> BadResponse:
    """The error for a page that is not what the paginator was told it would be."""
    hint = details.pop("hint", "Compare the pagination settings with what the other system answers.")
    return BadResponse(f"A page of the list is not as expected: {problem}", code=code, hint=hint, **details)
