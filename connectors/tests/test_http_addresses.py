# Part of Integration Hub. License LGPL-3.0 or later.
"""Only public addresses, and networks somebody allowed, may be called."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from integration_hub_connectors.errors import ConfigurationError
from integration_hub_connectors.http import AddressGuard

PUBLIC = [
    "93.184.216.34", "8.8.8.8", "99.255.255.255", "100.63.255.255", "100.128.0.1", "169.253.255.255", "192.0.1.1",
    "2606:4700:4700::1111", "2a00:1450:4001:81b::200e", "2001:4860:4860::8888",
    "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1", "2606:4700:4700::1111%eth0",
]  # fmt: skip
REFUSED = [
    # this host, private, link-local, shared, protocol, benchmark, documentation, multicast, reserved
    "127.0.0.1", "127.1.2.3", "0.0.0.0", "0.1.2.3", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1",
    "169.254.0.1", "100.64.0.0", "100.64.0.1", "100.127.255.255", "192.0.0.1", "192.0.0.9", "198.18.0.1",
    "198.19.255.255", "192.0.2.1", "198.51.100.1", "203.0.113.1", "192.88.99.1", "224.0.0.1", "239.255.255.255",
    "240.0.0.1", "255.255.255.255",
    "::", "::1", "fe80::1", "fe80::1%eth0", "fec0::1", "fc00::1", "fdff::1", "ff02::1", "ff0e::1", "100::1",
    "2001:db8::1", "3fff::1", "5f00::1", "4000::1", "2001:2::1",
    # metadata services, also at public addresses
    "169.254.169.254", "169.254.170.2", "168.63.129.16", "100.100.100.200", "192.0.0.192", "fd00:ec2::254",
    "fd20:ce::254",
    # IPv4 inside IPv6: mapped, compatible, translated, NAT64 (well-known and local), 6to4, Teredo
    "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:a9fe:a9fe", "::ffff:168.63.129.16",
    "::127.0.0.1", "::a00:1", "::ffff:0:127.0.0.1",
    "64:ff9b::a00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::a00:1", "64:ff9b:1::808:808",
    "2002:7f00:1::", "2002:a9fe:a9fe::1", "2002:a00:1::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001::1",
    # no addresses
    "localhost", "", "2130706433", "0x7f000001", "127.1", "0177.0.0.1", "8.8.8.8 ", "8.8.8.8/32", "[::1]", "8.8.8.8\n",
]  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_may_be_called(address):
    assert AddressGuard().permits(address)


@pytest.mark.parametrize("address", REFUSED)
def test_other_addresses_may_not(address):
    assert not AddressGuard().permits(address)


@given(st.ip_addresses(v=4))
def test_no_ipv6_form_leads_where_its_ipv4_address_may_not(ip):
    guard = AddressGuard()
    expected = guard.permits(str(ip))
    for form in ("::ffff:{}", "64:ff9b::{}"):
        assert guard.permits(form.format(ip)) is expected
    sixtofour = ipaddress.IPv6Address((0x2002 << 112) | (int(ip) << 80) | 1)
    assert guard.permits(str(sixtofour)) is expected
    for form in ("::{}", "::ffff:0:{}", "64:ff9b:1::{}", "fe80::{}", "fd00::{}"):
        assert not guard.permits(form.format(ip))


@given(st.ip_addresses(v=4) | st.ip_addresses(network="2000::/3"))
def test_what_is_permitted_is_public_in_pythons_eyes_too(ip):
    if AddressGuard().permits(str(ip)):
        assert not (ip.is_private or ip.is_loopback or ip.is_link_local or ip.is_reserved or ip.is_multicast)


def test_allowed_networks_are_exactly_as_wide_as_said():
    guard = AddressGuard(["10.20.0.0/16", "fd00:1::/32"])
    assert guard.permits("10.20.255.255")
    assert guard.permits("::ffff:10.20.0.1")
    assert guard.permits("64:ff9b::a14:1")
    assert guard.permits("fd00:1::5")
    assert guard.permits("8.8.8.8")
    assert not guard.permits("10.21.0.0")
    assert not guard.permits("10.19.255.255")
    assert not guard.permits("fd00:2::5")
    assert not guard.permits("::a14:1")


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254", "169.254.170.2", "169.254.170.23", "168.63.129.16", "100.100.100.200", "192.0.0.192",
        "fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254",
    ],
)  # fmt: skip
def test_no_network_is_wide_enough_to_hold_a_metadata_service(address):
    assert not AddressGuard(["0.0.0.0/0", "::/0"]).permits(address)
    assert AddressGuard([address]).permits(address)


def test_metadata_service_needs_its_own_permission():
    for network in ("169.254.0.0/16", "0.0.0.0/0", "169.254.169.254/31"):
        assert not AddressGuard([network]).permits("169.254.169.254")
    assert AddressGuard(["0.0.0.0/0"]).permits("169.254.1.1")
    assert not AddressGuard(["fd00::/8"]).permits("fd00:ec2::254")
    assert not AddressGuard(["fd00::/8"]).permits("fd00:ec2::254%eth0")
    named = AddressGuard(["169.254.169.254/32"])
    assert named.permits("169.254.169.254")
    assert named.permits("::ffff:169.254.169.254")
    assert not named.permits("169.254.170.2")


@pytest.mark.parametrize("network", ["10.20.0.1/16", "10.20.0.0/33", "private", ""])
def test_malformed_network_is_a_configuration_error(network):
    with pytest.raises(ConfigurationError) as caught:
        AddressGuard([network])
    assert caught.value.code == "invalid-network"
    assert "malformed: " in caught.value.message
    assert network in caught.value.message


def test_repr_names_what_is_allowed():
    assert repr(AddressGuard(["10.0.0.0/8"])) == "AddressGuard(allow=['10.0.0.0/8'])"
