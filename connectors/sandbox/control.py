# Part of Integration Hub. License LGPL-3.0 or later.
"""The control API below `/_control`: what tests, demos and people use to steer the sandbox. See docs/SANDBOX.md."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from .core.faults import parse_fault
from .core.problem import ControlProblem, member, read_object, refuse_unknown
from .core.vendor import Core
from .core.webhooks import Subscription
from .engine.description import DescriptionError, parse
from .engine.vendor import DescribedVendor
from .settings import change, describe
from .vendors import Vendors

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Control:
    """Handlers of the control API."""

    def __init__(self, core: Core, vendors: Vendors) -> None:
        self._core = core
        self._vendors = vendors

    def app(self) -> web.Application:
        """The application to mount; every mistake of its caller is answered as problem+json."""
        app = web.Application(middlewares=[_problems], client_max_size=self._core.settings.max_body)
        app.add_routes(
            [
                web.get("/health", self.health),
                web.post("/reset", self.reset),
                web.post("/seed", self.seed),
                web.get("/objects/{vendor}/{kind}", self.objects),
                web.get("/settings", self.settings),
                web.put("/settings", self.change_settings),
                web.get("/webhooks", self.webhooks),
                web.put("/webhooks", self.subscribe),
                web.delete("/webhooks", self.unsubscribe),
                web.post("/webhooks/send", self.send),
                web.post("/webhooks/drain", self.drain),
                web.get("/faults", self.faults),
                web.put("/faults", self.put_faults),
                web.delete("/faults", self.delete_faults),
                web.get("/journal", self.journal),
                web.delete("/journal", self.clear_journal),
                web.get("/vendors/{vendor}", self.description),
                web.put("/vendors/{vendor}", self.describe),
                web.post("/{vendor}/{plural}", self.act),
                web.patch("/{vendor}/{plural}/{id}", self.act),
                web.delete("/{vendor}/{plural}/{id}", self.act),
                web.post("/{vendor}/{plural}/{id}/{deed}", self.perform),
            ]
        )
        return app

    async def health(self, request: web.Request) -> web.Response:
        """Alive, with the credentials of every vendor and how much there is of everything."""
        vendors = {
            name: {
                "base_url": self._base_url(request, name),
                **vendor.credentials(),
                "objects": {kind: self._core.store.size(name, kind) for kind in vendor.types},
            }
            for name, vendor in self._vendors.items()
        }
        pending = self._core.sender.pending
        return web.json_response({"status": "ok", "vendors": vendors, "pending_webhooks": pending})

    async def reset(self, request: web.Request) -> web.Response:
        """Start over: objects, journal, faults, pending webhooks. Subscriptions stay unless `webhooks` is true."""
        values = await read_object(request, allowed=("seed", "webhooks"))
        seed = member(values, "seed", bool, True)
        forget = member(values, "webhooks", bool, False)
        await self._core.sender.forget()
        self._core.faults.replace([])
        self._core.journal.clear()
        self._core.store.clear()
        if forget:
            self._core.sender.unsubscribe()
        if seed:
            self._vendors.seed()
        return web.Response(status=204)

    async def seed(self, request: web.Request) -> web.Response:
        """Store objects given in their vendor's shape, as they are, without webhooks."""
        values = await read_object(request, allowed=("vendor", "objects"))
        vendor = self._vendor(values.get("vendor"), "/vendor")
        given = member(values, "objects", dict, {})
        refuse_unknown(given, tuple(vendor.types), "/objects")
        ids: dict[str, list[Any]] = {}
        for kind in given:
            documents = member(given, kind, list, [], "/objects")
            for index, document in enumerate(documents):
                if not isinstance(document, Mapping):
                    raise ControlProblem("invalid-object", "An object is a JSON object.", f"/objects/{kind}/{index}")
                objects = vendor.types[kind]
                ids.setdefault(kind, []).append(objects.id(objects.adopt(document)))
        return web.json_response({"ids": ids}, status=201)

    async def objects(self, request: web.Request) -> web.Response:
        """All objects of a type, in the vendor's shape."""
        vendor = self._vendor(request.match_info["vendor"], "", status=404)
        kind = request.match_info["kind"]
        if kind not in vendor.types:
            known = ", ".join(vendor.types)
            raise ControlProblem("unknown-type", f"{vendor.name} has {known}, not '{kind}'.", status=404)
        documents = self._core.store.all(vendor.name, kind)
        return web.json_response({"count": len(documents), "objects": documents})

    async def settings(self, request: web.Request) -> web.Response:
        """All settings."""
        return web.json_response(describe(self._core.settings))

    async def change_settings(self, request: web.Request) -> web.Response:
        """Change settings by name; they count from the next request on."""
        values = await read_object(request, allowed=tuple(self._vendors))
        change(self._core.settings, values)
        return web.json_response(describe(self._core.settings))

    async def webhooks(self, request: web.Request) -> web.Response:
        """The subscriptions, and how many events are pending."""
        sender = self._core.sender
        subscriptions = [_shown(sub) for sub in sender.subscriptions()]
        registered = [{**_shown(sub), "id": sub.id} for sub in sender.registered()]
        return web.json_response({"subscriptions": subscriptions, "registered": registered, "pending": sender.pending})

    async def subscribe(self, request: web.Request) -> web.Response:
        """Subscribe a URL to a vendor's topics; a second call for the same URL replaces the first."""
        values = await read_object(request, allowed=("vendor", "url", "secret", "topics"))
        vendor = self._vendor(values.get("vendor"), "/vendor")
        url = member(values, "url", str, "")
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ControlProblem("invalid-member", "'url' must be an http or https URL.", "/url")
        secret = member(values, "secret", str, vendor.settings.document.get("webhook_secret", ""))
        if not secret:
            raise ControlProblem("invalid-member", "'secret' must not be empty.", "/secret")
        topics = member(values, "topics", list, ["*"])
        if not topics or not all(isinstance(topic, str) and topic for topic in topics):
            raise ControlProblem("invalid-member", "'topics' is a list of names; [\"*\"] is all of them.", "/topics")
        self._core.sender.subscribe(Subscription(vendor.name, url, secret, tuple(topics)))
        self._core.store.changed()
        return await self.webhooks(request)

    async def unsubscribe(self, request: web.Request) -> web.Response:
        """Drop subscriptions, all or those of ?vendor= and ?url=."""
        query = request.query
        removed = self._core.sender.unsubscribe(query.get("vendor", ""), query.get("url", ""))
        self._core.store.changed()
        return web.json_response({"removed": removed})

    async def send(self, request: web.Request) -> web.Response:
        """Send any payload as a vendor's webhook, signed, to all who subscribed to the topic."""
        values = await read_object(request, allowed=("vendor", "topic", "payload"))
        vendor = self._vendor(values.get("vendor"), "/vendor")
        topic = member(values, "topic", str, "")
        if not topic or "payload" not in values:
            raise ControlProblem("invalid-member", "'topic' and 'payload' are needed.")
        sent = self._core.sender.emit(vendor.name, topic, values["payload"])
        return web.json_response({"subscribers": sent}, status=202)

    async def drain(self, request: web.Request) -> web.Response:
        """Wait until no webhook is pending; `retry_now` retries at once what waits for its next try."""
        values = await read_object(request, allowed=("timeout", "retry_now"))
        timeout = member(values, "timeout", (int, float), 10)
        if not 0 <= timeout <= 300:
            raise ControlProblem("invalid-member", "'timeout' must be between 0 and 300 seconds.", "/timeout")
        done = await self._core.sender.drain(timeout, retry_now=member(values, "retry_now", bool, False))
        return web.json_response({"drained": done, "pending": self._core.sender.pending})

    async def faults(self, request: web.Request) -> web.Response:
        """The faults in force, with how often each fired."""
        return web.json_response({"faults": [fault.describe() for fault in self._core.faults.all()]})

    async def put_faults(self, request: web.Request) -> web.Response:
        """Put a list of faults in force, instead of all earlier ones."""
        values = await read_object(request, allowed=("faults",))
        documents = member(values, "faults", list, None)
        if documents is None:
            raise ControlProblem("invalid-member", "'faults' is a list of faults.", "/faults")
        names = tuple(self._vendors)
        parsed = [parse_fault(document, names, f"/faults/{index}") for index, document in enumerate(documents)]
        self._core.faults.replace(parsed)
        return await self.faults(request)

    async def delete_faults(self, request: web.Request) -> web.Response:
        """No faults any more."""
        self._core.faults.replace([])
        return web.Response(status=204)

    async def journal(self, request: web.Request) -> web.Response:
        """Requests received ("in") and webhooks sent ("out"): ?vendor=, ?direction=, ?since=, ?limit=."""
        query = request.query
        refuse_unknown(query, ("vendor", "direction", "since", "limit"))
        vendor, direction = query.get("vendor", ""), query.get("direction", "")
        if vendor:
            self._vendor(vendor, "/vendor")
        if direction not in ("", "in", "out"):
            raise ControlProblem("invalid-member", "'direction' is in or out.", "/direction")
        numbers = {name: query[name] for name in ("since", "limit") if name in query}
        for name, text in numbers.items():
            if not text.isdecimal() or len(text) > 15:
                raise ControlProblem("invalid-member", f"'{name}' is a number.", f"/{name}")
        limit = int(numbers["limit"]) if "limit" in numbers else None
        entries, last = self._core.journal.select(
            vendor=vendor, direction=direction, since=int(numbers.get("since", "0")), limit=limit
        )
        return web.json_response({"entries": entries, "next": last, "forgotten": self._core.journal.forgotten})

    async def clear_journal(self, request: web.Request) -> web.Response:
        """Forget the journal; numbering goes on."""
        self._core.journal.clear()
        return web.Response(status=204)

    async def description(self, request: web.Request) -> web.Response:
        """A vendor's description."""
        return web.json_response(self._vendor(request.match_info["vendor"], "", status=404).described)

    async def describe(self, request: web.Request) -> web.Response:
        """Imitate a vendor as the body describes it; what was there under its name is gone."""
        document, name = await read_object(request), request.match_info["vendor"]
        if document.setdefault("name", name) != name:
            raise ControlProblem("invalid-description", f"The description is of {document['name']!r}.", "/name")
        try:
            vendor = self._vendors.describe(parse(document))
        except DescriptionError as error:
            raise ControlProblem("invalid-description", error.message, error.pointer) from error
        return web.json_response({"base_url": self._base_url(request, name), **vendor.credentials()}, status=201)

    async def act(self, request: web.Request) -> web.Response:
        """What a person does at a vendor's screens: make, change or delete an object."""
        vendor = self._vendor(request.match_info["vendor"], "", status=404)
        plural, key = request.match_info["plural"], request.match_info.get("id")
        done = vendor.act(request.method, plural, key, await read_object(request))
        return web.Response(status=204) if done is None else web.json_response(done, status=201 if key is None else 200)

    async def perform(self, request: web.Request) -> web.Response:
        """What else a person does with an object at a vendor's screens: merge, restore, …."""
        vendor, where = self._vendor(request.match_info["vendor"], "", status=404), request.match_info
        done = vendor.perform(where["plural"], where["id"], where["deed"], await read_object(request))
        return web.Response(status=204) if done is None else web.json_response(done)

    def _base_url(self, request: web.Request, name: str) -> str:
        return f"{request.scheme}://{request.host}/{name}"

    def _vendor(self, name: Any, pointer: str, status: int = 400) -> DescribedVendor:
        vendor = self._vendors.get(name) if isinstance(name, str) else None
        if vendor is None:
            known = ", ".join(self._vendors)
            raise ControlProblem("unknown-vendor", f"There is {known}, not {name!r}.", pointer, status=status)
        return vendor


def _shown(subscription: Subscription) -> dict[str, Any]:
    return {"vendor": subscription.vendor, "url": subscription.url, "topics": list(subscription.topics)}


@web.middleware
async def _problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except ControlProblem as problem:
        return problem.response()
    except web.HTTPException as error:
        if error.status < 400:
            raise
        slug = error.reason.lower().replace(" ", "-")
        return ControlProblem(slug, f"{request.method} {request.path}: {error.reason}.", status=error.status).response()
