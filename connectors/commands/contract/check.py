# Part of Integration Hub. License LGPL-3.0 or later.
"""Check a payload against a contract (JSON Schema 2020-12); exit 1, with every problem, when it does not keep it."""

import argparse

from ...contracts import compile_contract
from ..files import read_json, read_resources, resource_argument


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--schema", metavar="FILE", required=True, help="the contract, a JSON Schema")
    parser.add_argument("--payload", metavar="FILE", required=True, help="the document, JSON, - for standard input")
    resource_argument(parser)
    parser.add_argument("--formats", action="store_true", help="let “format” refuse values, as of dates and addresses")


def run(arguments: argparse.Namespace) -> int:
    """Print OK, or the problems with what to do about them."""
    contract = compile_contract(
        read_json(arguments.schema),
        resources=read_resources(arguments.resource),
        assert_formats=arguments.formats,
    )
    problems = contract.problems(read_json(arguments.payload))
    for problem in problems:
        print(f"{problem}{f'. {problem.hint}' if problem.hint else ''}")
    print("OK" if not problems else f"{len(problems)} problem{'s' if len(problems) > 1 else ''}")
    return 1 if problems else 0
