# Part of Integration Hub. License LGPL-3.0 or later.
"""The kernel of REST connectors where HTTP alone does not show it: hooks, upserts, settings in addresses."""

from typing import Any

import pytest
from integration_hub_connectors.auth import Auth, Bearer
from integration_hub_connectors.connector import Document
from integration_hub_connectors.errors import BadResponse, ConfigurationError, Conflict, NotFound, Rejected
from integration_hub_connectors.http import Headers, Response
from integration_hub_connectors.pagination import SinglePage
from integration_hub_connectors.rest import Account, Call, Find, Listing, Resource, RestConnector, Since
from integration_hub_connectors.testing.transport import ScriptedTransport, answer, client

TAKEN = answer({"message": "taken"}, 409)
NOTHING = answer({"found": []})


class Shop(RestConnector):
    """A vendor as a class: nothing but attributes."""

    name = "shop"
    title = "Shop"
    address = "https://{settings.shop}.example/api"
    headers = {"X-Version": "3"}
    idempotency_header = "X-Once"
    account = Account("/shops/{settings.shop}", name="name")
    resources = (
        Resource(
            name="buyer",
            title="Buyer",
            entity="contact",
            version="rev",
            list=Listing("/buyers", params={"shop": "{settings.shop}"}),
            read=Call("/buyers/{id}"),
            create=Call("/buyers", body={"data": {"type": "buyer"}}, wrap="data.attributes"),
            update=Call("/buyers/{id}", body={"data": {"type": "buyer", "id": "{id}"}}, wrap="data.attributes"),
            find=(
                Find("/codes/{payload.code}", items="found"),
                Find("/buyers", params={"mail": "{payload.mail}"}, items="found", match={"mail": "mail"}),
            ),
        ),
        Resource(
            name="note",
            title="Note",
            entity="contact",
            create=Call("/notes"),
            find=(Find("/notes", params={"text": "{payload.text}"}),),
        ),
        Resource(name="price", title="Price", entity="contact", update=Call("/prices/{id}", "PUT")),
    )


def shop(*answers: Any, kind: type[RestConnector] = Shop, **settings: str) -> tuple[RestConnector, ScriptedTransport]:
    transport = ScriptedTransport(*answers)
    settings = {"shop": "north", **settings}
    return kind(client(transport, kind.base_url(settings), auth=kind.auth(settings, "s3")), settings), transport


def asked(transport: ScriptedTransport) -> list[str]:
    return [
        f"{request.method} {request.url.removeprefix('https://north.example/api')}" for request in transport.requests
    ]


def test_a_class_of_attributes_is_a_connector() -> None:
    kinds = {name: (kind.writable, kind.fetchable, kind.listable) for name, kind in Shop.objects.items()}
    assert kinds == {"buyer": (True, True, True), "note": (True, False, False), "price": (True, False, False)}
    auth: Auth = Shop.auth({"shop": "north"}, "s3")
    assert isinstance(auth, Bearer)
    made, transport = shop(answer({"name": "Nordladen"}))
    assert made.check().account == "Nordladen"
    assert asked(transport) == ["GET /shops/north"] and transport.requests[0].headers["X-Version"] == "3"


@pytest.mark.parametrize("given", ["", " ", "evil.example/", "a@b", "north.example#", "-", "ü", "a:1", "a b"])
def test_a_setting_cannot_choose_another_host(given: str) -> None:
    with pytest.raises(ConfigurationError):
        Shop.base_url({"shop": given})


def test_an_address_can_be_replaced_for_a_sandbox() -> None:
    assert Shop.base_url({"shop": " north "}) == "https://north.example/api"
    assert Shop.base_url({"api_url": " https://sandbox.example/x/ "}) == "https://sandbox.example/x"


def test_an_object_is_sent_where_the_api_wants_it() -> None:
    made, transport = shop(NOTHING, answer({"id": 7, "rev": 3}, 201))
    found = made.push("buyer", {"mail": "a@b.example", "tel": None}, idempotency_key="k")
    assert (found.external_id, found.version, found.created) == ("7", f"{3:020d}", True)
    assert transport.sent() == {"data": {"type": "buyer", "attributes": {"mail": "a@b.example"}}}
    assert transport.requests[-1].headers["X-Once"] == "k" and "Idempotency-Key" not in transport.requests[-1].headers
    made, transport = shop(answer({"id": 7, "rev": 4}))
    made.push("buyer", {"tel": None}, external_id="7", idempotency_key="k")
    assert transport.sent() == {"data": {"type": "buyer", "id": "7", "attributes": {"tel": None}}}
    assert "X-Once" not in transport.requests[-1].headers, "a change is no creation"


