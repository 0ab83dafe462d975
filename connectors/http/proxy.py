# Part of Integration Hub. License LGPL-3.0 or later.
"""An egress proxy, named explicitly: nothing is ever taken from the environment."""

from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from ..errors import ConfigurationError
from .url import check_base_url


@dataclass(frozen=True, repr=False)
class Proxy:
    """An HTTP proxy: `http://host:port` or `https://host:port`, user and password apart from it.

    The proxy, not this machine, then resolves names and connects, so an AddressGuard cannot see where a connection
    really leads. `guarded` says that the proxy itself refuses internal addresses. Unless it does, a transport with a
    guard first resolves each name here and refuses it when a single one of its addresses is not permitted, which a name
    that changes its address a moment later escapes: give a proxy rules of its own.
    """

    url: str
    user: str = ""
    password: str = ""
    guarded: bool = False

    def __post_init__(self) -> None:
        check_base_url(self.url)
        if urlsplit(self.url).path.strip("/"):
            raise ConfigurationError("A proxy's address has no path", code="invalid-url")

    def full_url(self) -> str:
        """The address with user and password, for urllib3 alone."""
        if not self.user:
            return self.url
        scheme, _separator, rest = self.url.partition("://")
        return f"{scheme}://{quote(self.user, safe='')}:{quote(self.password, safe='')}@{rest}"

    def __repr__(self) -> str:
        return f"Proxy({self.url!r}, guarded={self.guarded})"
