# Part of Integration Hub. License LGPL-3.0 or later.
"""The commands of `hub`: each module has `arguments(parser)` and `run(arguments)`, its docstring is its help."""

from . import certify, connectors, contract, map, new, sandbox, schemes, sign, transforms, verify
from .command import Command

COMMANDS: tuple[Command, ...] = (verify, sign, schemes, map, transforms, contract, connectors, certify, new, sandbox)
