# Part of Integration Hub. License LGPL-3.0 or later.
"""Envelope encryption of secrets, and the one function that opens them.

Each secret has a data key of its own (AES-256-GCM); the data key is wrapped by a master key of the server's
configuration. Both layers authenticate the *binding* of the secret: which version of which credential it is, for which
environment, and for which origins. Moved to another row, another environment or another address, it does not open.
Source of the scheme: NIST SP 800-38D; envelope encryption as in the major clouds' key services.

Secrets are opened by a module-level function, never by a model's method: server actions may call any method of any
model, but they cannot import.
"""

import base64
import functools
import json
import os
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from odoo.tools import SQL

from ..connectors.errors import ConfigurationError, HubError, Policy
from . import settings

NONCE_BYTES = 12
FORMAT = 1


class VaultError(HubError):
    """The secret cannot be opened; the cause is named, the secret never. No message is at fault: its endpoint stops."""

    code = "vault"
    policy = Policy.SUSPEND


class Sealed(NamedTuple):
    """A secret as it is stored: the wrapping key's name and one base64 text."""

    key_name: str
    ciphertext: str


class Binding(NamedTuple):
    """What a secret is tied to. Origins are ``scheme://host[:port]``, or ``inbound`` for a webhook's secret."""

    uuid: str
    environment: str
    origins: tuple[str, ...]

    def authenticated(self):
        document = [FORMAT, self.uuid, self.environment, sorted(self.origins)]
        return json.dumps(document, separators=(",", ":"), ensure_ascii=True).encode()


def origin_of(address):
    """Return the origin of a web address, ``scheme://host[:port]``; an empty text for what is none."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme and parts.netloc else ""


def seal(secret, binding, keys=None):
    """Encrypt *secret* (text) under the active master key; returns :class:`Sealed`."""
    keys = settings.master_keys() if keys is None else keys
    if not keys:
        raise ConfigurationError(
            "No encryption key is configured, so no secret can be stored",
            hint="Add `master_keys = main:<output of: openssl rand -base64 32>` to [integration_hub] in odoo.conf.",
        )
    master, data_key = keys[0], AESGCM.generate_key(bit_length=256)
    extra = binding.authenticated()
    wrap_nonce, nonce = os.urandom(NONCE_BYTES), os.urandom(NONCE_BYTES)
    wrapped = AESGCM(master.value).encrypt(wrap_nonce, data_key, extra)
    body = AESGCM(data_key).encrypt(nonce, secret.encode(), extra)
    return Sealed(master.name, base64.b64encode(bytes([FORMAT]) + wrap_nonce + wrapped + nonce + body).decode())


def unseal(sealed, binding, keys=None):
    """Decrypt; returns the secret's text.

    :raises VaultError: the master key is not configured here, or the secret is not tied to *binding*
    """
    keys = settings.master_keys() if keys is None else keys
    master = next((key for key in keys if key.name == sealed.key_name), None)
    if master is None:
        raise VaultError(
            f"Encryption key {sealed.key_name!r} is not configured on this server",
            hint="Add it to master_keys in [integration_hub], or enter the secret again.",
            params={"key": sealed.key_name},
        )
    return _opened(master, sealed, binding)


@functools.lru_cache(maxsize=128)
def _opened(master, sealed, binding):
    """What is in an envelope does not change; whether it may be opened now is asked at each use, before."""
    try:
        raw = base64.b64decode(sealed.ciphertext, validate=True)
        body_at = 1 + NONCE_BYTES + 48
        extra = binding.authenticated()
        data_key = AESGCM(master.value).decrypt(raw[1 : 1 + NONCE_BYTES], raw[1 + NONCE_BYTES : body_at], extra)
        nonce, body = raw[body_at : body_at + NONCE_BYTES], raw[body_at + NONCE_BYTES :]
        return AESGCM(data_key).decrypt(nonce, body, extra).decode()
    except (InvalidTag, ValueError):
        raise VaultError(
            "The stored secret does not belong to this credential, environment or address",
            hint="Enter the secret again.",
        ) from None


class Stored(NamedTuple):
    """A credential's secrets as they are stored, the newest first: nothing here is secret without a master key."""

    name: str
    environment: str
    versions: tuple  # of (binding, sealed, expires_at)


def stored(cr, credential_id):
    """Read what :func:`open_stored` opens; ``None`` where no secret is stored."""
    cr.execute(
        SQL(
            """SELECT c.name, e.code, v.uuid, v.key_name, v.ciphertext, v.origins, v.expires_at
                 FROM integration_credential c
                 JOIN integration_environment e ON e.id = c.environment_id
                 JOIN integration_credential_version v ON v.credential_id = c.id
                WHERE c.id = %s AND c.active AND v.ciphertext IS NOT NULL
             ORDER BY v.id DESC""",
            credential_id,
        )
    )
    rows = cr.fetchall()
    if not rows:
        return None
    name, environment = rows[0][:2]
    versions = (
        (Binding(identity, environment, tuple((origins or "").split())), Sealed(key_name, ciphertext), expires_at)
        for _name, _environment, identity, key_name, ciphertext, origins, expires_at in rows
    )
    return Stored(name, environment, tuple(versions))


def open_secrets(cr, credential_id, origin, keys=None):
    """Return the live secrets of a credential, the newest first; several while one is being replaced.

    :param origin: where the secret is about to be used: ``scheme://host[:port]``, or ``inbound``
    :raises VaultError: no live secret, another environment's credential, or an address it was not entered for
    """
    return open_stored(stored(cr, credential_id), origin, datetime.now(UTC).replace(tzinfo=None), keys)


def open_stored(kept, origin, now, keys=None):
    """Return the live secrets of what :func:`stored` read, as :func:`open_secrets` does.

    :param now: UTC without a zone; what expired before is not opened, however long ago *kept* was read
    """
    live = [version for version in kept.versions if not version[2] or version[2] > now] if kept else []
    if not live:
        raise VaultError("No secret is stored", hint="Enter the secret on the credential.")
    running = settings.running_environment()
    if kept.environment != running:
        raise VaultError(
            f"Credential {kept.name!r} is for {kept.environment}, "
            f"this server runs {running or 'an unnamed environment'}",
            hint="Use a credential of this environment; the server's configuration names it.",
            params={"credential": kept.name, "environment": kept.environment, "running": running},
        )
    secrets = [unseal(sealed, binding, keys) for binding, sealed, _expires in live if origin in binding.origins]
    if not secrets:
        raise VaultError(
            f"The secret of {kept.name!r} was entered for another address than {origin}",
            hint="Enter the secret again for the new address.",
            params={"credential": kept.name, "origin": origin},
        )
    return secrets
