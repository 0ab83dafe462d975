# Part of Integration Hub. License LGPL-3.0 or later.
"""From an endpoint's record to a live connector: where addresses, secrets and limits meet."""

import functools
import hashlib
import json

from ..connectors.auth import Exchange, MemoryTokenStore
from ..connectors.http import AddressGuard, Client, RequestsTransport, Timeout
from ..engine import settings, vault


@functools.cache
def _transport():
    """Return the process's pooled connections. Private networks are refused unless the configuration allows them."""
    return RequestsTransport(guard=AddressGuard(settings.option("allowed_networks").replace(",", " ").split()))


@functools.lru_cache(maxsize=1024)
def _token_store(credential_id, fingerprint):
    return MemoryTokenStore()


def token_store(facts):
    """Return where this process keeps the access token got with a secret: client credentials get another any time.

    Another secret, address, client or scope is another token.
    """
    text = json.dumps([facts["secret"], facts["settings"]], sort_keys=True)
    return _token_store(facts["credential_id"], hashlib.sha256(text.encode()).digest())


def connector_facts(endpoint):
    """Return what :func:`connect` needs of an endpoint, read in one go, so that no cursor is open during a call."""
    connector, options = endpoint._connector_and_settings()
    return {
        "endpoint_id": endpoint.id,
        "connector": connector,
        "settings": options,
        "credential_id": endpoint.credential_id.id,
        "secret": _secret(endpoint, connector.secret_addresses(options)),
        "timeout": Timeout(endpoint.timeout_connect, endpoint.timeout_read, endpoint.timeout_total),
    }


def _secret(endpoint, addresses):
    """Return the newest secret that was entered for every one of the addresses; "" where it is sent to none."""
    if not addresses:
        return ""
    if not endpoint.credential_id:
        raise vault.VaultError(
            f"Endpoint {endpoint.name!r} has no credential",
            code="no-credential",
            hint="Choose one on the endpoint.",
        )
    endpoint.env.flush_all()
    for address in addresses:
        opened = vault.open_secrets(endpoint.env.cr, endpoint.credential_id.id, vault.origin_of(address))
    return opened[0]


def connect(facts):
    """Return a connector that is ready to call."""
    connector, options = facts["connector"], facts["settings"]
    exchange = Exchange(_transport(), facts["timeout"], token_store(facts))
    client = Client(
        connector.base_url(options),
        timeout=facts["timeout"],
        auth=connector.auth(options, facts["secret"], exchange),
        transport=_transport(),
    )
    return connector(client, options)


def open_connector(endpoint):
    """Return the connector of an endpoint, ready to call."""
    return connect(connector_facts(endpoint.sudo()))
