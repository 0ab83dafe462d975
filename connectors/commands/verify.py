# Part of Integration Hub. License LGPL-3.0 or later.
"""Run files of signature vectors; exit 0 when every case behaves as its "valid" says, 1 when one does not."""

import argparse
from pathlib import Path

from ..signatures import get
from ..signatures.vectors import Outcome, load
from ..signatures.vectors import run as run_vectors
from .files import option_argument, read_options


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--vectors", metavar="FILE", nargs="+", required=True, type=Path, help="JSON files of cases")
    parser.add_argument("--scheme", metavar="KEY", help="the scheme to try them on (default: the file's vendor)")
    option_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print each failing case and a summary a file."""
    failed = 0
    for path in arguments.vectors:
        vectors = load(path)
        scheme = get(arguments.scheme or vectors.vendor, read_options(arguments.option))
        outcomes = list(run_vectors(vectors, scheme))
        wrong = [outcome for outcome in outcomes if not outcome.passed]
        for outcome in wrong:
            print(_line(outcome))
        print(f"{scheme.key}: {len(outcomes) - len(wrong)} of {len(outcomes)} cases behave as stated ({path.name})")
        failed += len(wrong)
    return 1 if failed else 0


def _line(outcome: Outcome) -> str:
    said = "accepted" if outcome.accepted else f"refused ({outcome.reason})"
    wanted = "accepted" if outcome.expected else "refused"
    note = f": {outcome.note}" if outcome.note else ""
    return f"FAIL {outcome.case}: should be {wanted}, was {said}{note}"
