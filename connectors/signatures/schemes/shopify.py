# Part of Integration Hub. License LGPL-3.0 or later.
"""Shopify: no timestamp; a delivery is repeated 8 times within 4 hours, under the same webhook id."""

from ..signed_scheme import SignedScheme

SCHEME = SignedScheme(
    key="shopify",
    title="Shopify",
    docs_url="https://shopify.dev/docs/apps/build/webhooks/subscribe/https",
    signature_header="X-Shopify-Hmac-Sha256",
    encoding="base64",
    dedupe_headers=("X-Shopify-Webhook-Id", "X-Shopify-Event-Id"),
    redelivers=True,
)
