# Part of Integration Hub. License LGPL-3.0 or later.
"""The connectors there are: an explicit list, so that adding a vendor is one visible line.

It is in the order in which people choose: vendors by name, then the connector for every other API.
"""

from __future__ import annotations

from .connector import Connector, Settings
from .errors import ConfigurationError
from .vendors.generic_rest import GenericRest
from .vendors.hubspot import HubSpot
from .vendors.order_desk import OrderDesk
from .vendors.shopify import Shopify

CONNECTORS: dict[str, type[Connector]] = {
    connector.name: connector
    for connector in (
        HubSpot,
        OrderDesk,
        Shopify,
        GenericRest,
    )
}


def get(name: str, settings: Settings | None = None) -> type[Connector]:
    """The connector of that name; with a system's settings, as they shape it.

    Raises ConfigurationError: code unknown-connector when there is none, others when the settings are wrong.
    """
    try:
        found = CONNECTORS[name]
    except KeyError:
        raise ConfigurationError(
            f"There is no connector named {name!r}.",
            code="unknown-connector",
            hint=f"Choose one of: {', '.join(CONNECTORS)}.",
        ) from None
    return found if settings is None else found.configured(settings)
