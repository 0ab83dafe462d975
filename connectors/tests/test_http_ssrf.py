# Part of Integration Hub. License LGPL-3.0 or later.
"""The address that was checked is the one connected to, whatever a name resolves to, and at every hop."""

import socket
import threading

import pytest
from integration_hub_connectors import errors
from integration_hub_connectors.http import AddressGuard, Client, Proxy, Redirects, RequestsTransport, Timeout
from integration_hub_connectors.http.connection import resolve

FAST = Timeout(connect=1, read=1, total=2)
LOOPBACK = AddressGuard(["127.0.0.1/32"])


class Names:
    """A resolver under the test's control: each name's answers one after the other, the last one for ever."""

    def __init__(self, **answers):
        self.answers = {name.replace("_", "."): list(given) for name, given in answers.items()}
        self.asked = []

    def __call__(self, host, port):
        assert isinstance(port, int)
        self.asked.append(host)
        given = self.answers.get(host, [])
        if not given:
            return resolve(host, port)
        return given.pop(0) if len(given) > 1 else given[0]


def refusal(call):
    with pytest.raises(errors.ConfigurationError) as caught:
        call()
    assert (caught.value.code, caught.value.policy) == ("address-refused", errors.Policy.DEAD)
    assert caught.value.__context__ is None
    return caught.value


def client(server, host, names, guard=LOOPBACK, **options):
    port = server.listener.getsockname()[1]
    transport = RequestsTransport(guard=guard, resolver=names)
    return Client(f"http://{host}:{port}", timeout=FAST, transport=transport, **options)


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "localhost", "0"])
def test_loopback_by_any_spelling(server, host):
    """getaddrinfo reads them all; the guard sees what it made of them."""
    server.answer("200 OK", b"{}")
    refusal(lambda: client(server, host, Names(), AddressGuard()).get("/"))
    assert not server.heads


@pytest.mark.parametrize("host", ["[::1]", "[::ffff:127.0.0.1]", "[::7f00:1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::1]"])
def test_loopback_inside_ipv6(server, host):
    refusal(lambda: client(server, host, Names(), AddressGuard()).get("/"))
    assert not server.heads


def test_every_address_of_a_name_is_found_once():
    """Once, not once for each kind of socket; the brackets of an IPv6 address are no part of it."""
    assert resolve("127.0.0.1", 80) == ["127.0.0.1"]
    assert resolve("[::1]", 443) == ["::1"]
    assert set(resolve("localhost", 80)) <= {"127.0.0.1", "::1"}
    with pytest.raises(OSError, match=r"."):
        resolve("nobody.invalid", 80)


def test_name_without_an_address():
    transport = RequestsTransport(guard=AddressGuard(), resolver=lambda host, port: [])
    with pytest.raises(errors.ConnectionFailed) as caught:
        Client("http://empty.example", timeout=FAST, transport=transport).post("/")
    assert not caught.value.in_doubt


@pytest.mark.parametrize("addresses", [["10.9.9.9", "127.0.0.1"], ["127.0.0.1", "10.9.9.9"], ["::1", "127.0.0.1"]])
def test_host_with_two_addresses_one_private(server, addresses):
    """Only the permitted one is ever tried; 10.9.9.9 would use up the connect timeout."""
    server.answer("200 OK", b"{}")
    names = Names(two_example=[addresses])
    assert client(server, "two.example", names).get("/").status == 200
    assert len(server.heads) == 1


def test_host_whose_addresses_are_all_private():
    names = Names(inside_example=[["10.0.0.1", "fd00::1", "169.254.169.254"]])
    transport = RequestsTransport(guard=AddressGuard(), resolver=names)
    error = refusal(lambda: Client("https://inside.example", timeout=FAST, transport=transport).get("/x?key=s3cret"))
    assert "10.0.0.1" not in f"{error} {error.params}"
    assert "s3cret" not in f"{error} {error.params}"


def test_name_that_changes_between_check_and_connection(server):
    """DNS rebinding: resolved once to check and once to connect, the name would lead to the second answer."""
    elsewhere = socket.create_server(("127.0.0.2", server.listener.getsockname()[1]))
    reached = []
    threading.Thread(target=lambda: reached.append(elsewhere.accept()), daemon=True).start()
    server.answer("200 OK", b"{}")
    names = Names(rebind_example=[["127.0.0.1"], ["127.0.0.2"]])
    api = client(server, "rebind.example", names)
    assert api.get("/").status == 200
    assert names.asked == ["rebind.example"]
    assert api.get("/").status == 200, "the connection is kept, and leads where it did"
    server.answer("200 OK", b"{}", "Connection: close")
    assert api.get("/").status == 200
    refusal(lambda: api.get("/"))  # a new connection asks anew
    assert not reached
    assert len(server.heads) == 3
    elsewhere.close()


@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/latest/meta-data/iam/security-credentials/",
        "http://[fd00:ec2::254]/latest/",
        "http://2852039166/latest/",
        "http://10.0.0.1:8080/",
        "http://metadata.example/",
        "//169.254.169.254/",
    ],
)
def test_redirect_to_an_inner_address(server, location):
    server.answer("302 Found", b"", f"Location: {location}")
    names = Names(metadata_example=[["169.254.169.254"]])
    api = client(server, "127.0.0.1", names, redirects=Redirects(other_origins=True))
    refusal(lambda: api.get("/"))
    assert len(server.heads) == 1


def test_proxy_does_not_hide_an_inner_address(server):
    server.answer("200 OK", b"{}")
    names = Names(mixed_example=[["93.184.216.34", "10.0.0.1"]], inside_example=[["10.0.0.1"]])
    for host in ("http://mixed.example", "https://inside.example", "http://169.254.169.254"):
        transport = RequestsTransport(guard=AddressGuard(), proxy=Proxy(server.url), resolver=names)
        refusal(lambda host=host, transport=transport: Client(host, timeout=FAST, transport=transport).get("/"))
    assert not server.heads