def test_the_first_way_of_finding_that_has_its_values_counts() -> None:
    made, transport = shop(NOTHING, answer({"id": 1}))
    made.push("buyer", {"code": "a/b", "mail": "a@b.example"})
    assert asked(transport) == ["GET /codes/a%2Fb", "POST /buyers"]
    made, transport = shop(answer({"id": 1}))
    made.push("buyer", {"name": "Nobody"})
    assert asked(transport) == ["POST /buyers"]
    made, transport = shop(answer({}, 404), answer({"id": 1}))
    assert made.push("buyer", {"code": "a"}).created, "nothing is there, the search says by 404"


def test_a_search_that_finds_similar_things_is_narrowed() -> None:
    similar = [{"id": 1, "mail": "x@b.example"}, {"id": 2, "mail": " A@B.example"}]
    made, transport = shop(answer({"found": similar}), answer({"id": 2}))
    assert made.push("buyer", {"mail": "a@b.example"}).external_id == "2"
    assert asked(transport)[-1] == "PATCH /buyers/2"


def test_an_api_that_ignores_the_question_finds_nothing() -> None:
    """It answers with its one customer, whoever was asked for: that one must not be written over."""
    made, transport = shop(answer({"found": [{"id": 1, "code": "another"}]}), answer({"id": 2}, 201))
    assert made.push("buyer", {"code": "a"}).external_id == "2"
    assert asked(transport)[-1] == "POST /buyers"
    made, transport = shop(answer({"found": [{"id": 1, "code": "A "}]}), answer({"id": 1}))
    assert made.push("buyer", {"code": "a"}).external_id == "1"
    assert asked(transport)[-1] == "PATCH /buyers/1"


@pytest.mark.parametrize(
    ("match", "item", "agrees"),
    [
        (None, {"id": 1, "at": {"mail": "A@b.example"}}, True),
        (None, {"id": 1, "at": {"mail": "x@b.example"}}, False),
        (None, {"id": 1}, True),
        ({}, {"id": 1, "at": {"mail": "x@b.example"}}, True),
        ({"other[0].mail": "at.mail"}, {"id": 1, "other": [{"mail": "a@b.example"}]}, True),
        ({"other[0].mail": "at.mail"}, {"id": 1, "at": {"mail": "a@b.example"}}, False),
        ({"nothing": "nothing"}, {"id": 1}, False),
    ],
)
def test_what_is_found_has_to_agree(match: Any, item: Any, agrees: bool) -> None:
    way = Find("/buyers", params={"q": "{payload.at.mail}"}, match=match)
    assert way.agrees(item, {"at": {"mail": "a@b.example"}}) is agrees


def test_several_that_match_are_left_to_a_person() -> None:
    made, transport = shop(answer({"found": [{"id": 1}, {"id": 2}]}))
    with pytest.raises(Conflict) as caught:
        made.push("buyer", {"code": "a"})
    assert caught.value.code == "ambiguous-match" and len(transport.requests) == 1


def test_an_object_that_appears_meanwhile_is_changed() -> None:
    made, transport = shop(NOTHING, TAKEN, answer({"found": [{"id": 9}]}), answer({"id": 9}))
    assert made.push("buyer", {"code": "a"}).external_id == "9"
    assert asked(transport)[-1] == "PATCH /buyers/9"
    made, transport = shop(NOTHING, TAKEN, NOTHING)
    with pytest.raises(Conflict):
        made.push("buyer", {"code": "a"})


def test_what_cannot_change_is_left_as_it_is_found() -> None:
    made, transport = shop(answer([{"id": 4}]))
    found = made.push("note", {"text": "hello"})
    assert (found.external_id, found.created) == ("4", False)
    assert asked(transport) == ["GET /notes?text=hello"]


def test_a_web_page_that_says_404_is_no_deletion() -> None:
    """A wrong address, a proxy, a parked domain: the objects are not gone for that."""
    page = Response(404, Headers({"Content-Type": "text/html; charset=utf-8"}), b"<html>Not here</html>")
    made, _transport = shop(page)
    for call in (lambda: made.fetch("buyer", "1"), lambda: made.push("buyer", {"code": "a"})):
        with pytest.raises(BadResponse):
            call()
    for status in (answer({}, 404), Response(404), Response(404, Headers({"Content-Type": "text/plain"}), b"no")):
        made, _transport = shop(status)
        assert made.fetch("buyer", "1") is None

    class Deleting(Shop):
        resources = (Resource(name="buyer", title="Buyer", entity="contact", delete=Call("/buyers/{id}")),)

    made, _transport = shop(page, kind=Deleting)
    with pytest.raises(BadResponse):
        made.delete("buyer", "1")


def test_what_cannot_be_done_is_said() -> None:
    made, transport = shop(answer({}))
    for call in (
        lambda: made.fetch("note", "1"),
        lambda: made.list("note"),
        lambda: made.delete("buyer", "1"),
        lambda: made.push("note", {}, external_id="1"),
        lambda: made.push("price", {"amount": 1}),
    ):
        with pytest.raises(ConfigurationError) as caught:
            call()
        assert caught.value.code == "unsupported-operation"
    assert not transport.requests


