# Part of Integration Hub. License LGPL-3.0 or later.
"""Intercom: SHA-1, having nothing else; the secret is the app's client secret. After 429 it waits up to 2 hours."""

from ..algorithms import HMAC_SHA1
from ..signed_scheme import SignedScheme

SCHEME = SignedScheme(
    key="intercom",
    title="Intercom",
    docs_url="https://developers.intercom.com/docs/webhooks/webhook-notifications",
    signature_header="X-Hub-Signature",
    prefix="sha1=",
    algorithm=HMAC_SHA1,
    dedupe_path="id",
    redelivers=True,
)
