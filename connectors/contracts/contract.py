# Part of Integration Hub. License LGPL-3.0 or later.
"""A compiled contract, and how a schema becomes one."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from itertools import islice
from typing import Any

from ..jsondoc import TooDeep
from .compiler import Compiler
from .errors import MAX_PROBLEMS, ContractError, ContractViolation, Problem
from .keywords import Node
from .resources import DIALECT, Index, Place


class Contract:
    """Answers whether documents keep a schema, and if not, in which ways. Thread-safe: nothing in it changes."""

    def __init__(self, root: Node) -> None:
        self._root = root
        self._passes = root.table.passes

    def is_valid(self, document: Any) -> bool:
        """Whether the document keeps the contract. Raises TooDeep for one that is too nested to be followed."""
        try:
            return self._passes(document)
        except RecursionError:
            raise _too_deep() from None

    def problems(self, document: Any, *, limit: int = MAX_PROBLEMS) -> list[Problem]:
        """Every way in which it does not, at most `limit` of them, in a fixed order; empty when it does."""
        try:
            return list(islice(_once(self._root.problems(document, ())), limit))
        except RecursionError:
            raise _too_deep() from None

    def check(self, document: Any) -> None:
        """Raises ContractViolation, with the problems, when the document does not keep the contract."""
        if not self.is_valid(document):
            raise ContractViolation(self.problems(document))


def compile_contract(
    schema: Mapping[str, Any] | bool, *, resources: Mapping[str, Any] | None = None, assert_formats: bool = False
) -> Contract:
    """The contract that a JSON Schema (2020-12) describes.

    `resources`: schemas that it refers to, by URI. `assert_formats`: whether `format` refuses values, or only says what
    they are, as is the standard's default. Raises ContractError, naming the place in the schema, when it is not a
    schema, refers to what is not there, or refers to itself without an end.
    """
    contents = dict(schema) if isinstance(schema, Mapping) else schema
    return _compile(contents, resources or {}, _approve, assert_formats=assert_formats)


def _compile(
    schema: Any, resources: Mapping[str, Any], approve: Callable[[Place], None], *, assert_formats: bool
) -> Contract:
    try:
        index = Index(schema, resources, approve)
        return Contract(Compiler(index, assert_formats=assert_formats).compile(index.root))
    except (RecursionError, TooDeep):
        raise ContractError("The contract is nested too deep") from None


def _approve(place: Place) -> None:
    """Raises ContractError where there is no schema: the schema of schemas is a contract like any other."""
    if not _schema_of_schemas().is_valid(place.schema):
        problem = _schema_of_schemas().problems(place.schema)[0]
        words = f"is no JSON Schema: {problem.path} {problem.message}" if problem.path else "is no JSON Schema"
        raise ContractError(f"The contract {words}", pointer=f"{place}{problem.pointer}", hint=problem.hint)


@cache
def _schema_of_schemas() -> Contract:
    return _compile({"$ref": DIALECT}, {}, lambda place: None, assert_formats=False)


def _once(problems: Iterator[Problem]) -> Iterator[Problem]:
    """Without those that two parts of a contract both find."""
    seen: set[Problem] = set()
    for problem in problems:
        if problem not in seen:
            seen.add(problem)
            yield problem


def _too_deep() -> TooDeep:
    return TooDeep("The document is nested deeper than the contract can be followed")
