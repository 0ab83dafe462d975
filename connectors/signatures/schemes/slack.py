# Part of Integration Hub. License LGPL-3.0 or later.
"""Slack: events as JSON, commands and interactions as forms; only events have an id, `event_id`.

It tries an event three times again within six minutes and a command never, so it does not count as redelivering.
"""

from typing import Any

from ..model import EMPTY, FORM, JSON, Answer, Delivery
from ..signed_scheme import SignedScheme


def _url_verification(delivery: Delivery, document: Any) -> Answer | None:
    """Slack asks for its challenge back when the address is entered (docs.slack.dev, url_verification)."""
    if isinstance(document, dict) and document.get("type") == "url_verification":
        challenge = document.get("challenge")
        if isinstance(challenge, str):
            return Answer(200, "text/plain; charset=utf-8", challenge.encode())
    return None


SCHEME = SignedScheme(
    key="slack",
    title="Slack",
    docs_url="https://docs.slack.dev/authentication/verifying-requests-from-slack",
    signature_header="X-Slack-Signature",
    prefix="v0=",
    signed="v0:{timestamp}:{body}",
    timestamp_header="X-Slack-Request-Timestamp",
    dedupe_path="event_id",
    answer=EMPTY,
    content_types=(JSON, FORM),
    json_field="payload",
    handshake=_url_verification,
)
