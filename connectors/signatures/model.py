# Part of Integration Hub. License LGPL-3.0 or later.
"""What a webhook delivery is, and what verifying it yields."""

from dataclasses import dataclass, field
from typing import NamedTuple

from ..messages import Headers

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, repr=False)
class Delivery:
    """A request as it arrived: `url` the full address as the sender saw it, `body` the raw bytes.

    `headers` may be a mapping, or pairs when a field came twice: a doubled field must stay visible.
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


class Verified(NamedTuple):
    """An authentic delivery: the sender's own key for it (None when no header has one) and its time, unix seconds.

    The time is None where the scheme proves none for this very delivery.
    """

    dedupe_key: str | None
    timestamp: float | None


@dataclass(frozen=True)
class Answer:
    """The answer a sender takes for success; `body` None leaves the body to the receiver's own JSON."""

    status: int = 202
    content_type: str = JSON
    body: bytes | None = field(default=None, repr=False)


EMPTY = Answer(200, "text/plain; charset=utf-8", b"")
