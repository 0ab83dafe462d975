# Part of Integration Hub. License LGPL-3.0 or later.
"""The reference of transforms as Markdown (docs/TRANSFORMS.md), made from the registry: what it says was run."""

import json
from collections.abc import Iterator
from typing import Any

from ..markdown import table
from .registry import ANY, DEFAULT, ITSELF, Example, NotInvertible, Transform

_HEAD = """# Transforms

Made by `hub transforms` from the library: a test compares this page with it and runs every example.

A line of a mapping names its transforms in order, each as `"name"` or as `{"name": argument}`; an argument that is an
object gives several by their names, anything else is the first. A value that is missing goes past them (`default`
excepted). Where no argument is needed, none is shown. *Way back* says what inverting a mapping makes of the transform
(`hub map --invert`): **itself** where it leads its own results back to themselves.
"""


def example_step(transform: Transform, example: Example) -> Any:
    """The transform of an example as a mapping's line has it."""
    return transform.name if example.argument is ANY else {transform.name: example.argument}


def markdown() -> str:
    """The page: every transform with its documentation, its way back and its examples."""
    found = [transform for name in DEFAULT if (transform := DEFAULT.get(name))]
    index = " · ".join(f"[{transform.name}](#{transform.name})" for transform in found)
    return "\n".join([_HEAD, index, *(line for transform in found for line in _section(transform))]) + "\n"


def _section(transform: Transform) -> Iterator[str]:
    yield f"\n## {transform.name}\n\n`{transform.signature}`\n\n{transform.doc}\n"
    yield f"Way back: {_way_back(transform)}.\n"
    rows = ((example_step(transform, example), example.value, example.result) for example in transform.examples)
    yield table(("transform", "value", "becomes"), (map(_cell, row) for row in rows))


def _way_back(transform: Transform) -> str:
    if transform.inverse is ITSELF:
        return "itself"
    if transform.inverse is None:
        return f"none, {transform.loses}"
    for example in transform.examples:
        try:
            steps = transform.way_back(example.argument, lambda inner: inner)
        except NotInvertible:
            continue
        there = _cell(example_step(transform, example))
        return f"of {there} {', '.join(map(_cell, steps)) if steps else 'nothing to undo'}"
    return "with an argument that says what is lost"


def _cell(value: Any) -> str:
    return "nothing" if value is None else f"`{json.dumps(value, ensure_ascii=False)}`"
