# Part of Integration Hub. License LGPL-3.0 or later.
"""Plug-in `search`: filters, texts, sorting. Source: developers.hubspot.com, *CRM search*.

Options: `texts`: {type: the properties that a query's text is looked for in}.
Setting `search_delay`: seconds until a change shows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from aiohttp import web

from ..engine.formats import seconds
from ..engine.objects import Record
from ..engine.plugin import Call, Operation, Plugin
from ..engine.refusals import Refusal
from .crm import CRMObjects, crm

MAX_LIMIT = 200
MAX_RESULTS = 10000
MAX_GROUPS = 5
MAX_FILTERS = 6


class Search(Plugin):
    """The operation `search`."""

    def operations(self) -> Mapping[str, Operation]:
        """Operations by name."""
        return {"search": self._search}

    async def _search(self, call: Call) -> web.Response:
        objects, body = crm(call), await call.body()
        delay = self.vendor.settings.search_delay
        visible = self.vendor.core.clock.now() - delay if delay else math.inf
        texts = self.options["texts"][objects.name]
        page, total, after = search(objects, body, texts, visible)
        wanted = [name for name in body.get("properties") or [] if isinstance(name, str)]
        answer: dict[str, Any] = {"total": total, "results": [objects.show(record, wanted) for record in page]}
        if after is not None:
            answer["paging"] = {"next": {"after": after}}
        return web.json_response(answer)


def search(
    objects: CRMObjects, body: Mapping[str, Any], texts: Sequence[str], visible_until: float
) -> tuple[list[Record], int, str | None]:
    """The page of matching records, how many match in all, and `after` for the next page.

    Records changed later than `visible_until` (Unix seconds) are not in the index yet.

    Raises Refusal, invalid: the request breaks one of the vendor's limits or names an unknown property or operator.
    """
    limit, start = body.get("limit", 10), str(body.get("after") or "0")
    if not isinstance(limit, int) or isinstance(limit, bool) or not 1 <= limit <= MAX_LIMIT:
        raise Refusal("invalid", f"The limit must be between 1 and {MAX_LIMIT}.")
    if not start.isdigit() or int(start) + limit > MAX_RESULTS:
        raise Refusal("invalid", f"Paging past {MAX_RESULTS} results, or with an after that is no number, is refused.")
    matches = _groups(objects, body.get("filterGroups") or [])
    text = str(body.get("query") or "").lower()
    found = [
        record
        for record in objects.all()
        if (visible_until == math.inf or seconds(record["updatedAt"]) <= visible_until)
        and matches(record)
        and _contains(record, texts, text)
    ]
    for name, descending in reversed(_sorts(objects, body.get("sorts") or [])):
        found.sort(key=_sort_key(name), reverse=descending)
    page = found[int(start) : int(start) + limit]
    end = int(start) + len(page)
    return page, len(found), str(end) if end < len(found) else None


def _groups(objects: CRMObjects, groups: Any) -> Callable[[Record], bool]:
    if not isinstance(groups, list) or len(groups) > MAX_GROUPS:
        raise Refusal("invalid", f"filterGroups is a list of at most {MAX_GROUPS} groups.")
    compiled: list[list[Callable[[Record], bool]]] = []
    for group in groups:
        filters = group.get("filters") if isinstance(group, Mapping) else None
        if not isinstance(filters, list) or len(filters) > MAX_FILTERS:
            raise Refusal("invalid", f"A filter group has at most {MAX_FILTERS} filters.")
        compiled.append([_filter(objects, one) for one in filters])
    if not compiled:
        return lambda record: True
    return lambda record: any(all(test(record) for test in tests) for tests in compiled)


def _filter(objects: CRMObjects, given: Any) -> Callable[[Record], bool]:
    name = given.get("propertyName") if isinstance(given, Mapping) else None
    operator = given.get("operator") if isinstance(given, Mapping) else None
    if not isinstance(name, str) or name not in objects.definitions():
        raise Refusal("invalid", f"There was a problem with the request: property '{name}' does not exist.")
    values = [_comparable(value) for value in given.get("values") or []]
    value, high = _comparable(given.get("value")), _comparable(given.get("highValue"))
    test = _OPERATORS.get(str(operator))
    if test is None:
        raise Refusal("invalid", f"Invalid operator: {operator}.")
    return lambda record: test(_comparable(record["properties"].get(name)), value, high, values)


def _comparable(value: Any) -> Any:
    if value is None or value == "":
        return None
    text = str(value)
    try:
        return float(text)
    except ValueError:
        pass  # not a number: a moment, or text
    if len(text) >= 10 and text[4:5] == "-":
        try:
            return datetime.fromisoformat(text).timestamp() * 1000
        except ValueError:
            return text.lower()
    return text.lower()


def _ordered(left: Any, right: Any, test: Callable[[Any, Any], bool]) -> bool:
    if left is None or right is None:
        return False
    return test(left, right) if type(left) is type(right) else test(str(left), str(right))


def _has_token(held: Any, value: Any) -> bool:
    if held is None or value is None:
        return False
    needle = str(value).strip("*")
    return needle in str(held)


_OPERATORS: dict[str, Callable[[Any, Any, Any, list[Any]], bool]] = {
    "EQ": lambda held, value, high, values: held == value,
    "NEQ": lambda held, value, high, values: held != value,
    "LT": lambda held, value, high, values: _ordered(held, value, lambda a, b: a < b),
    "LTE": lambda held, value, high, values: _ordered(held, value, lambda a, b: a <= b),
    "GT": lambda held, value, high, values: _ordered(held, value, lambda a, b: a > b),
    "GTE": lambda held, value, high, values: _ordered(held, value, lambda a, b: a >= b),
    "BETWEEN": lambda held, value, high, values: (
        _ordered(held, value, lambda a, b: a >= b) and _ordered(held, high, lambda a, b: a <= b)
    ),
    "IN": lambda held, value, high, values: held in values,
    "NOT_IN": lambda held, value, high, values: held is not None and held not in values,
    "HAS_PROPERTY": lambda held, value, high, values: held is not None,
    "NOT_HAS_PROPERTY": lambda held, value, high, values: held is None,
    "CONTAINS_TOKEN": lambda held, value, high, values: _has_token(held, value),
    "NOT_CONTAINS_TOKEN": lambda held, value, high, values: not _has_token(held, value),
}


def _contains(record: Record, texts: Sequence[str], text: str) -> bool:
    return not text or any(text in str(record["properties"].get(name, "")).lower() for name in texts)


def _sorts(objects: CRMObjects, sorts: Any) -> list[tuple[str, bool]]:
    if not isinstance(sorts, list) or len(sorts) > 1:
        raise Refusal("invalid", "sorts is a list of at most one sorting.")
    result: list[tuple[str, bool]] = [("hs_object_id", False)]
    for sort in sorts:
        if isinstance(sort, Mapping):
            name, descending = str(sort.get("propertyName")), sort.get("direction") == "DESCENDING"
        else:
            name, descending = str(sort).lstrip("-"), str(sort).startswith("-")
        if name not in objects.definitions():
            raise Refusal("invalid", f"There was a problem with the request: property '{name}' does not exist.")
        result.insert(0, (name, descending))
    return result


def _sort_key(name: str) -> Callable[[Record], tuple[int, float, str]]:
    def key(record: Record) -> tuple[int, float, str]:
        value = _comparable(record["properties"].get(name))
        if value is None:
            return (2, 0.0, "")
        return (0, value, "") if isinstance(value, float) else (1, 0.0, str(value))

    return key
