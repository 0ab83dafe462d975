# Part of Integration Hub. License LGPL-3.0 or later.
"""Lists: which records a request asks for, in which order, which page of them, and what is told of the next one.

page      ?page=2                     offset    ?offset=50
keyset    ?after=<last key>           cursor    ?page_info=<opaque>, which carries the filters of the first page
"""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from yarl import URL

from ... import dotted
from .filters import matching
from .objects import Record
from .refusals import Refusal


@dataclass(frozen=True)
class Listing:
    """A page, and what its envelope may tell; `next` has the `position` and the `url` of the next page, or is None."""

    records: Sequence[Record]
    facts: dict[str, Any]
    next: dict[str, Any] | None


def select(records: Sequence[Record], described: Mapping[str, Any], query: Mapping[str, str], url: URL) -> Listing:
    """The page of `records` that `query` asks for.

    Raises Refusal, invalid_parameter, with `name`.
    """
    page = described.get("page", {"kind": "none"})
    kind, name, key = page["kind"], page.get("param", ""), page.get("key", "id")
    known = described.get("filters", {})
    filters = {one: query[one] for one in known if one in query}
    position = query.get(name) or None
    if kind == "cursor" and position is not None:
        _refuse_beside(query, known, name)
        position, filters = _decoded(position, name)
    found = _sorted(matching(records, known, filters), described.get("sort", ""))
    size = _size(page, query, len(found))
    number, start = _start(found, page, position, size)
    shown = found[start : start + size]
    more = start + size < len(found)
    facts = {
        "total": len(found),
        "size": size,
        "pages": math.ceil(len(found) / size),
        "page": number,
        "offset": start,
        "more": more,
    }
    if not more:
        return Listing(shown, facts, None)
    following = {"page": number + 1, "offset": start + size}.get(kind)
    if following is None:
        following = dotted.read(shown[-1], key)
    kept = {one: value for one, value in query.items() if one in url.query and (kind != "cursor" or one not in known)}
    kept |= {page["size"]["param"]: str(size)} if "param" in page["size"] else {}
    told = _encoded(following, filters) if kind == "cursor" else following
    return Listing(shown, facts, {"position": told, "url": str(url.with_query({**kept, name: str(told)}))})


def _start(found: Sequence[Record], page: Mapping[str, Any], position: str | None, size: int) -> tuple[int, int]:
    """The page's number and the index of its first record."""
    kind, name = page["kind"], page.get("param", "")
    lowest = page.get("first", 1)
    if position is None or kind == "none":
        return lowest, 0
    if kind in ("keyset", "cursor"):
        start = _behind(found, page.get("key", "id"), position, name)
        return start // size + lowest, start
    if not position.isdecimal() or int(position) < (lowest if kind == "page" else 0):
        raise Refusal("invalid_parameter", "must be a number that there is", name=name)
    start = (int(position) - lowest) * size if kind == "page" else int(position)
    return start // size + lowest, start


def _behind(found: Sequence[Record], key: str, position: str, name: str) -> int:
    """The index behind the record with that key; where keys are numbers the record may be gone."""
    keys = [str(dotted.read(record, key)) for record in found]
    if position in keys:
        return keys.index(position) + 1
    if not position.isdecimal():
        raise Refusal("invalid_parameter", "is not a valid cursor", name=name)
    return sum(1 for one in keys if one.isdecimal() and int(one) <= int(position))


def _sorted(found: Sequence[Record], sort: str) -> Sequence[Record]:
    """By a path, descending with a minus before it; records without a value come last."""
    if not sort:
        return found
    path = sort.removeprefix("-")
    having = [record for record in found if dotted.read(record, path) is not None]
    rest = [record for record in found if dotted.read(record, path) is None]
    return sorted(having, key=lambda record: dotted.read(record, path), reverse=sort.startswith("-")) + rest


def _size(page: Mapping[str, Any], query: Mapping[str, str], all_of_them: int) -> int:
    sizes = page.get("size", {"default": max(1, all_of_them)})
    name = sizes.get("param", "")
    if name not in query:
        return int(sizes["default"])
    highest = int(sizes["max"])
    if not query[name].isdecimal() or not 1 <= int(query[name]) <= highest:
        raise Refusal("invalid_parameter", f"must be between 1 and {highest}", name=name)
    return int(query[name])


def _refuse_beside(query: Mapping[str, str], filters: Mapping[str, Any], param: str) -> None:
    for name in filters:
        if name in query:
            raise Refusal("invalid_parameter", f"cannot be passed when {param} is present", name=name)


def _encoded(position: Any, filters: Mapping[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps([position, filters]).encode()).decode().rstrip("=")


def _decoded(cursor: str, name: str) -> tuple[str, dict[str, str]]:
    try:
        position, filters = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return str(position), {str(one): str(value) for one, value in filters.items()}
    except (ValueError, TypeError, AttributeError, binascii.Error, RecursionError) as error:
        raise Refusal("invalid_parameter", "is not a valid cursor", name=name) from error
