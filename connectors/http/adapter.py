# Part of Integration Hub. License LGPL-3.0 or later.
"""requests' adapter, with our connections, our TLS context, and a proxy only where one was named."""

import ssl
from typing import Any, cast
from urllib.parse import urlsplit

from requests.adapters import HTTPAdapter
from urllib3.exceptions import NewConnectionError

from .addresses import AddressGuard
from .connection import AddressRefused, Resolver, pool_classes
from .deadline import time_left, within
from .proxy import Proxy


class Adapter(HTTPAdapter):
    """Connections keep deadlines and ask the guard. What requests would add by itself (its own authorities, a client
    certificate from a path, proxies from the environment) is left out: the TLS context alone decides.
    """

    def __init__(
        self,
        guard: AddressGuard | None,
        context: ssl.SSLContext,
        proxy: Proxy | None,
        pool_size: int,
        resolver: Resolver,
    ) -> None:
        self._guard = guard
        self._resolver = resolver
        self._context = context
        self._proxy = proxy
        super().__init__(pool_connections=pool_size, pool_maxsize=pool_size, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Use our own connection classes and TLS context."""
        super().init_poolmanager(*args, **kwargs, ssl_context=self._context)
        self.poolmanager.pool_classes_by_scheme = pool_classes(self._guard, self._resolver)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        """The same behind the proxy, whose own address an administrator chose."""
        manager = super().proxy_manager_for(proxy, **kwargs, ssl_context=self._context)
        manager.pool_classes_by_scheme = pool_classes(None, self._resolver)
        return manager

    def get_connection(self, url: Any, proxies: Any = None) -> Any:
        """The pool for an address (requests before 2.32 asks like this)."""
        if self._proxy is None:
            return self.poolmanager.connection_from_url(url)
        self._check_behind_proxy(url, self._proxy)
        return self.proxy_manager_for(self._proxy.full_url()).connection_from_url(url)

    def get_connection_with_tls_context(self, request: Any, verify: Any, proxies: Any = None, cert: Any = None) -> Any:
        """The pool for a request (requests since 2.32 asks like this)."""
        return self.get_connection(request.url)

    def request_url(self, request: Any, proxies: Any) -> str:
        """What stands in the request line: the whole address where a proxy reads it, else path and query."""
        through = {} if self._proxy is None else dict.fromkeys(("http", "https"), self._proxy.full_url())
        return super().request_url(request, through)

    def cert_verify(self, *args: Any, **kwargs: Any) -> None:
        """Nothing to add to the context."""

    def _check_behind_proxy(self, url: str, proxy: Proxy) -> None:
        if self._guard is None or proxy.guarded:
            return
        parts = urlsplit(url)
        try:
            addresses = within(time_left(), lambda: self._resolver(parts.hostname or "", parts.port or 0))
        except (OSError, UnicodeError) as error:
            raise NewConnectionError(cast(Any, None), "the name cannot be checked") from error
        if not all(self._guard.permits(address) for address in addresses):
            raise AddressRefused("not every address is permitted")
