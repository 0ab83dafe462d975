# Part of Integration Hub. License LGPL-3.0 or later.
"""The schemes there are: an explicit list, so that adding a vendor is one visible line."""

from collections.abc import Mapping
from types import MappingProxyType

from ...errors import ConfigurationError
from ..hmac_scheme import HmacScheme
from . import github, hubspot, shopify, slack, standard_webhooks, stripe, twilio, woocommerce

SCHEMES: Mapping[str, HmacScheme] = MappingProxyType(
    {
        module.SCHEME.key: module.SCHEME
        for module in (standard_webhooks, stripe, github, shopify, slack, woocommerce, twilio, hubspot)
    }
)


def get(key: str) -> HmacScheme:
    """The scheme of that key, or ConfigurationError naming those there are."""
    try:
        return SCHEMES[key]
    except KeyError:
        raise ConfigurationError(
            f"There is no signature scheme {key!r}", code="unknown-scheme", hint=f"Known are: {', '.join(SCHEMES)}."
        ) from None
