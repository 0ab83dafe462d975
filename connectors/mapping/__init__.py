# Part of Integration Hub. License LGPL-3.0 or later.
"""Mapping: from a JSON document to another shape, described by data, never by code.

    mapping = compile_mapping({"format": 1, "name": "customer.in", "lines": [
        {"source": "email", "transforms": ["strip", "lower"], "target": "email", "required": true},
    ]})
    mapping.apply({"email": " Ada@Example.com "})      # {"email": "ada@example.com"}

The format of a line is in `spec.py`, paths in `../paths/`, the transforms in `transforms/`.
"""

from ..paths import Path, PathSyntaxError, compile_path
from . import transforms as _transforms  # registers the library's transforms
from .compiler import CompiledMapping, Mapped, compile_mapping
from .errors import MappingError, MappingSpecError, Problem, TransformError
from .inversion import Blocker, Inversion, invert
from .registry import DEFAULT, ITSELF, Arg, ArgumentError, Bound, Example, NotInvertible, Registry, Transform
from .trace import TraceEntry

__all__ = [
    "DEFAULT",
    "ITSELF",
    "Arg",
    "ArgumentError",
    "Blocker",
    "Bound",
    "CompiledMapping",
    "Example",
    "Inversion",
    "Mapped",
    "MappingError",
    "MappingSpecError",
    "NotInvertible",
    "Path",
    "PathSyntaxError",
    "Problem",
    "Registry",
    "TraceEntry",
    "Transform",
    "TransformError",
    "compile_mapping",
    "compile_path",
    "invert",
]
