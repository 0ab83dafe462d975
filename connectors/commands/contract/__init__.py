# Part of Integration Hub. License LGPL-3.0 or later.
"""Contracts: check a document, compare two versions, infer a first one from samples."""

import argparse

from ..command import Command, add_commands
from . import check, compare, infer

COMMANDS: tuple[Command, ...] = (check, compare, infer)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Let one of them be chosen."""
    add_commands(parser, COMMANDS, run="run_contract")


def run(arguments: argparse.Namespace) -> int:
    """Do what was chosen."""
    status: int = arguments.run_contract(arguments)
    return status
