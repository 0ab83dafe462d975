# Part of Integration Hub. License LGPL-3.0 or later.
"""Certificates of both sides, on real handshakes with an authority made for the test; and a proxy in between."""

import base64
import contextlib
import datetime
import ipaddress
import logging
import os
import socket
import ssl
import tempfile
import threading

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from integration_hub_connectors import errors
from integration_hub_connectors.http import (
    AddressGuard,
    Client,
    ClientCertificate,
    InsecureTls,
    Proxy,
    RequestsTransport,
    Timeout,
    Tls,
)

FAST = Timeout(connect=2, read=2, total=4)
DAY = datetime.timedelta(days=1)
NOW = datetime.datetime.now(datetime.UTC)


class Authority:
    """A certificate authority, and what it issues."""

    def __init__(self, name="Test CA"):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        self.certificate = self._sign(self.name, self.key, NOW + DAY, [(x509.BasicConstraints(True, None), True)])
        self.pem = self.certificate.public_bytes(Encoding.PEM).decode()

    def issue(self, common_name, *names, until=NOW + DAY):
        """Certificate and private key, as PEM text."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name)])
        extensions = [(x509.SubjectAlternativeName(names), False)] if names else []
        certificate = self._sign(subject, key, until, extensions)
        return certificate.public_bytes(Encoding.PEM).decode(), text_of(key)

    def _sign(self, subject, key, until, extensions):
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW - 2 * DAY)
            .not_valid_after(until)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), False)
        )
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return builder.sign(self.key, hashes.SHA256())


def text_of(key, password=None):
    encryption = BestAvailableEncryption(password) if password else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption).decode()


def sealed(pem, password):
    return text_of(load_pem_private_key(pem.encode(), None), password)


class TlsServer:
    """Answers 200 to whoever makes it through the handshake; `peers` are the certificates shown, None for none."""

    def __init__(self, folder, certificate, key, client_authority=None):
        file = folder / f"{id(self)}.pem"
        file.write_text(certificate + key)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(file)
        if client_authority is not None:
            self.context.verify_mode = ssl.CERT_REQUIRED
            self.context.load_verify_locations(cadata=client_authority)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.peers, self.heads = [], []
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def url(self):
        return f"https://127.0.0.1:{self.listener.getsockname()[1]}"

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def _serve(self):
        while True:
            try:
                connection, _address = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection):
        with contextlib.suppress(OSError), self.context.wrap_socket(connection, server_side=True) as secure:
            while head := secure.recv(65536):
                self.peers.append(secure.getpeercert())
                self.heads.append(head)
                secure.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")


@pytest.fixture(scope="module")
def authority():
    return Authority()


@pytest.fixture
def serve(authority, tmp_path):
    running = []

    def make(*, issued=None, client_authority=None):
        issued = issued or authority.issue("server", x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
        running.append(TlsServer(tmp_path, *issued, client_authority))
        return running[-1]

    yield make
    for server in running:
        server.close()


def get(server, **options):
    return Client(server.url, timeout=FAST, transport=RequestsTransport(**options)).get("/x?key=s3cret")


def failure(call):
    with pytest.raises(errors.HubError) as caught:
        call()
    assert caught.value.__context__ is None
    assert not [
        hidden for hidden in ("s3cret", "PRIVATE") if hidden in f"{caught.value} {caught.value!r} {caught.value.params}"
    ]
    return caught.value


# -- whom we trust ----------------------------------------------------------------------------------------------------


def test_own_authority(serve, authority):
    server = serve()
    assert get(server, tls=Tls(ca=authority.pem)).status == 200
    assert get(server, tls=Tls(ca=f"# our CA\n{Authority('other').pem}\n{authority.pem}\n")).status == 200


def test_certificate_of_an_unknown_authority(serve):
    server = serve()
    for tls in (None, Tls(), Tls(ca=Authority().pem)):
        error = failure(lambda tls=tls: get(server, tls=tls))
        assert (type(error), error.in_doubt, error.policy) == (errors.TLSError, False, errors.Policy.RETRY)
    assert not server.heads


def test_own_authority_replaces_the_public_ones(authority):
    names = {
        dict(pair for part in entry["subject"] for pair in part)["commonName"]
        for entry in Tls(ca=authority.pem).context().get_ca_certs()
    }
    assert names == {"Test CA"}
    assert len(Tls().context().get_ca_certs()) > 50


def test_certificate_of_another_host_or_of_yesterday(serve, authority):
    here = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    for issued in (
        authority.issue("127.0.0.1", x509.DNSName("other.example")),
        authority.issue("127.0.0.1"),
        authority.issue("server", here, until=NOW - DAY),
    ):
        server = serve(issued=issued)
        assert type(failure(lambda server=server: get(server, tls=Tls(ca=authority.pem)))) is errors.TLSError
        assert not server.heads


@pytest.mark.parametrize("old", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_old_tls_is_not_spoken(serve, authority, old):
    server = serve()
    server.context.minimum_version = ssl.TLSVersion.TLSv1
    server.context.maximum_version = old
    server.context.set_ciphers("ALL:@SECLEVEL=0")
    assert type(failure(lambda: get(server, tls=Tls(ca=authority.pem)))) is errors.TLSError
    assert Tls(ca=authority.pem).context().minimum_version is ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize("pem", ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"])
def test_authority_that_cannot_be_read(pem):
    assert failure(lambda: Tls(ca=pem)).code == "invalid-certificate"


def test_environment_adds_no_authority(serve, authority, monkeypatch, tmp_path):
    file = tmp_path / "ca.pem"
    file.write_text(authority.pem)
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(name, str(file))
    assert type(failure(lambda: get(serve()))) is errors.TLSError


# -- nothing turns it off silently ------------------------------------------------------------------------------------


def test_insecure_is_said_each_time(serve, caplog):
    server = serve()
    transport = RequestsTransport(tls=InsecureTls("staging has a self-signed certificate, ticket 42"))
    client = Client(server.url, timeout=FAST, transport=transport)
    with pytest.warns(match="Unverified HTTPS request"):
        for _ in range(3):
            assert client.get("/x?key=s3cret").status == 200
    warned = [record.getMessage() for record in caplog.records if record.name.startswith("integration_hub")]
    assert len([text for text in warned if "TLS verification is off" in text and "ticket 42" in text]) == 3
    assert "s3cret" not in caplog.text
    assert "InsecureTls(reason='staging" in repr(transport)
    assert "InsecureTls(reason='staging" in repr(client)


def test_secure_transport_warns_of_nothing(serve, authority, caplog, recwarn):
    with caplog.at_level(logging.WARNING):
        get(serve(), tls=Tls(ca=authority.pem))
    assert not caplog.records
    assert not recwarn.list


@pytest.mark.parametrize("reason", ["", "  "])
def test_insecure_needs_a_reason(reason):
    assert failure(lambda: InsecureTls(reason)).code == "insecure-tls"


# -- what we show -----------------------------------------------------------------------------------------------------


def test_client_certificate(serve, authority):
    server = serve(client_authority=authority.pem)
    shown = ClientCertificate(*authority.issue("the hub"))
    assert get(server, tls=Tls(ca=authority.pem, client=shown)).status == 200
    assert server.peers[0]["subject"] == ((("commonName", "the hub"),),)


def test_server_that_wants_one_gets_none(serve, authority):
    server = serve(client_authority=authority.pem)
    error = failure(lambda: get(server, tls=Tls(ca=authority.pem)))
    assert isinstance(error, errors.TransportError)
    stranger = ClientCertificate(*Authority("other").issue("the hub"))
    assert isinstance(failure(lambda: get(server, tls=Tls(ca=authority.pem, client=stranger))), errors.TransportError)
    assert not server.peers


def test_encrypted_key(serve, authority):
    certificate, key = authority.issue("the hub")
    encrypted = sealed(key, b"s3cret")
    server = serve(client_authority=authority.pem)
    assert (
        get(server, tls=Tls(ca=authority.pem, client=ClientCertificate(certificate, encrypted, "s3cret"))).status == 200
    )
    for password in (None, "wr0ng"):
        error = failure(lambda password=password: ClientCertificate(certificate, encrypted, password))
        assert error.code == "invalid-certificate"
        assert "wr0ng" not in f"{error} {error.hint}"


def test_certificates_that_cannot_be_used(authority):
    certificate, key = authority.issue("the hub")
    other = authority.issue("another")[1]
    for parts in (
        (certificate, other),
        (certificate, "s3cret"),
        ("s3cret", key),
        ("", key),
        (certificate, ""),
        (key, key),
    ):
        error = failure(lambda parts=parts: ClientCertificate(*parts))
        assert (type(error), error.code) == (errors.ConfigurationError, "invalid-certificate")


def test_nothing_shows_the_key(authority):
    certificate, key = authority.issue("the hub")
    shown = ClientCertificate(certificate, sealed(key, b"s3cret"), "s3cret")
    transport = RequestsTransport(tls=Tls(client=shown))
    text = f"{shown!r} {shown} {transport!r} {Client('https://a.example', timeout=FAST, transport=transport)!r}"
    assert not [hidden for hidden in ("s3cret", "BEGIN", key.splitlines()[1]) if hidden in text]


def test_key_is_on_disk_encrypted_for_its_owner_and_gone_at_once(authority, monkeypatch, tmp_path):
    """The file is looked at in the moment in which OpenSSL reads it."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    certificate, key = authority.issue("the hub")
    seen = []

    class Looking(ssl.SSLContext):
        def load_cert_chain(self, path, *args, **kwargs):
            (file,) = tmp_path.iterdir()
            seen.append((str(file) == path, os.stat(file).st_mode & 0o777, file.read_text()))
            super().load_cert_chain(path, *args, **kwargs)

    ClientCertificate(certificate, key).load_into(Looking(ssl.PROTOCOL_TLS_CLIENT))
    ((same, mode, text),) = seen
    assert same
    assert mode == 0o600
    assert "BEGIN ENCRYPTED PRIVATE KEY" in text
    assert key.splitlines()[1] not in text
    assert not list(tmp_path.iterdir())
    failure(lambda: ClientCertificate(certificate, authority.issue("another")[1]))
    assert not list(tmp_path.iterdir())


