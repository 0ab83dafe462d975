# Part of Integration Hub. License LGPL-3.0 or later.
"""A wrong mapping is refused when it is compiled, with the line and field that are wrong."""

import pytest
from integration_hub_connectors.errors import ConfigurationError
from integration_hub_connectors.mapping import MappingSpecError, compile_mapping

LINE = {"source": "a", "target": "a"}


def spec(*lines, **head):
    return {"format": 1, "name": "test", "lines": list(lines), **head}


def nested(depth):
    line = LINE
    for _ in range(depth):
        line = {"source": "a", "target": "a", "lines": [line]}
    return line


@pytest.mark.parametrize(
    "given, line, field, words",
    [
        ([], "", "", "JSON object"),
        ({"name": "x", "lines": [LINE]}, "", "format", "must be 1"),
        (spec(LINE, format=2), "", "format", "must be 1"),
        (spec(LINE, format=True), "", "format", "must be 1"),
        (spec(LINE, name=" "), "", "name", "needs a name"),
        (spec(LINE, title=3), "", "title", "text"),
        (spec(LINE, version=3), "", "version", "not a known key"),
        (spec(), "", "lines", "at least one"),
        (spec(LINE, lines={}), "", "lines", "list"),
        (spec("a"), "1", "", "JSON object"),
        (spec(LINE, {"sorce": "a", "target": "b"}), "2", "sorce", "not a known key"),
        (spec({"target": "b"}), "1", "source", "needs a source"),
        (spec({"source": "a"}), "1", "target", "needs a target"),
        (spec({"source": "a", "target": 1}), "1", "target", "needs a target"),
        (spec({"source": "a", "target": "a..b"}), "1", "target", "joined by dots"),
        (spec({"source": "a", "target": "a[0]"}), "1", "target", "joined by dots"),
        (spec({"source": "a", "target": ".".join("abcdefghi")}), "1", "target", "deeper"),
        (spec({"source": "a", "value": 1, "target": "a"}), "1", "source", "cannot have"),
        (spec({"value": 1, "default": 1, "target": "a"}), "1", "default", "cannot have"),
        (spec({"value": object(), "target": "a"}), "1", "value", "JSON value"),
        (spec({"source": 1, "target": "a"}), "1", "source", "must be a text"),
        (spec({"source": "a.", "target": "a"}), "1", "source", "not a valid path"),
        (spec({"source": "a || $root.b", "target": "a"}), "1", "source", "only stand at the beginning"),
        (spec({"source": "(" * 900, "target": "a"}), "1", "source", ""),
        (spec({"source": "a" * 1001, "target": "a"}), "1", "source", "longer"),
        (spec({**LINE, "when": "a =="}), "1", "when", "not a valid path"),
        (spec({**LINE, "required": "yes"}), "1", "required", "true or false"),
        (spec({**LINE, "on_error": "ignore"}), "1", "on_error", "one of fail, skip, default"),
        (spec({**LINE, "on_error": "default"}), "1", "on_error", "needs a default"),
        (spec({**LINE, "on_error": "skip", "required": True}), "1", "on_error", "cannot be skipped"),
        (spec({**LINE, "empty": "null"}), "1", "empty", "one of skip, clear"),
        (spec({**LINE, "note": 1}), "1", "note", "text"),
        (spec({**LINE, "transforms": "strip"}), "1", "transforms", "list"),
        (spec({**LINE, "transforms": ["strip"] * 21}), "1", "transforms", "more than 20"),
        (spec({**LINE, "transforms": [{"strip": 1, "lower": 1}]}), "1", "transforms", "one name"),
        (spec({**LINE, "transforms": [{"strip": 1}]}), "1", "transforms", "takes no argument"),
        (spec({**LINE, "transforms": ["truncate"]}), "1", "transforms", "“length” is missing"),
        (spec({**LINE, "transforms": [{"truncate": 0}]}), "1", "transforms", "between 1 and"),
        (spec({**LINE, "transforms": [{"truncate": True}]}), "1", "transforms", "whole number"),
        (spec({**LINE, "transforms": [{"truncate": {"size": 3}}]}), "1", "transforms", "no argument “size”"),
        (spec({**LINE, "transforms": [{"from_epoch": "h"}]}), "1", "transforms", "one of s, ms"),
        (spec({**LINE, "transforms": [{"coalesce": ["a", 1]}]}), "1", "transforms", "list of texts"),
        (spec({**LINE, "transforms": [{"coalesce": ["a["]}]}), "1", "transforms", "not a valid path"),
        (spec({**LINE, "transforms": [{"coalesce": ["$root.a"]}]}), "1", "transforms", "not at $root"),
        (spec({**LINE, "transforms": [{"template": "no path"}]}), "1", "transforms", "names no path"),
        (spec({**LINE, "transforms": [{"template": "{a} {b"}]}), "1", "transforms", "brace"),
        (spec({**LINE, "transforms": [{"datetime_utc": "Mars/Base"}]}), "1", "transforms", "time zone"),
        (spec({**LINE, "transforms": [{"datetime_utc": "../etc"}]}), "1", "transforms", "time zone"),
        (spec({**LINE, "transforms": [{"phone_e164": "Belgium"}]}), "1", "transforms", "two-letter"),
        (spec({**LINE, "transforms": [{"gid": "a/b"}]}), "1", "transforms", "resource"),
        (spec({**LINE, "transforms": [{"value_map": {"map": {}}}]}), "1", "transforms", "empty"),
        (spec(LINE, LINE), "2", "target", "already filled by line 1"),
        (spec(LINE, {"source": "b", "target": "a.b"}), "2", "target", "conflicts with “a” of line 1"),
        (spec({"source": "b", "target": "a.b"}, LINE), "2", "target", "conflicts with “a.b” of line 1"),
        (spec({"source": "b", "target": "a.b.c"}, LINE), "2", "target", "conflicts with “a.b.c” of line 1"),
        (
            spec(LINE, {"source": "x", "target": "x", "lines": [LINE, {"source": "q"}]}),
            "2.2",
            "target",
            "needs a target",
        ),
        (spec({"source": "x", "target": "x", "lines": []}), "1", "lines", "at least one"),
        (spec(nested(8)), "1.1.1.1.1.1.1.1", "lines", "nested deeper"),
        (spec(*({"source": "a", "target": f"t{n}"} for n in range(2001))), "", "lines", "more than 2000"),
    ],
)
def test_refused(given, line, field, words):
    with pytest.raises(MappingSpecError) as caught:
        compile_mapping(given)
    assert (caught.value.line, caught.value.field) == (line, field)
    assert words in str(caught.value)
    assert isinstance(caught.value, ConfigurationError)
    assert caught.value.hint


def test_a_near_miss_is_suggested():
    with pytest.raises(MappingSpecError) as caught:
        compile_mapping(spec({**LINE, "transforms": ["stripp"]}))
    assert caught.value.hint == "Did you mean “strip”?"
    with pytest.raises(MappingSpecError) as caught:
        compile_mapping(spec({**LINE, "requird": True}))
    assert caught.value.hint == "Did you mean “required”?"


def test_what_is_allowed():
    compile_mapping(spec(nested(7)))
    compile_mapping(spec({"value": None, "target": "a"}, {**LINE, "note": "for people", "when": "b"}))
    compile_mapping(spec(*({"source": "a", "target": f"t{n}"} for n in range(2000))))
