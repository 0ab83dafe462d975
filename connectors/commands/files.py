# Part of Integration Hub. License LGPL-3.0 or later.
"""What several commands read from the command line."""

import argparse
import sys
from pathlib import Path
from typing import Any

from .. import jsondoc
from ..errors import ConfigurationError, DocumentError


def read_bytes(name: str) -> bytes:
    """The bytes of a file, `-` being standard input; ConfigurationError when it cannot be read."""
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


def resource_argument(parser: argparse.ArgumentParser) -> None:
    """Declare `--resource`, which names a schema that a contract refers to."""
    parser.add_argument(
        "--resource", metavar="FILE", action="append", default=[], help="a schema that is referred to (again for more)"
    )


def read_resources(names: list[str]) -> dict[str, Any]:
    """The schemas in files, by the addresses of the files."""
    return {Path(name).resolve().as_uri(): read_json(name) for name in names}


def option_argument(parser: argparse.ArgumentParser) -> None:
    """Declare `--option`, which sets an option of a signature scheme."""
    parser.add_argument(
        "--option", metavar="NAME=VALUE", action="append", default=[], help="an option of the scheme; see hub schemes"
    )


def read_options(texts: list[str]) -> dict[str, str]:
    """The options by name; ConfigurationError for a text without `=` and for a name that comes twice."""
    return read_pairs("--option", texts)


def read_pairs(flag: str, texts: list[str]) -> dict[str, str]:
    """What was given as NAME=VALUE behind a flag; ConfigurationError as for `read_options`."""
    pairs: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or name in pairs:
            raise ConfigurationError(
                f"{flag} {text!r} is not of the form NAME=VALUE, or comes twice", code="invalid-option", hint=""
            )
        pairs[name] = value
    return pairs
