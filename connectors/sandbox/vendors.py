# Part of Integration Hub. License LGPL-3.0 or later.
"""The vendors that a sandbox imitates: those installed, and those described to it while it runs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from aiohttp import web

from ..pointers import pointer_of
from .core.vendor import Core, answer
from .engine.description import Description, DescriptionError
from .engine.operations import OPERATIONS
from .engine.vendor import DescribedVendor
from .plugins import PLUGINS


class Vendors(Mapping[str, DescribedVendor]):
    """The vendors by name."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._vendors: dict[str, DescribedVendor] = {}
        for description in core.settings.descriptions:
            self._vendors[description.name] = self._made(description)

    def __getitem__(self, name: str) -> DescribedVendor:
        return self._vendors[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._vendors)

    def __len__(self) -> int:
        return len(self._vendors)

    def seed(self, *, besides: Collection[str] = ()) -> None:
        """Put the start data of all vendors into the store, but for those named."""
        for name, vendor in self._vendors.items():
            if name not in besides:
                vendor.seed()

    def describe(self, description: Description) -> DescribedVendor:
        """Imitate a vendor from now on, with its start data; a vendor of that name is replaced, objects and all."""
        held = dict(self._core.settings.vendors)
        self._core.settings.describe(description)
        try:
            vendor = self._made(description)
        except DescriptionError:
            self._core.settings.vendors = held
            raise
        self._core.store.clear(description.name)
        self._vendors[description.name] = vendor
        vendor.seed()
        return vendor

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """The answer of the vendor whose name the path begins with."""
        vendor = self._vendors.get(request.match_info["vendor"])
        if vendor is None:
            raise web.HTTPNotFound
        return await answer(self._core, vendor, request)

    def _made(self, description: Description) -> DescribedVendor:
        for name in description.document.get("plugins", {}):
            if name not in PLUGINS:
                known = ", ".join(PLUGINS)
                raise DescriptionError(
                    f"there is no plug-in '{name}'; there are {known}", pointer_of(("plugins", name))
                )
        vendor = DescribedVendor(self._core, description, PLUGINS)
        operations = {*OPERATIONS, *(name for plugin in vendor.plugins.values() for name in plugin.operations())}
        for key, route in description.document["routes"].items():
            if route["do"] not in operations:
                known = ", ".join(operations)
                problem = f"there is no operation '{route['do']}'; there are {known}"
                raise DescriptionError(problem, pointer_of(("routes", key, "do")))
        self._core.sender.register(vendor.events)
        return vendor
