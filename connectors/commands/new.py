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
    parser.add_argument(
        "--library",
        metavar="DIR",
        type=Path,
        default=LIBRARY,
        help="the library's source (default: this command's own)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Make it, and print what was made and what comes next."""
    library = arguments.library.resolve()
    made = make(library, arguments.name, arguments.title)
    root = library.parent
    for path in made:
        print(f"{'changed' if path.name == 'registry.py' else 'made':7} {path.relative_to(root)}")
    print(f"\nIts tests say what is to be done:\n  pytest {library.name}/tests/test_vendor_{arguments.name}.py")
    return 0
