# Part of Integration Hub. License LGPL-3.0 or later.
"""What a command is, and how the command line gets to know it."""

import argparse
from collections.abc import Iterable
from typing import Protocol


class Command(Protocol):
    """What a command's module offers; its name is the command's, its docstring the help."""

    __name__: str
    __doc__: str | None

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare its options."""

    def run(self, arguments: argparse.Namespace) -> int:
        """Do it; the exit status."""


def add_commands(parser: argparse.ArgumentParser, commands: Iterable[Command], *, run: str = "run") -> None:
    """Lets the parser choose one of these commands; its `run` is then the attribute of that name of the arguments."""
    choice = parser.add_subparsers(dest=f"{run}_name", required=True, metavar="COMMAND")
    for module in commands:
        summary = (module.__doc__ or "").partition("\n")[0]
        command = choice.add_parser(module.__name__.rpartition(".")[2], help=summary, description=module.__doc__)
        module.arguments(command)
        command.set_defaults(**{run: module.run})
