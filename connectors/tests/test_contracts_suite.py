# Part of Integration Hub. License LGPL-3.0 or later.
"""The official JSON-Schema-Test-Suite for 2020-12, required and optional: its answers, ours and those of `jsonschema`.

https://github.com/json-schema-org/JSON-Schema-Test-Suite, as it is in jsonschema's source distribution
(scripts/steps/38-json-schema-suite).
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from integration_hub_connectors.contracts import ContractError, compile_contract, reference
from referencing.exceptions import Unresolvable

SUITE = Path(__file__).resolve().parents[2] / ".dev/json-schema-suite"
DRAFT = SUITE / "tests/draft2020-12"
FILES = sorted(str(path.relative_to(DRAFT).with_suffix("")) for path in DRAFT.rglob("*.json"))
needs_suite = pytest.mark.skipif(not FILES, reason="no JSON-Schema-Test-Suite here (scripts/setup library)")
REMOTE = "http://localhost:1234"

# whose answers are not the suite's, and why
OURS = {
    "optional/cross-draft": "other drafts are refused: a contract is written in one",
    "optional/dependencies-compatibility": "a keyword of older drafts, which 2020-12 does not have",
}
THEIRS = {
    "vocabulary": "jsonschema knows one dialect: it reads no $vocabulary",
    "optional/cross-draft": "the other drafts' schemas are not passed along",
    "optional/dependencies-compatibility": "as ours",
    "optional/ecmascript-regex": "jsonschema reads patterns as Python's",
    "optional/format-assertion": "as vocabulary",
    **dict.fromkeys(
        (f"optional/format/{name}" for name in ("date-time", "ecmascript-regex", "email", "time")),
        "jsonschema is less exact, and says so in its own tests",
    ),
    **dict.fromkeys(
        (
            f"optional/format/{name}"
            for name in (
                "duration", "hostname", "iri", "iri-reference", "json-pointer", "relative-json-pointer", "uri",
                "uri-reference", "uri-template",
            )
        ),
        "jsonschema needs a package for it, which is not installed",
    ),
}  # fmt: skip


def cases(name: str) -> Iterator[tuple[str, Any, str, Any, bool]]:
    """Group, schema, test, document, whether it is valid."""
    for group in json.loads((DRAFT / f"{name}.json").read_text(encoding="utf-8")):
        for test in group["tests"]:
            yield group["description"], group["schema"], test["description"], test["data"], test["valid"]


@pytest.fixture(scope="module")
def remotes() -> dict[str, Any]:
    """What the suite serves to those who fetch; the other drafts' are left out."""
    folder = SUITE / "remotes"
    names = [path.relative_to(folder) for path in folder.rglob("*.json")]
    kept = [name for name in names if not name.parts[0].startswith("draft") or name.parts[0] == "draft2020-12"]
    return {f"{REMOTE}/{name.as_posix()}": json.loads((folder / name).read_text(encoding="utf-8")) for name in kept}


@needs_suite
def test_the_suite_is_there() -> None:
    assert len(FILES) > 75
    assert sum(1 for name in FILES for _case in cases(name)) > 1800


def answers(name: str, remotes: dict[str, Any]) -> Iterator[tuple[str, bool, bool, bool | str]]:
    """For each case of a file: its name, the suite's answer, ours and jsonschema's."""
    assert_formats = name.startswith("optional/format/")
    for group, schema, test, document, valid in cases(name):
        options = {"resources": remotes, "assert_formats": assert_formats}
        contract = compile_contract(schema, **options)
        ours = contract.is_valid(document)
        assert ours is (contract.problems(document) == []), f"{group}: {test}"
        yield f"{group}: {test}", valid, ours, theirs(schema, document, options)


def theirs(schema: Any, document: Any, options: dict[str, Any]) -> bool | str:
    """jsonschema's answer, or what it says instead of one."""
    try:
        return reference.validator(schema, **options).is_valid(document)
    except (re.error, Unresolvable) as error:
        return repr(error)


@pytest.mark.parametrize("name", sorted(set(FILES) - set(OURS)))
def test_our_answers_are_the_suites(name: str, remotes: dict[str, Any]) -> None:
    wrong = [case for case, valid, ours, _theirs in answers(name, remotes) if ours is not valid]
    assert wrong == []


@pytest.mark.parametrize("name", sorted(set(FILES) - set(THEIRS)))
def test_our_answers_are_those_of_jsonschema(name: str, remotes: dict[str, Any]) -> None:
    wrong = [case for case, _valid, ours, theirs in answers(name, remotes) if ours is not theirs]
    assert wrong == []


@needs_suite
def test_another_draft_is_refused(remotes: dict[str, Any]) -> None:
    uri = f"{REMOTE}/draft2019-09/ignore-prefixItems.json"
    other = json.loads((SUITE / "remotes/draft2019-09/ignore-prefixItems.json").read_text(encoding="utf-8"))
    for _group, schema, _test, _document, _valid in cases("optional/cross-draft"):
        with pytest.raises(ContractError, match=r"written for “https://json-schema\.org/draft/2019-09/schema”"):
            compile_contract(schema, resources={**remotes, uri: other})


@needs_suite
def test_a_keyword_of_older_drafts_asks_nothing(remotes: dict[str, Any]) -> None:
    found = list(answers("optional/dependencies-compatibility", remotes))
    assert len(found) > 30
    assert all(ours and theirs for _case, _valid, ours, theirs in found)


@needs_suite
def test_answers_differ_in_optional_parts_only() -> None:
    assert [name for name in {**OURS, **THEIRS} if not name.startswith("optional/")] == ["vocabulary"]
    assert set(OURS) | set(THEIRS) <= set(FILES)
