# Part of Integration Hub. License LGPL-3.0 or later.
"""Print a first contract for the documents in the files: a JSON Schema to read and correct, without their values."""

import argparse
import json
from collections.abc import Iterator
from typing import Any

from ...contracts.inference import infer
from ...errors import ConfigurationError
from ..files import read_json


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("files", metavar="FILE", nargs="+", help="samples, JSON, - for standard input")
    parser.add_argument("--each", action="store_true", help="each file holds a list, its items are the samples")


def run(arguments: argparse.Namespace) -> int:
    """Print the schema."""
    print(json.dumps(infer(_samples(arguments.files, each=arguments.each)), ensure_ascii=False, indent=2))
    return 0


def _samples(names: list[str], *, each: bool) -> Iterator[Any]:
    for name in names:
        document = read_json(name)
        if not each:
            yield document
        elif isinstance(document, list):
            yield from document
        else:
            raise ConfigurationError(f"{name} holds no list of samples", code="unreadable-file", hint="Omit --each.")
