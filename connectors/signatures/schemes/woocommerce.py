# Part of Integration Hub. License LGPL-3.0 or later.
"""WooCommerce: no timestamp, no second try; after five failures in a row it disables the webhook."""

import re
from typing import Any

from ..model import EMPTY, FORM, JSON, Answer, Delivery
from ..signed_scheme import SignedScheme

_PING = re.compile(rb"webhook_id=[0-9]{1,20}\Z")


def _ping(delivery: Delivery, document: Any) -> Answer | None:
    """Saving a webhook posts an unsigned `webhook_id=N`; any success lets the webhook be saved as active."""
    if delivery.content_type == FORM and _PING.match(delivery.body):
        return EMPTY
    return None


SCHEME = SignedScheme(
    key="woocommerce",
    title="WooCommerce",
    docs_url="https://woocommerce.github.io/woocommerce-rest-api-docs/#webhooks",
    signature_header="X-WC-Webhook-Signature",
    encoding="base64",
    dedupe_headers=("X-WC-Webhook-Delivery-ID",),
    content_types=(JSON, FORM),
    handshake=_ping,
    challenge_is_signed=False,
)
