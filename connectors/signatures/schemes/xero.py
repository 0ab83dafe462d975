# Part of Integration Hub. License LGPL-3.0 or later.
"""Xero: wants 200 for what is signed and 401 for what is not, both without a body, and tries both before it starts."""

from typing import Any

from ..model import EMPTY, Answer, Delivery
from ..signed_scheme import SignedScheme


def _intent_to_receive(_delivery: Delivery, document: Any) -> Answer | None:
    """The signed one of Xero's trials, which is without events (developer.xero.com, Intent to receive)."""
    return EMPTY if isinstance(document, dict) and document.get("events") == [] else None


SCHEME = SignedScheme(
    key="xero",
    title="Xero",
    docs_url="https://developer.xero.com/documentation/guides/webhooks/configuring-your-server/",
    signature_header="x-xero-signature",
    encoding="base64",
    answer=EMPTY,
    refusal=Answer(401, "text/plain; charset=utf-8", b""),
    handshake=_intent_to_receive,
    redelivers=True,
)
