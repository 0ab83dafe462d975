# Part of Integration Hub. License LGPL-3.0 or later.
"""Where the OAuth tokens are that a person got by signing in: sealed as secrets are, one row a credential."""

import contextlib
import json
import uuid

from odoo.tools import SQL

from . import settings, vault

LOCK = 0x48_55_42_4F  # of the locks; each credential has one


class VaultTokenStore:
    """A credential's token for every process that uses it (a ``TokenStore`` of the library); safe for threads.

    It is tied to the addresses that it is sent to: where they are others now, there is none.

    :param origins: of those addresses
    :param read: makes the token of the document that its ``to_dict`` gave
    """

    def __init__(self, db, credential_id, origins, read):
        self._db = db
        self._credential_id = credential_id
        self._origins = tuple(sorted(set(origins)))
        self._read = read

    def load(self):
        """Return the token saved last, by whomever; ``None`` where nobody has signed in for these addresses."""
        with self._db.read_committed() as cr:
            cr.execute(
                SQL(
                    """SELECT uuid, key_name, ciphertext FROM integration_token
                        WHERE credential_id = %s AND origins = %s""",
                    self._credential_id,
                    " ".join(self._origins),
                )
            )
            row = cr.fetchone()
        if row is None:
            return None
        identity, *sealed = row
        return self._read(json.loads(vault.unseal(vault.Sealed(*sealed), self._binding(identity))))

    def save(self, token):
        """Keep a token; committed on return, whatever becomes of the caller's transaction."""
        identity = str(uuid.uuid4())
        sealed = vault.seal(json.dumps(token.to_dict()), self._binding(identity))
        with self._db.read_committed() as cr:
            cr.execute(
                SQL(
                    """INSERT INTO integration_token (credential_id, uuid, origins, key_name, ciphertext)
                       VALUES (%s, %s, %s, %s, %s)
                  ON CONFLICT (credential_id) DO UPDATE
                          SET (uuid, origins, key_name, ciphertext)
                            = (excluded.uuid, excluded.origins, excluded.key_name, excluded.ciphertext)""",
                    self._credential_id,
                    identity,
                    " ".join(self._origins),
                    *sealed,
                )
            )

    @contextlib.contextmanager
    def exclusive(self):
        """One caller at a time, of all processes; who waited sees, by :meth:`load`, what the one before it saved."""
        with self._db.read_committed() as cr:
            cr.execute(SQL("SELECT pg_advisory_xact_lock(%s, %s)", LOCK, self._credential_id))
            yield

    def _binding(self, identity):
        return vault.Binding(identity, settings.running_environment(), ("token", *self._origins))


def forget(cr, credential_ids):
    """Delete the tokens of credentials that are deleted."""
    if credential_ids:
        cr.execute(SQL("DELETE FROM integration_token WHERE credential_id IN %s", tuple(credential_ids)))
