# Part of Integration Hub. License LGPL-3.0 or later.
"""`hub new`: a connector that passes all but its to-dos, or nothing at all."""

import re
import shutil
from pathlib import Path

import pytest
from integration_hub_connectors.cli import main
from integration_hub_connectors.errors import ConfigurationError
from integration_hub_connectors.rest import RestConnector
from integration_hub_connectors.scaffold import make as scaffold
from integration_hub_connectors.testing import todos

LIBRARY = Path(scaffold.__file__).parents[1]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """As much of a source tree as making a connector looks at."""
    library = tmp_path / "connectors"
    for folder in ("vendors/shopify", "tests"):
        (library / folder).mkdir(parents=True)
    shutil.copy(LIBRARY / "registry.py", library)
    return library


def files(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def refused(tree: Path, code: str, name: str, title: str = "") -> None:
    """Making it is refused with this code, and everything stays as it was."""
    before = files(tree.parent)
    with pytest.raises(ConfigurationError) as caught:
        scaffold.make(tree, name, title)
    assert caught.value.code == code and caught.value.hint
    assert files(tree.parent) == before


def test_everything_is_made_and_named(tree: Path) -> None:
    made = scaffold.make(tree, "paper_shop", "Paper & Co")
    assert {path.relative_to(tree.parent).as_posix() for path in made} == {
        *(f"connectors/vendors/paper_shop/{name}" for name in ("__init__.py", "connector.py", "sandbox.json")),
        *(f"connectors/vendors/paper_shop/mappings/customer_{way}.json" for way in ("in", "out")),
        "connectors/vendors/paper_shop/contracts/customer.json",
        "connectors/vendors/paper_shop/fixtures/customer.json",
        "connectors/vendors/paper_shop/fixtures/webhook__customer_deleted.json",
        "connectors/vendors/paper_shop/fixtures/webhook__customer_updated.json",
        "connectors/tests/test_vendor_paper_shop.py",
        "connectors/registry.py",
        "docs/connectors/paper_shop.md",
    }
    texts = "".join(path.read_text(encoding="utf-8") for path in made)
    assert "acme" not in texts.lower()
    assert "class PaperShop(RestConnector)" in texts and '"Paper & Co"' in texts
    assert not [path for path in (tree / "vendors").iterdir() if path.name.startswith(".")], "nothing else is left"


def test_the_linter_has_nothing_to_say_about_a_long_title(tree: Path) -> None:
    made = scaffold.make(tree, "paper_shop", "P" * 40)
    lines = [line for path in made if path.suffix == ".py" for line in path.read_text(encoding="utf-8").splitlines()]
    assert max(map(len, lines)) <= 120


def test_the_registry_stays_sorted(tree: Path) -> None:
    for name in ("paper_shop", "aaa", "zebra"):
        scaffold.make(tree, name)
    registry = (tree / "registry.py").read_text(encoding="utf-8")
    modules = re.findall(r"^from \.vendors\.(\w+) import", registry, re.MULTILINE)
    assert modules == sorted(modules) and {"paper_shop", "aaa", "zebra"} < set(modules)
    listed = re.findall(r"^        (\w+),$", registry, re.MULTILINE)
    assert listed == ["Aaa", "HubSpot", "OrderDesk", "PaperShop", "Shopify", "Zebra", "GenericRest"]
    assert registry.replace("\n", "") != (LIBRARY / "registry.py").read_text(encoding="utf-8").replace("\n", "")


@pytest.mark.parametrize(
    "name",
    [
        *("", "Paper", "paper-shop", "paper shop", "1paper", "_paper", "paper_", "pa__per", "../paper", "a/b"),
        *("class", "match", "päper", "a" * 41, "paper\n"),
    ],
)
def test_a_bad_name_is_refused(tree: Path, name: str) -> None:
    refused(tree, "invalid-name", name)


@pytest.mark.parametrize("title", ['Say "x"', "a\\b", "{x}", "a\nb", "<b>", " - ", "x" * 41, "'quoted'"])
def test_a_title_that_would_break_the_files_is_refused(tree: Path, title: str) -> None:
    refused(tree, "invalid-title", "paper", title)


@pytest.mark.parametrize(
    "there", ["connectors/vendors/paper/notes.txt", "connectors/tests/test_vendor_paper.py", "docs/connectors/paper.md"]
)
def test_what_is_there_is_never_written_over(tree: Path, there: str) -> None:
    (tree.parent / there).parent.mkdir(parents=True, exist_ok=True)
    (tree.parent / there).write_text("mine")
    refused(tree, "name-taken", "paper")


def test_a_class_of_that_name_is_enough_to_refuse(tree: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        scaffold.make(tree, "hub_spot")
    assert caught.value.code == "name-taken"


def test_a_failure_on_the_way_leaves_nothing(tree: Path) -> None:
    (tree.parent / "docs").mkdir()
    (tree.parent / "docs" / "connectors").write_text("a file where the folder should be")
    refused(tree, "cannot-write", "paper")
    assert not (tree / "vendors" / "paper").exists()


def test_a_registry_of_another_form_is_left_alone(tree: Path) -> None:
    (tree / "registry.py").write_text("CONNECTORS = {}\n")
    refused(tree, "unknown-registry", "paper")


def test_an_installed_library_is_no_place_for_a_connector(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        scaffold.make(tmp_path, "paper")
    assert caught.value.code == "no-source-tree"


def test_the_command_says_what_it_made_and_what_comes_next(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", "paper_shop", "--library", str(tree)]) == 0
    *listed, _blank, _next, command = capsys.readouterr().out.splitlines()
    assert "made    connectors/vendors/paper_shop/connector.py" in listed and "changed connectors/registry.py" in listed
    assert len(listed) == 12 and all((tree.parent / line.split()[1]).is_file() for line in listed)
    assert command == "  pytest connectors/tests/test_vendor_paper_shop.py"
    assert '    title = "Paper Shop"' in (tree / "vendors" / "paper_shop" / "connector.py").read_text(encoding="utf-8")


def test_the_command_refuses_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", "shopify"]) == 2
    assert "shopify" in capsys.readouterr().err


def test_the_imaginary_connector_has_each_to_do() -> None:
    texts = "".join(
        path.read_text(encoding="utf-8")
        for path in (LIBRARY / "scaffold").rglob("*")
        if path.suffix in (".py", ".json", ".md")
    )
    assert set(re.findall(r"TODO\(([a-z]+)\)", texts)) - {"name"} == set(todos.NAMES)


def test_a_to_do_is_done_when_its_mark_is_gone(tree: Path) -> None:
    made = scaffold.make(tree, "paper")

    class Paper(RestConnector):
        name = "paper"

        @classmethod
        def folder(cls) -> Path:
            return tree / "vendors" / "paper"

    for name in todos.NAMES:
        with pytest.raises(pytest.fail.Exception) as caught:
            todos.check(Paper, name)
        assert re.search(r"\n(\w+\.(py|json|md)):\d+: \w", str(caught.value)), "file, line and what is to be done"
    for path in made:
        path.write_text(path.read_text(encoding="utf-8").replace("TODO(", "done("), encoding="utf-8")
    for name in todos.NAMES:
        todos.check(Paper, name)
