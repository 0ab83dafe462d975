# Part of Integration Hub. License LGPL-3.0 or later.
"""Everything about a sandbox that a person may set, with defaults that imitate the vendors' published figures."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .core.problem import ControlProblem


@dataclass
class ShopifySettings:
    """The imitated shop: its credentials, scopes and limits.

    Limits: GraphQL points and REST calls of a standard plan (shopify.dev, *API limits*).
    `retry_delays` compresses the vendor's eight retries in four hours into minutes. A bulk operation runs until its
    status was looked at `bulk_looks` times, then ends as `bulk_status`, a failed one with `bulk_error`.
    """

    token: str = "shpat_sandbox"
    webhook_secret: str = "shopify-sandbox-secret"
    shop_name: str = "Larkfield Outfitters"
    domain: str = "larkfield-outfitters.myshopify.com"
    email: str = "hello@larkfield-outfitters.example"
    currency: str = "USD"
    scopes: tuple[str, ...] = ("read_orders", "read_all_orders", "read_customers", "read_products", "read_inventory")
    bucket_size: float = 2000.0
    restore_rate: float = 100.0
    max_query_cost: float = 1000.0
    rest_bucket: float = 40.0
    rest_leak: float = 2.0
    bulk_looks: int = 1
    bulk_status: str = "COMPLETED"
    bulk_error: str = "TIMEOUT"
    retry_delays: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 120.0)


@dataclass
class HubSpotSettings:
    """The imitated portal: its credentials, scopes and limits.

    Limits: a private app of a free account (developers.hubspot.com, *Usage guidelines*).
    `search_delay`: seconds until a change shows in searches; the real index lags by up to half a minute.
    `null_properties`: answer null for a requested property that was never set, as the real API does although its
    published description has no nullable property; off, such a property is left out.
    """

    token: str = "pat-sandbox"
    webhook_secret: str = "hubspot-sandbox-secret"
    portal_id: int = 62515
    app_id: int = 54321
    scopes: tuple[str, ...] = (
        "crm.objects.contacts.read",
        "crm.objects.contacts.write",
        "crm.objects.companies.read",
        "crm.objects.companies.write",
        "crm.schemas.contacts.read",
        "crm.schemas.contacts.write",
        "crm.schemas.companies.read",
        "crm.schemas.companies.write",
    )
    limit: int = 100
    interval: float = 10.0
    daily_limit: int = 250000
    search_limit: int = 5
    search_delay: float = 0.0
    null_properties: bool = False
    batch_window: float = 0.05
    retry_delays: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 60.0, 120.0, 120.0)


@dataclass
class Settings:
    """One sandbox. `seed` fixes the random numbers (None: fresh ones, so that ids never repeat between runs)."""

    shopify: ShopifySettings = field(default_factory=ShopifySettings)
    hubspot: HubSpotSettings = field(default_factory=HubSpotSettings)
    seed: int | None = None
    seed_data: bool = True
    journal_size: int = 5000
    max_pending_webhooks: int = 20000
    webhook_timeout: float = 5.0
    max_body: int = 10 * 1024 * 1024

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Settings:
        """Settings with credentials taken from HUB_SANDBOX_{SHOPIFY,HUBSPOT}_{TOKEN,SECRET} where they are set."""
        settings = cls()
        for vendor in (settings.shopify, settings.hubspot):
            name = "SHOPIFY" if vendor is settings.shopify else "HUBSPOT"
            vendor.token = environ.get(f"HUB_SANDBOX_{name}_TOKEN") or vendor.token
            vendor.webhook_secret = environ.get(f"HUB_SANDBOX_{name}_SECRET") or vendor.webhook_secret
        return settings


def describe(settings: Settings) -> dict[str, Any]:
    """The settings as JSON, for `GET /_control/settings`."""
    return dataclasses.asdict(settings)


def change(target: object, changes: Mapping[str, Any], pointer: str = "") -> None:
    """Set the named fields of a settings dataclass; nothing is set when one of them is unknown or of another type."""
    checked: dict[str, Any] = {}
    names = {item.name for item in dataclasses.fields(target)} if dataclasses.is_dataclass(target) else set()
    for name, value in changes.items():
        if name not in names:
            raise ControlProblem(
                "unknown-setting", f"There is no setting '{name}'; there are {', '.join(sorted(names))}.", pointer
            )
        current = getattr(target, name)
        if dataclasses.is_dataclass(current):
            if not isinstance(value, Mapping):
                raise ControlProblem("invalid-setting", f"'{name}' takes an object.", f"{pointer}/{name}")
            change(current, value, f"{pointer}/{name}")
            continue
        checked[name] = _convert(name, value, current, f"{pointer}/{name}")
    for name, value in checked.items():
        setattr(target, name, value)


def _convert(name: str, value: Any, current: Any, pointer: str) -> Any:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if isinstance(current, tuple):
        kind: type | tuple[type, ...] = (int, float) if current and not isinstance(current[0], str) else str
        if isinstance(value, list) and all(isinstance(item, kind) and not isinstance(item, bool) for item in value):
            return tuple(value)
    elif isinstance(current, bool):
        if isinstance(value, bool):
            return value
    elif isinstance(current, int) or (current is None and name == "seed"):
        if isinstance(value, int) and number and value >= 0:
            return value
    elif isinstance(current, float):
        if number and value >= 0:
            return float(value)
    elif isinstance(value, str) and value:
        return value
    raise ControlProblem("invalid-setting", f"'{name}' cannot be {value!r}.", pointer)
