# Part of Integration Hub. License LGPL-3.0 or later.
"""What is wrong with an expression (PathSyntaxError), and with a value (TransformError)."""

from typing import Any


class PathSyntaxError(ValueError):
    """The expression is not valid JMESPath; the message says what is wrong and where."""


class TransformError(Exception):
    """A value is refused, by a transform or by a path that cannot be evaluated on it.

    `code`: stable slug (transform, type, lookup, path, or one of the transform's own). `message`: what is wrong,
    for an operator, without the value itself. `hint`: the next step. `params`: JSON-able facts about the
    mapping (never about the value).
    """

    def __init__(self, code: str, message: str, hint: str = "", **params: Any) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.params = params
