# Part of Integration Hub. License LGPL-3.0 or later.
"""The handlers of /crm/v3/objects/{contacts,companies} and their neighbours; they speak of records, never of tokens."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from ..core.vendor import NOTES, Core
from .crm import CRM, timestamp
from .properties import Property
from .refusal import Refusal, invalid, not_found
from .search import search

PLURALS = {"contacts": "contact", "companies": "company", "0-1": "contact", "0-2": "company"}
MAX_LIMIT = 100
MAX_BATCH = 100


class Objects:
    """One instance serves both types; the type is in the path."""

    def __init__(self, core: Core, crm: CRM) -> None:
        self._core = core
        self._crm = crm

    async def collection(self, request: web.Request) -> web.Response:
        """GET /crm/v3/objects/<type>: `limit`, `after`, `properties`, `archived`."""
        kind, query = _kind(request), request.query
        limit, after = query.get("limit", "10"), query.get("after", "0")
        if not limit.isdigit() or not 1 <= int(limit) <= MAX_LIMIT:
            raise invalid(f"Invalid request: limit must be between 1 and {MAX_LIMIT}.")
        if not after.isdigit():
            raise invalid("Invalid request: after is not a valid cursor.")
        records = [r for r in self._crm.all(kind, archived=_archived(request)) if int(r["id"]) >= int(after)]
        page = records[: int(limit)]
        answer: dict[str, Any] = {"results": [self._crm.show(kind, record, _wanted(request)) for record in page]}
        if len(records) > len(page):
            following = str(int(page[-1]["id"]) + 1)
            link = request.url.update_query({"limit": limit, "after": following})
            answer["paging"] = {"next": {"after": following, "link": str(link)}}
        return web.json_response(answer)

    async def create(self, request: web.Request) -> web.Response:
        """POST /crm/v3/objects/<type>."""
        kind, values = _kind(request), _properties(await _body(request))
        record = self._crm.create(kind, values, self._crm.integration)
        NOTES.get()["object"] = {"type": kind, "id": record["id"]}
        return web.json_response(self._crm.show(kind, record, list(values)), status=201)

    async def read(self, request: web.Request) -> web.Response:
        """GET /crm/v3/objects/<type>/<id>, or by `idProperty`."""
        kind = _kind(request)
        id_property = request.query.get("idProperty")
        record = self._crm.get(kind, request.match_info["id"], id_property, archived=_archived(request))
        return web.json_response(self._crm.show(kind, record, _wanted(request)))

    async def update(self, request: web.Request) -> web.Response:
        """PATCH /crm/v3/objects/<type>/<id>, or by `idProperty`."""
        kind, values = _kind(request), _properties(await _body(request))
        record = self._crm.get(kind, request.match_info["id"], request.query.get("idProperty"))
        record = self._crm.update(kind, record, values, self._crm.integration)
        NOTES.get()["object"] = {"type": kind, "id": record["id"]}
        return web.json_response(self._crm.show(kind, record, list(values)))

    async def archive(self, request: web.Request) -> web.Response:
        """DELETE /crm/v3/objects/<type>/<id>; 204 also when there is nothing to archive."""
        self._crm.archive(_kind(request), request.match_info["id"], self._crm.integration)
        return web.Response(status=204)

    async def search(self, request: web.Request) -> web.Response:
        """POST /crm/v3/objects/<type>/search."""
        kind, body = _kind(request), await _body(request)
        visible = timestamp(self._core.clock.now() - self._core.settings.hubspot.search_delay)
        page, total, after = search(self._crm, kind, body, visible)
        wanted = [name for name in body.get("properties") or [] if isinstance(name, str)]
        answer: dict[str, Any] = {"total": total, "results": [self._crm.show(kind, r, wanted) for r in page]}
        if after is not None:
            answer["paging"] = {"next": {"after": after}}
        return web.json_response(answer)

    async def batch_read(self, request: web.Request) -> web.Response:
        """POST …/batch/read; 207 with errors when some ids are not found."""
        kind, body = _kind(request), await _body(request)
        wanted = [name for name in body.get("properties") or [] if isinstance(name, str)]
        found, missing = [], []
        for one in _inputs(body):
            key = str(one.get("id"))
            try:
                found.append(self._crm.show(kind, self._crm.get(kind, key, body.get("idProperty")), wanted))
            except Refusal as refusal:
                if refusal.status != 404:
                    raise
                missing.append(key)
        return self._batch(found, 200, missing)

    async def batch_create(self, request: web.Request) -> web.Response:
        """POST …/batch/create; one refused input refuses all."""
        kind, body = _kind(request), await _body(request)
        made = [self._crm.create(kind, _properties(one), self._crm.integration) for one in _inputs(body)]
        return self._batch([self._crm.show(kind, record) for record in made], 201)

    async def batch_update(self, request: web.Request) -> web.Response:
        """POST …/batch/update; one refused input refuses all."""
        kind, body = _kind(request), await _body(request)
        pairs = [(self._crm.get(kind, str(one.get("id")), one.get("idProperty")), one) for one in _inputs(body)]
        done = [self._crm.update(kind, record, _properties(one), self._crm.integration) for record, one in pairs]
        return self._batch([self._crm.show(kind, record) for record in done], 200)

    async def batch_upsert(self, request: web.Request) -> web.Response:
        """POST …/batch/upsert by a unique property; `new` says which records were made."""
        kind, body = _kind(request), await _body(request)
        results = []
        for one in _inputs(body):
            key, name, values = str(one.get("id")), one.get("idProperty"), _properties(one)
            if not isinstance(name, str):
                raise invalid("idProperty is required.")
            try:
                record = self._crm.update(kind, self._crm.get(kind, key, name), values, self._crm.integration)
                new = False
            except Refusal as refusal:
                if refusal.status != 404:
                    raise
                record, new = self._crm.create(kind, {name: key, **values}, self._crm.integration), True
            results.append({**self._crm.show(kind, record), "new": new})
        return self._batch(results, 200)

    async def batch_archive(self, request: web.Request) -> web.Response:
        """POST …/batch/archive."""
        kind, body = _kind(request), await _body(request)
        for one in _inputs(body):
            self._crm.archive(kind, str(one.get("id")), self._crm.integration)
        return web.Response(status=204)

    async def properties(self, request: web.Request) -> web.Response:
        """GET /crm/v3/properties/<type>."""
        definitions = self._crm.definitions(_kind(request)).values()
        return web.json_response({"results": [definition.describe() for definition in definitions]})

    async def read_property(self, request: web.Request) -> web.Response:
        """GET /crm/v3/properties/<type>/<name>."""
        definition = self._crm.definitions(_kind(request)).get(request.match_info["name"])
        if definition is None:
            raise not_found(request.match_info["name"])
        return web.json_response(definition.describe())

    async def define(self, request: web.Request) -> web.Response:
        """POST /crm/v3/properties/<type>."""
        kind, body = _kind(request), await _body(request)
        name, label = body.get("name"), body.get("label")
        if not isinstance(name, str) or not name or not isinstance(label, str):
            raise invalid("name and label are required.")
        options = tuple(str(option.get("value")) for option in body.get("options") or [] if isinstance(option, dict))
        unique = body.get("hasUniqueValue") is True
        definition = Property(name, label, str(body.get("type", "string")), options, unique=unique)
        self._crm.define(kind, definition)
        return web.json_response(definition.describe(), status=201)

    def _batch(self, results: list[dict[str, Any]], status: int, missing: list[str] | None = None) -> web.Response:
        now = timestamp(self._core.clock.now())
        answer: dict[str, Any] = {"status": "COMPLETE", "results": results, "startedAt": now, "completedAt": now}
        if missing:
            status = 207
            answer["numErrors"] = 1
            answer["errors"] = [
                {
                    "status": "error",
                    "category": "OBJECT_NOT_FOUND",
                    "message": "Could not get some objects, they may be deleted or not exist.",
                    "context": {"ids": missing},
                    "errors": [],
                    "links": {},
                }
            ]
        return web.json_response(answer, status=status)


def _kind(request: web.Request) -> str:
    return PLURALS[request.match_info["plural"]]


def _archived(request: web.Request) -> bool:
    return request.query.get("archived", "false").lower() == "true"


def _wanted(request: web.Request) -> list[str]:
    return [name for text in request.query.getall("properties", []) for name in text.split(",") if name]


async def _body(request: web.Request) -> dict[str, Any]:
    try:
        document = json.loads(await request.read())
    except (ValueError, RecursionError) as error:
        raise invalid(f"Invalid input JSON: {error}") from error
    if not isinstance(document, dict):
        raise invalid("Invalid input JSON: an object is needed.")
    return document


def _properties(body: Mapping[str, Any]) -> Mapping[str, Any]:
    properties = body.get("properties")
    if not isinstance(properties, Mapping):
        raise invalid("Some required fields were not set: [properties]")
    return properties


def _inputs(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    inputs = body.get("inputs")
    if not isinstance(inputs, list) or not all(isinstance(one, dict) for one in inputs):
        raise invalid("Some required fields were not set: [inputs]")
    if len(inputs) > MAX_BATCH:
        raise invalid(f"A batch has at most {MAX_BATCH} inputs.")
    return inputs
