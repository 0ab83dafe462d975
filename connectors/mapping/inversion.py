# Part of Integration Hub. License LGPL-3.0 or later.
"""The mapping that leads back, as data that a person can go on editing.

    inversion = invert(spec)
    inversion.spec          # the inverse, None when a line has none
    inversion.blockers      # those lines, each with its reason

**The promise.** For every document x that the mapping maps, and its inverse w: `apply(w(apply(x))) == apply(x)`. It is
that of a right inverse: what a mapping loses on the way (blanks, capitals, a third digit) is not there again, but
nothing changes from then on. It holds for objects, and as far as each transform's own inverse does (registry.py).

**What becomes of a line.** Source and target change places, the transforms are undone in reverse order.

- A field of fields (`a.b`), a nested object and a list with sub-lines (`items`, `items[]`) are inverted as they are. Of
  sub-lines without a source, which group the fields of a flat document, each is inverted for itself.
- A constant (`value`) is dropped: the mapping sets it again.
- A `default` that the transforms do not lead back to is taken for missing on the way back.
- `required` stays, and so do `empty` and `on_error: skip`.
- A line that reads only what another line, without transforms, takes over as it is, is *derived*: it needs no inverse
  and may do anything. `name` → `name` makes `name` → `split_name` → `first_name` derived.
- A second line that reads the same source in the same way is derived too.
- `direction`: a line that is `in` has no inverse and needs none; an `out` line stands in the inverse as it is written.

Everything else has a reason why not. With `partial=True` such lines are left out, and `forward` is the mapping that
was inverted: the promise holds for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .inversion_lines import Blocker, Work, go_back
from .registry import DEFAULT, Registry
from .spec_parser import parse_spec

__all__ = ["Blocker", "Inversion", "invert"]


@dataclass(frozen=True, slots=True)
class Inversion:
    """What came of inverting a mapping.

    `spec`: the inverse; None when a line has none and no partial inverse was asked for, or nothing is left.
    `forward`: the lines of the mapping that it inverts, with those derived from them; None likewise.
    """

    spec: dict[str, Any] | None
    forward: dict[str, Any] | None
    blockers: tuple[Blocker, ...]

    @property
    def is_complete(self) -> bool:
        """Whether the whole mapping has an inverse."""
        return self.spec is not None and not self.blockers


def invert(spec: Mapping[str, Any], transforms: Registry = DEFAULT, *, partial: bool = False) -> Inversion:
    """Invert a mapping (its JSON, see spec.py); raises MappingSpecError when it is no correct mapping."""
    parsed = parse_spec(spec, transforms)
    work = Work(transforms)
    back, forward = go_back(spec["lines"], parsed.lines, work)
    blockers = tuple(sorted(work.blockers, key=lambda found: [int(part) for part in found.line.split(".")]))
    if (blockers and not partial) or not back:
        return Inversion(None, None, blockers)
    head = {key: spec[key] for key in ("format", "mode") if key in spec}
    inverse = {
        **head,
        "name": f"{spec['name']}.inverse",
        "source": spec.get("target", ""),
        "target": spec.get("source", ""),
        "lines": back,
    }
    parse_spec(inverse, transforms)
    return Inversion(inverse, {**spec, "lines": forward} if forward else None, blockers)
