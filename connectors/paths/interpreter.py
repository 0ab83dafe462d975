# Part of Integration Hub. License LGPL-3.0 or later.
"""The `jmespath` library's interpreter with a budget: an expression that works too much is stopped, not waited for."""

from collections.abc import Callable
from typing import Any

from jmespath.functions import Functions, signature
from jmespath.visitor import Options, TreeInterpreter

#: Units of work for one evaluation: a visit of a node, an item of a list made, eight characters of a text made.
#: About half a second of one processor's time.
MAX_WORK = 500_000
#: Characters in one text.
MAX_TEXT = 10_000_000


class TooMuchWork(Exception):
    """An evaluation reached its budget."""


class _Functions(Functions):
    """The standard functions; the one whose result can be much larger than all of its arguments looks first."""

    @signature({"types": ["string"]}, {"types": ["array-string"]})
    def _func_join(self, separator: str, array: list[str]) -> str:
        if sum(map(len, array)) + len(separator) * len(array) > MAX_TEXT:
            raise TooMuchWork
        return separator.join(array)


_OPTIONS = Options(custom_functions=_Functions())


class _Interpreter(TreeInterpreter):
    """One evaluation."""

    def __init__(self) -> None:
        super().__init__(_OPTIONS)
        self.left = MAX_WORK

    def visit(self, node: Any, *args: Any, **kwargs: Any) -> Any:
        self.left -= 1
        if self.left < 0:
            raise TooMuchWork
        found = super().visit(node, *args, **kwargs)
        if isinstance(found, (list, dict)):
            self.left -= len(found)
        elif isinstance(found, str):
            self.left -= len(found) // 8
        return found


def interpreter(node: Any) -> Callable[[Any], Any]:
    """Evaluate this tree; raises TooMuchWork, and whatever the library raises for data that do not suit."""
    return lambda value: _Interpreter().visit(node, value)
