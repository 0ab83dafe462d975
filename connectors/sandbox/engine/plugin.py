# Part of Integration Hub. License LGPL-3.0 or later.
"""Plug-ins: where a vendor has a language of its own (a query language, a schema of its own) that no data describes.

A description names them under `plugins`, with their options; `sandbox/plugins.py` lists those there are.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from aiohttp import web

from ... import dotted
from ...errors import DocumentError
from ...jsondoc import parse
from .forms import nested, typed
from .objects import Objects, Record
from .refusals import Refusal
from .router import Route
from .template import Values, render

if TYPE_CHECKING:
    from .vendor import DescribedVendor


@dataclass(frozen=True)
class Call:
    """A request that was let in: its route, the parts of its path, and the objects it is about (None: none)."""

    vendor: DescribedVendor
    request: web.Request
    route: Route
    path: Mapping[str, str]
    objects: Objects | None

    @property
    def of(self) -> Objects:
        """The objects; a route without a type has no such operation."""
        assert self.objects is not None, f"{self.route.key} names no type"
        return self.objects

    def values(self, **more: Any) -> Values:
        """What templates of an answer may name."""
        known: dict[str, Any] = {"path": self.path, "query": self.request.query}
        if self.objects is not None:
            known |= {"type": self.objects.name, "plural": self.objects.plural}
        return self.vendor.values(**known, **more)

    def within(self) -> Mapping[str, Any]:
        """The members, by path, that the address gives: `/customers/{customer}/notes` is about one customer's notes."""
        found: Mapping[str, Any] = render(self.route.described.get("within", {}), self.values())
        return found

    async def body(self) -> dict[str, Any]:
        """The request's JSON object, or its form. Raises Refusal, malformed."""
        if self.request.content_type == "application/x-www-form-urlencoded":
            schema = self.objects.described.get("schema", {}) if self.objects else {}
            return typed(nested(parse_qsl(await self.request.text(), keep_blank_values=True)), schema)
        try:
            document = parse(await self.request.read(), unique_keys=False)
        except DocumentError as error:
            raise Refusal("malformed", str(error)) from error
        if not isinstance(document, dict):
            raise Refusal("malformed", "The body must be a JSON object")
        return document

    def members(self, document: Mapping[str, Any]) -> Mapping[str, Any]:
        """The members that a document writes. Raises Refusal, invalid."""
        found = dotted.read(document, self.of.wrap)
        if not isinstance(found, Mapping):
            name = self.of.wrap
            problems = [{"member": name, "message": f"'{name}' is needed"}]
            raise Refusal("invalid", f"Some required fields were not set: [{name}]", member=name, problems=problems)
        return found


Operation = Callable[[Call], Awaitable[web.Response]]
Deed = Callable[[Objects, str, Mapping[str, Any]], Record | None]
"""What a person does with one object: its type's objects, its key, what the person enters; the object afterwards."""


class Plugin:
    """Base of all plug-ins: `operations` are what a route may `do`, `deeds` what a person may do at the vendor's
    screens, `objects` takes over the types it knows.
    """

    def __init__(self, vendor: DescribedVendor, options: Mapping[str, Any]) -> None:
        self.vendor = vendor
        self.options = options

    def operations(self) -> Mapping[str, Operation]:
        """Operations by name."""
        return {}

    def deeds(self) -> Mapping[str, Deed]:
        """Deeds by name, beside making, changing and deleting."""
        return {}

    def objects(self, name: str, described: Mapping[str, Any]) -> Objects | None:
        """The objects of a type, None when the engine's own will do."""
        return None


Plugins = Mapping[str, type[Plugin]]
