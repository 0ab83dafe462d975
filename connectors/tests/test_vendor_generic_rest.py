# Part of Integration Hub. License LGPL-3.0 or later.
"""Three APIs of different shapes, served over real HTTP and known to the hub by their definitions alone."""

import base64
import json
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from integration_hub_connectors import registry
from integration_hub_connectors.auth import Exchange
from integration_hub_connectors.connector import Connector
from integration_hub_connectors.errors import BadResponse, ConfigurationError, NotFound, Unauthorized
from integration_hub_connectors.http import AddressGuard, Client, RequestsTransport, Timeout

SECRET = "s3cret-of-the-test"
TIMEOUT = Timeout(2, 5, 5)
Reply = tuple[int, dict[str, str], Any]


class Api(ABC):
    """A server with seven people; each change moves its clock by a minute."""

    definition: ClassVar[dict[str, Any]]
    url: str

    def __init__(self) -> None:
        self.people: dict[str, dict[str, Any]] = {}
        self.moment = 1_767_225_600  # 2026-01-01
        self.asked: list[tuple[str, str]] = []
        self.keys: dict[str, Reply] = {}
        for number in range(7):
            self.save(self.new_id(number), {"name": f"Person {number}", "email": f"p{number}@example.com"})

    def new_id(self, number: int) -> str:
        return f"p-{number}"

    def save(self, identifier: str, person: dict[str, Any]) -> None:
        self.moment += 60
        self.people[identifier] = {**self.people.get(identifier, {}), **person, "at": self.moment}

    def since(self, moment: float) -> list[str]:
        return [key for key, person in self.people.items() if person["at"] >= moment]

    def answer(self, method: str, path: str, query: dict[str, str], headers: Any, body: Any) -> Reply:
        """One request; a creation is repeated by its idempotency key."""
        self.asked.append((method, path))
        key = headers.get("Idempotency-Key")
        if key in self.keys:
            return self.keys[key]
        reply = self.route(method, path, query, headers, body)
        if key:
            self.keys[key] = reply
        return reply

    @abstractmethod
    def route(self, method: str, path: str, query: dict[str, str], headers: Any, body: Any) -> Reply: ...


