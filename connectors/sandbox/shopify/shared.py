# Part of Integration Hub. License LGPL-3.0 or later.
"""Small things every Shopify resource needs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Any

SHOP_ZONE = timezone(timedelta(hours=-7))
COUNTRIES = {
    "US": "United States", "CA": "Canada", "GB": "United Kingdom", "DE": "Germany", "FR": "France", "NL": "Netherlands",
    "BE": "Belgium", "ES": "Spain", "IT": "Italy", "CH": "Switzerland", "AT": "Austria", "SE": "Sweden",
    "IE": "Ireland", "AU": "Australia", "NZ": "New Zealand", "JP": "Japan", "IN": "India", "MX": "Mexico",
}  # fmt: skip
PROVINCES = {
    "US": {
        "AZ": "Arizona", "CA": "California", "CO": "Colorado", "FL": "Florida", "GA": "Georgia", "IL": "Illinois",
        "KY": "Kentucky", "MA": "Massachusetts", "MI": "Michigan", "MN": "Minnesota", "NC": "North Carolina",
        "NY": "New York", "OH": "Ohio", "OR": "Oregon", "PA": "Pennsylvania", "TX": "Texas", "UT": "Utah",
        "VT": "Vermont", "WA": "Washington", "WI": "Wisconsin",
    },
    "CA": {"ON": "Ontario", "QC": "Quebec", "BC": "British Columbia", "AB": "Alberta"},
}  # fmt: skip
ADDRESS_MEMBERS = (
    "first_name", "last_name", "name", "company", "address1", "address2", "city", "province", "province_code", "zip",
    "country", "country_code", "phone",
)  # fmt: skip


def timestamp(seconds: float) -> str:
    """A moment as REST resources and webhooks write it: to the second, in the shop's time zone."""
    return datetime.fromtimestamp(seconds, SHOP_ZONE).isoformat(timespec="seconds")


@lru_cache(maxsize=4096)
def epoch(moment: str | None) -> float:
    """Unix seconds of an ISO 8601 moment (UTC where it names no zone); 0 for None. Raises ValueError."""
    if not moment:
        return 0.0
    parsed = datetime.fromisoformat(moment)
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()


def gid(kind: str, number: Any) -> str:
    """A global id."""
    return f"gid://shopify/{kind}/{number}"


def address(values: Mapping[str, Any]) -> dict[str, Any]:
    """A complete mailing address from some of its members."""
    result: dict[str, Any] = {name: values.get(name) for name in ADDRESS_MEMBERS}
    code = result["country_code"] = result["country_code"] or "US"
    result["country"] = result["country"] or COUNTRIES.get(code, code)
    province = result["province_code"]
    result["province"] = result["province"] or PROVINCES.get(code, {}).get(province, province)
    full = " ".join(part for part in (result["first_name"], result["last_name"]) if part)
    result["name"] = result["name"] or full or result["company"] or ""
    return result
