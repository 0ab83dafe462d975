# Part of Integration Hub. License LGPL-3.0 or later.
"""A described vendor at work: every request passes access, limits, scope and its operation, in that order."""

from __future__ import annotations

import contextlib
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from aiohttp import web
from yarl import URL

from ..core.problem import ControlProblem
from ..core.vendor import Core
from .access import Access, Tokens
from .description import Description, DescriptionError
from .events import Events
from .formats import MOMENTS
from .limits import RateLimits
from .objects import PERSON, Objects
from .operations import OPERATIONS
from .plugin import Call, Operation, Plugin, Plugins
from .refusals import Errors, Refusal
from .router import Route, Router
from .template import Values, render

P = TypeVar("P", bound=Plugin)
R = TypeVar("R", bound=web.StreamResponse)
REMEMBERED = 1000


@dataclass(frozen=True)
class Remembered:
    """An answer that is given again to the same idempotency key."""

    status: int
    body: bytes
    content_type: str


class DescribedVendor:
    """One vendor's imitation, served below `/<name>`."""

    def __init__(self, core: Core, description: Description, plugins: Plugins) -> None:
        described = description.document
        self.core = core
        self.description = description
        self.described = described
        self.name = description.name
        self.title: str = described["title"]
        self.settings = core.settings.vendors[self.name]
        self._write_moment = MOMENTS[described.get("moments", "iso8601_ms")]
        self.errors = Errors(described.get("errors", {}), self.values)
        self.events = Events(self, described.get("webhooks", {}))
        self.tokens = Tokens(described.get("oauth", {}), core.clock, self.values)
        self.access = Access(described.get("auth", ()), self.tokens, self.values)
        self._limits = RateLimits(described.get("limits", {}), core.clock, self.values)
        self.plugins: dict[str, Plugin] = {}
        for name, options in described.get("plugins", {}).items():
            self.plugins[name] = plugins[name](self, options)
        self.types = {name: self._objects(name, one) for name, one in described.get("types", {}).items()}
        self._plurals = {plural: objects for objects in self.types.values() for plural in objects.described["paths"]}
        self._router = Router(described.get("routes", {}), self._plurals)
        self._operations: dict[str, Operation] = dict(OPERATIONS)
        for plugin in self.plugins.values():
            self._operations |= plugin.operations()
        self._remembered: OrderedDict[tuple[str, str, str], Remembered] = OrderedDict()

    def values(self, **more: Any) -> Values:
        """What every template may name, and `more`."""
        return {
            "settings": self.settings.document,
            "now": lambda: self._write_moment(self.core.clock.now()),
            "time": self.core.clock.now,
            "uuid": self.core.sender.new_id,
            "new_id": self.core.store.next_id,
            **more,
        }

    def plugin(self, kind: type[P]) -> P:
        """The plug-in of that class; one may build on those named before it. Raises DescriptionError."""
        for plugin in self.plugins.values():
            if isinstance(plugin, kind):
                return plugin
        raise DescriptionError(f"a plug-in is missing that another one builds on ({kind.__name__})", "/plugins")

    def public(self, request: web.Request) -> URL:
        """The address the client asked, whole."""
        return URL(f"{request.scheme}://{request.host}").join(request.rel_url)

    # -- the vendor's API ---------------------------------------------------------------------------------------------

    async def handle(self, request: web.Request, path: str) -> web.StreamResponse:
        """The answer to a request for `path`, below the vendor's address.

        Raises web.HTTPNotFound, web.HTTPMethodNotAllowed: there is no such route.
        """
        route, parts = self._router.find(request.method, path)
        counted: dict[str, str] = {}
        try:
            response = await self._served(request, route, parts, counted)
        except Refusal as refusal:
            response = self.errors.refused(refusal)
            counted |= {} if refusal.reason in ("unauthenticated", "expired_token") else self._limits.headers(route.key)
        response.headers.update(counted)
        return self._headed(response)

    def failure(self, status: int, retry_after: float | None) -> web.Response:
        """An error of that status in the vendor's shape."""
        return self._headed(self.errors.failed(status, retry_after))

    def expired_token(self) -> web.Response:
        """The vendor's answer to a token that is no longer valid."""
        return self._headed(self.errors.refused(Refusal("expired_token", "The access token expired")))

    def _headed(self, response: R) -> R:
        for name, text in render(self.described.get("headers", {}), self.values()).items():
            response.headers.setdefault(name, str(text))
        return response

    async def _served(
        self, request: web.Request, route: Route, parts: Mapping[str, str], headers: dict[str, str]
    ) -> web.StreamResponse:
        named = route.described.get("type", "")
        objects = self._plurals[parts["type"]] if "type" in parts else self.types.get(named)
        call = Call(self, request, route, parts, objects)
        if not route.described.get("public"):
            self.access.check(request, route.key)
            self._limits.take(route.key, route.described.get("cost", 1))
            self._require(call)
        response = await self._once(call)
        if not route.described.get("public"):
            headers |= self._limits.headers(route.key)
        return response

    def _require(self, call: Call) -> None:
        scope = call.route.described.get("scope")
        if scope is not None:
            needed = render(scope, call.values())
            if needed not in self.settings.document["scopes"]:
                raise Refusal("forbidden", f"The scope {needed} is needed", scope=needed)

    async def _once(self, call: Call) -> web.StreamResponse:
        operation = self._operations[call.route.described["do"]]
        header = self.described.get("idempotency_header")
        key = call.request.headers.get(header) if header and call.route.method != "GET" else None
        if key is None:
            return await operation(call)
        request = (call.route.method, call.request.path, key)
        if request not in self._remembered:
            response = await operation(call)
            body = response.body if isinstance(response.body, bytes) else b""
            self._remembered[request] = Remembered(response.status, body, response.content_type)
            if len(self._remembered) > REMEMBERED:
                self._remembered.popitem(last=False)
        known = self._remembered[request]
        return web.Response(status=known.status, body=known.body, content_type=known.content_type)

    # -- the control API ----------------------------------------------------------------------------------------------

    def seed(self) -> None:
        """Put the start data into the store; sends no webhook."""
        seed = self.description.seed
        with self.core.store.fixed_ids(seed.get("first_id", 1)):
            for name, documents in seed.get("objects", {}).items():
                for document in documents:
                    self.types[name].create(document, PERSON, webhook=False)

    def credentials(self) -> dict[str, Any]:
        """What a client needs to talk to this vendor."""
        shown: dict[str, Any] = render(self.described.get("credentials", {}), self.values())
        return shown

    def act(self, method: str, plural: str, key: str | None, body: Mapping[str, Any]) -> dict[str, Any] | None:
        """What a person does at the vendor's screens: make, change or delete an object; None when it is deleted.

        Raises ControlProblem: it cannot be done, or there is no such thing to do.
        """
        objects = next((one for one in self.types.values() if one.plural == plural), None)
        if objects is None or (key is None) is not (method == "POST"):
            raise ControlProblem("not-found", f"{self.title} has no {method} for {plural}.", status=404)
        webhook = body.get("webhook", True)
        if not isinstance(webhook, bool):
            raise ControlProblem("invalid-member", "'webhook' is true or false.", "/webhook")
        given = {name: value for name, value in body.items() if name != "webhook"}
        if objects.wrap and not objects.described.get("many") and method != "DELETE":
            given = _unwrapped(given, objects.wrap)
        with self._as_problems(objects):
            match method:
                case "POST":
                    return objects.create(given, PERSON, webhook=webhook)
                case "PATCH":
                    return objects.update(objects.get(str(key)), given, PERSON, webhook=webhook)
                case _:
                    objects.delete(str(key), PERSON, webhook=webhook)
                    return None

    def perform(self, plural: str, key: str, deed: str, body: Mapping[str, Any]) -> dict[str, Any] | None:
        """What else a person does with one object, as a plug-in has it; None when the object is gone then.

        Raises ControlProblem: it cannot be done, or there is no such thing to do.
        """
        objects = next((one for one in self.types.values() if one.plural == plural), None)
        found = next((known for plugin in self.plugins.values() if (known := plugin.deeds().get(deed))), None)
        if objects is None or found is None:
            raise ControlProblem("not-found", f"{self.title} has no {deed} for {plural}.", status=404)
        with self._as_problems(objects):
            return found(objects, key, body)

    @contextlib.contextmanager
    def _as_problems(self, objects: Objects) -> Iterator[None]:
        try:
            yield
        except Refusal as refusal:
            pointer = f"/{objects.wrap}" if objects.wrap else f"/{refusal.facts.get('member', '')}".rstrip("/")
            slug, status = refusal.reason.replace("_", "-"), self.errors.status(refusal)
            raise ControlProblem(slug, refusal.detail, pointer, status=status) from refusal

    def _objects(self, name: str, described: Mapping[str, Any]) -> Objects:
        taken = (plugin.objects(name, described) for plugin in self.plugins.values())
        return next((objects for objects in taken if objects is not None), None) or Objects(self, name, described)


def _unwrapped(given: Mapping[str, Any], wrap: str) -> dict[str, Any]:
    for name in given:
        if name != wrap:
            raise ControlProblem("unknown-member", f"'{name}' is not understood; there is {wrap}.", f"/{name}")
    inner = given.get(wrap)
    if not isinstance(inner, dict):
        raise ControlProblem("invalid-member", f"'{wrap}' is needed, an object.", f"/{wrap}")
    return inner
