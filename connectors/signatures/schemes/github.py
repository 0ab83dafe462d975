# Part of Integration Hub. License LGPL-3.0 or later.
"""GitHub: no timestamp, so only the delivery id tells a replay; never delivers again by itself."""

from dataclasses import replace

from ..algorithms import HMAC_SHA1
from ..model import FORM, JSON
from ..options import Option
from ..scheme_types import SchemeType
from ..signed_scheme import SignedScheme

SCHEME = SignedScheme(
    key="github",
    title="GitHub",
    docs_url="https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries",
    signature_header="X-Hub-Signature-256",
    prefix="sha256=",
    dedupe_headers=("X-GitHub-Delivery",),
    content_types=(JSON, FORM),
    json_field="payload",
)
LEGACY = replace(SCHEME, signature_header="X-Hub-Signature", prefix="sha1=", algorithm=HMAC_SHA1)


def _build(*, allow_sha1: bool) -> SignedScheme:
    return replace(SCHEME, fallback=LEGACY) if allow_sha1 else SCHEME


TYPE = SchemeType(
    SCHEME.key,
    SCHEME.title,
    SCHEME.docs_url,
    _build,
    options=(
        Option(
            "allow_sha1",
            "Accept SHA-1",
            "Accept X-Hub-Signature where X-Hub-Signature-256 is missing, as with old GitHub Enterprise servers.",
            kind="boolean",
            default=False,
        ),
    ),
)