class Envelopes(Api):
    """Page numbers, an envelope, objects wrapped by name, a bearer token."""

    definition: ClassVar = {
        "title": "Envelopes",
        "base_url": "https://envelopes.example/v1",
        "auth": {"kind": "bearer"},
        "check": {"path": "/me", "name": "company.name", "details": {"Plan": "company.plan", "None": "nothing"}},
        "resources": [
            {
                "name": "customer",
                "title": "Customer",
                "entity": "contact",
                "version": "updated_at",
                "list": {
                    "path": "/customers",
                    "items": "data",
                    "since": {"param": "updated_since"},
                    "paginator": {"kind": "page", "size": 3, "total_pages": "meta.pages"},
                },
                "read": {"path": "/customers/{id}", "item": "customer"},
                "create": {"path": "/customers", "wrap": "customer", "item": "customer"},
                "update": {"path": "/customers/{id}", "wrap": "customer", "item": "customer"},
                "delete": {"path": "/customers/{id}"},
                "find": {"path": "/customers", "params": {"email": "{payload.email}"}, "items": "data"},
            }
        ],
    }

    def route(self, method: str, path: str, query: dict[str, str], headers: Any, body: Any) -> Reply:
        if headers["Authorization"] != f"Bearer {SECRET}":
            return 401, {}, {"error": "who are you?"}
        if path == "/v1/me":
            return 200, {}, {"company": {"name": "Atelier", "plan": "gold"}}
        identifier = path.removeprefix("/v1/customers").strip("/")
        if not identifier and method == "GET":
            wanted = self.since(_seconds(query.get("updated_since")))
            wanted = [
                key for key in wanted if query.get("email", self.people[key]["email"]) == self.people[key]["email"]
            ]
            size, page = int(query.get("per_page", 10)), int(query.get("page", 1))
            shown = [self.shown(key) for key in wanted[(page - 1) * size : page * size]]
            return 200, {}, {"data": shown, "meta": {"pages": -(-len(wanted) // size)}}
        if method == "POST":
            identifier = f"c{len(self.people) + 1}"
        elif identifier not in self.people:
            return 404, {}, {"error": "gone"}
        if method == "DELETE":
            del self.people[identifier]
            return 204, {}, None
        if body is not None:
            self.save(identifier, body["customer"])
        return 201 if method == "POST" else 200, {}, {"customer": self.shown(identifier)}

    def shown(self, key: str) -> dict[str, Any]:
        person = self.people[key]
        return {"id": key, **person, "updated_at": _iso(person["at"])}


class Links(Api):
    """Bare arrays and Link headers, numbers as ids, a key in a header; writing answers nothing but an address."""

    definition: ClassVar = {
        "base_url": "https://links.example",
        "auth": {"kind": "header", "name": "X-Api-Key", "prefix": "Token "},
        "headers": {"X-Api-Version": "7"},
        "check": {"path": "/people?limit=1"},
        "resources": [
            {
                "name": "customer",
                "title": "Person",
                "entity": "contact",
                "id": "number",
                "version": "revised",
                "list": {
                    "path": "/people",
                    "params": {"sort": "revised"},
                    "since": {"param": "q", "format": "unix", "value": "revised>={since}"},
                    "paginator": {"kind": "link", "size": 2},
                },
                "read": {"path": "/people/{id}"},
                "create": {"path": "/people"},
                "update": {"method": "PUT", "path": "/people/{id}"},
                "delete": {"path": "/people/{id}"},
                "find": [
                    {"path": "/people/by-code/{payload.code}"},
                    {"path": "/people", "params": {"search": "{payload.email}"}, "match": {"email": "email"}},
                ],
            }
        ],
    }

    def new_id(self, number: int) -> str:
        return str(1000 + number)

    def route(self, method: str, path: str, query: dict[str, str], headers: Any, body: Any) -> Reply:
        if headers["X-Api-Key"] != f"Token {SECRET}" or headers["X-Api-Version"] != "7":
            return 403, {}, {}
        identifier = path.removeprefix("/people").strip("/")
        if not identifier and method == "GET":
            return self.page(query)
        if method == "POST":
            if any(person["email"] == body["email"] for person in self.people.values()):
                return 409, {}, {"message": "taken"}
            identifier = self.new_id(len(self.people))
            self.save(identifier, body)
            return 201, {"Location": f"/people/{identifier}"}, None
        if identifier not in self.people:
            return 404, {}, None
        if method == "DELETE":
            del self.people[identifier]
        if method == "PUT":
            self.save(identifier, body)
        return (200, {}, self.shown(identifier)) if method == "GET" else (204, {}, None)

    def page(self, query: dict[str, str]) -> Reply:
        wanted = self.since(float(query.get("q", "revised>=0").removeprefix("revised>=")))
        if search := query.get("search"):  # finds what begins alike, too
            wanted = [key for key in wanted if self.people[key]["email"].startswith(search[:1])]
        start, size = int(query.get("from", 0)), int(query.get("limit", 50))
        following = {**query, "from": str(start + size)}
        link = "&".join(f"{name}={value}" for name, value in following.items()).replace(">", "%3E")
        headers = {"Link": f'</people?{link}>; rel="next"'} if start + size < len(wanted) else {}
        return 200, headers, [self.shown(key) for key in wanted[start : start + size]]

    def shown(self, key: str) -> dict[str, Any]:
        person = self.people[key]
        return {"number": int(key), **person, "revised": person["at"]}


class Records(Api):
    """A search by POST, the cursor in its body; ids with slashes, deep inside; OAuth; archiving instead of deleting."""

    definition: ClassVar = {
        "base_url": "https://records.example/api",
        "auth": {
            "kind": "oauth_client_credentials",
            "token_url": "https://records.example/token",
            "client_id": "hub",
            "scope": "records",
        },
        "idempotency_header": "X-Request-Id",
        "check": {"path": "/whoami", "name": "user.id"},
        "resources": [
            {
                "name": "customer",
                "title": "Record",
                "entity": "contact",
                "id": "meta.uid",
                "version": "meta.revision",
                "list": {
                    "path": "/records/search",
                    "method": "POST",
                    "json": {"filter": {"kind": "person"}},
                    "items": "result.records",
                    "since": {"param": "filter.since", "format": "unix_ms", "in_body": True},
                    "paginator": {
                        "kind": "cursor",
                        "cursor": "result.next",
                        "param": "page.after",
                        "size": 4,
                        "size_param": "page.limit",
                        "in_body": True,
                    },
                },
                "read": {"path": "/records/{id}", "item": "record"},
                "create": {
                    "path": "/records",
                    "body": {"record": {"kind": "person"}},
                    "wrap": "record.fields",
                    "item": "record",
                },
                "update": {"method": "POST", "path": "/records/{id}", "wrap": "record.fields", "item": "record"},
                "delete": {"method": "POST", "path": "/records/{id}/archive"},
                "find": {
                    "path": "/records/search",
                    "method": "POST",
                    "json": {"filter": {"kind": "person", "email": "{payload.email}"}},
                    "items": "result.records",
                },
            }
        ],
    }

    def new_id(self, number: int) -> str:
        return f"eu/Zürich {number}"

    def route(self, method: str, path: str, query: dict[str, str], headers: Any, body: Any) -> Reply:
        if path == "/token":
            if headers["Authorization"] != f"Basic {base64.b64encode(f'hub:{SECRET}'.encode()).decode()}":
                return 401, {}, {"error": "invalid_client"}
            return 200, {}, {"access_token": "token-1", "token_type": "Bearer", "expires_in": 3600}
        if headers["Authorization"] != "Bearer token-1":
            return 401, {}, {}
        if path == "/api/whoami":
            return 200, {}, {"user": {"id": 42}}
        identifier = unquote(path.removeprefix("/api/records").removesuffix("/archive").strip("/"))
        if identifier == "search":
            return self.search(body)
        if not identifier:
            identifier = self.new_id(len(self.people))
            assert body["record"]["kind"] == "person" and headers["X-Request-Id"]
        elif identifier not in self.people:
            return 404, {}, {}
        if path.endswith("/archive"):
            del self.people[identifier]
            return 200, {}, {"archived": True}
        if body:
            self.save(identifier, body["record"]["fields"])
        return 200, {}, {"record": self.shown(identifier)}

    def search(self, body: Any) -> Reply:
        assert body["filter"]["kind"] == "person"
        wanted = self.since(body["filter"].get("since", 0) / 1000)
        if email := body["filter"].get("email"):
            wanted = [key for key in wanted if self.people[key]["email"] == email]
        page = body.get("page", {})
        start = int(page.get("after", "0"))
        end = start + page.get("limit", 10)
        records = [self.shown(key) for key in wanted[start:end]]
        return 200, {}, {"result": {"records": records, "next": str(end) if end < len(wanted) else None}}

    def shown(self, key: str) -> dict[str, Any]:
        person = self.people[key]
        return {"meta": {"uid": key, "revision": person["at"]}, "fields": person, **person}


def _seconds(moment: str | None) -> float:
    return datetime.fromisoformat(moment).timestamp() if moment else 0


def _iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


@pytest.fixture(params=[Envelopes, Links, Records])
def api(request: pytest.FixtureRequest) -> Iterator[Api]:
    """The API's own state; `served` has its address."""
    api = request.param()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 65536  # head and body leave together

        def handle_one(self) -> None:
            parts = urlsplit(self.path)
            raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            body = json.loads(raw) if raw and self.headers.get("Content-Type", "").endswith("json") else None
            status, headers, document = api.answer(
                self.command, parts.path, dict(parse_qsl(parts.query)), self.headers, body
            )
            content = b"" if document is None else json.dumps(document).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_one  # noqa: N815

        def log_message(self, *args: Any) -> None:
            """Silence."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    api.url = f"http://127.0.0.1:{server.server_port}"
    yield api
    server.shutdown()
    server.server_close()


def connect(api: Any, secret: str = SECRET) -> Connector:
    """The connector as Odoo opens it: settings in, nothing of the API known but its definition."""
    text = json.dumps(api.definition)
    for origin in ("https://envelopes.example", "https://links.example", "https://records.example"):
        text = text.replace(origin, api.url)
    settings = {"definition": text}
    kind = registry.get("generic_rest", settings)
    transport = RequestsTransport(guard=AddressGuard(["127.0.0.0/8"]))
    auth = kind.auth(settings, secret, Exchange(transport, TIMEOUT))
    return kind(Client(kind.base_url(settings), timeout=TIMEOUT, auth=auth, transport=transport), settings)


def everything(made: Connector, **options: Any) -> list[str]:
    """The names on all pages, by the cursors alone."""
    names, cursor = [], None
    while True:
        page = connect_again(made).list("customer", cursor=cursor, **options)
        names += [item["name"] for item in page.items]
        cursor = page.cursor
        if cursor is None:
            return names


def connect_again(made: Connector) -> Connector:
    """A new connector, as another process would make: nothing but the cursor is handed on."""
    return type(made)(made.client, made.options)


def test_check_names_the_account(api: Api) -> None:
    found = connect(api).check()
    expected = {Envelopes: ("Atelier", {"Plan": "gold"}), Links: ("127.0.0.1", {}), Records: ("42", {})}
    assert (found.account, found.details) == expected[type(api)]


def test_all_pages_are_read_by_their_cursors(api: Api) -> None:
    assert everything(connect(api)) == [f"Person {number}" for number in range(7)]
    lists = [asked for asked in api.asked if asked[1] != "/token"]
    assert len(lists) in (2, 3, 4)


def test_changes_are_read_since_a_moment(api: Api) -> None:
    made = connect(api)
    moment = _iso(list(api.people.values())[5]["at"])
    assert everything(made, since=moment) == ["Person 5", "Person 6"]
    api.save(next(iter(api.people)), {"name": "Person 0, later"})
    assert sorted(everything(made, since=moment)) == ["Person 0, later", "Person 5", "Person 6"]
    assert everything(made, since="2030-01-01T00:00:00Z") == []


def test_an_object_is_created_changed_and_deleted(api: Api) -> None:
    made = connect(api)
    created = made.push("customer", {"name": "Ada", "email": "ada@example.com"}, idempotency_key="k1")
    assert created.created and created.external_id in api.people
    found = made.fetch("customer", created.external_id)
    assert found is not None and found["name"] == "Ada"
    changed = made.push("customer", {"name": "Ada King"}, external_id=created.external_id)
    assert (changed.created, changed.external_id) == (False, created.external_id)
    assert api.people[created.external_id]["name"] == "Ada King"
    assert api.people[created.external_id]["email"] == "ada@example.com"
    if created.version is not None and changed.version is not None:
        assert created.version < changed.version
    made.delete("customer", created.external_id)
    assert created.external_id not in api.people
    assert made.fetch("customer", created.external_id) is None
    made.delete("customer", created.external_id)
    with pytest.raises(NotFound):
        made.push("customer", {"name": "Ada"}, external_id=created.external_id)


def test_pushing_what_exists_changes_it_and_erases_nothing(api: Api) -> None:
    made = connect(api)
    existing = next(iter(api.people))
    found = made.push("customer", {"name": "Known", "email": "p0@example.com", "phone": None}, idempotency_key="k2")
    assert (found.external_id, found.created, len(api.people)) == (existing, False, 7)
    assert api.people[existing]["name"] == "Known" and "phone" not in api.people[existing]
    again = made.push("customer", {"name": "Known", "email": "p0@example.com"}, idempotency_key="k3")
    assert again.external_id == existing and len(api.people) == 7


def test_a_refused_secret_suspends(api: Api) -> None:
    with pytest.raises(Unauthorized):
        connect(api, "another").check()


@pytest.mark.parametrize("api", [Records], indirect=True)
def test_one_token_serves_many_calls(api: Api) -> None:
    made = connect(api)
    everything(made)
    made.check()
    assert [path for _method, path in api.asked].count("/token") == 1


@pytest.mark.parametrize("api", [Envelopes], indirect=True)
def test_no_id_leads_to_another_address(api: Api) -> None:
    made = connect(api)
    for identifier in ("..", ".", "", "../me", "p-1/../../me", "a\nb", "\ud800"):
        with pytest.raises(ConfigurationError):
            made.fetch("customer", identifier)
    assert not api.asked
    for identifier in ("p-1?x=1", "p-1#x", "p-1/", "p 1", "%2e%2e"):
        assert made.fetch("customer", identifier) is None
        with pytest.raises(NotFound):
            made.push("customer", {"name": "x"}, external_id=identifier)
        made.delete("customer", identifier)
    assert len(api.people) == 7


@pytest.mark.parametrize(
    "answer", [None, [], {}, {"customer": None}, {"customer": []}, {"customer": {}}, {"data": [1]}]
)
@pytest.mark.parametrize("api", [Envelopes], indirect=True)
def test_another_shape_is_a_wrong_answer_and_no_deletion(api: Api, answer: Any) -> None:
    made = connect(api)
    api.route = lambda *_request: (200, {}, answer)  # type: ignore[method-assign]
    for call in (
        lambda: made.check(),
        lambda: made.fetch("customer", "p-1"),
        lambda: made.list("customer"),
        lambda: made.push("customer", {"name": "x", "email": "x@example.com"}),
    ):
        with pytest.raises(BadResponse):
            call()


@pytest.mark.parametrize("api", [Envelopes], indirect=True)
def test_an_answer_about_another_object_is_refused(api: Api) -> None:
    made = connect(api)
    api.route = lambda *_request: (200, {}, {"customer": {"id": "p-2"}})  # type: ignore[method-assign]
    with pytest.raises(BadResponse):
        made.fetch("customer", "p-1")


@pytest.mark.parametrize("api", [Envelopes], indirect=True)
def test_a_cursor_of_something_else_is_refused(api: Api) -> None:
    made = connect(api)
    foreign = json.dumps({"paginator": "Cursor", "position": {"cursor": "x"}, "pages": 1, "places": {}, "contents": {}})
    for cursor in ("70452", "{}", "[]", "{", '{"position": {}}', foreign):
        with pytest.raises(ConfigurationError) as caught:
            made.list("customer", cursor=cursor)
        assert caught.value.code in ("invalid-cursor", "foreign-state")
    assert not api.asked
