# Part of Integration Hub. License LGPL-3.0 or later.
"""Print the reference of the transforms as Markdown: hub transforms > docs/TRANSFORMS.md."""

import argparse

from ..mapping.reference_page import markdown


def arguments(parser: argparse.ArgumentParser) -> None:
    """No options."""


def run(arguments: argparse.Namespace) -> int:
    """Print the page."""
    print(markdown(), end="")
    return 0
