# Part of Integration Hub. License LGPL-3.0 or later.
"""What the server, never the database, decides: section ``[integration_hub]`` of odoo.conf or ``INTEGRATION_HUB_*``."""

import base64
import binascii
import functools
import os
from configparser import RawConfigParser
from typing import NamedTuple

from odoo.tools import config

from ..connectors.errors import ConfigurationError

ENVIRONMENTS = ("development", "test", "production")


class MasterKey(NamedTuple):
    """A key-encryption key: its public name and its 32 secret bytes."""

    name: str
    value: bytes

    def __repr__(self):
        return f"MasterKey({self.name!r})"


def option(name, default=""):
    """Return one option of the section, the process environment first."""
    from_environment = os.environ.get(f"INTEGRATION_HUB_{name.upper()}")
    if from_environment is not None:
        return from_environment.strip()
    return _section(config["config"]).get(name, default).strip()


@functools.lru_cache(maxsize=4)
def _section(path):
    """Return the section as a dict, read once a process: Odoo itself keeps no unknown sections."""
    parser = RawConfigParser()
    parser.read(path or [])
    return dict(parser["integration_hub"]) if parser.has_section("integration_hub") else {}


def running_environment():
    """Return the code of the running environment, or ``""`` where the server does not name one."""
    code = option("environment")
    if code and code not in ENVIRONMENTS:
        raise ConfigurationError(
            f"[integration_hub] environment = {code}: unknown",
            hint=f"Use one of {', '.join(ENVIRONMENTS)} in odoo.conf and restart.",
        )
    return code


def master_keys():
    """Return the configured master keys, the active one first.

    Format: ``name:base64`` entries, separated by commas or blanks; each decodes to 32 bytes.

    :raises ConfigurationError: for an entry that is not of that form; the message never shows key material
    """
    return _read_keys(option("master_keys"))


@functools.lru_cache(maxsize=4)
def _read_keys(text):
    keys = []
    for position, entry in enumerate(text.replace(",", " ").split(), start=1):
        name, _separator, encoded = entry.partition(":")
        try:
            value = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            value = b""
        if not name or len(value) != 32:
            raise ConfigurationError(
                f"[integration_hub] master_keys: entry {position} is not `name:base64 of 32 bytes`",
                hint="Make one with: openssl rand -base64 32",
            )
        keys.append(MasterKey(name, value))
    return tuple(keys)
