# Part of Integration Hub. License LGPL-3.0 or later.
"""What every engine refuses in the same way: headers that are missing, doubled or odd, deliveries of another time."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from ..errors import ConfigurationError, SignatureRefused
from .model import Delivery

Key = TypeVar("Key")


MAX_HEADER_CHARS = 16_384
MAX_ID_CHARS = 255
CLOCK_SKEW = 10.0  # seconds a sender's clock may be ahead where the vendor itself only limits the past


def only_header(delivery: Delivery, name: str, max_chars: int = MAX_HEADER_CHARS) -> str:
    """The header's one value, in printable ASCII; SignatureRefused (missing-header, malformed-header) otherwise."""
    values = delivery.headers.getall(name)
    if len(values) == 1:
        value = values[0]
        if 0 < len(value) <= max_chars and value.isascii() and value.isprintable():
            return value
    if not any(values):
        raise SignatureRefused(
            f"The delivery has no {name} header",
            code="missing-header",
            hint="Check that the sender is set up to sign this webhook, and that no proxy removes headers.",
            params={"header": name},
        )
    problem = "came more than once" if len(values) > 1 else "is too long or has characters that do not belong there"
    raise malformed(name, problem)


def usable_keys(secrets: Sequence[str], decode: Callable[[str], Key | None], title: str) -> list[Key]:
    """The key of each secret, several of them being live while rotating; empty and undecodable ones are passed over.

    SignatureRefused (no-secret) when none is left, ConfigurationError for one text in place of a list of them.
    """
    if isinstance(secrets, str):
        raise ConfigurationError("secrets is a list of texts, not one text", code="invalid-secrets")
    keys = []
    for secret in secrets:
        key = decode(secret) if secret else None
        if key is not None:
            keys.append(key)
    if not keys:
        raise SignatureRefused(
            "There is no usable signing secret",
            code="no-secret",
            hint=f"Enter the secret of this webhook as {title} shows it.",
        )
    return keys


def wrong_age(age: float) -> SignatureRefused:
    """The refusal (stale, future) of what was signed `age` seconds ago."""
    late = age > 0
    return SignatureRefused(
        f"The delivery was signed {abs(age):.0f} s {'ago' if late else 'in the future'}",
        code="stale" if late else "future",
        hint="Check this server's clock. If it is right, the delivery was delayed or replayed.",
        params={"age": age},
    )


def malformed(header: str, problem: str) -> SignatureRefused:
    """The refusal of a header that is there, but cannot be read."""
    return SignatureRefused(f"The header {header} {problem}", code="malformed-header", params={"header": header})


def mismatch(header: str) -> SignatureRefused:
    """The refusal of a proof that is well formed and wrong."""
    return SignatureRefused(
        f"The signature in {header} does not match the delivery", code="mismatch", params={"header": header}
    )
