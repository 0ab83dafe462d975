# Part of Integration Hub. License LGPL-3.0 or later.
"""What a webhook delivery is, and what verifying it yields."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from ..messages import Headers

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, repr=False)
class Delivery:
    """A request as it arrived: ``url`` the full address as the sender saw it, ``body`` the raw bytes.

    ``headers`` may be a mapping, or pairs when a field came twice: a doubled field must stay visible.
    """

    method: str
    url: str | None
    headers: Headers
    body: bytes

    def __post_init__(self) -> None:
        if not isinstance(self.headers, Headers):
            object.__setattr__(self, "headers", Headers(self.headers))

    @property
    def content_type(self) -> str:
        """The media type in lower case, without parameters; empty when there is none."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def __repr__(self) -> str:
        return f"Delivery({self.method}, {self.headers!r}, {len(self.body)} bytes)"


@dataclass(frozen=True)
class Verified:
    """An authentic delivery: the sender's own key for it (None when no header has one) and its time, unix seconds."""

    dedupe_key: str | None
    timestamp: float | None


@dataclass(frozen=True)
class Answer:
    """The answer a sender takes for success; ``body`` None leaves the body to the receiver's own JSON."""

    status: int = 202
    content_type: str = JSON
    body: bytes | None = field(default=None, repr=False)


class Scheme(Protocol):
    """How one vendor signs, and what else a receiver must know about its webhooks."""

    @property
    def key(self) -> str:
        """The name used in settings, such as ``stripe``."""

    @property
    def title(self) -> str:
        """The vendor's name for people."""

    @property
    def answer(self) -> Answer:
        """The answer to an accepted delivery."""

    @property
    def redelivers(self) -> bool:
        """Whether the sender tries again after an error answer; when not, refusing under load loses the message."""

    @property
    def content_types(self) -> tuple[str, ...]:
        """The media types the vendor sends."""

    @property
    def challenge_is_signed(self) -> bool:
        """Whether ``challenge`` is to be asked after ``verify`` (True), or before it, the vendor not signing it."""

    def verify(self, delivery: Delivery, secrets: Sequence[str], *, now: float) -> Verified:
        """The proof that one of ``secrets`` signed the delivery; SignatureRefused in every other case."""

    def sign(self, delivery: Delivery, secret: str, *, now: float, message_id: str | None = None) -> dict[str, str]:
        """The headers that make the delivery authentic at ``now``."""

    def document(self, delivery: Delivery) -> Any:
        """The delivery's body as a document; DocumentError when it is none."""

    def challenge(self, delivery: Delivery, document: Any) -> Answer | None:
        """The answer to a handshake, which is no event; None for everything else."""
