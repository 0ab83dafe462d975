# Part of Integration Hub. License LGPL-3.0 or later.
"""Lists: which records a request asks for, which page of them, and how page and next page are told.

page      ?page=2                     offset    ?offset=50
keyset    ?after=<last id>            cursor    ?page_info=<opaque>, which carries the filters of the first page
"""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from yarl import URL

from .filters import matching
from .objects import Record
from .refusals import Refusal
from .template import at


@dataclass(frozen=True)
class Listing:
    """A page, and what its envelope may tell."""

    records: Sequence[Record]
    facts: dict[str, Any] = field(default_factory=dict)
    next: dict[str, Any] | None = None


def select(records: Sequence[Record], described: Mapping[str, Any], query: Mapping[str, str], url: URL) -> Listing:
    """The page of `records` that `query` asks for.

    :raises Refusal: invalid_parameter, with `name`.
    """
    page = described.get("page", {"kind": "none"})
    kind, name = page["kind"], page.get("param", "")
    size = _size(page, query, len(records))
    given = query.get(name)
    filters = {one: query[one] for one in described.get("filters", {}) if one in query}
    if kind == "cursor" and given is not None:
        _refuse_beside(query, described, page)
        start, filters = _decode(given, name)
    else:
        first = page.get("first", 1) if kind == "page" else 0
        start = _number(given, name, first) if given is not None and kind != "none" else first
    found = matching(records, described.get("filters", {}), filters)
    if kind in ("keyset", "cursor"):
        rest = [record for record in found if int(at(record, page.get("key", "id"))) > start]
    else:
        rest = list(found[(start - page.get("first", 1)) * size if kind == "page" else start :])
    shown = rest[:size]
    facts = {"total": len(found), "size": size, "pages": math.ceil(len(found) / size) if size else 0, "page": start}
    if len(rest) <= len(shown):
        return Listing(shown, facts)
    following = {"page": start + 1, "offset": start + size, "none": 0}.get(kind)
    if following is None:
        following = at(shown[-1], page.get("key", "id"))
    position = _encode(following, filters) if kind == "cursor" else following
    kept = {one: value for one, value in query.items() if kind != "cursor" or one not in described.get("filters", {})}
    sized = {page["size"]["param"]: str(size)} if "param" in page.get("size", {}) else {}
    target = url.with_query({**kept, **sized, name: str(position)})
    return Listing(shown, facts, {"position": position, "url": str(target)})


def _size(page: Mapping[str, Any], query: Mapping[str, str], all_of_them: int) -> int:
    sizes = page.get("size", {"default": max(1, all_of_them)})
    name = sizes.get("param", "")
    if name not in query:
        return int(sizes["default"])
    highest = int(sizes["max"])
    if not query[name].isdecimal() or not 1 <= int(query[name]) <= highest:
        raise Refusal("invalid_parameter", f"must be between 1 and {highest}", name=name)
    return int(query[name])


def _number(text: str, name: str, lowest: int) -> int:
    if not text.isdecimal() or int(text) < lowest:
        raise Refusal("invalid_parameter", f"must be a number, {lowest} or more", name=name)
    return int(text)


def _refuse_beside(query: Mapping[str, str], described: Mapping[str, Any], page: Mapping[str, Any]) -> None:
    for name in described.get("filters", {}):
        if name in query:
            raise Refusal("invalid_parameter", f"cannot be passed when {page['param']} is present", name=name)


def _encode(position: Any, filters: Mapping[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps([position, filters]).encode()).decode().rstrip("=")


def _decode(cursor: str, name: str) -> tuple[int, dict[str, str]]:
    try:
        position, filters = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return int(position), {str(one): str(value) for one, value in filters.items()}
    except (ValueError, TypeError, AttributeError, binascii.Error, RecursionError) as error:
        raise Refusal("invalid_parameter", "is not a valid cursor", name=name) from error
