# Part of Integration Hub. License LGPL-3.0 or later.
"""Requests to HubSpot's search, and the values that go into properties.

Search answers at most 10 000 objects, and an object appears in it some seconds after it was written.
Source: https://developers.hubspot.com/docs/guides/api/crm/search
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ... import moments
from ...connector import Document
from ...errors import ConfigurationError

PAGE_SIZE = 100
MAX_RESULTS = 10_000
_MODIFIED = {"contact": "lastmodifieddate", "company": "hs_lastmodifieddate", "deal": "hs_lastmodifieddate"}


def changed_since(object_type: str, since: str, cursor: str | None, properties: Sequence[str]) -> Document:
    """The search for objects changed at or after `since` (ISO 8601), oldest change first."""
    start, _, after = (cursor or f"{moments.to_milliseconds(since)}:0").partition(":")
    modified = _MODIFIED[object_type]
    return {
        "filterGroups": [{"filters": [{"propertyName": modified, "operator": "GTE", "value": start}]}],
        "sorts": [modified],
        "properties": list(properties),
        "limit": PAGE_SIZE,
        "after": after,
    }


def next_cursor(body: Document, items: Sequence[Document], after: str | None) -> str | None:
    """Where the search goes on: the next offset, or near the limit of results a new search from the last change."""
    if after is None:
        return None
    start = body["filterGroups"][0]["filters"][0]["value"]
    if after.isdigit() and int(after) + PAGE_SIZE > MAX_RESULTS and items:
        last = str(moments.to_milliseconds(items[-1]["updatedAt"]))
        if last != start:
            return f"{last}:0"
    return f"{start}:{after}"


def properties_of(payload: Document) -> dict[str, str]:
    """The properties of a mapped document as HubSpot takes them: text only, "" to clear. Raises ConfigurationError."""
    properties = payload.get("properties")
    if not isinstance(properties, dict) or not properties:
        raise ConfigurationError(
            "The mapping gives no HubSpot properties.",
            code="invalid-payload",
            hint="Let the mapping's targets begin with “properties.”, as in properties.email.",
        )
    return {name: _text(name, value) for name, value in properties.items()}


def _text(name: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):  # a property of several choices
        return ";".join(_text(name, item) for item in value)
    if isinstance(value, str | int | float):
        return str(value)
    raise ConfigurationError(f"The HubSpot property {name!r} cannot hold an object.", code="invalid-payload")
