# Part of Integration Hub. License LGPL-3.0 or later.
"""Standard Webhooks 1.0.0: symmetric signatures (`v1`), and asymmetric ones (`v1a`)."""

from dataclasses import replace

from ..algorithms import Ed25519
from ..encodings import decode_base64, whsec_key
from ..signed_scheme import SignedScheme

SCHEME = SignedScheme(
    key="standard_webhooks",
    title="Standard Webhooks",
    docs_url="https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md",
    signature_header="webhook-signature",
    prefix="v1,",
    separator=" ",
    signed="{id}.{timestamp}.{body}",
    encoding="base64",
    secret_key=whsec_key,
    timestamp_header="webhook-timestamp",
    id_header="webhook-id",
    redelivers=True,
)


def _public_key(secret: str) -> bytes | None:
    key = decode_base64(secret.removeprefix("whpk_"))
    return key if key and len(key) == 32 else None


def _private_key(secret: str) -> bytes | None:
    key = decode_base64(secret.removeprefix("whsk_"))
    return key if key and len(key) in (32, 64) else None


ASYMMETRIC = replace(
    SCHEME,
    key="standard_webhooks_v1a",
    title="Standard Webhooks, asymmetric",
    prefix="v1a,",
    algorithm=Ed25519(),
    secret_key=_public_key,
    signing_key=_private_key,
)
