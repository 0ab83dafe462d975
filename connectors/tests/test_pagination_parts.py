# Part of Integration Hub. License LGPL-3.0 or later.
"""What paginators make of odd pages, the Link header's grammar, the guard, and paginators from settings."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from integration_hub_connectors.errors import BadResponse, ConfigurationError
from integration_hub_connectors.http import Client, Headers, Response, Timeout
from integration_hub_connectors.pagination import (
    KINDS,
    Answer,
    Cursor,
    GraphQLConnection,
    Keyset,
    LinkHeader,
    LoopGuard,
    NextUrl,
    Offset,
    PageNumber,
    PageRequest,
    build,
    restart,
    stream,
)
from integration_hub_connectors.pagination.link_header import targets

URL = "https://api.example.com/v1/things?page=1"


def answer(document=None, headers=None, paginator=None, url=URL):
    items = paginator.read_items(document) if paginator else []
    return Answer(url, Response(200, Headers(headers or {})), document, items)


def code_of(call):
    with pytest.raises(BadResponse) as caught:
        call()
    assert caught.value.hint
    return caught.value.code


# -- requests ---------------------------------------------------------------------------------------------------------


def test_put_makes_another_request():
    request = PageRequest("/x", params={"a": 1}, json={"page": {"size": 5}, "q": 1})
    assert request.put("b", 2).params == {"a": 1, "b": 2}
    assert request.put("page.from", 9, in_body=True).json == {"page": {"size": 5, "from": 9}, "q": 1}
    assert PageRequest("/x").put("page.from", 9, in_body=True).json == {"page": {"from": 9}}
    assert (request.params, request.json) == ({"a": 1}, {"page": {"size": 5}, "q": 1})


def test_what_a_client_sends(server):
    server.answer("200 OK", b"[]")
    client = Client(server.url, timeout=Timeout(2, 2, 5))
    request = PageRequest("/q?x=1", method="POST", params={"y": [1, 2]}, json={"a": 1}, headers={"X-Extra": "e"})
    assert [page.items for page in stream(client, Offset(limit=7), request)] == [[]]
    assert server.heads[0].startswith(b"POST /q?x=1&y=1&y=2&limit=7&offset=0 HTTP/1.1")
    assert b"X-Extra: e" in server.heads[0]
    assert server.bodies == [b'{"a":1}']


def test_parse_may_read_another_wrapping_and_raise(server):
    server.answer("200 OK", b'{"ok": false}')
    client = Client(server.url, timeout=Timeout(2, 2, 5))

    def parse(response):
        raise BadResponse("not ok", code="vendor-says-no")

    assert code_of(lambda: list(stream(client, Offset(), "/q", parse=parse))) == "vendor-says-no"


def test_pages_show_neither_items_nor_state(server):
    server.answer("200 OK", b'{"results": ["Zoe"], "next_cursor": "t0ken"}')
    client = Client(server.url, timeout=Timeout(2, 2, 5))
    page = next(stream(client, Cursor(items="results"), "/things"))
    assert page.items == ["Zoe"]
    assert "Zoe" not in repr(page)
    assert "t0ken" not in repr(page)


# -- where a page says to go on ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("total", [None, "x", -1, True, 1.5, "-3", "٣", {}, "9" * 20])
def test_a_total_that_is_no_number(total):
    document = {"list": [1], "total": total}
    for paginator in (
        Offset(items="list", total="total"),
        PageNumber(items="list", total="total"),
        PageNumber(items="list", total_pages="total"),
    ):
        assert code_of(lambda p=paginator: p.update_state({}, answer(document, paginator=p))) == "bad-page"


def test_totals_end_a_list_without_another_request():
    paginator = PageNumber(items="list", total="total")
    state = paginator.update_state({}, answer({"list": [1, 2], "total": 3}, paginator=paginator))
    assert paginator.has_next_page(state)
    state = paginator.update_state(state, answer({"list": [3], "total": 3}, paginator=paginator))
    assert not paginator.has_next_page(state)


@pytest.mark.parametrize("cursor", [True, 1.5, [], {"a": 1}])
def test_a_cursor_that_is_none(cursor):
    assert code_of(lambda: Cursor().update_state({}, answer({"next_cursor": cursor}))) == "bad-page"


@pytest.mark.parametrize("cursor", [None, ""])
def test_the_list_ends_without_a_cursor_unless_more_was_promised(cursor):
    assert Cursor().update_state({}, answer({"next_cursor": cursor})) == {"done": True}
    paginator = Cursor(more="more")
    assert code_of(lambda: paginator.update_state({}, answer({"next_cursor": cursor, "more": True}))) == "bad-page"
    assert code_of(lambda: paginator.update_state({}, answer({"next_cursor": "c"}))) == "bad-page"
    assert paginator.update_state({}, answer({"next_cursor": "c", "more": False})) == {"done": True}


def test_zero_is_a_cursor():
    assert Cursor().update_state({}, answer({"next_cursor": 0})) == {"cursor": 0}


@pytest.mark.parametrize(
    ("info", "code"),
    [
        (None, "bad-page"),
        ({"endCursor": "c"}, "bad-page"),
        ({"hasNextPage": True, "endCursor": None}, "bad-page"),
        ({"hasNextPage": True, "endCursor": ""}, "bad-page"),
        ({"hasNextPage": "yes", "endCursor": "c"}, "bad-page"),
    ],
)
def test_connections_that_do_not_say_where_they_go_on(info, code):
    paginator = GraphQLConnection(items="data.things")
    page = answer({"data": {"things": {"nodes": [], "pageInfo": info}}}, paginator=paginator)
    assert code_of(lambda: paginator.update_state({}, page)) == code


def test_half_a_graphql_answer_is_not_taken_for_a_whole_one():
    document = {"errors": [{"message": "timeout"}], "data": {"things": {"nodes": [], "pageInfo": {}}}}
    assert code_of(lambda: GraphQLConnection(items="data.things").read_items(document)) == "graphql-errors"


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("https://api.example.com/v1/things?page=2#x", "https://api.example.com/v1/things?page=2"),
        ("/v1/things?page=2", "https://api.example.com/v1/things?page=2"),
        ("?page=2", "https://api.example.com/v1/things?page=2"),
        ("things?page=2&key=s3cret&q=", "https://api.example.com/v1/things?page=2&q="),
    ],
)
def test_next_addresses_count_from_the_pages_own(target, expected):
    assert NextUrl(forget=("key",)).update_state({}, answer({"next": target})) == {"url": expected}


@pytest.mark.parametrize("target", [5, True, ["/x"], "http://[", "/" + "x" * 9000])
def test_next_addresses_that_are_none(target):
    assert code_of(lambda: NextUrl().update_state({}, answer({"next": target}))) == "bad-page"


@pytest.mark.parametrize(
    "target", ["http://169.254.169.254/latest", "https://evil.example/things", "//evil.example/x", "file:///etc/passwd"]
)
def test_a_next_address_elsewhere_is_never_asked(server, target):
    server.answer("200 OK", json.dumps({"list": [1], "next": target}).encode())
    client = Client(server.url, timeout=Timeout(2, 2, 5))
    with pytest.raises(ConfigurationError):
        list(stream(client, NextUrl(items="list"), "/things"))
    assert len(server.heads) == 1


# -- the Link header --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", set()),
        ('<https://x/?a=1,2;3>; rel="next"', {"https://x/?a=1,2;3"}),
        ("</b>;rel=next", {"/b"}),
        ('</a>; rel="prev", </b>; rel="next"', {"/b"}),
        ('</b>; title="x\\", y; rel=prev"; rel="NEXT last"', {"/b"}),
        ("</b>; REL = next ;title*=UTF-8''x", {"/b"}),
        ('</b>; rel="prev"; rel="next"', set()),
        ('</b>; rel="next"; anchor="#foo"', set()),
        ('</b>; rel="nextpage"', set()),
        (", </b>; rel=next,,", {"/b"}),
        ("</b>; flag; rel=next", {"/b"}),
        ("</b>;; rel=next;", {"/b"}),
        ("<>; rel=next", {""}),
    ],
)
def test_links_are_read(value, expected):
    assert targets(value, "next") == expected


@pytest.mark.parametrize(
    "value", ["/b; rel=next", "</b; rel=next", '</b>; rel="next', "</b> rel=next", "<a b>; rel=next", "x"]
)
def test_links_that_cannot_be_read_are_no_end_of_the_list(value):
    assert code_of(lambda: targets(value, "next")) == "bad-link-header"


@given(st.one_of(st.text(max_size=60), st.text('<>;,="\\ relnxta/', max_size=60)))
def test_no_link_header_makes_anything_else(value):
    try:
        assert all(isinstance(target, str) for target in targets(value, "next"))
    except BadResponse as error:
        assert error.code == "bad-link-header"


def test_a_long_link_header_is_read_at_once():
    """100 header lines of 64 kB are what http.client lets through."""
    start = time.process_time()
    assert targets("</a>," * 300_000 + "</b>; rel=next", "next") == {"/b"}
    assert time.process_time() - start < 10


def test_two_next_links_are_one_too_many():
    paginator = LinkHeader()
    doubled = [("Link", "</a>; rel=next"), ("link", "</b>; rel=next")]
    assert code_of(lambda: paginator.update_state({}, answer([], doubled))) == "bad-page"
    same = [("Link", "</a>; rel=next"), ("link", '</a>; rel="next"')]
    assert paginator.update_state({}, answer([], same)) == {"url": "https://api.example.com/a"}


# -- keysets ----------------------------------------------------------------------------------------------------------


def changes(*pairs):
    return [{"id": key, "updated_at": f"2026-01-01T00:00:{second:09.6f}Z"} for key, second in pairs]


def keyset_state(items, state=None, **options):
    paginator = Keyset(**{"limit": 3, **options})
    return paginator.update_state(state or {}, answer(items, paginator=paginator))


def test_keyset_remembers_the_border():
    state = keyset_state(changes(("a", 1), ("b", 2), ("c", 2)))
    assert state == {"since": 1767225602000, "ids": ["b", "c"], "last": 1767225602000}
    request = Keyset(limit=3).update_request(PageRequest("/x"), state)
    assert request.params == {"updated_since": "2026-01-01T00:00:02.000Z"}


def test_keyset_stuck_in_one_moment_is_a_loop():
    page = changes(("a", 2), ("b", 2), ("c", 2))
    state = keyset_state(page)
    assert code_of(lambda: keyset_state(page, state)) == "pagination-loop"
    assert keyset_state(page[:2], state)["done"]


def test_keyset_that_is_not_sorted_or_not_filtered():
    assert code_of(lambda: keyset_state(changes(("a", 2), ("b", 1)))) == "pagination-unsorted"
    state = keyset_state(changes(("a", 5)))
    assert code_of(lambda: keyset_state(changes(("b", 4), ("c", 9)), state)) == "pagination-loop"


def test_moments_finer_than_the_filter_are_one():
    state = keyset_state(changes(("a", 1.2), ("b", 1.9), ("c", 1.3)), resolution=1)
    assert state["ids"] == ["a", "b", "c"]
    assert state["since"] == 1767225601000
    state = keyset_state(changes(("a", 1.0001), ("b", 1.0002)))
    assert state["ids"] == ["a", "b"]


@pytest.mark.parametrize(("style", "value", "written"), [("seconds", 5.7, 5), ("milliseconds", 5700, 5700)])
def test_moments_as_numbers(style, value, written):
    paginator = Keyset(limit=3, style=style)
    state = paginator.update_state({}, answer([{"id": 1, "updated_at": value}], paginator=paginator))
    assert paginator.update_request(PageRequest("/x"), state).params == {"updated_since": written}


@pytest.mark.parametrize("moment", [None, "yesterday", "2026-01-01", True, float("inf"), float("nan"), [], 10**400])
def test_an_item_without_a_moment(moment):
    for style in ("iso", "seconds", "milliseconds"):
        assert code_of(lambda s=style: keyset_state([{"id": 1, "updated_at": moment}], style=s)) == "bad-page"


def test_an_item_without_an_id():
    assert code_of(lambda: keyset_state([{"updated_at": "2026-01-01T00:00:00Z"}])) == "bad-page"


def test_readings_that_find_nothing_new_do_not_move_back():
    paginator = Keyset(limit=3, overlap=60)
    state = keyset_state(changes(("a", 1), ("b", 50)))
    for _ in range(5):
        state = paginator.restart({**state, "done": True})
        assert state["since"] == state["last"] - 60_000
        state = paginator.update_state(state, answer([], paginator=paginator))
    assert state["last"] == 1767225650000
    older = keyset_state(changes(("a", 1)), paginator.restart(state))
    assert older["last"] == 1767225650000
    assert paginator.restart({"done": True}) == {}


def test_a_first_reading_may_begin_somewhere():
    request = Keyset(limit=3, start="2025-01-01").init_request(PageRequest("/x"))
    assert request.params == {"limit": 3, "updated_since": "2025-01-01"}


# -- the guard --------------------------------------------------------------------------------------------------------


@given(way_in=st.integers(0, 40), length=st.integers(1, 40))
def test_any_circle_is_noticed_soon_and_nothing_else(way_in, length):
    guard, steps = LoopGuard(), 0
    with pytest.raises(BadResponse) as caught:
        while steps < 1000:
            place = steps if steps < way_in else way_in + (steps - way_in) % length
            guard = LoopGuard.load(json.loads(json.dumps(guard.see({"page": place}, "a page")._asdict())))
            steps += 1
    assert caught.value.code == "pagination-loop"
    assert way_in + length <= steps <= 3 * (way_in + length) + 1


def test_a_list_that_only_goes_on_is_no_circle():
    guard = LoopGuard()
    for page in range(5000):
        guard = guard.see(page, "a page")
    assert guard.seen == 5000


def test_the_guard_reads_any_text():
    assert LoopGuard().see({"a": "\ud800"}, "a page").seen == 1


# -- from settings ----------------------------------------------------------------------------------------------------


def test_build_makes_what_the_settings_say():
    spec = {"kind": "cursor", "items": "results", "cursor": "paging.next.after", "param": "after", "size": 50}
    assert build(spec) == Cursor(items="results", cursor="paging.next.after", param="after", size=50)
    assert build({"kind": "next-url", "forget": ["key"]}) == NextUrl(forget=("key",))
    assert build({"kind": "keyset", "overlap": 60, "style": "seconds", "start": 0}).style == "seconds"
    assert {type(build({"kind": kind})) for kind in KINDS} == set(KINDS.values())


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"kind": "magic"},
        {"kind": ["page"]},
        {"kind": "page", "colour": "red"},
        {"kind": "page", "start": "1"},
        {"kind": "page", "start": True},
        {"kind": "page", "start": -1},
        {"kind": "page", "items": None},
        {"kind": "page", "in_body": 1},
        {"kind": "page", "size": 1.5},
        {"kind": "keyset", "overlap": -5},
        {"kind": "keyset", "overlap": True},
        {"kind": "keyset", "style": "roman"},
        {"kind": "next-url", "forget": [5]},
        {"kind": "next-url", "forget": "key"},
    ],
)
def test_settings_that_mean_nothing_are_refused(spec):
    with pytest.raises(ConfigurationError) as caught:
        build(spec)
    assert caught.value.code == "invalid-paginator"
    assert caught.value.hint


def test_restart_of_a_list_without_moments_is_at_its_beginning(server):
    server.answer("200 OK", b'{"list": [1], "total": 1}')
    client = Client(server.url, timeout=Timeout(2, 2, 5))
    paginator = Offset(items="list", total="total")
    state = list(stream(client, paginator, "/things"))[-1].state
    assert [page.items for page in stream(client, paginator, "/things", state=restart(paginator, state))] == [[1]]


@pytest.mark.parametrize("cursors", [["a"], ["a", "b", "c"]])
def test_empty_pages_that_lead_in_a_circle_are_noticed_too(server, cursors):
    def script(connection, head, body):
        cursor = cursors[(len(server.heads) - 1) % len(cursors)]
        page = json.dumps({"results": [], "next_cursor": cursor}).encode()
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(page), page))

    server.script = script
    client = Client(server.url, timeout=Timeout(2, 2, 5))
    assert code_of(lambda: list(stream(client, Cursor(items="results"), "/things", max_pages=50))) == "pagination-loop"
    assert len(server.heads) <= 4 * len(cursors)
