# Part of Integration Hub. License LGPL-3.0 or later.
"""Parts of GraphQL objects made from parts of REST resources."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from .connections import connection
from .shared import epoch, gid

Doc = Mapping[str, Any]


def utc(moment: str | None) -> str | None:
    """A moment as GraphQL writes it: to the second, in UTC."""
    return datetime.fromtimestamp(epoch(moment), UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def money(amount: Any, currency: str) -> dict[str, Any]:
    """MoneyV2. GraphQL leaves out needless zeros but keeps one decimal, as `19.9` and `20.0` show."""
    value = Decimal(str(amount if amount is not None else 0)).normalize()
    text = f"{value:f}"
    return {"__typename": "MoneyV2", "amount": text if "." in text else f"{text}.0", "currencyCode": currency}


def bag(amount: Any, currency: str, given: Doc | None = None) -> dict[str, Any]:
    """MoneyBag, from a REST money set where there is one."""
    shop = (given or {}).get("shop_money") or {"amount": amount, "currency_code": currency}
    presentment = (given or {}).get("presentment_money") or shop
    return {
        "shopMoney": money(shop["amount"], shop["currency_code"]),
        "presentmentMoney": money(presentment["amount"], presentment["currency_code"]),
    }


def address(doc: Doc | None) -> dict[str, Any] | None:
    """MailingAddress."""
    if not doc:
        return None
    lines = [doc.get("address1"), doc.get("address2"), doc.get("city"), doc.get("province_code"), doc.get("zip")]
    return {
        "__typename": "MailingAddress",
        "id": gid("MailingAddress", doc.get("id", 0)) + "?model_name=Address",
        "firstName": doc.get("first_name"),
        "lastName": doc.get("last_name"),
        "name": doc.get("name"),
        "company": doc.get("company"),
        "address1": doc.get("address1"),
        "address2": doc.get("address2"),
        "city": doc.get("city"),
        "province": doc.get("province"),
        "provinceCode": doc.get("province_code"),
        "zip": doc.get("zip"),
        "country": doc.get("country"),
        "countryCodeV2": doc.get("country_code"),
        "phone": doc.get("phone"),
        "formatted": [str(line) for line in [*lines, doc.get("country")] if line],
    }


def connected(items: list[Any], node: Callable[[Any], Any]) -> Callable[..., dict[str, Any]]:
    """A connection field over items whose order is their position."""

    def resolve(_info: Any, **arguments: Any) -> dict[str, Any]:
        return connection(list(enumerate(items)), lambda pair: node(pair[1]), lambda pair: (pair[0],), **arguments)

    return resolve


def attributes(pairs: Any) -> list[dict[str, Any]]:
    """Attribute values from REST's {name, value} pairs."""
    return [{"key": pair["name"], "value": pair.get("value")} for pair in pairs or []]
