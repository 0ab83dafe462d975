# Part of Integration Hub. License LGPL-3.0 or later.
"""Which network addresses may be called (protection against server-side request forgery)."""

import ipaddress
from collections.abc import Iterable

from ..errors import ConfigurationError

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_EMBEDDING = {
    # IPv6 networks whose last 32 bits are an IPv4 address that a gateway, or our own kernel, sends the packet to
    ipaddress.IPv6Network("::ffff:0:0/96"): "IPv4-mapped, RFC 4291 §2.5.5.2",
    ipaddress.IPv6Network("64:ff9b::/96"): "NAT64, RFC 6052",
}
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
"""All that IANA has given out. Whatever lies outside is refused, also what Python's `is_global` takes for public:
IPv4-compatible `::127.0.0.1`, IPv4-translated `::ffff:0:127.0.0.1`, site-local `fec0::`,
local NAT64 `64:ff9b:1::`.
"""
_NEVER_PUBLIC: tuple[_Network, ...] = (
    # left out of, or excepted from, the tables of some Python versions
    ipaddress.IPv4Network("100.64.0.0/10"),  # carrier-grade NAT, RFC 6598
    ipaddress.IPv4Network("192.0.0.0/24"),  # protocol assignments, RFC 6890; a cloud's metadata service lives here
    ipaddress.IPv4Network("192.88.99.0/24"),  # 6to4 relays, RFC 7526
    ipaddress.IPv6Network("2001::/32"),  # Teredo: two more addresses inside, RFC 4380
    ipaddress.IPv6Network("3fff::/20"),  # documentation, RFC 9637
)
_METADATA = frozenset(
    map(
        ipaddress.ip_address,
        (
            "169.254.169.254",  # AWS, Azure, Google Cloud, OpenStack and most others
            "169.254.170.2",  # AWS containers
            "169.254.170.23",
            "168.63.129.16",  # Azure's host: a public address
            "100.100.100.200",  # Alibaba Cloud
            "192.0.0.192",  # Oracle Cloud
            "fd00:ec2::254",  # AWS
            "fd00:ec2::23",
            "fd20:ce::254",  # Google Cloud
        ),
    )
)
"""A cloud's metadata services: whoever may read them owns the machine's identity."""


class AddressGuard:
    """Refuses addresses that are not public, unless they lie in an allowed network.

    Private, loopback, link-local, carrier-grade NAT, multicast, reserved, documentation and unspecified ranges are
    refused, also inside IPv6 forms that embed an IPv4 address (mapped, NAT64, 6to4). `allow` holds networks in CIDR
    form, such as `10.20.0.0/16`; ConfigurationError when one is malformed. A cloud's metadata service is in no
    network: only its single address (`169.254.169.254/32`) allows it.
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
        return self._permits(_innermost(ip))

    def __repr__(self) -> str:
        return f"AddressGuard(allow={[str(network) for network in self._allow]})"

    def _permits(self, ip: _Address) -> bool:
        allowed = [network for network in self._allow if network.version == ip.version and ip in network]
        if ip in _METADATA:
            return any(network.num_addresses == 1 for network in allowed)
        return bool(allowed) or _is_public(ip)


def _innermost(ip: _Address) -> _Address:
    """The IPv4 address that an IPv6 address leads to, else the address itself."""
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.sixtofour is not None:
            return ip.sixtofour
        if any(ip in network for network in _EMBEDDING):
            return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip


def _is_public(ip: _Address) -> bool:
    if any(ip.version == network.version and ip in network for network in _NEVER_PUBLIC):
        return False
    if ip.version == 6 and ip not in _GLOBAL_UNICAST:
        return False
    return ip.is_global and not ip.is_multicast
