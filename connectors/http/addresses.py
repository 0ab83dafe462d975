# Part of Integration Hub. License LGPL-3.0 or later.
"""Which network addresses may be called (protection against server-side request forgery)."""

import ipaddress
from collections.abc import Iterable

from ..errors import ConfigurationError

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class AddressGuard:
    """Refuses addresses that are not public, unless they lie in an allowed network.

    Private, loopback, link-local (with the cloud's metadata service), carrier-grade NAT, multicast, reserved and
    unspecified ranges are refused, also inside IPv6 forms that embed an IPv4 address. ``allow`` holds networks in
    CIDR form, such as ``10.20.0.0/16``; ConfigurationError when one is malformed.
    """

    def __init__(self, allow: Iterable[str] = ()) -> None:
        try:
            self._allow: tuple[_Network, ...] = tuple(ipaddress.ip_network(network) for network in allow)
        except ValueError as error:
            raise ConfigurationError(f"An allowed network is malformed: {error}", code="invalid-network") from None

    def permits(self, address: str) -> bool:
        """Whether a resolved IP address may be called; text that is no address may not."""
        try:
            ip = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            return False
        if isinstance(ip, ipaddress.IPv6Address):
            embedded = ip.ipv4_mapped or ip.sixtofour
            if embedded is None and ip in _NAT64:
                embedded = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
            if embedded is not None:
                return self.permits(str(embedded))
        if any(ip.version == network.version and ip in network for network in self._allow):
            return True
        return ip.is_global and not ip.is_multicast
