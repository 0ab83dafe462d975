# Part of Integration Hub. License LGPL-3.0 or later.
"""To whom an object belongs: HubSpot keeps associations apart from objects, and says ids alone.

Each object that is read gets `associations`, in the shape in which HubSpot answers a read that asks for them, and in
each associated object its properties that say who it is. So what names another object can be understood before that
one has come. Of several companies the first is the primary one.

Sources: https://developers.hubspot.com/docs/guides/api/crm/associations/associations-v4 (batch read, type ids),
https://developers.hubspot.com/docs/guides/api/crm/objects/deals#retrieve-deals
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ... import dotted
from ...connector import Document
from ...errors import BadResponse
from ...http import Response
from .catalogue import PATHS, PLURALS

Ask = Callable[..., Response]

KNOWN_BY = {"contact": ("firstname", "lastname", "email"), "company": ("name", "domain", "website")}
"""The properties that say who an object is."""
BELONGS_TO = {"contact": ("company",), "company": (), "deal": ("contact", "company")}
AT_ONCE = 100  # objects in a batch
PRIMARY = {1, 5}  # contact and deal to their primary company


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
