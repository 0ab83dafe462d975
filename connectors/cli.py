# Part of Integration Hub. License LGPL-3.0 or later.
"""The console script `hub`: try signatures, mappings and connectors without Odoo.

Exit status: 0 done and as expected, 1 done but not as expected, 2 unusable input or configuration.
"""

import argparse
import os
import sys
from collections.abc import Sequence

from .commands import COMMANDS
from .commands.command import add_commands
from .errors import HubError


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; argparse itself exits with 2 on a wrong command line."""
    arguments = _parser().parse_args(argv)
    try:
        status: int = arguments.run(arguments)
        sys.stdout.flush()
        return status
    except HubError as error:
        print(f"hub {arguments.run_name}: {error}", file=sys.stderr)
        if error.hint:
            print(f"  {error.hint}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader has seen enough, as in `| head`
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="hub", description="Integration Hub's connectors on the command line.")
    add_commands(parser, COMMANDS)
    return parser
