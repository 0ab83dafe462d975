# Part of Integration Hub. License LGPL-3.0 or later.
"""Any REST API with JSON, described by a definition instead of code."""

from .connector import GenericRest
from .definition import Definition, DefinitionError, load

__all__ = ["Definition", "DefinitionError", "GenericRest", "load"]
