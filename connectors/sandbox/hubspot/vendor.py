# Part of Integration Hub. License LGPL-3.0 or later.
"""HubSpot's part of the sandbox: authentication, limits, routes, control routes, seed."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from ..core.limits import RollingWindow
from ..core.problem import ControlProblem, member, read_object
from ..core.vendor import Core
from .api import PLURALS, Objects
from .crm import CRM, NAME
from .refusal import Refusal, missing_scope, throttled
from .seed import COMPANIES, CONTACTS
from .webhooks import HubSpotWebhooks

Handler = Callable[[web.Request], Awaitable[web.Response]]
NO_TOKEN = (
    "Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find more details at "
    "https://developers.hubspot.com/docs/methods/auth/oauth-overview"
)
DAY = 86400.0
SEED_IDS = 1_100_000_000_000


class HubSpot:
    """The imitated portal and its API."""

    name = NAME
    types: tuple[str, ...] = ("contact", "company")

    def __init__(self, core: Core) -> None:
        self._core = core
        self.crm = CRM(core)
        self._api = Objects(core, self.crm)
        self._burst, self._daily, self._searches = (RollingWindow(core.clock) for _ in range(3))
        core.sender.register(HubSpotWebhooks(core.settings.hubspot))

    def routes(self) -> list[web.RouteDef]:
        """CRM objects, properties, and the account's details."""
        plurals = "{plural:" + "|".join(PLURALS) + "}"
        base, definitions = f"/crm/v3/objects/{plurals}", f"/crm/v3/properties/{plurals}"
        api, guard = self._api, self._guarded
        return [
            web.get("/account-info/v3/details", guard(self._details, None)),
            web.get(base, guard(api.collection, "objects.read")),
            web.post(base, guard(api.create, "objects.write")),
            web.post(f"{base}/search", guard(api.search, "objects.read", search=True)),
            web.post(f"{base}/batch/read", guard(api.batch_read, "objects.read")),
            web.post(f"{base}/batch/create", guard(api.batch_create, "objects.write")),
            web.post(f"{base}/batch/update", guard(api.batch_update, "objects.write")),
            web.post(f"{base}/batch/upsert", guard(api.batch_upsert, "objects.write")),
            web.post(f"{base}/batch/archive", guard(api.batch_archive, "objects.write")),
            web.get(f"{base}/{{id}}", guard(api.read, "objects.read")),
            web.patch(f"{base}/{{id}}", guard(api.update, "objects.write")),
            web.delete(f"{base}/{{id}}", guard(api.archive, "objects.write")),
            web.get(definitions, guard(api.properties, "schemas.read")),
            web.post(definitions, guard(api.define, "schemas.write")),
            web.get(f"{definitions}/{{name}}", guard(api.read_property, "schemas.read")),
        ]

    def control_routes(self) -> list[web.RouteDef]:
        """What a person does in HubSpot's screens."""
        plurals = "{plural:contacts|companies}"
        return [
            web.post(f"/{plurals}", self._create),
            web.patch(f"/{plurals}/{{id}}", self._edit),
            web.delete(f"/{plurals}/{{id}}", self._delete),
        ]

    def seed(self) -> None:
        """Four companies and ten contacts."""
        with self._core.store.fixed_ids(SEED_IDS):
            for kind, records in (("company", COMPANIES), ("contact", CONTACTS)):
                for properties in records:
                    self.crm.create(kind, properties, self.crm.person, webhook=False)

    def adopt(self, kind: str, document: Mapping[str, Any]) -> dict[str, Any]:
        """Keep an object of the API as it is."""
        properties = document.get("properties")
        number = document.get("id")
        moments = [document.get(name) for name in ("createdAt", "updatedAt")]
        good = isinstance(number, str) and number.isdigit() and isinstance(properties, Mapping)
        if not good or not all(isinstance(moment, str) for moment in moments):
            detail = f"A HubSpot {kind} has 'id' (digits), 'properties', 'createdAt' and 'updatedAt'."
            raise ControlProblem("invalid-object", detail)
        record = {"archived": False, **document}
        record["properties"] = {"hs_object_id": number, **dict(properties or {})}
        self._core.store.put(NAME, kind, str(number), record)
        return record

    def credentials(self) -> dict[str, Any]:
        """Token, webhook secret and portal."""
        settings = self._core.settings.hubspot
        return {
            "token": settings.token,
            "webhook_secret": settings.webhook_secret,
            "portal_id": settings.portal_id,
            "app_id": settings.app_id,
        }

    def failure(self, status: int, retry_after: float | None) -> web.Response:
        """The error document of that status."""
        if status < 400:
            return web.json_response({}, status=status)
        if status == 429:
            return self._refuse(throttled("TEN_SECONDLY_ROLLING", 1.0 if retry_after is None else retry_after))
        category = {401: "INVALID_AUTHENTICATION", 403: "MISSING_SCOPES", 404: "OBJECT_NOT_FOUND", 409: "CONFLICT"}.get(
            status, "VALIDATION_ERROR" if status < 500 else "INTERNAL_ERROR"
        )
        refusal = Refusal(status, category, "internal error" if status >= 500 else "The request was refused.")
        if retry_after is not None:
            refusal.headers["Retry-After"] = f"{retry_after:g}"
        return self._refuse(refusal)

    def expired_token(self) -> web.Response:
        """401 for a token past its time."""
        message = "The OAuth token used to make this call expired 7 second(s) ago."
        return self._refuse(Refusal(401, "EXPIRED_AUTHENTICATION", message))

    def _refuse(self, refusal: Refusal) -> web.Response:
        document = {**refusal.document, "correlationId": self._core.sender.new_id()}
        return web.json_response(document, status=refusal.status, headers=refusal.headers)

    def _guarded(self, handler: Handler, permission: str | None, *, search: bool = False) -> Handler:
        async def check(request: web.Request) -> web.Response:
            try:
                self._authenticate(request)
                self._count(search)
                if permission is not None:
                    self._require(permission, PLURALS[request.match_info["plural"]])
                response = await handler(request)
            except Refusal as refusal:
                response = self._refuse(refusal)
            if response.status != 401 and not search:
                response.headers.update(self._limit_headers())
            return response

        return check

    def _authenticate(self, request: web.Request) -> None:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        wanted = self._core.settings.hubspot.token
        if kind.lower() != "bearer" or not hmac.compare_digest(token.strip().encode(), wanted.encode()):
            raise Refusal(401, "INVALID_AUTHENTICATION", NO_TOKEN)

    def _require(self, permission: str, kind: str) -> None:
        area, _, right = permission.partition(".")
        plural = "contacts" if kind == "contact" else "companies"
        scope = f"crm.{area}.{plural}.{right}"
        if scope not in self._core.settings.hubspot.scopes:
            raise missing_scope(scope)

    def _count(self, search: bool) -> None:
        settings = self._core.settings.hubspot
        if search:
            wait = self._searches.hit(settings.search_limit, 1.0)
            if wait is not None:
                raise throttled("SECONDLY", wait)
        wait = self._daily.hit(settings.daily_limit, DAY)
        if wait is not None:
            raise throttled("DAILY", wait)
        wait = self._burst.hit(settings.limit, settings.interval)
        if wait is not None:
            raise throttled("TEN_SECONDLY_ROLLING", wait)

    def _limit_headers(self) -> dict[str, str]:
        settings = self._core.settings.hubspot
        return {
            "X-HubSpot-RateLimit-Daily": str(settings.daily_limit),
            "X-HubSpot-RateLimit-Daily-Remaining": str(self._daily.remaining(settings.daily_limit, DAY)),
            "X-HubSpot-RateLimit-Interval-Milliseconds": str(int(settings.interval * 1000)),
            "X-HubSpot-RateLimit-Max": str(settings.limit),
            "X-HubSpot-RateLimit-Remaining": str(self._burst.remaining(settings.limit, settings.interval)),
        }

    async def _details(self, request: web.Request) -> web.Response:
        return web.json_response(
            {
                "portalId": self._core.settings.hubspot.portal_id,
                "accountType": "DEVELOPER_TEST",
                "timeZone": "US/Eastern",
                "companyCurrency": "USD",
                "additionalCurrencies": [],
                "utcOffset": "-05:00",
                "utcOffsetMilliseconds": -18000000,
                "uiDomain": "app.hubspot.com",
                "dataHostingLocation": "na1",
            }
        )

    async def _create(self, request: web.Request) -> web.Response:
        kind, values, webhook = await self._input(request)
        record = self._as_person(lambda: self.crm.create(kind, values, self.crm.person, webhook=webhook))
        return web.json_response(record, status=201)

    async def _edit(self, request: web.Request) -> web.Response:
        kind, values, webhook = await self._input(request)

        def edit() -> dict[str, Any]:
            record = self.crm.get(kind, request.match_info["id"])
            return self.crm.update(kind, record, values, self.crm.person, webhook=webhook)

        return web.json_response(self._as_person(edit))

    async def _delete(self, request: web.Request) -> web.Response:
        kind, number = PLURALS[request.match_info["plural"]], request.match_info["id"]
        self._as_person(lambda: self.crm.get(kind, number))
        self.crm.archive(kind, number, self.crm.person)
        return web.Response(status=204)

    async def _input(self, request: web.Request) -> tuple[str, Mapping[str, Any], bool]:
        body = await read_object(request, allowed=("properties", "webhook"))
        if "properties" not in body:
            raise ControlProblem("invalid-member", "'properties' is needed.", "/properties")
        values = member(body, "properties", dict, {})
        return PLURALS[request.match_info["plural"]], values, member(body, "webhook", bool, True)

    def _as_person(self, action: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        try:
            return action()
        except Refusal as refusal:
            slug = refusal.category.lower().replace("_", "-")
            raise ControlProblem(slug, refusal.message, "/properties", status=refusal.status) from refusal
