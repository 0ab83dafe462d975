# Part of Integration Hub. License LGPL-3.0 or later.
"""What `hub new` leaves to the author: marks of the form `TODO(name): what is to be done`, each with its test."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..connector import Connector

NAMES = (
    *("sources", "catalogue", "signature", "settings", "address", "resources", "webhook", "flows"),
    *("mappings", "fixtures", "contract", "sandbox", "documentation"),
)
_MARK = re.compile(r"TODO\(([a-z]+)\):\s*([^\"\n]*)")


def marks(connector: type[Connector]) -> Iterator[tuple[str, str]]:
    """(name, `file:line: what is to be done`) of every mark in the connector's folder and on its page."""
    folder = connector.folder().resolve()
    page = folder.parents[2] / "docs" / "connectors" / f"{connector.name}.md"
    for path in sorted(
        path for path in (*folder.rglob("*"), page) if path.suffix in (".py", ".json", ".md", ".graphql")
    ):
        for number, line in enumerate(_lines(path), start=1):
            for mark in _MARK.finditer(line):
                yield mark[1], f"{path.name}:{number}: {mark[2].strip()}"


def check(connector: type[Connector], name: str) -> None:
    """Fail with what is to be done, as long as the connector has marks of that name."""
    left = [text for found, text in marks(connector) if found == name]
    if left:
        pytest.fail("To do, then take the mark away:\n" + "\n".join(left), pytrace=False)


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
