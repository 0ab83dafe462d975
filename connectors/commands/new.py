# Part of Integration Hub. License LGPL-3.0 or later.
"""Make a new connector's folder, tests and page, complete but for its to-dos: docs/ADDING_A_CONNECTOR.md goes on."""

import argparse
from pathlib import Path

from ..scaffold.make import make

LIBRARY = Path(__file__).resolve().parents[1]


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("name", metavar="NAME", help="its name in code and settings, as paper_shop")
    parser.add_argument("--title", default="", help="what people call it (default: the name in capitals)")


def run(arguments: argparse.Namespace) -> int:
    """Make it, and print what was made and what comes next."""
    made = make(LIBRARY, arguments.name, arguments.title)
    root = LIBRARY.parent
    for path in made:
        print(f"{'changed' if path.name == 'registry.py' else 'made':7} {path.relative_to(root)}")
    print(f"\nIts tests say what is to be done:\n  pytest {made[-3].relative_to(root)}")
    return 0
