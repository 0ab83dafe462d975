# Part of Integration Hub. License LGPL-3.0 or later.
"""HubSpot: version 3; versions 1 and 2, plain hashes without a timestamp, only for what still sends nothing else.

What any 4xx or 5xx answered is sent again up to ten times within a day.
"""

import re
from dataclasses import replace

from ..algorithms import PrefixedHash
from ..model import Delivery
from ..refusals import CLOCK_SKEW
from ..signed_scheme import SignedScheme

# The characters HubSpot decodes in the address before it signs (developers.hubspot.com, Validating requests, v3).
_DECODED = {f"%{ord(char):02X}": char for char in ":/?@!$'()*,;"}
_ENCODED = re.compile("|".join(_DECODED), re.IGNORECASE)


def _decoded_and_exact(delivery: Delivery) -> tuple[str, ...]:
    url = delivery.url or ""
    decoded = _ENCODED.sub(lambda match: _DECODED[match.group().upper()], url) if "%" in url else url
    return (decoded,) if decoded == url else (decoded, url)


SCHEME = SignedScheme(
    key="hubspot",
    title="HubSpot",
    docs_url="https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/request-validation",
    signature_header="X-HubSpot-Signature-v3",
    signed="{method}{url}{body}{timestamp}",
    encoding="base64",
    timestamp_header="X-HubSpot-Request-Timestamp",
    timestamp_format="milliseconds",
    future=CLOCK_SKEW,
    urls=_decoded_and_exact,
    redelivers=True,
)
V1 = SignedScheme(
    key="hubspot_v1",
    title="HubSpot, signature version 1 (weak)",
    docs_url=SCHEME.docs_url,
    signature_header="X-HubSpot-Signature",
    algorithm=PrefixedHash("sha256"),
    redelivers=True,
)
V2 = replace(V1, key="hubspot_v2", title="HubSpot, signature version 2 (weak)", signed="{method}{url}{body}")
