# Part of Integration Hub. License LGPL-3.0 or later.
"""Mapping: from a JSON document to another shape, described by data, never by code.

    mapping = compile_mapping({"format": 1, "name": "customer.in", "lines": [
        {"source": "email", "transforms": ["strip", "lower"], "target": "email", "required": true},
    ]})
    mapping.apply({"email": " Ada@Example.com "})      # {"email": "ada@example.com"}

The format of a line is in `spec.py`, paths in `paths.py`, the transforms in `transforms/` (`reference()` lists them).
"""

from . import transforms as _transforms  # registers the library's transforms
from .compiler import CompiledMapping, compile_mapping
from .errors import MappingError, MappingSpecError, Problem, TransformError
from .paths import Path, PathSyntaxError, compile_path
from .registry import DEFAULT, Arg, ArgumentError, Bound, Registry, Transform
from .trace import TraceEntry

__all__ = [
    "DEFAULT",
    "Arg",
    "ArgumentError",
    "Bound",
    "CompiledMapping",
    "MappingError",
    "MappingSpecError",
    "Path",
    "PathSyntaxError",
    "Problem",
    "Registry",
    "TraceEntry",
    "Transform",
    "TransformError",
    "compile_mapping",
    "compile_path",
    "reference",
]


def reference() -> list[tuple[str, str, str]]:
    """(name, signature, documentation) of the library's transforms, for the generated reference."""
    return DEFAULT.reference()
