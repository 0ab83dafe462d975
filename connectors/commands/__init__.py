# Part of Integration Hub. License LGPL-3.0 or later.
"""The commands of ``hub``: each module has ``arguments(parser)`` and ``run(arguments)``, its docstring is its help."""

import argparse
from typing import Protocol

from . import connectors, map, sandbox, sign, verify


class Command(Protocol):
    """What a command's module offers; its name is the command's."""

    __name__: str
    __doc__: str | None

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare its options."""

    def run(self, arguments: argparse.Namespace) -> int:
        """Do it; the exit status."""


COMMANDS: tuple[Command, ...] = (verify, sign, map, connectors, sandbox)
