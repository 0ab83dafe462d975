# Part of Integration Hub. License LGPL-3.0 or later.
"""Patterns mean what ECMA-262 says, and none is accepted that a short text can keep busy for ever."""

import json
from pathlib import Path

import pytest
from integration_hub_connectors.contracts import ContractError, compile_contract
from integration_hub_connectors.contracts.patterns import compile_pattern


@pytest.mark.parametrize(
    ("pattern", "found", "not_found"),
    [
        ("b", ["abc"], ["ac"]),
        ("^a$", ["a"], ["a\n", "ba"]),
        (r"^\d\w$", ["1_"], ["٣a", "1é"]),
        (r"^[\d\s]+$", ["1 2\ufeff\u3000"], ["1a"]),
        (r"^[^\s]\S$", ["ab"], ["a\u2028", " b"]),
        (r"^[\S]$", ["a", "\x00"], ["\u00a0", "\u2003"]),
        (r"^[\D\W]$", ["a", "é"], []),
        (r"^\/\-\.\$$", ["/-.$"], ["a"]),
        (r"^\u0041\x42\u{43}\cJ\0$", ["ABC\n\x00"], ["ABC"]),
        (r"^\ud83d\ude00\u{1F600}$", ["😀😀"], ["😀"]),
        (r"^[\u0041-\u0043\b]$", ["A", "C", "\b"], ["D", "b"]),
        (r"^[[a&&b||c~~d]+$", ["[a&|~"], ["]"]),
        (r"^[*+?(){1}(?:)]+$", ["*+?(){1}:"], ["a"]),
        ("^.$", ["a", "é", "😀"], ["\n", "\r", "\u2028", ""]),
        ("[]", [], ["", "a"]),
        ("^[^]$", ["\n", "a"], [""]),
        (r"\bcat\b", ["a cat!"], ["cats"]),
        (r"^a\Bb$", ["ab"], ["a b"]),
        (r"^(?<year>\d{4})-\k<year>$", ["2026-2026"], ["2026-2025"]),
        (r"^(a)\1$", ["aa"], ["ab"]),
        ("^(?:a|b)(?=c)(?!d)c(?<=c)(?<!b)$", ["ac"], ["ad"]),
        ("^a{,3}$", ["a{,3}"], ["aa"]),
        ("^a{2,}?b??$", ["aaa", "aab"], ["a"]),
        (r"^\p{Lu}\P{Lu}[\p{Nd}\P{L}]$", ["Éa٣"], ["ab1", "ÉÉ1", "Éaa"]),
        (r"^\p{General_Category=Currency_Symbol}\p{gc=Sc}$", ["€$"], ["ab"]),
    ],
)
def test_a_pattern_means_what_ecma_262_says(pattern: str, found: list[str], not_found: list[str]) -> None:
    search = compile_pattern(pattern, at="#")
    assert [text for text in found if not search(text)] == []
    assert [text for text in not_found if search(text)] == []


EXPLOSIVE = [
    "^(a+)+$", "(a*)*b", r"^(\w+\s?)+$", "(a|a)*b", r"(\d|\w)*!", "(a|aa)+$", "^(a{1,2})+$", "((a?|b?)c)*d",
    "^(([a-z])+.)+[A-Z]([a-z])+$", "(.*a){25}", "(a+a)+$", "(a{1,40})*$", "^(?=(x+)+y)", r"(\s*,\s*|\s*)*x",
    "([^,]*,?)*$", r"^([a-z0-9])(([\-.]|[_]+)?([a-z0-9]+))*@$", "(ab?c?)*a?(xyz)*(aa*a)*",
]  # fmt: skip
TOO_LARGE = ["(" + "[ab]c" * 101 + ")*", "(" * 13 + "a" + "{2}b)" * 13]
HARMLESS = [
    r"^(\w+\.)*\w+$", r"^-?\d+(\.\d+)?$", r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$", "", "a|", "()*",
    r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,}$", "(a|b)*c", r"^(\d{1,3}\.){3}\d{1,3}$", "a{0}", "[]*",
    r"^[^@]+@[^@]+\.[^@]+$", "^([0-9a-f]{2}:){5}[0-9a-f]{2}$", "(a|ab)*c", "(a?)*b", r'^"(?:[^"\\]|\\.)*"$', "(a{0}b)*",
    "^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$", r"^\w+(\s\w+)*\s?$",
    "^(?:(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])(?:[.](?!$)|$)){4}$",
]  # fmt: skip


@pytest.mark.parametrize("pattern", [*EXPLOSIVE, *TOO_LARGE])
def test_a_pattern_that_a_short_text_keeps_busy_is_refused(pattern: str) -> None:
    with pytest.raises(ContractError, match="for ever") as caught:
        compile_contract({"properties": {"a": {"pattern": pattern}}})
    assert caught.value.pointer == "#/properties/a/pattern"
    assert "repeat" in caught.value.hint


@pytest.mark.parametrize("pattern", HARMLESS)
def test_a_pattern_that_cannot_is_accepted(pattern: str) -> None:
    compile_contract({"patternProperties": {pattern: True}})


def test_the_harmless_ones_are_harmless() -> None:
    for pattern in HARMLESS:
        search = compile_pattern(pattern, at="#")
        for text in ("a" * 60 + "!", "1" * 60 + "!", "ab" * 30 + "!", "a.b-" * 15 + "!", "aaaa:" * 12 + "!"):
            search(text)  # an explosive one would not come back


def test_length_is_asked_before_the_pattern() -> None:
    contract = compile_contract({"pattern": r"\d+\d+\d+\d+$", "maxLength": 40})
    assert not contract.is_valid("1" * 5000 + "x")  # by its pattern: hours


def test_every_pattern_of_the_librarys_own_contracts_is_accepted() -> None:
    folder = Path(compile_contract.__code__.co_filename).resolve().parents[1]
    schemas = [*folder.glob("entities/*.json"), *folder.glob("vendors/*/contracts/*.json")]
    resources = {contents["$id"]: contents for contents in map(_read, schemas) if "$id" in contents}
    assert len(schemas) > 5
    for path in schemas:
        compile_contract(_read(path), resources=resources)


def _read(path: Path) -> dict[str, str]:
    contents: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return contents
