# Part of Integration Hub. License LGPL-3.0 or later.
"""Compare two versions of a contract: every change, and exit 1 when it breaks what is required.

Backward: new readers accept what was valid before; forward: old readers accept what is valid now. A change that only
touches documents with undeclared fields is a risk; --strict counts it too.
"""

import argparse

from ...contracts.compatibility import Change, compare
from ..files import read_json, read_resources, resource_argument


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--old", metavar="FILE", required=True, help="the version before, a JSON Schema")
    parser.add_argument("--new", metavar="FILE", required=True, help="the version after, - for standard input")
    resource_argument(parser)
    parser.add_argument(
        "--require", choices=("backward", "forward", "full"), default="backward", help="default: %(default)s"
    )
    parser.add_argument("--strict", action="store_true", help="undeclared fields may hold anything")


def run(arguments: argparse.Namespace) -> int:
    """Print a change a line, then the verdict."""
    old, new = read_json(arguments.old), read_json(arguments.new)
    verdict = compare(old, new, resources=read_resources(arguments.resource))
    if arguments.strict:
        verdict = verdict.strict
    for change in verdict.changes:
        print(_line(change))
    directions = [name for name in ("backward", "forward") if getattr(verdict, name)]
    print(f"compatible: {' and '.join(directions) or 'neither backward nor forward'}")
    return 0 if getattr(verdict, arguments.require) else 1


def _line(change: Change) -> str:
    effects = [f"breaks {direction}" for direction in sorted(change.breaks)]
    effects += [f"risk {direction}" for direction in sorted(change.risks)]
    return f"{', '.join(effects) or 'harmless'}: {change} [{change.code}]"
