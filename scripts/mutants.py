# Part of Integration Hub. License LGPL-3.0 or later.
"""Small faults put into a module's source, one at a time: mutmut's operators on the whole file.

mutmut itself changes nothing outside functions, nor anything in a decorated one. Here that would leave out what matters
most: the guard's table of networks, and every signature scheme, which is a declaration.
"""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass

import libcst
from mutmut.mutation.mutators import mutation_operators


@dataclass(frozen=True)
class Mutant:
    """A module with one fault: its line, the text there before and after, and the whole new source."""

    line: int
    before: str
    after: str
    source: str

    def __str__(self) -> str:
        return f"{self.line}:\n    - {self.before}\n    + {self.after}"


def mutants(source: str) -> Iterator[Mutant]:
    """Every different program that one fault makes of a module."""
    module = libcst.parse_module(source)
    places = _Places()
    module.visit(places)
    seen = {source}
    for place, fault in places.found:
        changed = module.deep_replace(place, fault).code
        if changed not in seen and _is_program(changed):
            seen.add(changed)
            yield _described(source, changed)


class _Places(libcst.CSTVisitor):
    """What can be changed: all but annotations, names for types, imports, decorators, `__all__`, doc strings, prose.

    Prose is a text with a space in it: a person reads it, and no test should insist on its letters. That there is a
    text at all is not left alone, since an argument that vanishes is a fault of its own.
    """

    def __init__(self) -> None:
        self.found: list[tuple[libcst.CSTNode, libcst.CSTNode]] = []

    def on_visit(self, node: libcst.CSTNode) -> bool:
        if isinstance(node, (libcst.Annotation, libcst.Import, libcst.ImportFrom, libcst.Decorator)):
            return False
        if isinstance(node, libcst.Assign) and _is_for_the_reader(node):
            return False
        if isinstance(node, libcst.SimpleString) and b" " in node.raw_value.encode():
            return False
        for kind, operator in mutation_operators:
            if isinstance(node, kind):
                self.found += [(node, fault) for fault in operator(node)]
        return True


def _is_for_the_reader(node: libcst.Assign) -> bool:
    """Whether it sets `__all__`, or names a type: nothing that runs asks for these."""
    value = node.value
    made_of = (
        value.value if isinstance(value, libcst.Subscript) else value.func if isinstance(value, libcst.Call) else None
    )
    of_types = isinstance(made_of, libcst.Name) and made_of.value in ("Callable", "Literal", "TypeVar")
    return of_types or getattr(node.targets[0].target, "value", "") == "__all__"


def _is_program(source: str) -> bool:
    try:
        compile(source, "mutant", "exec")
    except SyntaxError:
        return False
    return True


def _described(source: str, changed: str) -> Mutant:
    old, new = source.splitlines(), changed.splitlines()
    edits = difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    _tag, start, end, new_start, new_end = next(edit for edit in edits if edit[0] != "equal")
    return Mutant(start + 1, _joined(old[start:end]), _joined(new[new_start:new_end]), changed)


def _joined(lines: list[str]) -> str:
    return " ".join(line.strip() for line in lines)
