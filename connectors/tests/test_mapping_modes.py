# Part of Integration Hub. License LGPL-3.0 or later.
"""Strict and lenient: what a refused value does to its document. And what of a document no line reads."""

import pytest
from integration_hub_connectors.mapping import MappingError, MappingSpecError, compile_mapping

LINES = [
    {"source": "id", "transforms": ["int"], "target": "id", "required": True},
    {"source": "mail", "transforms": ["email"], "target": "email"},
    {"source": "land", "transforms": ["country_code"], "target": "country", "on_error": "skip"},
    {"source": "size", "transforms": ["int"], "target": "size", "on_error": "default", "default": 0},
    {"source": "items[]", "target": "lines", "lines": [
        {"source": "sku", "target": "sku", "required": True},
        {"source": "qty", "transforms": ["decimal"], "target": "quantity"},
    ]},
]  # fmt: skip
GOOD = {"id": 1, "mail": "a@b.co", "land": "BE", "size": 3, "items": [{"sku": "x", "qty": 1}]}
BAD = {"id": 1, "mail": "no", "land": "none", "size": "no", "items": [{"sku": "x", "qty": "no"}]}


def mapping(mode=None):
    return compile_mapping({"format": 1, "name": "test", **({"mode": mode} if mode else {}), "lines": LINES})


def test_a_good_document_gives_the_same_and_no_warnings_in_both_modes():
    for mode in ("strict", "lenient"):
        mapped = mapping().run(GOOD, mode=mode)
        assert mapped.warnings == ()
        assert mapped.document == mapping().apply(GOOD)


def test_strict_refuses_the_document_and_is_the_default():
    for made, mode in ((mapping(), None), (mapping("strict"), None), (mapping("lenient"), "strict")):
        with pytest.raises(MappingError) as caught:
            made.apply(BAD, mode=mode)
        assert [problem.line for problem in caught.value.problems] == ["2", "5[0].2"]


def test_lenient_leaves_out_what_is_refused_and_says_so():
    for made, mode in ((mapping("lenient"), None), (mapping(), "lenient")):
        mapped = made.run(BAD, mode=mode)
        assert mapped.document == {"id": 1, "size": 0, "lines": [{"sku": "x"}]}
        assert [(warning.line, warning.code) for warning in mapped.warnings] == [
            ("2", "email"),
            ("3", "country"),
            ("4", "type"),
            ("5[0].2", "type"),
        ]
        assert made.apply(BAD, mode=mode) == mapped.document
        warned = [entry.line for entry in made.trace(BAD, mode=mode) if entry.is_warning]
        assert warned == ["2", "3", "4", "5[0].2"]


def test_what_a_line_leaves_out_by_itself_is_a_warning_when_strict_too():
    mapped = mapping().run({**GOOD, "land": "none", "size": "no"})
    assert [warning.line for warning in mapped.warnings] == ["3", "4"]


@pytest.mark.parametrize(
    ("document", "line"),
    [({**GOOD, "id": "x"}, "1"), ({"mail": "a@b.co"}, "1"), ({**GOOD, "items": [{"qty": 1}]}, "5[0].1")],
)
def test_lenient_still_wants_what_is_required(document, line):
    with pytest.raises(MappingError) as caught:
        mapping("lenient").apply(document)
    assert [problem.line for problem in caught.value.problems] == [line]


def test_a_mode_that_is_none():
    with pytest.raises(MappingSpecError, match="strict, lenient"):
        mapping("careless")
    with pytest.raises(ValueError, match="strict, lenient"):
        mapping().apply(GOOD, mode="careless")


def test_unmapped_names_what_no_line_reads():
    document = {
        "id": 1, "mail": None, "seen": True, "meta": {"a": 1},
        "items": [{"sku": "x", "w": 1}, {"w": 2, "h": {"cm": 3}}],
    }  # fmt: skip
    assert mapping().unmapped(document) == ["seen", "meta", "items.w", "items.h"]
    assert mapping().unmapped(GOOD) == []
    whole = compile_mapping({"format": 1, "name": "t", "lines": [{"source": "meta", "target": "m"}]})
    assert whole.unmapped(document) == ["id", "mail", "seen", "items"]
    template = {"transforms": [{"template": "{meta.a}"}], "target": "m"}
    assert compile_mapping({"format": 1, "name": "t", "lines": [template]}).unmapped({"meta": {"a": 1, "b": 2}}) == [
        "meta.b"
    ]
