# Part of Integration Hub. License LGPL-3.0 or later.
"""Zendesk: names no tolerance, so a delivery may be an hour old; its invocation id stays when it is tried again.

After 429 it tries again only within a minute, so it does not count as redelivering.
"""

from ..refusals import CLOCK_SKEW
from ..signed_scheme import SignedScheme

SCHEME = SignedScheme(
    key="zendesk",
    title="Zendesk",
    docs_url="https://developer.zendesk.com/documentation/webhooks/verifying/",
    signature_header="X-Zendesk-Webhook-Signature",
    signed="{timestamp}{body}",
    encoding="base64",
    timestamp_header="X-Zendesk-Webhook-Signature-Timestamp",
    timestamp_format="iso8601",
    past=3600.0,
    future=CLOCK_SKEW,
    dedupe_headers=("X-Zendesk-Webhook-Invocation-Id",),
)
