# Part of Integration Hub. License LGPL-3.0 or later.
"""Whom we trust on the other side, and what we show of ourselves. Certificates and keys are PEM text, never paths."""

import functools
import re
import secrets
import ssl
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import ConfigurationError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----")
_ENTER_AGAIN = "Enter the certificate and the private key that belongs to it again, both as PEM text."


@dataclass(frozen=True, repr=False)
class ClientCertificate:
    """Proves who we are in the TLS handshake (mTLS): a certificate, intermediates behind it, and its private key.

    `password` opens an encrypted key. ConfigurationError, without showing any of it, when the key cannot be read or
    is not the certificate's.
    """

    certificate: str
    key: str
    password: str | None = None

    def __post_init__(self) -> None:
        self.load_into(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))

    def load_into(self, context: ssl.SSLContext) -> None:
        """Make the context show the certificate.

        Python's ssl reads keys only from files: for that moment the key is in a file of its owner's alone (0600),
        encrypted under a password that is used this once, and gone before this returns.
        """
        from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

        chain = "\n".join(_CERTIFICATE.findall(self.certificate))
        key = self._private_key()
        once = secrets.token_bytes(32).hex()
        encryption = BestAvailableEncryption(once.encode())
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption).decode()
        problem = None
        with tempfile.NamedTemporaryFile("w", prefix="hub-", suffix=".pem") as file:
            file.write(f"{chain}\n{pem}")
            file.flush()
            try:
                context.load_cert_chain(file.name, password=once)
            except ssl.SSLError as error:
                problem = error.reason or "no certificate"  # OpenSSL does not always say why
        if problem is not None:
            raise _unusable(f"The client certificate and its key cannot be used together ({problem})")

    def _private_key(self) -> "PrivateKeyTypes":
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        try:
            return load_pem_private_key(self.key.encode(), self.password.encode() if self.password else None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            kind = type(error).__name__
        raise _unusable(f"The client certificate's private key cannot be read, or its password is wrong ({kind})")

    def __repr__(self) -> str:
        return "ClientCertificate(***)"


@dataclass(frozen=True, repr=False)
class Tls:
    """Verified TLS, 1.2 or newer.

    `ca` is PEM text of the authorities to trust *instead* of the public ones: an endpoint inside a company is then
    not impersonated with a certificate from outside. `client` is shown to peers that ask. ConfigurationError when
    the authorities cannot be read.
    """

    ca: str | None = None
    client: ClientCertificate | None = None

    def __post_init__(self) -> None:
        if self.ca is not None:
            self.context()

    def context(self) -> ssl.SSLContext:
        """A context that verifies chain and host name."""
        if self.ca is None and self.client is None:
            return _plain_context()
        context = _public_authorities() if self.ca is None else _own_authorities(self.ca)
        if self.client is not None:
            self.client.load_into(context)
        return context

    def __repr__(self) -> str:
        return f"Tls(ca={'own' if self.ca is not None else 'public'}, client={self.client!r})"


@dataclass(frozen=True)
class InsecureTls:
    """TLS that accepts any certificate, and so anyone in between: to find out what is wrong, never to work with.

    The only way to turn verification off. `reason` is demanded, each request logs it as a warning, and the `repr`
    of every transport and client shows it.
    """

    reason: str

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise ConfigurationError("Who turns TLS verification off must say why", code="insecure-tls")

    def context(self) -> ssl.SSLContext:
        """A context that verifies nothing."""
        context = _modern(ssl.create_default_context())
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context


def _modern(context: ssl.SSLContext) -> ssl.SSLContext:
    """The context, with TLS 1.2 as its floor: Python leaves that to the machine's openssl.cnf, which may be missing."""
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _own_authorities(pem: str) -> ssl.SSLContext:
    found = _CERTIFICATE.findall(pem)
    try:
        if found:
            return _modern(ssl.create_default_context(cadata="\n".join(found)))
    except (ssl.SSLError, ValueError):
        found = []
    raise ConfigurationError(
        "The certificate authorities cannot be read",
        code="invalid-certificate",
        hint="Enter one or more certificates as PEM text, each from BEGIN CERTIFICATE to END CERTIFICATE.",
    )


def _public_authorities() -> ssl.SSLContext:
    """The authorities that requests trusts."""
    from requests.utils import DEFAULT_CA_BUNDLE_PATH

    return _modern(ssl.create_default_context(cafile=DEFAULT_CA_BUNDLE_PATH))


@functools.cache
def _plain_context() -> ssl.SSLContext:
    """The usual case, shared: reading the public authorities takes tens of milliseconds."""
    return _public_authorities()


def _unusable(message: str) -> ConfigurationError:
    return ConfigurationError(message, code="invalid-certificate", hint=_ENTER_AGAIN)
