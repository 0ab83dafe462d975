# Part of Integration Hub. License LGPL-3.0 or later.
"""A small HTTP client: mandatory timeouts, bounded answers, verified TLS, errors that are policies."""

from ..messages import Headers, Request, Response, Timeout, Transport
from .addresses import AddressGuard
from .client import Client
from .download import lines
from .observation import Exchange
from .proxy import Proxy
from .redirects import Redirects
from .tls import ClientCertificate, InsecureTls, Tls
from .trace import TraceContext
from .transport import RequestsTransport

__all__ = [
    "AddressGuard",
    "Client",
    "ClientCertificate",
    "Exchange",
    "Headers",
    "InsecureTls",
    "Proxy",
    "Redirects",
    "Request",
    "RequestsTransport",
    "Response",
    "Timeout",
    "Tls",
    "TraceContext",
    "Transport",
    "lines",
]
