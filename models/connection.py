# Part of Integration Hub. License LGPL-3.0 or later.
"""From an endpoint's record to a live connector: where addresses, secrets and limits meet."""

import functools

from ..connectors import registry
from ..connectors.errors import ConfigurationError
from ..connectors.http import AddressGuard, Client, RequestsTransport, Timeout
from ..engine import settings, vault


@functools.cache
def _transport():
    """Return the process's pooled connections. Private networks are refused unless the configuration allows them."""
    return RequestsTransport(guard=AddressGuard(settings.option("allowed_networks").replace(",", " ").split()))


def connector_facts(endpoint):
    """Return what :func:`connect` needs of an endpoint, read in one go, so that no cursor is open during a call."""
    system = endpoint.system_id
    options = dict(system.settings or {})
    if endpoint.url:
        options["api_url"] = endpoint.url
    return {
        "endpoint_id": endpoint.id,
        "connector": system.connector,
        "settings": options,
        "origin": endpoint.origin,
        "secret": _secret(endpoint),
        "timeout": Timeout(endpoint.timeout_connect, endpoint.timeout_read, endpoint.timeout_total),
    }


def _secret(endpoint):
    if not endpoint.credential_id:
        raise ConfigurationError(
            f"Endpoint {endpoint.name!r} has no credential",
            hint="Choose one on the endpoint.",
        )
    endpoint.env.flush_all()
    return vault.open_secrets(endpoint.env.cr, endpoint.credential_id.id, endpoint.origin)[0]


def connect(facts):
    """Return a connector that is ready to call."""
    kind = registry.get(facts["connector"])
    client = Client(
        kind.base_url(facts["settings"]),
        timeout=facts["timeout"],
        auth=kind.auth(facts["settings"], facts["secret"]),
        transport=_transport(),
    )
    return kind(client, facts["settings"])


def open_connector(endpoint):
    """Return the connector of an endpoint, ready to call."""
    return connect(connector_facts(endpoint.sudo()))
