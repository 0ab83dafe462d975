# Part of Integration Hub. License LGPL-3.0 or later.
"""What the network's own exceptions become, and that none of their texts is kept."""

import ssl
import threading

import pytest
import requests
import urllib3
from integration_hub_connectors import errors
from integration_hub_connectors.http import Client, RequestsTransport, Timeout
from integration_hub_connectors.http.connection import AddressRefused
from integration_hub_connectors.http.failures import translate

S3CRET = "https://api.example.com/x?key=s3cret"


def caused(error, cause):
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "kind", "code", "in_doubt"),
    [
        (AddressRefused(S3CRET), errors.ConfigurationError, "address-refused", False),
        (caused(OSError(S3CRET), AddressRefused()), errors.ConfigurationError, "address-refused", False),
        (OSError(urllib3.exceptions.HTTPError(AddressRefused())), errors.ConfigurationError, "address-refused", False),
        (urllib3.exceptions.InvalidHeader(S3CRET), errors.ConnectionFailed, "connection-failed", True),
        (requests.exceptions.InvalidURL(S3CRET), errors.ConfigurationError, "invalid-url", False),
        (urllib3.exceptions.NewConnectionError(None, S3CRET), errors.ConnectionFailed, "connection-failed", False),
        (requests.exceptions.ConnectTimeout(S3CRET), errors.TimeoutExceeded, "timeout", False),
        (requests.exceptions.ProxyError(S3CRET), errors.ConnectionFailed, "proxy-refused", False),
        (requests.exceptions.ReadTimeout(S3CRET), errors.TimeoutExceeded, "timeout", True),
        (caused(requests.ConnectionError(S3CRET), TimeoutError()), errors.TimeoutExceeded, "timeout", True),
        (ssl.SSLError(S3CRET), errors.TLSError, "tls", True),
        (requests.exceptions.SSLError(ssl.SSLCertVerificationError(S3CRET)), errors.TLSError, "tls", False),
        (ConnectionResetError(S3CRET), errors.ConnectionFailed, "connection-failed", True),
        (urllib3.exceptions.HTTPError(S3CRET), errors.TransportError, "transport", True),
    ],
)
def test_table(error, kind, code, in_doubt):
    found = translate(error, "api.example.com/x")
    assert (type(found), found.code, found.in_doubt) == (kind, code, in_doubt)
    assert "api.example.com/x" in found.message
    assert found.params == {"target": "api.example.com/x"}
    assert "s3cret" not in f"{found}{found!r}{found.hint}"


def test_exceptions_that_cause_each_other_in_a_circle():
    first, second = OSError("a"), OSError("b")
    first.__cause__, second.__cause__ = second, first
    assert translate(first, "h/").code == "connection-failed"


def test_closed_transport_has_closed_its_connections(server):
    server.answer("200 OK", b"{}")
    left = threading.Event()
    receive = server._receive

    def noted(connection):
        received = receive(connection)
        if not received:
            left.set()
        return received

    server._receive = noted
    transport = RequestsTransport()
    Client(server.url, timeout=Timeout(), transport=transport).get("/")
    assert not left.is_set()
    transport.close()
    assert left.wait(10)
