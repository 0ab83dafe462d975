# Part of Integration Hub. License LGPL-3.0 or later.
"""What a route may `do`: list, read, create, update, replace, upsert, delete, answer, authorize, token."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web

from ... import dotted
from ..core.vendor import NOTES
from .authorize import authorize
from .listing import select
from .objects import API, Record
from .plugin import Call, Operation
from .refusals import Refusal
from .template import merge, render


async def list_objects(call: Call) -> web.Response:
    """A page of the type's objects, in the envelope of `list`."""
    described = {**call.vendor.described.get("list", {}), **call.of.described.get("list", {})}
    described |= call.route.described.get("list", {})
    query = dict(call.request.query)
    for name, one in described.get("filters", {}).items():
        if one.get("header", "") in call.request.headers:
            query[name] = call.request.headers[one["header"]]
    within = call.within()
    records = [record for record in call.of.all(archived=_archived(call)) if _inside(record, within)]
    page = select(records, described, query, call.vendor.public(call.request))
    items = [_shown(call, record) for record in page.records]
    values = call.values(items=items, count=len(items), next=page.next, **page.facts)
    body, headers = described.get("answer", "{items}"), described.get("headers", {})
    if page.next is not None:
        following = described.get("next", {})
        body = merge(body, following.get("answer", {})) if isinstance(body, Mapping) else body
        headers = {**headers, **following.get("headers", {})}
    told = {name: str(value) for name, value in render(headers, values).items()}
    return web.json_response(render(body, values), headers=told)


async def read(call: Call) -> web.Response:
    """One object by id, or by the unique member that `by` names a parameter for."""
    return _answer(call, [_shown(call, _found(call))], 200)


async def create(call: Call) -> web.Response:
    """A new object; several where the type's requests are lists (`many`), all or none."""
    given = [{**values, **call.within()} for values in await _given(call)]
    for values in given:
        call.of.refuse_taken(call.of.checked(values, None), None)
    records = [call.of.create(values, API) for values in given]
    return _written(call, records, given, 201)


async def update(call: Call) -> web.Response:
    """Change the members that are given."""
    values = await _one(call)
    return _written(call, [call.of.update(_found(call), values, API)], [values], 200)


async def replace(call: Call) -> web.Response:
    """Change the members that are given; those that are not become null."""
    values = {**await _one(call), **call.within()}
    return _written(call, [call.of.update(_found(call), values, API, whole=True)], [values], 200)


async def upsert(call: Call) -> web.Response:
    """Change the objects whose id is given, make the others."""
    given, records = await _given(call), []
    for values in given:
        identity = call.of.id(values)
        if identity is None:
            records.append(call.of.create(values, API))
        else:
            records.append(call.of.update(call.of.get(str(identity)), values, API))
    return _written(call, records, given, 200)


async def delete(call: Call) -> web.Response:
    """Remove or archive; `idempotent` forgives that there is nothing to remove."""
    try:
        call.of.delete(str(call.of.id(_found(call))), API)
    except Refusal as refusal:
        if refusal.reason != "not_found" or not call.route.described.get("idempotent"):
            raise
    if "answer" in call.route.described:
        return web.json_response(render(call.route.described["answer"], call.values()))
    return web.Response(status=call.route.described.get("status", 204))


async def answer(call: Call) -> web.Response:
    """The document `answer` of the route."""
    described = call.route.described
    return web.json_response(render(described["answer"], call.values()), status=described.get("status", 200))


async def token(call: Call) -> web.Response:
    """An OAuth 2.0 token endpoint: form or JSON in."""
    form = await call.body() if call.request.content_type == "application/json" else await call.request.post()
    given = {name: str(value) for name, value in form.items()}
    return web.json_response(call.vendor.tokens.grant(given, call.request.headers.get("Authorization", "")))


OPERATIONS: Mapping[str, Operation] = {
    "list": list_objects,
    "read": read,
    "create": create,
    "update": update,
    "replace": replace,
    "upsert": upsert,
    "delete": delete,
    "answer": answer,
    "authorize": authorize,
    "token": token,
}


async def _given(call: Call) -> list[Mapping[str, Any]]:
    document = await call.body()
    if not call.of.described.get("many"):
        return [call.members(document)]
    name = call.of.wrap
    found = document.get(name, [document])
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        problems = [{"member": name, "message": f"'{name}' is a list of objects"}]
        raise Refusal("malformed", problems[0]["message"], member=name, problems=problems)
    return found


def _written(call: Call, records: Sequence[Record], given: Sequence[Mapping[str, Any]], status: int) -> web.Response:
    if records:
        NOTES.get()["object"] = {"type": call.of.name, "id": call.of.id(records[0])}
    shown = [call.of.written(record, values) for record, values in zip(records, given, strict=True)]
    return _answer(call, shown, status)


async def _one(call: Call) -> Mapping[str, Any]:
    given = await _given(call)
    if len(given) != 1:
        raise Refusal("malformed", f"One object is changed, not {len(given)}")
    return given[0]


def _found(call: Call) -> Record:
    key = str(render(call.route.described.get("key", "{path.id}"), call.values()) or "")
    record = call.of.get(key, _by(call), archived=_archived(call))
    if not _inside(record, call.within()):
        raise Refusal("not_found", f"There is no {call.of.name} {key} there", id=key, type=call.of.name)
    return record


def _inside(record: Record, within: Mapping[str, Any]) -> bool:
    return all(str(dotted.read(record, path)) == str(value) for path, value in within.items())


def _answer(call: Call, items: Sequence[Record], status: int) -> web.Response:
    template = call.of.described.get("answer", call.vendor.described.get("answer", "{item}"))
    values = call.values(items=items, item=items[0] if items else None, count=len(items))
    status = call.route.described.get("status", status)
    if status == 204:
        return web.Response(status=204)
    return web.json_response(render(call.route.described.get("answer", template), values), status=status)


def _shown(call: Call, record: Record) -> Record:
    name = call.vendor.described.get("fields")
    texts = call.request.query.getall(name, []) if name else []
    wanted = [part.strip() for text in texts for part in text.split(",") if part.strip()]
    return call.of.show(record, wanted if texts else None)


def _archived(call: Call) -> bool:
    name = call.of.described.get("archive", {}).get("param")
    return bool(name) and call.request.query.get(name, "false").lower() == "true"


def _by(call: Call) -> str | None:
    by = call.route.described.get("by")
    given = call.request.query.get(by["param"]) if by else None
    return given if given not in ("", by["default"] if by else None) else None