@pytest.mark.parametrize("document", [5, "ok", None, True, {}, {"name": ["x"]}])
def test_an_account_is_named_or_there_is_none(document: Any) -> None:
    made, _transport = shop(answer(document))
    with pytest.raises(BadResponse):
        made.check()


def test_a_list_may_have_a_paginator_of_its_own() -> None:
    assert Listing("/buyers", paginator=SinglePage(items="found")).pages() == SinglePage(items="found")


def test_a_list_without_pages_is_one_page() -> None:
    made, transport = shop(answer([{"id": 1}, {"id": 2}]))
    page = made.list("buyer", since="2026-01-01T00:00:00Z")
    assert ([item["id"] for item in page.items], page.cursor) == ([1, 2], None)
    assert asked(transport) == ["GET /buyers?shop=north"]


def test_a_reading_of_changes_goes_on_from_the_last_one() -> None:
    """The keyset's moment takes the place of the one the reading began with."""

    class Changes(Shop):
        resources = (
            Resource(
                name="buyer",
                title="Buyer",
                entity="contact",
                list=Listing(
                    "/buyers",
                    since=Since(param="after", format="unix"),
                    paginator={"kind": "keyset", "field": "at", "param": "after", "style": "seconds", "limit": 2},
                ),
            ),
        )

    pages = ([{"id": 1, "at": 100}, {"id": 2, "at": 200}], [{"id": 2, "at": 200}, {"id": 3, "at": 300}], [])
    made, transport = shop(*map(answer, pages), kind=Changes)
    since, cursor, seen = "1970-01-01T00:01:40Z", None, []
    for _page in pages:
        page = made.list("buyer", since=since, cursor=cursor)
        seen += [item["id"] for item in page.items]
        cursor = page.cursor
    assert (seen, cursor) == ([1, 2, 3], None)
    assert asked(transport) == [f"GET /buyers?after={moment}&limit=2" for moment in (100, 200, 300)]


@pytest.mark.parametrize("items", [[1], [{}], [{"id": None}], [{"id": True}], [{"id": ""}]])
def test_a_list_of_other_things_is_refused(items: list[Any]) -> None:
    made, _transport = shop(answer(items))
    with pytest.raises(BadResponse):
        made.list("buyer")


@pytest.mark.parametrize("location", ["/notes/eu%2F7", "https://north.example/api/notes/eu%2F7/?x=1", "eu%2F7"])
def test_a_creation_without_a_body_is_found_by_its_address(location: str) -> None:
    made, _transport = shop(answer([]), Response(201, {"Location": location}))  # type: ignore[arg-type]
    assert made.push("note", {"text": "x"}).external_id == "eu/7"


@pytest.mark.parametrize("location", ["", "/", "?x=1"])
def test_a_creation_that_says_nothing_is_no_creation(location: str) -> None:
    made, _transport = shop(answer([]), Response(201, {"Location": location}))  # type: ignore[arg-type]
    with pytest.raises(BadResponse):
        made.push("note", {"text": "x"})


class Special(Shop):
    """A vendor with errors under status 200, its own refusals and its own way of naming what is in the way."""

    def ask(self, method: str, path: str, **options: Any) -> Response:
        try:
            return super().ask(method, path, **options)
        except NotFound as error:
            raise Rejected("the plan does not include this") from error

    def read(self, response: Response) -> Any:
        document = super().read(response)
        if isinstance(document, dict) and "error" in document:
            raise Rejected("the vendor says no")
        return document

    def after_conflict(self, resource: Resource, payload: Document, conflict: Conflict) -> str | None:
        return "77"

    def other_object(self, resource: Resource, found: Document) -> Document | None:
        return None

    def outgoing(self, resource: Resource, payload: Document, *, first: bool) -> Document:
        return {**super().outgoing(resource, payload, first=first), "first": first}


def test_hooks_change_what_is_special() -> None:
    made, _transport = shop(answer({"error": "no"}), kind=Special)
    for call in (made.check, lambda: made.fetch("buyer", "1"), lambda: made.list("buyer")):
        with pytest.raises(Rejected):
            call()
    made, transport = shop(TAKEN, answer({"id": 77}), kind=Special)
    assert made.push("buyer", {}).external_id == "77"
    assert transport.sent()["data"]["attributes"] == {"first": True}
    made, _transport = shop(answer({"id": "2"}), kind=Special)
    assert made.fetch("buyer", "1") is None
    made, _transport = shop(answer({}, 404), kind=Special)
    for call in (
        made.check,
        lambda: made.fetch("buyer", "1"),
        lambda: made.list("buyer"),
        lambda: made.push("note", {}),
    ):
        with pytest.raises(Rejected):
            call()
