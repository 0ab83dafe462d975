# Part of Integration Hub. License LGPL-3.0 or later.
"""Map a payload and print the result as JSON; exit 1, with every problem, when it does not fit the mapping.

With --invert the inverse mapping is printed, or, with a payload, is what maps it; exit 1, naming each line that has
none with the reason, when the whole mapping has no inverse. Values that were left out are named on standard error.
"""

import argparse
import json
import sys
from typing import Any

from ..errors import ConfigurationError, MappingError
from ..mapping import Inversion, Problem, TraceEntry, compile_mapping, invert
from ..mapping.spec import MODES
from .files import read_json


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--mapping", metavar="FILE", required=True, help="the mapping, JSON")
    parser.add_argument("--payload", metavar="FILE", help="the document, JSON, - for standard input")
    parser.add_argument("--trace", action="store_true", help="print what every line did instead of the result")
    parser.add_argument("--mode", choices=MODES, help="what a refused value does; default: what the mapping says")
    parser.add_argument("--invert", action="store_true", help="print, or use, the mapping that leads back")
    parser.add_argument("--partial", action="store_true", help="with --invert: leave out lines without an inverse")


def run(arguments: argparse.Namespace) -> int:
    """Print the mapped document, the trace or the problems."""
    spec = read_json(arguments.mapping)
    if not isinstance(spec, dict):
        raise ConfigurationError(f"{arguments.mapping} holds no mapping: an object is expected", code="invalid-mapping")
    if arguments.invert:
        inversion = invert(spec, partial=arguments.partial)
        _say_blockers(inversion)
        if inversion.spec is None:
            return 1
        if arguments.payload is None:
            _print_json(inversion.spec)
            return 0 if inversion.is_complete else 1
        spec = inversion.spec
    if arguments.payload is None:
        raise ConfigurationError("a payload is needed", code="no-payload", hint="Name a file with --payload.")
    mapping = compile_mapping(spec)
    payload = read_json(arguments.payload)
    if arguments.trace:
        entries = mapping.trace(payload, mode=arguments.mode)
        for entry in entries:
            print(_trace_line(entry))
        return 1 if any(entry.outcome == "problem" for entry in entries) else 0
    try:
        mapped = mapping.run(payload, mode=arguments.mode)
    except MappingError as error:
        print(f"hub map: {error}", file=sys.stderr)
        for problem in error.problems:
            _say(problem)
        return 1
    for warning in mapped.warnings:
        _say(warning, "left out: ")
    _print_json(mapped.document)
    return 0


def _print_json(document: Any) -> None:
    print(json.dumps(document, ensure_ascii=False, indent=2))


def _say(problem: Problem, what: str = "") -> None:
    where = f"line {problem.line}, {problem.source} → {problem.target}"
    print(f"  {what}{where}: {problem.message}", file=sys.stderr)
    if problem.hint:
        print(f"    {problem.hint}", file=sys.stderr)


def _say_blockers(inversion: Inversion) -> None:
    if inversion.blockers:
        print("hub map: these lines have no inverse:", file=sys.stderr)
    for blocker in inversion.blockers:
        print(f"  line {blocker.line}, {blocker.source} → {blocker.target}: {blocker.reason}", file=sys.stderr)


def _trace_line(entry: TraceEntry) -> str:
    """`line: source = raw | transform → value ⇒ target = final (outcome)`, values as JSON."""
    came = f"{entry.source} = {_show(entry.raw)}" if entry.source else "(constant)"
    steps = "".join(f" | {name} → {_show(value)}" for name, value in entry.steps)
    got = f" = {_show(entry.final)}" if entry.fills else ""
    why = f": {entry.problem.message}" if entry.problem else ""
    return f"{'  ' * entry.depth}{entry.line}: {came}{steps} ⇒ {entry.target}{got} ({entry.outcome}{why})"


def _show(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 80 else text[:79] + "…"
