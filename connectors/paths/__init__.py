# Part of Integration Hub. License LGPL-3.0 or later.
"""Paths: JMESPath compiled, what it reads told beforehand, and no expression that explodes.

    compile_path("lines[?qty].product").read(document)

Apart from `mapping`, since a connector that is made of descriptions needs paths and no transform.
"""

from .closures import Read
from .compiled import Path, compile_path
from .errors import PathSyntaxError, TransformError

__all__ = ["Path", "PathSyntaxError", "Read", "TransformError", "compile_path"]
