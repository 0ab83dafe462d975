# Part of Integration Hub. License LGPL-3.0 or later.
"""Reading what the command line names."""

import sys
from pathlib import Path
from typing import Any

from .. import jsondoc
from ..errors import ConfigurationError, DocumentError


def read_bytes(name: str) -> bytes:
    """The bytes of a file, ``-`` being standard input; ConfigurationError when it cannot be read."""
    try:
        return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{name} cannot be read: {error.strerror}", code="unreadable-file", hint="") from None


def read_json(name: str) -> Any:
    """The document in a file; ConfigurationError when it is not JSON."""
    try:
        return jsondoc.parse(read_bytes(name))
    except DocumentError as error:
        raise ConfigurationError(f"{name}: {error}", code="unreadable-file", hint="", params=error.params) from None
