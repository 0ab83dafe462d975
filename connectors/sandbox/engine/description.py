# Part of Integration Hub. License LGPL-3.0 or later.
"""Descriptions of vendors: found by folder, checked before they are used. docs/SANDBOX.md tells their format."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ... import jsondoc
from ...errors import ConfigurationError, DocumentError
from .mistakes import mistakes

FILE = "sandbox.json"
VENDORS = Path(__file__).parents[2] / "vendors"


class DescriptionError(ConfigurationError):
    """A description is wrong; `pointer` says where (RFC 6901)."""

    code = "invalid-description"
    hint = "Correct the member named in the message; docs/SANDBOX.md has the format."

    def __init__(self, message: str, pointer: str, *, source: str = "") -> None:
        where = f"{source}: " if source else ""
        super().__init__(f"{where}at {pointer or 'the top'}: {message}", params={"pointer": pointer})
        self.pointer = pointer


@dataclass(frozen=True)
class Description:
    """A checked description; `seed` is its start data, wherever that is kept."""

    name: str
    document: Mapping[str, Any]
    seed: Mapping[str, Any] = field(default_factory=dict)


@functools.cache
def installed() -> tuple[Description, ...]:
    """The descriptions in the vendors' folders, by name. Raises DescriptionError."""
    return tuple(read(path) for path in sorted(VENDORS.glob(f"*/{FILE}")))


def read(path: Path) -> Description:
    """The description in a file. Raises DescriptionError."""
    document = _json(path)
    if isinstance(document, Mapping) and isinstance(document.get("seed"), str):
        beside = path.with_name(document["seed"])
        return parse(document, seed=_json(beside), source=path.parent.name)
    return parse(document, source=path.parent.name)


def parse(document: Any, *, seed: Any = None, source: str = "") -> Description:
    """A description from its JSON.

    `seed` is start data that stands in a file of its own. Raises DescriptionError, naming the first mistake.
    """
    found = next(mistakes(document, seed), None)
    if found is not None:
        raise DescriptionError(found[1], found[0], source=source)
    return Description(document["name"], document, document.get("seed", {}) if seed is None else seed)


def _json(path: Path) -> Any:
    try:
        return jsondoc.parse(path.read_bytes())
    except (OSError, DocumentError) as error:
        raise DescriptionError(f"{path.name} cannot be read: {error}", "") from error
