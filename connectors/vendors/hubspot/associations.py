# Part of Integration Hub. License LGPL-3.0 or later.
"""To whom an object belongs: HubSpot keeps associations apart from objects, and says ids alone.

Each object that is read gets `associations`, in the shape in which HubSpot answers a read that asks for them, and in
each associated object its properties that say who it is. So what names another object can be understood before that
one has come. Of several companies the first is the primary one.

What is sent says in `associations` to whom it belongs from now on, `{"company": id}`, and in `dissociations` to whom
no longer. Nothing else is touched: HubSpot associates contacts and companies by itself, and people do.

Sources: https://developers.hubspot.com/docs/guides/api/crm/associations/associations-v4 (reading, writing, type ids),
https://developers.hubspot.com/docs/guides/api/crm/objects/deals#retrieve-deals
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ... import dotted
from ...connector import Document
from ...errors import BadResponse, ConfigurationError, Conflict, NotFound
from ...http import Response
from ...rest import templates
from .catalogue import PATHS, PLURALS

Ask = Callable[..., Response]

KNOWN_BY = {"contact": ("firstname", "lastname", "email"), "company": ("name", "domain", "website")}
"""The properties that say who an object is."""
BELONGS_TO = {"contact": ("company",), "company": (), "deal": ("contact", "company")}
AT_ONCE = 100  # objects in a batch
PRIMARY = {1, 5}  # contact and deal to their primary company
TYPE_IDS = {("contact", "company"): 1, ("deal", "company"): 5, ("deal", "contact"): 3}
_ONE = "/crm/v4/objects/{from}/{id}/associations/{to}/{other}"


def complete(ask: Ask, object_type: str, items: Sequence[Document]) -> None:
    """Add `associations` to each of the objects, by one call for each kind of them and one for their names."""
    for kind in BELONGS_TO[object_type]:
        ids = _company_of(items) if object_type == "contact" else _associated(ask, object_type, kind, items)
        names = _named(ask, kind, {one for found in ids for one in found})
        for item, found in zip(items, ids, strict=True):
            results = [
                {"id": one, "type": f"{object_type}_to_{kind}", "properties": names[one]}
                for one in found
                if one in names
            ]
            item.setdefault("associations", {})[PLURALS[kind]] = {"results": results}


def at_creation(object_type: str, payload: Document) -> Document:
    """The `associations` of the request that creates an object; nothing where it belongs to nobody."""
    wanted = _said(object_type, payload, "associations")
    found = [{"to": {"id": other}, "types": [_type(object_type, to)]} for to, other in wanted.items()]
    return {"associations": found} if found else {}


def bring_in_step(ask: Ask, object_type: str, external_id: str, payload: Document) -> None:
    """Associate an object with whom it belongs to, a company as the primary one, and end what is over."""
    for to, other in _said(object_type, payload, "associations").items():
        try:
            ask("PUT", _path(object_type, external_id, to, other), json=[_type(object_type, to)])
        except NotFound as error:
            raise Conflict(
                f"The {object_type} is written, but not associated: HubSpot has no {to} {other}.",
                code="associated-is-gone",
                hint=f"It was deleted or merged there. Look which {to} it belongs to, then retry.",
            ) from error
    for to, other in _said(object_type, payload, "dissociations").items():
        try:
            ask("DELETE", _path(object_type, external_id, to, other))
        except NotFound:
            continue  # what is gone belongs to nobody


def _said(object_type: str, payload: Document, member: str) -> dict[str, str]:
    found = payload.get(member) or {}
    if not isinstance(found, dict) or not all((object_type, to) in TYPE_IDS for to in found):
        raise ConfigurationError(
            f"The mapping gives {member} that HubSpot's {PLURALS[object_type]} do not have.",
            code="invalid-payload",
            hint=f"Possible are {', '.join(f'{member}.{to}' for one, to in TYPE_IDS if one == object_type) or 'none'}.",
        )
    return {to: str(other) for to, other in found.items() if other}


def _type(object_type: str, to: str) -> Document:
    return {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": TYPE_IDS[object_type, to]}


def _path(object_type: str, external_id: str, to: str, other: str) -> str:
    values = {"from": PLURALS[object_type], "id": external_id, "to": PLURALS[to], "other": other}
    return templates.fill_path(_ONE, values)


def _company_of(items: Sequence[Document]) -> list[list[str]]:
    """A contact says itself what its primary company is."""
    found = (dotted.read(item, "properties.associatedcompanyid") for item in items)
    return [[str(one)] if one else [] for one in found]


def _associated(ask: Ask, object_type: str, kind: str, items: Sequence[Document]) -> list[list[str]]:
    path = f"/crm/v4/associations/{PLURALS[object_type]}/{PLURALS[kind]}/batch/read"
    if not items:
        return []
    answer = _results(ask("POST", path, json={"inputs": [{"id": item["id"]} for item in items]}))
    by_id = {str(dotted.read(one, "from.id")): _ordered(one.get("to")) for one in answer}
    return [by_id.get(item["id"], []) for item in items]


def _ordered(found: Any) -> list[str]:
    """The ids of associated objects, the primary one first, then as HubSpot has them."""
    if not isinstance(found, list):
        raise BadResponse("HubSpot's answer holds no list of associations.", code="unexpected-shape")
    primary = [one for one in found if PRIMARY & {each.get("typeId") for each in one.get("associationTypes", ())}]
    return list(dict.fromkeys(str(one["toObjectId"]) for one in (*primary, *found)))


def _named(ask: Ask, kind: str, ids: Iterable[str]) -> dict[str, Document]:
    """Who objects are, by their ids; without those that are gone, and whose association has not ended yet."""
    wanted = sorted(ids)
    found: dict[str, Document] = {}
    for start in range(0, len(wanted), AT_ONCE):
        inputs = [{"id": one} for one in wanted[start : start + AT_ONCE]]
        body = {"inputs": inputs, "properties": list(KNOWN_BY[kind]), "propertiesWithHistory": []}
        for one in _results(ask("POST", f"{PATHS[kind]}/batch/read", json=body)):
            found[str(one["id"])] = {name: dotted.read(one, f"properties.{name}") for name in KNOWN_BY[kind]}
    return found


def _results(response: Response) -> list[Document]:
    found = response.json()
    items = found.get("results") if isinstance(found, dict) else None
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise BadResponse("HubSpot's answer is not a list of results.", code="unexpected-shape")
    return items
