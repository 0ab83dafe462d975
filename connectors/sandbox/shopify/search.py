# Part of Integration Hub. License LGPL-3.0 or later.
"""The subset of Shopify's search syntax that connectors use: `field:value` terms, comparisons, AND, quotes, -not.

Source: shopify.dev, *Shopify API search syntax*. Fields a resource cannot be filtered by do not filter; they are
reported in `extensions.search`, as the vendor does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from .shared import epoch

_TERM = re.compile(
    r"""\s*(?P<not>-|NOT\s+)?(?:(?P<field>\w+):(?P<op><=|>=|<|>)?)?(?:"(?P<dq>[^"]*)"|'(?P<sq>[^']*)'|(?P<raw>[^\s]+))"""
)
Getter = Callable[[Mapping[str, Any]], Any]
_TIMES = {name: (lambda doc, key=name: doc.get(key)) for name in ("created_at", "updated_at", "processed_at")}
FIELDS: dict[str, dict[str, Getter]] = {
    "order": {
        **_TIMES,
        "id": lambda doc: doc["id"],
        "name": lambda doc: str(doc.get("name") or "").removeprefix("#"),
        "email": lambda doc: doc.get("email"),
        "customer_id": lambda doc: (doc.get("customer") or {}).get("id"),
        "financial_status": lambda doc: doc.get("financial_status"),
        "fulfillment_status": lambda doc: doc.get("fulfillment_status") or "unfulfilled",
        "tag": lambda doc: tags(doc),
        "sku": lambda doc: [line.get("sku") for line in doc.get("line_items", [])],
        "status": lambda doc: "cancelled" if doc.get("cancelled_at") else "closed" if doc.get("closed_at") else "open",
        "test": lambda doc: str(bool(doc.get("test"))).lower(),
    },
    "customer": {
        **_TIMES,
        "id": lambda doc: doc["id"],
        "email": lambda doc: doc.get("email"),
        "phone": lambda doc: doc.get("phone"),
        "first_name": lambda doc: doc.get("first_name"),
        "last_name": lambda doc: doc.get("last_name"),
        "tag": lambda doc: tags(doc),
        "country": lambda doc: (doc.get("default_address") or {}).get("country"),
    },
    "product": {
        **_TIMES,
        "id": lambda doc: doc["id"],
        "title": lambda doc: doc.get("title"),
        "handle": lambda doc: doc.get("handle"),
        "vendor": lambda doc: doc.get("vendor"),
        "product_type": lambda doc: doc.get("product_type"),
        "status": lambda doc: doc.get("status") or "active",
        "tag": lambda doc: tags(doc),
        "sku": lambda doc: [variant.get("sku") for variant in doc.get("variants", [])],
        "barcode": lambda doc: [variant.get("barcode") for variant in doc.get("variants", [])],
    },
    "event": {
        **_TIMES,
        "id": lambda doc: doc["id"],
        "action": lambda doc: doc["action"],
        "subject_type": lambda doc: doc["subject_type"],
    },
    "variant": {
        **_TIMES,
        "id": lambda doc: doc["id"],
        "sku": lambda doc: doc.get("sku"),
        "barcode": lambda doc: doc.get("barcode"),
        "product_id": lambda doc: doc.get("product_id"),
        "title": lambda doc: doc.get("title"),
    },
}
_TEXT = ("email", "name", "first_name", "last_name", "title", "sku", "phone")


def tags(document: Mapping[str, Any]) -> list[str]:
    """The tags of a resource, which REST keeps in one comma-separated string."""
    return [tag.strip() for tag in str(document.get("tags") or "").split(",") if tag.strip()]


def compile_query(
    kind: str, query: str | None, now: float
) -> tuple[Callable[[Mapping[str, Any]], bool], list[dict[str, str]]]:
    """A predicate for resources of a kind, and warnings about terms it leaves out; `now` is what that word means."""
    tests: list[Callable[[Mapping[str, Any]], bool]] = []
    warnings: list[dict[str, str]] = []
    for term in _TERM.finditer(query or ""):
        name = term["field"]
        value = next(text for text in (term["dq"], term["sq"], term["raw"]) if text is not None)
        if name is None:
            if value.upper() != "AND":
                tests.append(_negate(_anywhere(kind, value), bool(term["not"])))
            continue
        getter = FIELDS[kind].get(name)
        if getter is None:
            warnings.append({"field": name, "message": f"Invalid search field for this query: {name}."})
            continue
        if name == "status" and kind == "order" and value == "any":
            continue
        try:
            test = _comparison(getter, name, term["op"], value, now)
        except ValueError:
            warnings.append({"field": name, "message": f"Input `{value}` is not a valid value."})
            continue
        tests.append(_negate(test, bool(term["not"])))
    return (lambda document: all(test(document) for test in tests)), warnings


def _negate(test: Callable[[Mapping[str, Any]], bool], wanted: bool) -> Callable[[Mapping[str, Any]], bool]:
    return (lambda document: not test(document)) if wanted else test


def _anywhere(kind: str, value: str) -> Callable[[Mapping[str, Any]], bool]:
    needle = value.lower().strip("*")
    getters = [FIELDS[kind][name] for name in _TEXT if name in FIELDS[kind]]
    return lambda document: any(needle in str(_flat(getter(document))).lower() for getter in getters)


def _flat(value: Any) -> Any:
    return " ".join(str(item) for item in value) if isinstance(value, list) else "" if value is None else value


def _comparison(
    getter: Getter, name: str, op: str | None, value: str, now: float
) -> Callable[[Mapping[str, Any]], bool]:
    if name.endswith("_at"):
        return _compare(
            lambda document: epoch(getter(document)), op, *((now, now) if value == "now" else _period(value))
        )
    if name == "id" or name.endswith("_id"):
        number = float(int(value))
        return _compare(lambda document: float(getter(document) or 0), op, number, number)
    wanted = value.lower().removeprefix("#")
    if wanted.endswith("*"):
        return lambda document: any(text.startswith(wanted[:-1]) for text in _texts(getter(document)))
    return lambda document: wanted in _texts(getter(document))


def _texts(value: Any) -> list[str]:
    return [str(item).lower() for item in (value if isinstance(value, list) else [value]) if item is not None]


def _period(value: str) -> tuple[float, float]:
    start = epoch(value)
    if len(value) > 10:
        return start, start
    return start, start + 86400 - 1


def _compare(
    getter: Callable[[Mapping[str, Any]], float], op: str | None, low: float, high: float
) -> Callable[[Mapping[str, Any]], bool]:
    match op:
        case ">":
            return lambda document: getter(document) > high
        case ">=":
            return lambda document: getter(document) >= low
        case "<":
            return lambda document: getter(document) < low
        case "<=":
            return lambda document: getter(document) <= high
        case _:
            return lambda document: low <= getter(document) <= high
