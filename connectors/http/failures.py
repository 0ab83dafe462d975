# Part of Integration Hub. License LGPL-3.0 or later.
"""From what requests, urllib3 and the socket raise to our errors: one table, first match counts.

Their texts are never kept: they hold the address with its query, and so possibly a key.
"""

import ssl
from collections.abc import Iterator

import requests
import urllib3

from ..errors import ConfigurationError, ConnectionFailed, HubError, TimeoutExceeded, TLSError, TransportError
from .connection import AddressRefused

_REFUSED = (AddressRefused,)
_NOT_CONNECTED = (urllib3.exceptions.NewConnectionError,)
_PROXY = (requests.exceptions.ProxyError, urllib3.exceptions.ProxyError)
_CONNECT_TIMEOUT = (requests.exceptions.ConnectTimeout, urllib3.exceptions.ConnectTimeoutError)
_TIMEOUT = (requests.exceptions.Timeout, urllib3.exceptions.TimeoutError, TimeoutError)
_CERTIFICATE = (ssl.SSLCertVerificationError,)
_TLS = (requests.exceptions.SSLError, urllib3.exceptions.SSLError, ssl.SSLError)
_BAD_HEAD = (urllib3.exceptions.InvalidHeader,)  # the answer's: two lengths, say
_MALFORMED = (
    requests.exceptions.InvalidURL,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidSchema,
    requests.exceptions.InvalidHeader,
    urllib3.exceptions.LocationValueError,
)
_BROKEN = (requests.exceptions.ConnectionError, urllib3.exceptions.ProtocolError, OSError)


def translate(error: Exception, target: str) -> HubError:
    """Our error for one of theirs; `target` (host and path) makes it readable."""
    causes = tuple(_causes(error))

    def involves(kinds: tuple[type[BaseException], ...]) -> bool:
        return any(isinstance(cause, kinds) for cause in causes)

    params = {"target": target}
    if involves(_REFUSED):
        return ConfigurationError(
            f"{target} resolves to an address that may not be called",
            code="address-refused",
            hint="If this network is trusted, an administrator can allow it.",
            params=params,
        )
    if involves(_BAD_HEAD):
        return ConnectionFailed(f"{target} answered with headers that contradict each other", params=params)
    if involves(_MALFORMED):
        message = f"The request to {target} cannot be sent: its address or a header is malformed"
        return ConfigurationError(message, code="invalid-url", params=params)
    if involves(_NOT_CONNECTED):
        return ConnectionFailed(f"No connection to {target} could be opened", in_doubt=False, params=params)
    if involves(_CONNECT_TIMEOUT):
        return TimeoutExceeded(f"{target} did not accept the connection in time", in_doubt=False, params=params)
    if involves(_PROXY):
        message = f"The proxy did not let the connection to {target} through"
        hint = "Check the proxy's address, its user and password, and its rules. It is tried again automatically."
        return ConnectionFailed(message, code="proxy-refused", hint=hint, in_doubt=False, params=params)
    if involves(_TIMEOUT):
        return TimeoutExceeded(f"{target} did not answer in time", params=params)
    if involves(_TLS):
        sent = not involves(_CERTIFICATE)  # a refused certificate ends the handshake, before anything is sent
        return TLSError(f"No secure connection to {target} could be made", in_doubt=sent, params=params)
    if involves(_BROKEN):
        return ConnectionFailed(f"The connection to {target} broke before it answered", params=params)
    return TransportError(f"The exchange with {target} failed ({type(error).__name__})", params=params)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The exception with all that caused it; requests and urllib3 also keep causes in `args` and `reason`."""
    seen: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        candidate = waiting.pop()
        if isinstance(candidate, BaseException) and candidate not in seen:
            seen.append(candidate)
            waiting += [*candidate.args, getattr(candidate, "reason", None), candidate.__cause__, candidate.__context__]
            yield candidate
