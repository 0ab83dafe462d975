# Part of Integration Hub. License LGPL-3.0 or later.
"""Copies the imaginary connector under a new name: all of its files, and its line in the registry, or nothing."""

from __future__ import annotations

import keyword
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from ..errors import ConfigurationError

HERE = Path(__file__).parent
LAST = "generic_rest"  # in the registry: the connector for what has none of its own
_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_TITLE = re.compile(r"[^\W_][\w .,&+()/-]{0,39}")
_IMPORT = re.compile(r"^from \.vendors\.(\w+) import (\w+)$", re.MULTILINE)
_LISTED = re.compile(r"(?<=    for connector in \(\n)(?:        \w+,\n)+")


def make(library: Path, name: str, title: str = "") -> list[Path]:
    """Make the connector `name` in a source tree of the library; the files made and changed.

    The title is the name in capitals where it is left out. Raises ConfigurationError, and leaves everything as it
    was: for a name that is none or taken, for a title that cannot stand in the files, for a tree that is no source.
    """
    title = title.strip() or name.replace("_", " ").title()
    _check(library, name, title)
    try:
        return _make(library, name, title)
    except OSError as error:
        raise ConfigurationError(
            f"The connector could not be written: {error.strerror or error} ({error.filename}).",
            code="cannot-write",
            hint="Nothing was made. See to that file or folder, then try again.",
        ) from error


def renamed(text: str, name: str, title: str) -> str:
    """A text of the scaffold with the vendor's name, class and title in place of Acme's."""
    names = {"Acme Example": title, "Acme": class_name(name), "acme": name}
    return re.sub("|".join(names), lambda found: names[found[0]], text)


def class_name(name: str) -> str:
    """`PaperShop` of paper_shop."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def _make(library: Path, name: str, title: str) -> list[Path]:
    registry = library / "registry.py"
    with ExitStack() as undo:
        workshop = Path(undo.enter_context(tempfile.TemporaryDirectory(dir=library / "vendors", prefix=".new-")))
        made: list[tuple[Path, Path]] = []
        for source, target in _files(library, name):
            part = workshop / str(len(made))
            part.write_text(renamed(source.read_text(encoding="utf-8"), name, title), encoding="utf-8")
            made.append((part, target))
        listed = workshop / "registry"
        listed.write_text(_with(registry.read_text(encoding="utf-8"), name), encoding="utf-8")
        with ExitStack() as back_out:
            back_out.callback(shutil.rmtree, library / "vendors" / name, ignore_errors=True)
            for part, target in made:
                target.parent.mkdir(parents=True, exist_ok=True)
                back_out.callback(target.unlink, missing_ok=True)
                part.rename(target)
            listed.replace(registry)
            back_out.pop_all()
    return [*(target for _part, target in made), registry]


def _files(library: Path, name: str) -> Iterator[tuple[Path, Path]]:
    """Each file of the scaffold, and where it goes."""
    for source in sorted((HERE / "acme").rglob("*")):
        if source.is_file() and "__pycache__" not in source.parts:
            yield source, library / "vendors" / name / source.relative_to(HERE / "acme")
    yield HERE / "acme_test.py.txt", library / "tests" / f"test_vendor_{name}.py"
    yield HERE / "acme.md", library.parent / "docs" / "connectors" / f"{name}.md"


def _check(library: Path, name: str, title: str) -> None:
    if not (library / "tests").is_dir() or not (HERE / "acme" / "mappings").is_dir():
        raise ConfigurationError(
            f"{library} is no source tree of the library: a connector is made beside the others and their tests.",
            code="no-source-tree",
            hint="Run it in a checkout of the project.",
        )
    if not _NAME.fullmatch(name) or len(name) > 40 or keyword.iskeyword(name) or keyword.issoftkeyword(name):
        raise ConfigurationError(
            f"{name!r} cannot be the name of a connector.",
            code="invalid-name",
            hint="Take small letters, digits and single underscores, beginning with a letter, as in paper_shop.",
        )
    if not _TITLE.fullmatch(title):
        raise ConfigurationError(
            f"{title!r} cannot be the title of a connector.",
            code="invalid-title",
            hint="Take at most 40 letters, digits, spaces and .,&+()/-, as people write the vendor's name.",
        )
    taken = [target for _source, target in _files(library, name) if target.exists()]
    folder = library / "vendors" / name
    if taken or folder.exists() or re.search(rf"\b{class_name(name)}\b", (library / "registry.py").read_text("utf-8")):
        found = folder if folder.exists() else next(iter(taken), library / "registry.py")
        raise ConfigurationError(
            f"There is a connector {name!r} already, or what is left of one: {found}.",
            code="name-taken",
            hint="Choose another name, or remove what is there.",
        )


def _with(registry: str, name: str) -> str:
    """The registry's text with one more connector, in its place by name."""
    found = list(_IMPORT.finditer(registry))
    imports = {line[1]: line[2] for line in found} | {name: class_name(name)}
    lines = "\n".join(f"from .vendors.{module} import {imports[module]}" for module in sorted(imports))
    text = registry[: found[0].start()] + lines + registry[found[-1].end() :] if found else registry
    order = sorted(imports, key=lambda module: (module == LAST, module))
    listed = "".join(f"        {imports[module]},\n" for module in order)
    changed, count = _LISTED.subn(listed, text)
    if count != 1 or changed.count(f"{class_name(name)},\n") != 1:
        raise ConfigurationError(
            "The registry does not have the form that a connector could be added to.",
            code="unknown-registry",
            hint="Bring the list in registry.py back to one connector a line, then try again.",
        )
    return changed
