# Part of Integration Hub. License LGPL-3.0 or later.
"""The schemes there are: an explicit list, so that adding a vendor is one visible line."""

import json
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from ...errors import ConfigurationError
from ..options import Option
from ..scheme import Scheme
from ..scheme_types import SchemeType, fixed
from . import (
    basic,
    github,
    hmac,
    hubspot,
    intercom,
    jwt,
    mtls_header,
    shopify,
    slack,
    standard_webhooks,
    stripe,
    svix,
    twilio,
    woocommerce,
    xero,
    zendesk,
)

_TYPES = (
    fixed(standard_webhooks.SCHEME),
    fixed(standard_webhooks.ASYMMETRIC),
    fixed(stripe.SCHEME),
    github.TYPE,
    fixed(shopify.SCHEME),
    fixed(slack.SCHEME),
    fixed(woocommerce.SCHEME),
    fixed(twilio.SCHEME),
    fixed(hubspot.SCHEME),
    fixed(hubspot.V2),
    fixed(hubspot.V1),
    fixed(svix.SCHEME),
    fixed(zendesk.SCHEME),
    fixed(xero.SCHEME),
    fixed(intercom.SCHEME),
    hmac.TYPE,
    basic.TYPE,
    jwt.TYPE,
    mtls_header.TYPE,
)
SCHEMES: Mapping[str, SchemeType] = MappingProxyType({each.key: each for each in _TYPES})
OPTIONS: Mapping[str, tuple[Option, ...]] = MappingProxyType({each.key: each.options for each in _TYPES})


def get(key: str, options: Mapping[str, Any] | None = None) -> Scheme:
    """The scheme of that key with these options, compiled once.

    `options` maps names of `OPTIONS[key]` to values as JSON has them, or as text. Raises ConfigurationError for an
    unknown key (the hint names those there are), an unknown option, and a value that is not allowed.
    """
    if key not in SCHEMES:
        raise ConfigurationError(
            f"There is no signature scheme {key!r}", code="unknown-scheme", hint=f"Known are: {', '.join(SCHEMES)}."
        )
    try:
        text = json.dumps(dict(options), sort_keys=True) if options else "{}"
    except (TypeError, ValueError):
        raise ConfigurationError(
            f"The options of the scheme {key} are not an object of JSON values", code="invalid-option"
        ) from None
    return _compiled(key, text)


@lru_cache(maxsize=256)
def _compiled(key: str, options: str) -> Scheme:
    return SCHEMES[key].configured(json.loads(options))
