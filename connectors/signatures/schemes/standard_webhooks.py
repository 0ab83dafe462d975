# Part of Integration Hub. License LGPL-3.0 or later.
"""Standard Webhooks, symmetric signatures (specification 1.0.0, version identifier ``v1``)."""

from ..encodings import whsec_key
from ..hmac_scheme import HmacScheme, Part

SCHEME = HmacScheme(
    key="standard_webhooks",
    title="Standard Webhooks",
    docs_url="https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md",
    signature_header="webhook-signature",
    prefix="v1,",
    separator=" ",
    signed=(Part.ID, ".", Part.TIMESTAMP, ".", Part.BODY),
    encoding="base64",
    secret_key=whsec_key,
    timestamp_header="webhook-timestamp",
    id_header="webhook-id",
    dedupe_headers=("webhook-id",),
)
