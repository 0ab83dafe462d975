# Part of Integration Hub. License LGPL-3.0 or later.
"""Every code that an error can have, read from the source: a new one is found without anybody listing it."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
READ = ("models", "engine", "connectors")
# What no message goes through: the command line, what connectors are tested with, and tools for their authors.
LEFT_OUT = (
    *("tests", "testing", "sandbox", "scaffold", "certification", "commands"),
    *("inference", "compatibility"),
)
# Where a call names the code by its place.
PLACES = {"TransformError": 0, "Outcome": 1, "Ready": 1, "Problem": 3, "_refusal": 1, "_refused": None}
ENDED_WELL = ("done", "ignored")


def codes_in_source():
    """Return ``{code: a place where it is raised}``."""
    found = {}
    for top in READ:
        for path in sorted((ROOT / top).rglob("*.py")):
            if not set(LEFT_OUT) & set(path.relative_to(ROOT).parts):
                place = str(path.relative_to(ROOT))
                for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                    for code in _codes(node):
                        found.setdefault(code, f"{place}:{node.lineno}")
    return found


def codes_of_classes(base):
    """Return ``{code: class}`` of an error class and all that derive from it, as far as they are loaded."""
    found = {} if set(LEFT_OUT) & set(base.__module__.split(".")) else {base.code: base.__qualname__}
    for one in base.__subclasses__():
        found |= codes_of_classes(one)
    return found


def _codes(node):
    if isinstance(node, ast.ClassDef):
        for statement in node.body:
            if "code" in _assigned(statement):
                yield from _texts(statement.value)
    if isinstance(node, ast.FunctionDef):
        placed = node.args.posonlyargs + node.args.args
        for argument, default in zip(reversed(placed), reversed(node.args.defaults), strict=False):
            if argument.arg == "code":
                yield from _texts(default)
    if isinstance(node, ast.Call):
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        for keyword in node.keywords:
            if keyword.arg == "code":
                yield from _texts(keyword.value)
        if name in PLACES:
            yield from _by_place(name, node.args)


def _by_place(name, args):
    if name == "Outcome" and len(args) > 1 and set(_texts(args[0])) & set(ENDED_WELL):
        return
    place = PLACES[name]
    for arg in args if place is None else args[place : place + 1]:
        yield from _texts(arg)


def _assigned(statement):
    if isinstance(statement, ast.Assign):
        return [target.id for target in statement.targets if isinstance(target, ast.Name)]
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        return [statement.target.id]
    return []


def _texts(node):
    """Yield the codes that an expression can be; one that is put together ends with ``*``."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and _is_code(node.value):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)
    elif isinstance(node, ast.JoinedStr):
        start = getattr(node.values[0], "value", "")
        if isinstance(start, str) and start.endswith("-") and _is_code(start):
            yield f"{start}*"


def _is_code(text):
    return text.replace("-", "").isalnum() and text == text.lower() and text[0].isalpha()
