# Part of Integration Hub. License LGPL-3.0 or later.
"""Stripe: the event's id, in the body, is the key for duplicates."""

from ..hmac_scheme import CLOCK_SKEW, HmacScheme, Part

SCHEME = HmacScheme(
    key="stripe",
    title="Stripe",
    docs_url="https://docs.stripe.com/webhooks/signature",
    signature_header="Stripe-Signature",
    prefix="v1=",
    separator=",",
    signed=(Part.TIMESTAMP, ".", Part.BODY),
    timestamp_prefix="t=",
    future=CLOCK_SKEW,
)
