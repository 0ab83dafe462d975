# Part of Integration Hub. License LGPL-3.0 or later.
"""What a peer says is left of its limits, read from the headers (or the GraphQL cost) of an answer.

Nothing here raises: a limit that cannot be read is no limit known, and never a failed call.
"""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ..messages import Headers

SHOPIFY_BUCKET_SECONDS = 20.0
"""Shopify's REST bucket drains in 20 s on every plan: 40 at 2/s, 80 at 4/s, 400 at 20/s."""

_NUMBER = re.compile(r"[0-9]{1,15}(\.[0-9]{1,9})?\Z", re.ASCII)
_ITEM = re.compile(
    r'\s*(?:"(?P<quoted>[ !#-\[\]-~]*)"|(?P<token>[A-Za-z0-9*][!#-+\--:<>-~]*))\s*(?P<rest>.*)', re.ASCII
)
_MAX_ITEMS, _MAX_NAME = 8, 64
_EPOCH_FROM = 1e9
"""A reset above this is a moment in unix seconds (1e9 s are 30 years), above a thousand times this in milliseconds."""


class Quota(NamedTuple):
    """One limit as the peer last told it.

    `restore` is what comes back per second while waiting (leaky bucket); 0 when all comes back at once, after `reset`
    seconds (None: not told), in windows of `window` seconds (None: not told).
    """

    name: str
    limit: float
    remaining: float
    restore: float = 0.0
    reset: float | None = None
    window: float | None = None

    @property
    def share(self) -> float:
        """How much of it is left, 0 to 1."""
        return min(self.remaining / self.limit, 1.0) if self.limit > 0 else 0.0


def read_quotas(headers: Mapping[str, str], now: float) -> list[Quota]:
    """Every quota that the headers tell of; `now` (unix seconds) turns a moment of reset into seconds."""
    fields = headers if isinstance(headers, Headers) else Headers(headers)
    return [quota for reader in _READERS for quota in reader(fields, now)]


def graphql_quota(extensions: Any) -> Quota | None:
    """The quota in the `extensions` of a GraphQL answer: `cost.throttleStatus`, in points. None when not told.

    Source: https://shopify.dev/docs/api/usage/limits#graphql-admin-api-rate-limits
    """
    status: Any = extensions
    for key in ("cost", "throttleStatus"):
        status = status.get(key) if isinstance(status, Mapping) else None
    if not isinstance(status, Mapping):
        return None
    limit, remaining, restore = (
        _plain(status.get(key)) for key in ("maximumAvailable", "currentlyAvailable", "restoreRate")
    )
    if limit is None or remaining is None or restore is None:
        return None
    return Quota("graphql-cost", limit, min(remaining, limit), restore=restore)


def graphql_cost(extensions: Any) -> float | None:
    """What the query cost in the end, in points, or what it would have; None when not told."""
    cost = extensions.get("cost") if isinstance(extensions, Mapping) else None
    if not isinstance(cost, Mapping):
        return None
    actual = _plain(cost.get("actualQueryCost"))
    return _plain(cost.get("requestedQueryCost")) if actual is None else actual


def graphql_asked(extensions: Any) -> float | None:
    """What had to be available for the query to be run, in points, whether it was or not; None when not told."""
    cost = extensions.get("cost") if isinstance(extensions, Mapping) else None
    return _plain(cost.get("requestedQueryCost")) if isinstance(cost, Mapping) else None


def _shopify(headers: Headers, now: float) -> list[Quota]:
    """`32/40`. Source: https://shopify.dev/docs/api/admin-rest/usage/rate-limits"""
    used, slash, limit = _one(headers, "x-shopify-shop-api-call-limit").partition("/")
    size, spent = _number(limit), _number(used)
    if not slash or not size or spent is None:
        return []
    return [Quota("shopify-calls", size, max(size - spent, 0.0), restore=size / SHOPIFY_BUCKET_SECONDS)]


def _hubspot(headers: Headers, now: float) -> list[Quota]:
    """Source: https://developers.hubspot.com/docs/guides/apps/api-usage/usage-details"""
    prefix = "x-hubspot-ratelimit"
    interval = _number(_one(headers, f"{prefix}-interval-milliseconds"))
    found = [
        _pair(headers, "hubspot-burst", f"{prefix}-max", f"{prefix}-remaining", interval / 1000 if interval else None),
        _pair(headers, "hubspot-secondly", f"{prefix}-secondly", f"{prefix}-secondly-remaining", 1.0),
        _pair(headers, "hubspot-daily", f"{prefix}-daily", f"{prefix}-daily-remaining", 86400.0),
    ]
    return [quota for quota in found if quota is not None]


