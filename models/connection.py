# Part of Integration Hub. License LGPL-3.0 or later.
"""From an endpoint's record to a live connector: where addresses, secrets and limits meet."""

import functools
import hashlib
import json
from typing import NamedTuple

from ..connectors.auth import Exchange, MemoryTokenStore, PendingAuthorization, Token
from ..connectors.connector import CheckResult
from ..connectors.errors import HubError, Policy
from ..connectors.http import AddressGuard, Client, ClockWatch, Deadline, RequestsTransport, Timeout
from ..connectors.messages import Headers, Request
from ..engine import settings, vault
from ..engine.database import Database
from ..engine.limits import PostgresStore
from ..engine.tokens import VaultTokenStore
from . import guards, recording
from .guards import CLOCK, RESERVES, UNGUARDED, Guarded, key

VISIT = Timeout(connect=5, read=8, total=10)  # seconds for a visit; somebody waits for it


class Copied(HubError):
    """This database is a copy: it calls nobody, lest it use up what is its original's, access tokens above all."""

    code = "database-copied"
    policy = Policy.RETRY


@functools.cache
def _transport():
    """Return the process's pooled connections. Private networks are refused unless the configuration allows them."""
    return RequestsTransport(guard=AddressGuard(settings.option("allowed_networks").replace(",", " ").split()))


@functools.cache
def _limit_store(database):
    """Return where the workers of a database keep what they share of vendors' limits."""
    return PostgresStore(Database(database))


@functools.lru_cache(maxsize=1024)
def _token_store(credential_id, fingerprint):
    return MemoryTokenStore()


def token_store(facts):
    """Return where the access token is kept: in the vault what a person signed in for, of which there is no other.

    Else it is this process's, since client credentials get another any time. Another secret, address, client or scope
    is another token.
    """
    connector, options = facts["connector"], facts["settings"]
    if connector.signs_in(options):
        origins = map(vault.origin_of, connector.secret_addresses(options))
        return VaultTokenStore(
            Database(facts["guarded"].database), facts["credential_id"], origins, read=Token.from_dict
        )
    text = json.dumps([facts["secret"], facts["settings"]], sort_keys=True)
    return _token_store(facts["credential_id"], hashlib.sha256(text.encode()).digest())


def connector_facts(endpoint, use="realtime"):
    """Return what :func:`connect` needs of an endpoint, read in one go, so that no cursor is open during a call.

    :param use: ``realtime``, ``poll`` or ``bulk``, in the order in which they come when a quota is short; ``test`` for
        a person's single call past all limits
    :raises HubError: its settings or its secret are not in order; :class:`Copied`: nobody is called from here
    """
    if copied := endpoint.env["integration.readiness"]._copied():
        raise Copied(copied, hint=endpoint.env._("See Integrations, Configuration, Readiness."))
    connector, options = endpoint._connector_and_settings()
    return {
        "endpoint_id": endpoint.id,
        "guarded": guarded_by(endpoint, use),
        "connector": connector,
        "settings": options,
        "credential_id": endpoint.credential_id.id,
        "secret": _secret(endpoint, connector.secret_addresses(options)),
        "timeout": Timeout(endpoint.timeout_connect, endpoint.timeout_read, endpoint.timeout_total),
    }


def guarded_by(endpoint, use="realtime"):
    """Return whose limits the calls of an endpoint keep, and which."""
    return Guarded(endpoint.env.cr.dbname, endpoint.id, endpoint._limits(), endpoint.timeout_total, use)


def endpoint_guard(guarded):
    """Return this process's guard of an endpoint: what lets its calls through, or holds them."""
    return guards.guard(_transport(), _limit_store(guarded.database), guarded)


def end_holds(held):
    """Call endpoints at once, whatever their answers asked for and however often they failed: a person says so."""
    for guarded in held:
        guards.end_holds(_limit_store(guarded.database), guarded)


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


def connect(facts, transport=None):
    """Return a connector that is ready to call, through the endpoint's limits or the *transport* that is given."""
    connector, options = facts["connector"], facts["settings"]
    client = Client(
        connector.base_url(options),
        timeout=facts["timeout"],
        auth=connector.auth(options, facts["secret"], _exchange(facts)),
        transport=transport or _limited(facts),
        trace=recording.trace,
        record=recording.record,
    )
    return connector(client, options)


def _exchange(facts):
    return Exchange(_transport(), facts["timeout"], token_store(facts))


class Trial(NamedTuple):
    """What came of trying a connection: the account or an error, and by how many seconds the other clock is ahead."""

    result: CheckResult | None
    error: HubError | None
    clock_offset: float | None


def try_out(endpoint):
    """Prove an endpoint's address and credential with the other side, past all limits and changing nothing there."""
    watch = ClockWatch(_transport(), CLOCK)
    result = error = None
    try:
        result = connect(connector_facts(endpoint.sudo(), UNGUARDED), watch).check()
    except HubError as failure:
        error = failure
    return Trial(result, error, watch.offset)


def begin_sign_in(endpoint, redirect_uri):
    """Return a sign-in under way: its ``url`` is for the browser, all of it for :func:`end_sign_in`, as a dict.

    Raises HubError: the endpoint's system has none, or is not described well.
    """
    return _authorization(connector_facts(endpoint.sudo(), UNGUARDED), redirect_uri).start().to_dict()


def end_sign_in(endpoint, pending, answer):
    """Get tokens for what the browser came back with, into the vault. Raises HubError: refused, declined, too late."""
    facts, pending = connector_facts(endpoint.sudo(), UNGUARDED), PendingAuthorization(**pending)
    _authorization(facts, pending.redirect_uri).finish(pending, answer, token_store(facts))


def _authorization(facts, redirect_uri):
    return facts["connector"].authorization(facts["settings"], facts["secret"], _exchange(facts), redirect_uri)


def _limited(facts):
    """Return the transport behind the endpoint's limits, and behind those that the vendor keeps account of itself."""
    guarded = facts["guarded"]
    if guarded.use == UNGUARDED:
        return _transport()
    return facts["connector"].paced(
        endpoint_guard(guarded),
        clock=CLOCK,
        store=_limit_store(guarded.database),
        key=key("points", guarded.endpoint_id),
        reserve=RESERVES[guarded.use],
    )


def ask(facts, seconds, question, payload):
    """Return what the other side answers to a question.

    All of it together, waiting for a limit, an access token, a name and a connection, ends after so many seconds.
    """
    usual = facts["timeout"]
    timeout = Timeout(min(usual.connect, seconds), min(usual.read, seconds), seconds)
    with Deadline(CLOCK, CLOCK.monotonic() + seconds, seconds):
        return connect({**facts, "timeout": timeout}).answer(question, payload)


def open_connector(endpoint, use="realtime"):
    """Return the connector of an endpoint, ready to call. For uses see :func:`connector_facts`."""
    return connect(connector_facts(endpoint.sudo(), use))


def visit(url):
    """Return the answer to a plain GET, whatever its status; no credentials, no redirects. Raises HubError."""
    return _visited(_transport(), url)


def post(url, body, headers):
    """Send a body to an address that is no endpoint's; returns the answer. Raises HubError unless it is a success."""
    return Client(vault.origin_of(url), timeout=VISIT, transport=_transport()).request(
        "POST", url, data=body, headers=headers
    )


def clock_ahead(url):
    """Return by how many seconds the clock of who answers at an address is ahead; None where it does not say."""
    watch = ClockWatch(_transport(), CLOCK)
    _visited(watch, url)
    return watch.offset


def _visited(transport, url):
    return transport.send(Request("GET", url, Headers({"User-Agent": "integration-hub"})), VISIT)
