# Part of Integration Hub. License LGPL-3.0 or later.
"""A small HTTP client: mandatory timeouts, bounded answers, no redirects, errors that are policies."""

from ..messages import Headers, Request, Response
from .addresses import AddressGuard
from .client import Client
from .transport import RequestsTransport, Timeout, Transport

__all__ = ["AddressGuard", "Client", "Headers", "Request", "RequestsTransport", "Response", "Timeout", "Transport"]
