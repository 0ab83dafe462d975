# Part of Integration Hub. License LGPL-3.0 or later.
"""HubSpot, version 3 only: versions 1 and 2 are plain hashes without a timestamp."""

import re

from ..hmac_scheme import CLOCK_SKEW, HmacScheme, Part
from ..model import Delivery

# The characters HubSpot decodes in the address before it signs (developers.hubspot.com, Validating requests, v3).
_DECODED = {f"%{ord(char):02X}": char for char in ":/?@!$'()*,;"}
_ENCODED = re.compile("|".join(_DECODED), re.IGNORECASE)


def _decoded_and_exact(delivery: Delivery) -> tuple[str, ...]:
    url = delivery.url or ""
    decoded = _ENCODED.sub(lambda match: _DECODED[match.group().upper()], url)
    return (decoded,) if decoded == url else (decoded, url)


SCHEME = HmacScheme(
    key="hubspot",
    title="HubSpot",
    docs_url="https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/request-validation",
    signature_header="X-HubSpot-Signature-v3",
    signed=(Part.METHOD, Part.URL, Part.BODY, Part.TIMESTAMP),
    encoding="base64",
    timestamp_header="X-HubSpot-Request-Timestamp",
    timestamp_units=1000,
    future=CLOCK_SKEW,
    urls=_decoded_and_exact,
)
