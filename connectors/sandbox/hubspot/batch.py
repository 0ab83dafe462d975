# Part of Integration Hub. License LGPL-3.0 or later.
"""Plug-in `batch`: the same for many objects at once. Source: developers.hubspot.com, *CRM objects: batch*.

Options: `max`, how many inputs a batch may have.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from ..engine.objects import API, Record
from ..engine.plugin import Call, Operation, Plugin
from ..engine.refusals import Refusal

_MISSING = {
    "status": "error",
    "category": "OBJECT_NOT_FOUND",
    "message": "Could not get some objects, they may be deleted or not exist.",
    "errors": [],
    "links": {},
}


class Batch(Plugin):
    """The operations batch.read, batch.create, batch.update, batch.upsert, batch.archive."""

    def operations(self) -> Mapping[str, Operation]:
        """Operations by name; one refused input refuses all, but for batch.read."""
        return {
            "batch.read": self._read,
            "batch.create": self._create,
            "batch.update": self._update,
            "batch.upsert": self._upsert,
            "batch.archive": self._archive,
        }

    async def _read(self, call: Call) -> web.Response:
        body = await call.body()
        wanted = [name for name in body.get("properties") or [] if isinstance(name, str)]
        found: list[Record] = []
        missing: list[str] = []
        for one in self._inputs(body):
            key = str(one.get("id"))
            try:
                found.append(call.of.show(call.of.get(key, body.get("idProperty")), wanted))
            except Refusal as refusal:
                if refusal.reason != "not_found":
                    raise
                missing.append(key)
        return self._answer(found, 207 if missing else 200, missing)

    async def _create(self, call: Call) -> web.Response:
        inputs = self._inputs(await call.body())
        records = [call.of.create(call.members(one), API) for one in inputs]
        return self._answer([_whole(call, record) for record in records], 201)

    async def _update(self, call: Call) -> web.Response:
        inputs = self._inputs(await call.body())
        pairs = [(call.of.get(str(one.get("id")), one.get("idProperty")), one) for one in inputs]
        records = [call.of.update(record, call.members(one), API) for record, one in pairs]
        return self._answer([_whole(call, record) for record in records], 200)

    async def _upsert(self, call: Call) -> web.Response:
        results = []
        for one in self._inputs(await call.body()):
            key, name, values = str(one.get("id")), one.get("idProperty"), call.members(one)
            if not isinstance(name, str):
                raise Refusal("invalid", "idProperty is required.")
            try:
                record, new = call.of.update(call.of.get(key, name), values, API), False
            except Refusal as refusal:
                if refusal.reason != "not_found":
                    raise
                record, new = call.of.create({name: key, **values}, API), True
            results.append({**_whole(call, record), "new": new})
        return self._answer(results, 200)

    async def _archive(self, call: Call) -> web.Response:
        for one in self._inputs(await call.body()):
            try:
                call.of.delete(str(one.get("id")), API)
            except Refusal as refusal:
                if refusal.reason != "not_found":
                    raise
        return web.Response(status=204)

    def _inputs(self, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        inputs = body.get("inputs")
        if not isinstance(inputs, list) or not all(isinstance(one, dict) for one in inputs):
            raise Refusal("invalid", "Some required fields were not set: [inputs]")
        if len(inputs) > self.options["max"]:
            raise Refusal("invalid", f"A batch has at most {self.options['max']} inputs.")
        return inputs

    def _answer(self, results: list[Record], status: int, missing: list[str] | None = None) -> web.Response:
        now = self.vendor.values()["now"]()
        answer: dict[str, Any] = {"status": "COMPLETE", "results": results, "startedAt": now, "completedAt": now}
        if missing:
            answer |= {"numErrors": 1, "errors": [{**_MISSING, "context": {"ids": missing}}]}
        return web.json_response(answer, status=status)


def _whole(call: Call, record: Record) -> Record:
    return call.of.show(record, list(call.of.members(record)))
