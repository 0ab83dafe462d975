# Part of Integration Hub. License LGPL-3.0 or later.
"""List the signature schemes and their options."""

import argparse

from ..signatures import SCHEMES


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--markdown", action="store_true", help="print the page docs/SIGNATURE_SCHEMES.md")


def run(arguments: argparse.Namespace) -> int:
    """Print key and title of each scheme and what may be set on it, or the whole page."""
    if arguments.markdown:
        from ..signatures.reference_page import markdown

        print(markdown(), end="")
        return 0
    for key, kind in SCHEMES.items():
        print(f"{key}  {kind.title}")
        for option in kind.options:
            print(f"  {option.name}{' (needed)' if option.required else ''}: {option.help} {option.allowed}")
    return 0
