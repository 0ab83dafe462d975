# Part of Integration Hub. License LGPL-3.0 or later.
"""Stripe: an event keeps its id when it is sent again, for three days."""

from ..refusals import CLOCK_SKEW
from ..signed_scheme import SignedScheme

SCHEME = SignedScheme(
    key="stripe",
    title="Stripe",
    docs_url="https://docs.stripe.com/webhooks/signature",
    signature_header="Stripe-Signature",
    prefix="v1=",
    separator=",",
    signed="{timestamp}.{body}",
    timestamp_prefix="t=",
    future=CLOCK_SKEW,
    dedupe_path="id",
    redelivers=True,
)