# -- a proxy ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def tunnel():
    """A proxy for CONNECT that wants a password, and leads wherever it is asked."""
    listener = socket.create_server(("127.0.0.1", 0))
    heads = []

    def pump(source, target):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)

    def talk(connection):
        head = connection.recv(65536)
        heads.append(head)
        expected = b"Proxy-Authorization: Basic " + base64.b64encode(b"ada:p@ss:w/rd")
        if expected.lower() not in head.lower():
            connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            connection.close()
            return
        host, _colon, port = head.split()[1].decode().rpartition(":")
        onward = socket.create_connection((host, int(port)))
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        threading.Thread(target=pump, args=(onward, connection), daemon=True).start()
        pump(connection, onward)

    def serve():
        while True:
            try:
                connection, _address = listener.accept()
            except OSError:
                return
            threading.Thread(target=talk, args=(connection,), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}", heads
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def test_proxy_for_https(serve, authority, tunnel):
    url, heads = tunnel
    server = serve()
    proxy = Proxy(url, "ada", "p@ss:w/rd")
    assert get(server, tls=Tls(ca=authority.pem), proxy=proxy).status == 200
    assert heads[0].startswith(f"CONNECT {server.url.removeprefix('https://')} HTTP/1.".encode())
    assert b"s3cret" not in heads[0]
    assert b"roxy-" not in server.heads[0], "the proxy's password is not for the server"
    assert "p@ss" not in repr(proxy)