def _usual(headers: Headers, now: float) -> list[Quota]:
    """`X-RateLimit-Limit`, `-Remaining`, `-Reset`, as GitHub and many others send them, also as `X-Rate-Limit-…`."""
    for prefix in ("x-ratelimit", "x-rate-limit"):
        limit = f"{prefix}-limit" if f"{prefix}-limit" in headers else prefix
        quota = _pair(headers, "x-ratelimit", limit, f"{prefix}-remaining", None)
        if quota is not None:
            return [quota._replace(reset=_reset(_one(headers, f"{prefix}-reset"), now))]
    return []


def _draft_fields(headers: Headers, now: float) -> list[Quota]:
    """Three fields, drafts 0 to 6: `RateLimit-Limit: 100, 100;w=60`, `RateLimit-Remaining`, `RateLimit-Reset`."""
    limits = _items(headers.get("ratelimit-limit", ""))
    remaining = _number(_one(headers, "ratelimit-remaining"))
    limit = _number(limits[0][0]) if limits else None
    if not limit or remaining is None:
        return []
    windows = [_number(params.get("w", "")) for text, params in limits if _number(text) == limit and "w" in params]
    reset = _number(_one(headers, "ratelimit-reset"))
    return [Quota("ratelimit", limit, min(remaining, limit), reset=reset, window=windows[0] if windows else None)]


def _draft_dictionary(headers: Headers, now: float) -> list[Quota]:
    """One field of names, draft 7: `RateLimit: limit=100, remaining=50, reset=5`."""
    told = dict(re.findall(r"(?:^|,)\s*([a-z]+)=([0-9.]+)(?=\s*(?:,|;|$))", headers.get("ratelimit", "")))
    limit, remaining = _number(told.get("limit", "")), _number(told.get("remaining", ""))
    if not limit or remaining is None:
        return []
    return [Quota("ratelimit", limit, min(remaining, limit), reset=_number(told.get("reset", "")))]


def _draft_items(headers: Headers, now: float) -> list[Quota]:
    """Two lists of items, drafts 8 to 10: `RateLimit-Policy: "burst";q=100;w=60` and `RateLimit: "burst";r=50;t=30`.

    Only a policy says of how much; a limit without one is taken to be as large as what is left of it, so that it is
    never scarce before it is used up.
    Source: https://www.ietf.org/archive/id/draft-ietf-httpapi-ratelimit-headers-10.txt, sections 3 and 4
    """
    policies = dict(_items(headers.get("ratelimit-policy", "")))
    found = []
    for name, params in _items(headers.get("ratelimit", "")):
        remaining, reset = _number(params.get("r", "")), _number(params.get("t", ""))
        if remaining is None:
            continue
        policy = policies.get(name, {})
        limit = _number(policy.get("q", "")) or max(remaining, 1.0)
        found.append(
            Quota(name, limit, min(remaining, limit), reset=reset, window=_number(policy.get("w", "")) or None)
        )
    return found


_READERS: tuple[Callable[[Headers, float], list[Quota]], ...] = (
    _shopify,
    _hubspot,
    _usual,
    _draft_fields,
    _draft_dictionary,
    _draft_items,
)


def _pair(headers: Headers, name: str, limit_field: str, remaining_field: str, window: float | None) -> Quota | None:
    limit, remaining = _number(_one(headers, limit_field)), _number(_one(headers, remaining_field))
    if not limit or remaining is None:
        return None
    return Quota(name, limit, min(remaining, limit), window=window)


def _reset(text: str, now: float) -> float | None:
    """Seconds until a reset told as seconds from now, or as a moment in unix seconds or milliseconds."""
    value = _number(text)
    if value is None or value < _EPOCH_FROM:
        return value
    return max(0.0, (value / 1000 if value >= _EPOCH_FROM * 1000 else value) - now)


def _one(headers: Headers, name: str) -> str:
    """The value of a field that is there once; a doubled one says nothing that could be relied on."""
    values = headers.getall(name)
    return values[0].strip() if len(values) == 1 else ""


def _number(text: str) -> float | None:
    """A plain decimal number; None for all else, such as Infinity, a sign, an exponent or another script's digits."""
    return float(text) if _NUMBER.match(text) else None


def _plain(value: Any) -> float | None:
    """A JSON number that counts something: finite and not negative."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _items(text: str) -> list[tuple[str, dict[str, str]]]:
    """The first items of a structured list with their parameters, as text (RFC 9651 §3.1); [] when it is not one."""
    found = []
    for part in _split(text, ",")[:_MAX_ITEMS]:
        head, *tail = _split(part, ";")
        match = _ITEM.match(head)
        if match is None or match["rest"]:
            return []
        params = dict(pair.strip().partition("=")[::2] for pair in tail)
        name = match["quoted"] if match["token"] is None else match["token"]
        found.append((name[:_MAX_NAME], params))
    return found


def _split(text: str, separator: str) -> list[str]:
    """The parts between separators that stand outside quotes."""
    return re.findall(rf'(?:"[^"]*"|[^"{separator}])+', text)
