# Part of Integration Hub. License LGPL-3.0 or later.
"""Slack: events as JSON, commands and interactions as forms; ``event_id``, in the body, is the key for duplicates."""

from typing import Any

from ..hmac_scheme import FORM, JSON, HmacScheme, Part
from ..model import Answer, Delivery


def _url_verification(delivery: Delivery, document: Any) -> Answer | None:
    """Slack asks for its challenge back when the address is entered (docs.slack.dev, url_verification)."""
    if isinstance(document, dict) and document.get("type") == "url_verification":
        challenge = document.get("challenge")
        if isinstance(challenge, str):
            return Answer(200, "text/plain; charset=utf-8", challenge.encode())
    return None


SCHEME = HmacScheme(
    key="slack",
    title="Slack",
    docs_url="https://docs.slack.dev/authentication/verifying-requests-from-slack",
    signature_header="X-Slack-Signature",
    prefix="v0=",
    signed=("v0:", Part.TIMESTAMP, ":", Part.BODY),
    timestamp_header="X-Slack-Request-Timestamp",
    answer=Answer(200, "text/plain; charset=utf-8", b""),
    content_types=(JSON, FORM),
    json_field="payload",
    handshake=_url_verification,
)
