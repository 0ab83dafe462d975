# Part of Integration Hub. License LGPL-3.0 or later.
"""The contract of every paginator: over a real server, each item once, resumable anywhere, and always an end.

class TestPageNumber(PaginatorContract):
    def paginator(self) -> Paginator:
        return PageNumber(items="things", size=3)

    def answer(self, call: Call) -> Page:
        page = int(call.query.get("page", "1"))
        return {}, {"things": self.things[(page - 1) * 3 : page * 3]}

Needs pytest.
"""

import copy
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import zip_longest
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from ..errors import BadResponse, ConfigurationError, ServerFault
from ..http import Client, Timeout
from ..pagination import PageRequest, Paginator, State, StreamedPage, restart, stream

Page = tuple[dict[str, str], Any]
"""The headers of an answer and its JSON."""

JUNK = (
    b"",
    b"<html>Sign in</html>",
    b"null",
    b"3",
    b'"x"',
    b"{}",
    b'{"data": null}',
    b'{"data": {"x": [1]}}',
    b"[[1]]",
)


@dataclass(frozen=True)
class Call:
    """What the server was asked; `url` is absolute."""

    url: str
    query: dict[str, str]
    body: Any


class PaginatorContract:
    """Inherit, make the `paginator` and be its API in `answer`, with pages of three things."""

    request = PageRequest("/things")
    things: list[Any] = []

    def paginator(self) -> Paginator:
        """The paginator; the same description each time."""
        raise NotImplementedError

    def answer(self, call: Call) -> Page:
        """The API's side: the page of `self.things` that the call asks for."""
        raise NotImplementedError

    def thing(self, number: int) -> Any:
        """Hook: the thing of a number, from 0."""
        return {"id": f"t{number}", "name": "Zürich", "updated_at": f"2026-01-01T00:00:{number:02}Z"}

    @contextmanager
    def serving(self, count: int, answer: Callable[[Call], Page | bytes | int] | None = None) -> Iterator["Api"]:
        """A real server with so many things, answering by `answer` (bytes as they are, an int as a status)."""
        self.things = [self.thing(number) for number in range(count)]
        api = Api(answer or self.answer)
        try:
            yield api
        finally:
            api.close()

    def read(self, api: "Api", state: State | None = None, **options: Any) -> list[StreamedPage]:
        """Every page."""
        return list(stream(api.client, self.paginator(), self.request, state=state, **options))

    @pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 6, 10])
    def test_reads_each_thing_once_and_in_order(self, count: int) -> None:
        with self.serving(count) as api:
            pages = self.read(api)
            assert _items(pages) == self.things
            assert [page.last for page in pages] == [False] * (len(pages) - 1) + [True]
            assert len(api.calls) <= count // 2 + 2

    def test_goes_on_from_the_state_of_any_page(self) -> None:
        with self.serving(10) as api:
            pages = self.read(api)
            for place, page in enumerate(pages):
                rest = self.read(api, json.loads(json.dumps(page.state, allow_nan=False)))
                assert _items(rest) == _items(pages[place + 1 :])

    def test_what_has_ended_asks_nothing_more(self) -> None:
        with self.serving(4) as api:
            state = self.read(api)[-1].state
            asked = len(api.calls)
            assert self.read(api, state) == []
            assert len(api.calls) == asked

    def test_a_new_reading_finds_what_was_added(self) -> None:
        with self.serving(4) as api:
            state = json.loads(json.dumps(restart(self.paginator(), self.read(api)[-1].state)))
            self.things += [self.thing(4), self.thing(5)]
            assert _items(self.read(api, state))[-2:] == self.things[-2:]

    def test_goes_on_after_a_failure(self) -> None:
        def failing(call: Call) -> Page | int:
            return 500 if len(api.calls) == 3 else self.answer(call)

        with self.serving(10, failing) as api:
            pages: list[StreamedPage] = []
            with pytest.raises(ServerFault):
                pages.extend(stream(api.client, self.paginator(), self.request))
            assert len(pages) == 2
            assert _items(pages + self.read(api, pages[-1].state)) == self.things

    def test_asks_only_when_a_page_is_taken(self) -> None:
        with self.serving(10) as api:
            reading = stream(api.client, self.paginator(), self.request)
            assert len(api.calls) == 0
            next(reading)
            assert len(api.calls) == 1

    def test_streams_do_not_touch_each_other_nor_the_request(self) -> None:
        paginator, before = self.paginator(), copy.deepcopy(self.request)
        with self.serving(10) as api:
            streams = (stream(api.client, paginator, self.request) for _ in range(2))
            both = list(zip_longest(*streams))
            assert all(one is not None and two is not None and one.items == two.items for one, two in both)
        assert paginator == self.paginator()
        assert self.request == before

    def test_a_page_that_repeats_ends_with_an_error(self) -> None:
        first: list[Page] = []

        def repeating(call: Call) -> Page:
            first.append(self.answer(call))
            return first[0]

        with self.serving(30, repeating) as api:
            assert self.failure(api) == "pagination-loop"
            assert len(api.calls) <= 3

    def test_a_list_that_goes_round_ends_with_an_error(self) -> None:
        pages: list[Page] = []

        def going_round(call: Call) -> Page:
            number = len(pages)
            pages.append(self.answer(call) if number < 3 else pages[number - 3])
            return pages[-1]

        with self.serving(30, going_round) as api:
            assert self.failure(api) == "pagination-loop"
            assert len(api.calls) <= 12

    def test_a_list_without_end_is_given_up(self) -> None:
        with self.serving(30) as api:
            assert self.failure(api, max_pages=4) == "too-many-pages"
            assert len(api.calls) == 4
            pages = stream(api.client, self.paginator(), self.request)
            state = [next(pages) for _ in range(4)][-1].state
            with pytest.raises(BadResponse):
                self.read(api, state, max_pages=4)

    @pytest.mark.parametrize("junk", JUNK)
    def test_no_answer_makes_anything_but_an_error_or_an_end(self, junk: bytes) -> None:
        with self.serving(0, lambda call: junk) as api:
            try:
                assert _items(self.read(api)) in ([], [[1]])
            except BadResponse as error:
                assert error.code
                assert error.hint

    def test_another_paginators_state_is_refused(self) -> None:
        with self.serving(4) as api:
            state = {**self.read(api)[0].state, "paginator": "Another"}
            with pytest.raises(ConfigurationError) as caught:
                self.read(api, state)
            assert caught.value.code == "foreign-state"

    def failure(self, api: "Api", **options: Any) -> str:
        """The code of the BadResponse that reading ends with."""
        with pytest.raises(BadResponse) as caught:
            self.read(api, **options)
        assert caught.value.hint
        return caught.value.code


class Api:
    """A real HTTP server on loopback, and a client of it."""

    def __init__(self, answer: Callable[[Call], Page | bytes | int]) -> None:
        self.calls: list[Call] = []
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = 65536  # head and body in one piece: in two, each answer would wait for a delayed acknowledgement

            def _serve(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                raw = self.rfile.read(length)
                url = f"http://{self.headers['Host']}{self.path}"
                query = dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))
                call = Call(url, query, json.loads(raw) if raw else None)
                api.calls.append(call)
                found = answer(call)
                status, headers, body = 200, {}, b"{}"
                if isinstance(found, bytes):
                    body = found
                elif isinstance(found, int):
                    status = found
                else:
                    headers, body = found[0], json.dumps(found[1]).encode()
                self.send_response(status)
                for name, value in {"Content-Type": "application/json", **headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = _serve  # noqa: N815 (the names that the base class calls)

            def log_message(self, format: str, *args: Any) -> None:
                """Tests print nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.client = Client(f"{self.url}/api", timeout=Timeout(connect=2, read=5, total=5))

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()


def _items(pages: list[StreamedPage]) -> list[Any]:
    return [item for page in pages for item in page.items]
