# Part of Integration Hub. License LGPL-3.0 or later.
"""What a mapping says, checked: `spec_parser.py` makes it of the mapping's JSON.

A mapping is `{"format": 1, "name": …, "title": …, "source": …, "target": …, "mode": …, "lines": [line, …]}`. `mode`
is `strict`, unless it is `lenient`: then a value that is refused on a line that is not required is left out and
becomes a warning, as if the line said so itself (`on_error`). A line has

- `source`: a path (see paths.py), or `value`: a constant. A line with neither reads the item itself ("@").
- `transforms`: a list of `"name"` or `{"name": argument}`.
- `target`: dotted path of the field to fill.
- `lines`: sub-lines, for a list (each item) or a nested object; their paths are relative to the item.
- `when`: an expression; the line is left out unless it is true (in JMESPath's sense).
- `default`: a constant for a missing value. `required`: a value still missing is a problem.
- `empty`: what a missing value does otherwise: `skip` leaves the field out, `clear` sets it to null.
- `on_error`: what a refused value does: `fail` is a problem, `skip` leaves the field out, `default` takes the default.
- `direction`: `both`, unless it is `in` (left out of the inverse, see inversion.py) or `out` (in the inverse only).
- `note`: for people.

Several lines may fill the same target when all but the first have a `when`: the last that applies wins.
"""

from dataclasses import dataclass
from typing import Any

from ..paths import Path
from .registry import Bound, Transform

MODES = ("strict", "lenient")
#: Stands for "no constant given", since null is one.
UNSET: Any = object()


@dataclass(frozen=True, slots=True)
class Step:
    """One transform of a line with its arguments: `fn(value)`, or `fn(value, context)` when `context`."""

    transform: Transform
    bound: Bound


@dataclass(frozen=True, slots=True)
class Line:
    """One checked line. `number` as a person counts: ("7", "2") is line 2 below line 7.

    `parent`: the targets of the lines above it. `target` is relative to the item. `reads_items`: the sub-lines read
    fields of their item, so it must be an object.
    """

    number: tuple[str, ...]
    source: Path | None
    value: Any
    steps: tuple[Step, ...]
    parent: tuple[str, ...]
    target: tuple[str, ...]
    lines: "tuple[Line, ...] | None"
    reads_items: bool
    when: Path | None
    default: Any
    required: bool
    on_error: str
    empty: str

    @property
    def source_text(self) -> str:
        """What a person typed as source."""
        return self.source.expression if self.source else "(constant)"

    @property
    def full_target(self) -> str:
        """The dotted target from the top, lists left out: "lines.sku"."""
        return ".".join(self.parent + self.target)

    @property
    def weight(self) -> int:
        """How many lines it is, with all below it."""
        return 1 + sum(line.weight for line in self.lines or ())


@dataclass(frozen=True, slots=True)
class Spec:
    """A checked mapping."""

    name: str
    title: str
    source: str
    target: str
    mode: str
    lines: tuple[Line, ...]
