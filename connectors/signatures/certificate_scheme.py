# Part of Integration Hub. License LGPL-3.0 or later.
"""A client certificate as the proof of a delivery, verified by the proxy in front and handed on in headers.

Anybody can write a header. So the proxy proves itself by a secret of its own in another one, and has to replace both
in what comes from outside.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import ConfigurationError, SignatureRefused
from ..messages import check_header
from .algorithms import is_among
from .certificates import FORMS, ClientCertificate
from .encodings import decode_hex, text_key
from .model import Delivery, Verified
from .refusals import only_header, usable_keys
from .scheme import Scheme


@dataclass(frozen=True, kw_only=True)
class CertificateScheme(Scheme):
    """A certificate that is on the list, from a proxy that knows the secret.

    form: how the proxy hands it on, a key of `certificates.FORMS`. proxy_header: the header with the proxy's secret.
    fingerprints: SHA-256 of the certificates allowed, hexadecimal, colons and capitals as tools write them;
    subjects: their subjects, exactly as RFC 4514 writes them. One of the two lists must have the certificate.
    """

    form: str
    fingerprints: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    proxy_header: str = "X-Proxy-Secret"

    def __post_init__(self) -> None:
        check_header(self.proxy_header, "")
        normal = tuple(text.replace(":", "").lower() for text in self.fingerprints)
        if any(len(decode_hex(text) or b"") != 32 for text in normal):
            raise _missing("fingerprints", "holds something that is no SHA-256 in hexadecimal")
        if not normal and not self.subjects:
            raise _missing("fingerprints", "and subjects are both empty: no certificate would be allowed")
        object.__setattr__(self, "fingerprints", normal)

    @property
    def proof_headers(self) -> tuple[str, ...]:
        """The proxy's secret, and the headers of the certificate."""
        return (self.proxy_header, *FORMS[self.form].headers)

    @property
    def secret_headers(self) -> tuple[str, ...]:
        """The proxy's secret."""
        return (self.proxy_header,)

    def verify(self, delivery: Delivery, secrets: Sequence[str], *, now: float) -> Verified:
        """The proof that the proxy, which knows one of `secrets`, saw an allowed certificate, or SignatureRefused."""
        keys = usable_keys(secrets, text_key, self.title)
        sent = only_header(delivery, self.proxy_header).encode()
        if not is_among(sent, keys):
            raise SignatureRefused(
                f"The secret in {self.proxy_header} is not the proxy's: the certificate may be anybody's claim",
                code="mismatch",
                params={"header": self.proxy_header},
            )
        self._check(FORMS[self.form].read(delivery), now)
        return Verified(self.header_id(delivery), None)

    def sign(self, delivery: Delivery, secret: str, *, now: float, message_id: str | None = None) -> dict[str, str]:
        """The proxy's part: its secret. The delivery must have the headers of an allowed certificate already."""
        usable_keys([secret], text_key, self.title)
        self._check(FORMS[self.form].read(delivery), now)
        return {self.proxy_header: secret, **self.id_headers(message_id)}

    def _check(self, found: ClientCertificate, now: float) -> None:
        if found.fingerprint not in self.fingerprints and found.subject not in self.subjects:
            raise SignatureRefused(
                "The client's certificate is not among those allowed",
                code="unknown-certificate",
                hint="Compare its SHA-256 fingerprint with the list. Certificates change when they are renewed.",
                params={"fingerprint": found.fingerprint},
            )
        if found.begins is not None and found.ends is not None and not found.begins <= now <= found.ends:
            late = now > found.ends
            raise SignatureRefused(
                f"The client's certificate is {'no longer' if late else 'not yet'} valid",
                code="stale" if late else "future",
            )


def _missing(option: str, problem: str) -> ConfigurationError:
    return ConfigurationError(f"{option} {problem}", code="invalid-option", params={"option": option})
