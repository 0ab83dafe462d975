# Part of Integration Hub. License LGPL-3.0 or later.
"""Only public addresses, and networks somebody allowed, may be called."""

import pytest
from integration_hub_connectors.errors import ConfigurationError
from integration_hub_connectors.http import AddressGuard

PUBLIC = ["93.184.216.34", "8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
REFUSED = [
    "127.0.0.1", "127.1.2.3", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "100.127.255.255", "198.18.0.1", "192.0.2.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1",
    "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254",
    "64:ff9b::a00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2001:db8::1", "localhost", "", "2130706433",
]  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_may_be_called(address):
    assert AddressGuard().permits(address)


@pytest.mark.parametrize("address", REFUSED)
def test_other_addresses_may_not(address):
    assert not AddressGuard().permits(address)


def test_allowed_networks_are_exactly_as_wide_as_said():
    guard = AddressGuard(["10.20.0.0/16", "fd00:1::/32"])
    assert guard.permits("10.20.255.255")
    assert guard.permits("::ffff:10.20.0.1")
    assert guard.permits("fd00:1::5")
    assert not guard.permits("10.21.0.0")
    assert not guard.permits("fd00:2::5")


def test_malformed_network_is_a_configuration_error():
    with pytest.raises(ConfigurationError):
        AddressGuard(["10.20.0.1/16"])
