# Part of Integration Hub. License LGPL-3.0 or later.
"""Serve a local imitation of the vendors' systems, to try connectors without an account anywhere."""

import argparse
import importlib.util
from pathlib import Path

from ..errors import ConfigurationError

_NEEDS = ("aiohttp", "graphql")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", default=8070, type=int, help="port to listen on (default: %(default)s)")
    parser.add_argument(
        "--state", metavar="FILE", type=Path, help="keep what it holds in this file (default: in memory)"
    )
    parser.add_argument(
        "--description",
        metavar="FILE",
        type=Path,
        action="append",
        default=[],
        help="imitate the vendor that this file describes too (again for more)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Serve until interrupted."""
    missing = [name for name in _NEEDS if importlib.util.find_spec(name) is None]
    if missing:
        raise ConfigurationError(
            f"The sandbox needs packages that are not installed: {', '.join(missing)}",
            code="missing-extra",
            hint="Install integration-hub-connectors[sandbox].",
        )
    from ..sandbox import serve

    try:
        serve(arguments.host, arguments.port, arguments.state, descriptions=arguments.description)
    except OSError as error:
        raise ConfigurationError(
            f"The sandbox cannot listen on {arguments.host}:{arguments.port}: {error.strerror or error}",
            code="address-in-use",
            hint="Choose another --port.",
        ) from None
    return 0
