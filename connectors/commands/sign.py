# Part of Integration Hub. License LGPL-3.0 or later.
"""Sign a body as a vendor would, and print the headers to send with it, one a line.

The secret comes from an environment variable or a file, never from the command line, where others can read it.
"""

import argparse
import os

from ..clock import SystemClock
from ..errors import ConfigurationError
from ..messages import Headers
from ..signatures import Delivery, get
from .files import option_argument, read_bytes, read_options


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--scheme", metavar="KEY", required=True, help="the vendor's scheme, such as stripe")
    option_argument(parser)
    secret = parser.add_mutually_exclusive_group(required=True)
    secret.add_argument("--secret-env", metavar="NAME", help="environment variable that holds the secret")
    secret.add_argument("--secret-file", metavar="FILE", help="file that holds the secret (a line end is left out)")
    parser.add_argument("--body", metavar="FILE", required=True, help="the body's bytes, - for standard input")
    parser.add_argument("--url", help="the full address it will be sent to, where the scheme signs it")
    parser.add_argument("--method", default="POST", help="default: POST")
    parser.add_argument("--header", metavar="'NAME: VALUE'", action="append", default=[], help="a header it will have")
    parser.add_argument("--id", metavar="ID", help="the delivery's id, for schemes that have one")
    parser.add_argument("--now", metavar="SECONDS", type=float, help="unix time to sign at (default: now)")


def run(arguments: argparse.Namespace) -> int:
    """Print the signature's headers."""
    scheme = get(arguments.scheme, read_options(arguments.option))
    headers = Headers(_header(text) for text in arguments.header)
    delivery = Delivery(arguments.method, arguments.url, headers, read_bytes(arguments.body))
    now = SystemClock().now() if arguments.now is None else arguments.now
    for name, value in scheme.sign(delivery, _secret(arguments), now=now, message_id=arguments.id).items():
        print(f"{name}: {value}")
    return 0


def _secret(arguments: argparse.Namespace) -> str:
    if arguments.secret_env is not None:
        secret = os.environ.get(arguments.secret_env)
        if secret is None:
            raise ConfigurationError(
                f"The environment has no variable {arguments.secret_env}", code="no-secret", hint=""
            )
        return secret
    try:
        return read_bytes(arguments.secret_file).decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise ConfigurationError(f"{arguments.secret_file} does not hold text", code="no-secret", hint="") from None


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon:
        raise ConfigurationError(f"--header {text!r} is not of the form 'Name: value'", code="invalid-header", hint="")
    return name.strip(), value.strip()
