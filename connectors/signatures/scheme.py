# Part of Integration Hub. License LGPL-3.0 or later.
"""What all schemes have in common: data about the sender's webhooks, and a proof that an engine checks.

The engines: `signed_scheme` (a signature over the delivery), `basic_scheme`, `jwt_scheme` and
`certificate_scheme`. There is none that accepts everything.
"""

import abc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import ConfigurationError
from .bodies import read_document, text_at
from .model import JSON, Answer, Delivery, Verified
from .refusals import MAX_ID_CHARS, only_header

_ACCEPTED = Answer()


@dataclass(frozen=True, kw_only=True)
class Scheme(abc.ABC):
    """How one vendor signs, and what else a receiver must know about its webhooks, as data.

    dedupe_headers: where the sender's id of a delivery stands, the first that is there counting; else `dedupe_path`,
    names joined by dots, in the document. `refusal` is the answer to a failed proof where the sender minds its form.
    redelivers: whether the sender tries again for an hour or more after 429 Too Many Requests, and does not drop its
    subscription for that; when not, or when nobody knows, refusing under load loses the message.
    json_field: the form field that holds the document where the vendor sends forms. `handshake` tells a greeting from
    an event; the vendor may not sign it (`challenge_is_signed`): then it is asked before `verify`.
    """

    key: str
    title: str
    docs_url: str
    dedupe_headers: tuple[str, ...] = ()
    dedupe_path: str = ""
    answer: Answer = _ACCEPTED
    refusal: Answer | None = None
    redelivers: bool = False
    content_types: tuple[str, ...] = (JSON,)
    json_field: str = ""
    handshake: Callable[[Delivery, Any], Answer | None] | None = None
    challenge_is_signed: bool = True

    @abc.abstractmethod
    def verify(self, delivery: Delivery, secrets: Sequence[str], *, now: float) -> Verified:
        """The proof that the holder of one of `secrets` sent the delivery around `now` (unix seconds).

        Raises SignatureRefused in every other case, and nothing else. Comparisons take constant time.
        """

    @abc.abstractmethod
    def sign(self, delivery: Delivery, secret: str, *, now: float, message_id: str | None = None) -> dict[str, str]:
        """The headers a sender adds to make the delivery authentic at `now`.

        Raises SignatureRefused (no-secret, …) where no valid proof is possible.
        """

    @property
    @abc.abstractmethod
    def proof_headers(self) -> tuple[str, ...]:
        """The headers that a delivery must have, each once."""

    @property
    def secret_headers(self) -> tuple[str, ...]:
        """The headers that hold a credential and must not be kept."""
        return ()

    @property
    def signs_body(self) -> bool:
        """Whether the proof covers the body: when not, whoever is between can change it."""
        return False

    @property
    def signs_url(self) -> bool:
        """Whether the proof covers the address, so that `Delivery.url` must be as the sender called it."""
        return False

    def new_secret(self, randomness: bytes) -> str:
        """A secret of these bytes, at least 32, written as this scheme writes secrets.

        Raises ConfigurationError, code secret-not-ours, where only the sender can make one.
        """
        raise ConfigurationError(
            f"A secret for {self.title} is made by the sender.",
            code="secret-not-ours",
            hint="Choose another signature for this address, or register its webhooks by hand.",
        )

    def timestamp(self, delivery: Delivery) -> float | None:
        """The delivery's own time in unix seconds, unproven; None where the scheme has none. Or SignatureRefused."""
        return None

    def document(self, delivery: Delivery) -> Any:
        """The body as a document, or DocumentError."""
        return read_document(delivery, self.content_types, self.json_field)

    def challenge(self, delivery: Delivery, document: Any) -> Answer | None:
        """The answer to the vendor's handshake; None for an ordinary delivery."""
        return self.handshake(delivery, document) if self.handshake else None

    def dedupe_key(self, verified: Verified, document: Any) -> str | None:
        """The sender's id of a verified delivery, from its headers or its document; None where it has none."""
        if verified.dedupe_key is None and self.dedupe_path:
            return text_at(document, self.dedupe_path, MAX_ID_CHARS)
        return verified.dedupe_key

    def id_headers(self, message_id: str | None) -> dict[str, str]:
        """The header in which a sender tells an id; none without an id, or where it has no such header."""
        return {self.dedupe_headers[0]: message_id} if message_id is not None and self.dedupe_headers else {}

    def header_id(self, delivery: Delivery) -> str | None:
        """The sender's id in the headers, unproven; None where none of `dedupe_headers` is there."""
        for name in self.dedupe_headers:
            if any(delivery.headers.getall(name)):
                return only_header(delivery, name, MAX_ID_CHARS)
        return None