def test_proxy_does_not_weaken_tls(serve, tunnel):
    server = serve()
    assert type(failure(lambda: get(server, proxy=Proxy(tunnel[0], "ada", "p@ss:w/rd")))) is errors.TLSError
    assert not server.heads


def test_proxy_that_refuses(serve, authority, tunnel):
    server = serve()
    error = failure(lambda: get(server, tls=Tls(ca=authority.pem), proxy=Proxy(tunnel[0], "ada", "wrong")))
    assert (type(error), error.code, error.in_doubt) == (errors.ConnectionFailed, "proxy-refused", False)
    assert not server.heads


def test_proxy_for_plain_http_gets_the_whole_address(server):
    server.answer("200 OK", b"{}")
    transport = RequestsTransport(proxy=Proxy(server.url, "ada", "pw"))
    assert Client("http://api.example.com", timeout=FAST, transport=transport).get("/x").status == 200
    head = server.heads[0].decode()
    assert head.startswith("GET http://api.example.com/x HTTP/1.1\r\n")
    assert "Proxy-Authorization: Basic YWRhOnB3" in head


def test_proxy_that_is_not_there():
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    transport = RequestsTransport(proxy=Proxy(url))
    error = failure(lambda: Client("https://api.example.com", timeout=FAST, transport=transport).post("/"))
    assert isinstance(error, errors.ConnectionFailed)
    assert error.in_doubt is False


def test_guard_behind_a_proxy(server):
    """A proxy that says it guards is trusted to; otherwise the name is checked here first."""
    server.answer("200 OK", b"{}")
    public, inner = "http://93.184.216.34", "http://10.0.0.1"
    for url, guarded, reached in ((public, False, 1), (inner, False, 1), (inner, True, 2)):
        transport = RequestsTransport(guard=AddressGuard(), proxy=Proxy(server.url, guarded=guarded))
        api = Client(url, timeout=FAST, transport=transport)
        if url == inner and not guarded:
            assert failure(lambda api=api: api.get("/")).code == "address-refused"
        else:
            api.get("/")
        assert len(server.heads) == reached


def test_name_that_cannot_be_checked_is_tried_again(server):
    transport = RequestsTransport(guard=AddressGuard(), proxy=Proxy(server.url))
    error = failure(lambda: Client("http://nobody.invalid", timeout=FAST, transport=transport).post("/"))
    assert (type(error), error.in_doubt, error.policy) == (errors.ConnectionFailed, False, errors.Policy.RETRY)


@pytest.mark.parametrize("url", ["socks5://127.0.0.1:1080", "127.0.0.1:3128", "http://u:p@127.0.0.1", "http://a/b", ""])
def test_proxy_addresses_that_are_none(url):
    failure(lambda: Proxy(url))
