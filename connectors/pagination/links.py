# Part of Integration Hub. License LGPL-3.0 or later.
"""Pages whose answer holds the whole address of the next one. The client refuses an address of another origin."""

from abc import abstractmethod
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from .. import dotted
from .link_header import targets
from .model import Answer, PageRequest, Paginator, State, bad_page

MAX_URL = 8000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Address(Paginator):
    """`forget` names query parameters to leave out of the next address: a key that the API repeats in its links
    would be stored with the state; the client's auth adds it to each request anyway.
    """

    size: int | None = None
    size_param: str = "limit"
    forget: tuple[str, ...] = ()

    def init_request(self, request: PageRequest) -> PageRequest:
        """With the size."""
        return request if self.size is None else request.put(self.size_param, self.size)

    def update_state(self, state: State, answer: Answer) -> State:
        """The absolute address of the next page; a relative one counts from this page's."""
        target = self._target(answer)
        if not target:
            return {"done": True}
        try:
            url = urlsplit(urljoin(answer.url, target))
        except ValueError:
            raise bad_page("the next page's address is malformed") from None
        query = url.query
        if self.forget:
            pairs = parse_qsl(query, keep_blank_values=True)
            query = urlencode([pair for pair in pairs if pair[0] not in self.forget])
        found = urlunsplit(url._replace(query=query, fragment=""))
        if len(found) > MAX_URL:
            raise bad_page("the next page's address is too long")
        return {"url": found}

    def update_request(self, request: PageRequest, state: State) -> PageRequest:
        """Ask the address as it is: it holds the parameters already."""
        return replace(request, path=state["url"], params={})

    @abstractmethod
    def _target(self, answer: Answer) -> str | None:
        """The next page's address as the answer has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkHeader(_Address):
    """`Link: <https://…?page=2>; rel="next"` (RFC 8288), as GitHub and Shopify's REST API send it."""

    rel: str = "next"

    def _target(self, answer: Answer) -> str | None:
        found = targets(answer.response.headers.get("link", ""), self.rel)
        if len(found) > 1:
            raise bad_page(f"several links have the relation {self.rel}")
        return next(iter(found), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class NextUrl(_Address):
    """The next page's address in the JSON at `next` (a path); the list ends where it is missing, null or empty."""

    next: str = "next"

    def _target(self, answer: Answer) -> str | None:
        found = dotted.read(answer.document, self.next)
        if found is not None and not isinstance(found, str):
            raise bad_page(f"no address at {self.next}")
        return found
