# Part of Integration Hub. License LGPL-3.0 or later.
"""GitHub: no timestamp, so only the delivery id tells a replay; never delivers again by itself."""

from ..hmac_scheme import FORM, JSON, HmacScheme

SCHEME = HmacScheme(
    key="github",
    title="GitHub",
    docs_url="https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries",
    signature_header="X-Hub-Signature-256",
    prefix="sha256=",
    dedupe_headers=("X-GitHub-Delivery",),
    redelivers=False,
    content_types=(JSON, FORM),
    json_field="payload",
)
