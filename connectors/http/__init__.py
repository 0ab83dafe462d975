# Part of Integration Hub. License LGPL-3.0 or later.
"""A small HTTP client: mandatory timeouts, bounded answers, verified TLS, errors that are policies.

requests is imported with the first transport that is made: it takes longer than all the rest of the library, and a
command line that only verifies a signature, or a list of connectors, needs none of it.
"""

from typing import TYPE_CHECKING, Any

from ..messages import Headers, Request, Response, Timeout, Transport
from .addresses import AddressGuard
from .client import Client
from .clock_watch import ClockWatch
from .deadline import Deadline
from .download import lines
from .observation import Exchange
from .proxy import Proxy
from .redirects import Redirects
from .tls import ClientCertificate, InsecureTls, Tls
from .trace import TraceContext

if TYPE_CHECKING:
    from .transport import RequestsTransport

__all__ = [
    "AddressGuard",
    "Client",
    "ClientCertificate",
    "ClockWatch",
    "Deadline",
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


def __getattr__(name: str) -> Any:
    if name == "RequestsTransport":
        from .transport import RequestsTransport

        return RequestsTransport
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
