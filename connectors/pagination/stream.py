# Part of Integration Hub. License LGPL-3.0 or later.
"""Reads a list page by page, each with the state from which the reading can go on, here or after a crash."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from ..errors import ConfigurationError
from ..http import Response
from ..http.url import join
from .guard import LoopGuard
from .model import Answer, PageRequest, Paginator, State, bad_page

MAX_PAGES = 100_000


@dataclass(frozen=True, slots=True)
class StreamedPage:
    """The items of one page, and the state after it. Store both in one transaction: then nothing is lost or doubled.

    `state` is JSON, to be given to `stream` again. `last` says that nothing follows.
    """

    items: list[Any] = field(repr=False)
    state: State = field(repr=False)
    response: Response
    last: bool


class Requests(Protocol):
    """What pages are asked through: a Client, or what stands before one."""

    @property
    def base_url(self) -> str:
        """The address that paths lie below."""

    def request(
        self, method: str, path: str, *, params: Mapping[str, Any], json: Any, headers: Mapping[str, str]
    ) -> Response:
        """The successful response to one request."""


def stream(
    client: Requests,
    paginator: Paginator,
    request: PageRequest | str,
    *,
    state: State | None = None,
    max_pages: int = MAX_PAGES,
    parse: Callable[[Response], Any] = Response.json,
) -> Iterator[StreamedPage]:
    """The pages of a list, each asked for when the one before was taken.

    `state` of an earlier page goes on after it; that of the last page yields nothing more. Memory stays flat. `parse`
    turns a response into its document, and may raise what a vendor says with status 200.

    Raises what the client raises, and BadResponse: bad-page and the like when a page is not as the paginator expects,
    pagination-loop when a page or a position comes again, too-many-pages past `max_pages` (counted over resumptions).
    ConfigurationError when `state` is another paginator's.
    """
    first = paginator.init_request(PageRequest(request) if isinstance(request, str) else request)
    position, pages, places, contents = _load(paginator, state)
    while paginator.has_next_page(position):
        if pages >= max_pages:
            raise bad_page(
                f"the list has more than {max_pages} pages",
                code="too-many-pages",
                hint="Narrow what is read, raise the page's size, or raise the limit if the list is really so long.",
            )
        asked = paginator.update_request(first, position) if position else first
        response = client.request(asked.method, asked.path, params=asked.params, json=asked.json, headers=asked.headers)
        document = parse(response)
        url = join(client.base_url, asked.path, asked.params)
        answer = Answer(url, response, document, paginator.read_items(document))
        items = paginator.fresh(position, answer)
        position = paginator.update_state(position, answer)
        pages += 1
        more = paginator.has_next_page(position)
        if more:
            places = places.see(position, "a place it was at")
        if items:
            contents = contents.see(items, "a page it has shown")
        saved = {
            "paginator": type(paginator).__name__,
            "position": position,
            "pages": pages,
            "places": places._asdict(),
            "contents": contents._asdict(),
        }
        yield StreamedPage(items, saved, response, last=not more)


def restart(paginator: Paginator, state: State) -> State:
    """The state for a new reading after the one that ended at `state`: what changed since, where the API can tell."""
    position = _load(paginator, state)[0]
    return {**_EMPTY, "paginator": type(paginator).__name__, "position": paginator.restart(position)}


_EMPTY: State = {"pages": 0, "places": {}, "contents": {}}


def _load(paginator: Paginator, state: State | None) -> tuple[State, int, LoopGuard, LoopGuard]:
    if state is None:
        return {}, 0, LoopGuard(), LoopGuard()
    if state.get("paginator") != type(paginator).__name__:
        raise ConfigurationError(
            "The reading was begun with another way of paging",
            code="foreign-state",
            hint="Begin it anew: a place in one kind of list means nothing in another.",
        )
    return state["position"], state["pages"], LoopGuard.load(state["places"]), LoopGuard.load(state["contents"])
