# Part of Integration Hub. License LGPL-3.0 or later.
"""Map a payload and print the result as JSON; exit 1, with every problem, when it does not fit the mapping."""

import argparse
import json
import sys
from typing import Any

from ..errors import ConfigurationError, MappingError
from ..mapping import TraceEntry, compile_mapping
from .files import read_json


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--mapping", metavar="FILE", required=True, help="the mapping, JSON")
    parser.add_argument("--payload", metavar="FILE", required=True, help="the document, JSON, - for standard input")
    parser.add_argument("--trace", action="store_true", help="print what every line did instead of the result")


def run(arguments: argparse.Namespace) -> int:
    """Print the mapped document, the trace or the problems."""
    spec = read_json(arguments.mapping)
    if not isinstance(spec, dict):
        raise ConfigurationError(f"{arguments.mapping} holds no mapping: an object is expected", code="invalid-mapping")
    mapping = compile_mapping(spec)
    payload = read_json(arguments.payload)
    if arguments.trace:
        entries = mapping.trace(payload)
        for entry in entries:
            print(_trace_line(entry))
        return 1 if any(entry.outcome == "problem" for entry in entries) else 0
    try:
        result = mapping.apply(payload)
    except MappingError as error:
        print(f"hub map: {error}", file=sys.stderr)
        for problem in error.problems:
            print(f"  line {problem.line}, {problem.source} → {problem.target}: {problem.message}", file=sys.stderr)
            if problem.hint:
                print(f"    {problem.hint}", file=sys.stderr)
        return 1
    print(json.dumps(result, ensure_ascii=False, indent=2))
    return 0


def _trace_line(entry: TraceEntry) -> str:
    """``line: source = raw | transform → value ⇒ target = final (outcome)``, values as JSON."""
    came = f"{entry.source} = {_show(entry.raw)}" if entry.source else "(constant)"
    steps = "".join(f" | {name} → {_show(value)}" for name, value in entry.steps)
    got = f" = {_show(entry.final)}" if entry.fills else ""
    why = f": {entry.problem.message}" if entry.problem else ""
    return f"{'  ' * entry.depth}{entry.line}: {came}{steps} ⇒ {entry.target}{got} ({entry.outcome}{why})"


def _show(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 80 else text[:79] + "…"
