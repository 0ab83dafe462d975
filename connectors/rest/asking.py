# Part of Integration Hub. License LGPL-3.0 or later.
"""How a connector's lists are asked for: by its own `ask` and `read`, so that these hooks see every page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..connector import Document
from ..http import Response
from ..pagination import PageRequest, StreamedPage, stream
from . import templates
from .resource import Listing

if TYPE_CHECKING:
    from .connector import RestConnector


def first_request(connector: RestConnector, listing: Listing) -> PageRequest:
    """What asks for a list, its places filled in with the settings."""
    values = {"settings": connector.options}
    path = templates.fill_path(listing.path, values)
    params, body = templates.fill(listing.params, values), templates.fill(listing.json, values)
    return PageRequest(path, listing.method, params, body, connector.headers)


def pages(
    connector: RestConnector, listing: Listing, request: PageRequest, state: Document | None = None
) -> Iterator[StreamedPage]:
    """The pages of a list, after `state` where there is one."""
    return stream(_Asked(connector), listing.pages(), request, state=state, parse=connector.read)


@dataclass(frozen=True, slots=True)
class _Asked:
    """Sends a list's requests by the connector's `ask`."""

    connector: RestConnector

    @property
    def base_url(self) -> str:
        return self.connector.client.base_url

    def request(self, method: str, path: str, **options: Any) -> Response:
        return self.connector.ask(method, path, **options)
