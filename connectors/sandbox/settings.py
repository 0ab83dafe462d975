# Part of Integration Hub. License LGPL-3.0 or later.
"""Everything about a sandbox that a person may set: its own settings, and each vendor's, which descriptions name."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .core.problem import ControlProblem
from .engine.description import Description, installed

_ENVIRONMENT = {"TOKEN": "token", "SECRET": "webhook_secret"}


class VendorSettings:
    """One vendor's settings as attributes; `document` is all of them, and a description's defaults to begin with."""

    def __init__(self, defaults: Mapping[str, Any]) -> None:
        self.__dict__["document"] = copy.deepcopy(dict(defaults))

    document: dict[str, Any]

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["document"][name]
        except KeyError:
            raise AttributeError(f"There is no setting '{name}'.") from None

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in self.document:
            raise AttributeError(f"There is no setting '{name}'.")
        self.document[name] = value


@dataclass
class Settings:
    """One sandbox. `seed` fixes the random numbers (None: fresh ones, so that ids never repeat between runs).

    `settings.shopify.token` is a setting of a vendor; which there are is said by its description.
    """

    seed: int | None = None
    seed_data: bool = True
    journal_size: int = 5000
    max_pending_webhooks: int = 20000
    webhook_timeout: float = 5.0
    max_body: int = 10 * 1024 * 1024
    descriptions: tuple[Description, ...] = field(default_factory=installed)
    vendors: dict[str, VendorSettings] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.vendors = {}
        for description in self.descriptions:
            self.describe(description)

    def __getattr__(self, name: str) -> VendorSettings:
        vendors: dict[str, VendorSettings] = self.__dict__.get("vendors", {})
        if name not in vendors:
            raise AttributeError(f"The sandbox has no vendor and no setting '{name}'.")
        return vendors[name]

    def describe(self, description: Description) -> None:
        """Have the settings of a vendor, with their defaults."""
        self.vendors[description.name] = VendorSettings(description.document.get("settings", {}))

    @classmethod
    def from_environment(
        cls, environ: Mapping[str, str], descriptions: tuple[Description, ...] | None = None
    ) -> Settings:
        """Settings with credentials taken from HUB_SANDBOX_<VENDOR>_{TOKEN,SECRET} where they are set."""
        settings = cls(descriptions=installed() if descriptions is None else descriptions)
        for name, vendor in settings.vendors.items():
            for suffix, setting in _ENVIRONMENT.items():
                value = environ.get(f"HUB_SANDBOX_{name.upper()}_{suffix}")
                if value and setting in vendor.document:
                    vendor.document[setting] = value
        return settings


_OWN = ("seed", "seed_data", "journal_size", "max_pending_webhooks", "webhook_timeout", "max_body")


def describe(settings: Settings) -> dict[str, Any]:
    """The settings as JSON, for `GET /_control/settings`."""
    vendors = {name: vendor.document for name, vendor in settings.vendors.items()}
    return {**vendors, **{name: getattr(settings, name) for name in _OWN}}


def change(settings: Settings, changes: Mapping[str, Any]) -> None:
    """Set the named settings of vendors; nothing is set when one of them is unknown or of another type.

    Raises ControlProblem: unknown-setting, invalid-setting.
    """
    checked: list[tuple[dict[str, Any], str, Any]] = []
    for vendor, values in changes.items():
        if not isinstance(values, Mapping):
            raise ControlProblem("invalid-setting", f"'{vendor}' takes an object.", f"/{vendor}")
        known = settings.vendors[vendor].document
        for name, value in values.items():
            pointer = f"/{vendor}/{name}"
            if name not in known:
                names = ", ".join(sorted(known))
                raise ControlProblem("unknown-setting", f"There is no setting '{name}'; there are {names}.", pointer)
            if not _fits(value, known[name]):
                raise ControlProblem("invalid-setting", f"'{name}' cannot be {value!r}.", pointer)
            checked.append((known, name, value))
    for known, name, value in checked:
        known[name] = value


def _fits(value: Any, current: Any) -> bool:
    if isinstance(current, bool):
        return isinstance(value, bool)
    if isinstance(current, int | float):
        return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
    if isinstance(current, list | tuple):
        kind = type(current[0]) if current else str
        return isinstance(value, list) and all(_fits(item, kind()) for item in value)
    return isinstance(value, str) and bool(value)
