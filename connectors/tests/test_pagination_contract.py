# Part of Integration Hub. License LGPL-3.0 or later.
"""Every paginator keeps the contract of paginators, each against an API that pages in its way."""

import base64

from integration_hub_connectors.pagination import (
    Cursor,
    GraphQLConnection,
    Keyset,
    LinkHeader,
    NextUrl,
    Offset,
    PageNumber,
    PageRequest,
    restart,
)
from integration_hub_connectors.testing.paginators import Call, Page, PaginatorContract


class TestPageNumber(PaginatorContract):
    def paginator(self):
        return PageNumber(items="things", size=3)

    def answer(self, call: Call) -> Page:
        page, size = int(call.query["page"]), int(call.query["per_page"])
        return {}, {"things": self.things[(page - 1) * size : page * size]}


class TestPageNumberOfAServerThatGrantsLess(TestPageNumber):
    def paginator(self):
        return PageNumber(items="things", size=100)

    def answer(self, call: Call) -> Page:
        page = int(call.query["page"])
        return {}, {"things": self.things[(page - 1) * 3 : page * 3]}


class TestPageNumberWithTotals(PaginatorContract):
    def paginator(self):
        return PageNumber(items="data.list", param="p", start=0, total_pages="meta.pages")

    def answer(self, call: Call) -> Page:
        page = int(call.query["p"])
        pages = -(-len(self.things) // 3)
        return {}, {"data": {"list": self.things[page * 3 : page * 3 + 3]}, "meta": {"pages": pages}}


class TestOffset(PaginatorContract):
    def paginator(self):
        return Offset(limit=3)

    def answer(self, call: Call) -> Page:
        offset, limit = int(call.query["offset"]), int(call.query["limit"])
        return {}, self.things[offset : offset + limit]


class TestOffsetInTheBodyWithATotal(PaginatorContract):
    request = PageRequest("/search", method="POST", json={"filter": {"active": True}, "page": {"sort": "id"}})

    def paginator(self):
        return Offset(items="hits", limit=50, total="total", param="page.from", limit_param="page.size", in_body=True)

    def answer(self, call: Call) -> Page:
        assert call.body["filter"] == {"active": True}
        assert call.body["page"]["sort"] == "id"
        assert call.body["page"]["size"] == 50
        offset = call.body["page"]["from"]
        return {}, {"hits": self.things[offset : offset + 3], "total": str(len(self.things))}


class TestCursor(PaginatorContract):
    request = PageRequest("/things", params={"properties": "name"})

    def paginator(self):
        return Cursor(items="results", cursor="paging.next.after", param="after", size=3)

    def answer(self, call: Call) -> Page:
        assert call.query["properties"] == "name"
        start = int(call.query.get("after", 0))
        paging = {"paging": {"next": {"after": str(start + 3)}}} if start + 3 < len(self.things) else {}
        return {}, {"results": self.things[start : start + 3], **paging}


class TestCursorOfTheLastItem(PaginatorContract):
    def paginator(self):
        return Cursor(items="data", item_cursor="id", param="starting_after", more="has_more")

    def answer(self, call: Call) -> Page:
        after = call.query.get("starting_after")
        ids = [thing["id"] for thing in self.things]
        start = 0 if after is None else ids.index(after) + 1
        return {}, {"data": self.things[start : start + 3], "has_more": start + 3 < len(self.things)}


class TestCursorInAHeader(PaginatorContract):
    def paginator(self):
        return Cursor(header="X-Continuation-Token", param="token")

    def answer(self, call: Call) -> Page:
        start = int(base64.b64decode(call.query.get("token", "")) or 0)
        token = base64.b64encode(str(start + 3).encode()).decode()
        headers = {"x-continuation-token": token} if start + 3 < len(self.things) else {}
        return headers, self.things[start : start + 3]


class TestLinkHeader(PaginatorContract):
    def paginator(self):
        return LinkHeader(size=3)

    def answer(self, call: Call) -> Page:
        start = int(call.query.get("page_info", 0))
        links = ['<https://example.com/?page_info=0>; rel="first"; title="a, b; rel=next"']
        if start + 3 < len(self.things):
            links.append(f'<{call.url.partition("?")[0]}?limit=3&page_info={start + 3}#top>; rel="next last"')
        return {"Link": ", ".join(links)}, self.things[start : start + 3]


class TestNextUrl(PaginatorContract):
    def paginator(self):
        return NextUrl(items="value", next="links.next", forget=("api_key",))

    def answer(self, call: Call) -> Page:
        assert "api_key" not in call.query
        start = int(call.query.get("skip", 0))
        following = f"/api/things?api_key=s3cret&skip={start + 3}" if start + 3 < len(self.things) else None
        return {}, {"value": self.things[start : start + 3], "links": {"next": following}}


class TestKeyset(PaginatorContract):
    def paginator(self):
        return Keyset(items="things", limit=3, overlap=2)

    def thing(self, number):
        return {"id": number, "updated_at": f"2026-01-01T00:00:{number // 2:02}+00:00"}  # two changes a second

    def answer(self, call: Call) -> Page:
        since = call.query.get("updated_since", "")[:19]
        found = [thing for thing in self.things if thing["updated_at"][:19] >= since]
        return {}, {"things": found[: int(call.query["limit"])]}

    def test_a_new_reading_begins_an_overlap_earlier(self):
        with self.serving(10) as api:
            state = restart(self.paginator(), self.read(api)[-1].state)
            again = [thing["id"] for page in self.read(api, state) for thing in page.items]
        assert again == [4, 5, 6, 7, 8, 9]


class TestGraphQLConnection(PaginatorContract):
    request = PageRequest("/graphql.json", method="POST", json={"query": "query Things …", "variables": {"q": "x"}})

    def paginator(self):
        return GraphQLConnection(items="data.things", size=3)

    def answer(self, call: Call) -> Page:
        variables = call.body["variables"]
        assert variables["q"] == "x"
        start = 0 if variables["after"] is None else int(variables["after"][1:]) + 1
        end = start + variables["first"]
        info = {"hasNextPage": end < len(self.things), "endCursor": f"c{end - 1}" if self.things[start:end] else None}
        return {}, {"data": {"things": {"nodes": self.things[start:end], "pageInfo": info}}}


class TestGraphQLEdges(TestGraphQLConnection):
    def answer(self, call: Call) -> Page:
        headers, document = super().answer(call)
        connection = document["data"]["things"]
        connection["edges"] = [{"node": node} for node in connection.pop("nodes")]
        return headers, document
