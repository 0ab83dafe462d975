# Part of Integration Hub. License LGPL-3.0 or later.
"""What can be wrong: a contract (ContractError), or a document (Problem, ContractViolation)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import ConfigurationError, HubError
from ..pointers import pointer_of

Path = tuple[str | int, ...]
"""The keys and indexes that lead from the document's root to a value."""

MAX_PROBLEMS = 100
"""More of them nobody reads, and a document may have a million."""

_PLAIN = re.compile(r"[^\W\d][\w-]*")
_LONGEST_KEY = 80


def readable(path: Path) -> str:
    """The path as a person writes it: `line_items[2].price`, `meta["a.b"]`, "" for the whole document."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif _PLAIN.fullmatch(step) and len(step) <= _LONGEST_KEY:
            text += f".{step}" if text else step
        else:
            shown = step if len(step) <= _LONGEST_KEY else f"{step[: _LONGEST_KEY - 1]}…"
            text += f'["{shown}"]'
    return text


@dataclass(frozen=True, slots=True)
class Problem:
    """One way in which a document breaks a contract. It names types, lengths and keys, never a value.

    `path`: readable, "line_items[2].price"; `pointer`: the same as a JSON pointer (RFC 6901); `keyword`: the keyword
    of the contract that is broken; `expected`: the names of JSON's types, where another one was found. `str()` is one
    sentence.
    """

    path: str
    pointer: str
    keyword: str
    message: str
    hint: str = ""
    expected: tuple[str, ...] = ()

    @classmethod
    def at(cls, path: Path, keyword: str, message: str, hint: str = "", expected: tuple[str, ...] = ()) -> "Problem":
        """A problem of the value at a path."""
        return cls(readable(path), pointer_of(path), keyword, message, hint, expected)

    def __str__(self) -> str:
        return f"{self.path or 'The document'} {self.message}"


class ContractError(ConfigurationError):
    """The contract itself is wrong: nothing can be checked until somebody corrects it.

    `pointer`: where in the contract, as the fragment of a URI ("#/properties/price"), with its URI before it when it
    is in another resource.
    """

    code = "contract"

    def __init__(self, message: str, *, pointer: str = "#", hint: str = "") -> None:
        super().__init__(f"{message} (in the contract at {pointer})", hint=hint or None, params={"pointer": pointer})
        self.pointer = pointer


class ContractViolation(HubError):
    """A document does not keep its contract; `problems` lists every way in which it does not."""

    code = "contract-violation"
    hint = "The sender must correct the document, or the contract must allow it."

    def __init__(self, problems: Sequence[Problem]) -> None:
        first, more = problems[0], len(problems) - 1
        message = str(first) + (f" (and {more} more problem{'s' if more > 1 else ''})" if more else "")
        super().__init__(message, hint=first.hint or None, params={"pointers": [found.pointer for found in problems]})
        self.problems = list(problems)
