# Part of Integration Hub. License LGPL-3.0 or later.
"""Any document goes through any mapping, or fails with MappingError; the trace agrees; compiling is deterministic."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from integration_hub_connectors.mapping import DEFAULT, MappingError, TraceEntry, compile_mapping
from integration_hub_connectors.mapping.registry import ANY
from integration_hub_connectors.mapping.spec import MODES

KEYS = ["a", "b", "c"]
TEXT = st.text(max_size=12) | st.sampled_from(
    [
        "2025-03-31T08:00:00+02:00",
        "9999-12-31T23:59:59-14:00",
        "0001-01-01T00:00:00+14:00",
        "2025-W01-1",
        "19.99",
        "1e40",
        "-0",
        "+32 2 555 12 34",
        "BE",
        "ada@example.com",
        "gid://shopify/Order/1",
        "<p>a</p>",
        "<![x",
        "&#xd800;",
        "\ud800",
        "true",
        "1970-01-01",
        "inf",
        "1e999",
    ]
)
NUMBER = st.integers() | st.integers(-(10**12), 10**12) | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBER | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS) | TEXT, inner, max_size=4),
    max_leaves=20,
)
PATHS = [
    "a",
    "b",
    "c",
    "a.b",
    "a.b.c",
    "a[0]",
    "a[]",
    "a[].b",
    "@",
    "$root.a",
    "$root.b[].c",
    "a || b",
    "[a, b]",
    "length(a)",
    "sort_by(a, &b)",
    "a[?b == c]",
    "to_number(a)",
    "keys(@)",
    "max(a)",
    "sum(a)",
    "a[].to_number(@)",
    "a < b",
    "join(',', a)",
]
STEPS: list[Any] = [
    name if example.argument is ANY else {name: example.argument}
    for name in DEFAULT
    for example in DEFAULT.get(name).examples
] + [
    {"datetime_utc": "Europe/Brussels"},
    {"default": 1},
    {"each": ["strip", {"get": "a"}]},
    {"epoch_ms": "UTC"},
    {"from_minor": {"currency_path": "$root.a"}},
    {"money": {"currency_path": "$root.a", "path": "b"}},
    {"phone_e164": {"path": "a", "region_path": "b"}},
    {"replace": "a"},
    {"template": "{a} {b}, {c}"},
    {"value_map": {"map": {"a": 1, "1": [2]}, "otherwise": "keep"}},
]


def lines(depth: int = 2) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Lines with distinct targets; combinations that a mapping may not have are left out."""
    optional: dict[str, Any] = {
        "transforms": st.lists(st.sampled_from(STEPS), max_size=3),
        "default": JSON,
        "required": st.booleans(),
        "empty": st.sampled_from(["skip", "clear"]),
        "on_error": st.sampled_from(["fail", "skip", "default"]),
        "when": st.sampled_from([*PATHS, "a == 'a'", "!b"]),
    }
    if depth:
        optional["lines"] = st.deferred(lambda: lines(depth - 1))
    line = st.fixed_dictionaries({"source": st.sampled_from(PATHS)}, optional=optional).map(allowed)
    return st.lists(line, min_size=1, max_size=4).map(
        lambda made: [
            {**item, "target": f"t{index}.x" if index % 4 == 3 else f"t{index}"} for index, item in enumerate(made)
        ]
    )


def allowed(line: dict[str, Any]) -> dict[str, Any]:
    if line.get("on_error") == "default":
        line.setdefault("default", "d")
    if line.get("on_error") == "skip":
        line.pop("required", None)
    return line


def filled(entries: list[TraceEntry]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for entry in entries:
        if entry.depth == 0 and entry.fills:
            *above, last = entry.target.split(".")
            inner = result
            for key in above:
                inner = inner.setdefault(key, {})
            inner[last] = entry.final
    return result


def test_the_steps_here_cover_every_transform():
    assert {step if isinstance(step, str) else next(iter(step)) for step in STEPS} == set(DEFAULT)


@settings(max_examples=200, deadline=None, database=None)
@given(lines(), JSON, st.sampled_from(MODES))
def test_any_document_maps_or_fails_with_mapping_error_and_the_trace_agrees(spec_lines, document, mode):
    mapping = compile_mapping({"format": 1, "name": "any", "mode": mode, "lines": spec_lines})
    before = repr(document)
    entries = mapping.trace(document)
    failures = [entry.problem for entry in entries if entry.outcome == "problem"]
    try:
        found = mapping.run(document)
    except MappingError as error:
        assert error.problems
        assert sorted(map(repr, error.problems)) == sorted(map(repr, failures))
    else:
        result = found.document
        assert not failures
        assert sorted(map(repr, found.warnings)) == sorted(repr(e.problem) for e in entries if e.is_warning)
        assert repr(result) == repr(filled(entries))
        json.dumps(result, allow_nan=False)
    assert repr(document) == before


@settings(max_examples=600, deadline=None, database=None)
@given(st.lists(st.sampled_from(STEPS), min_size=1, max_size=2), JSON)
def test_any_value_goes_through_any_transform(steps, value):
    mapping = compile_mapping(
        {"format": 1, "name": "any", "lines": [{"source": "v", "transforms": steps, "target": "t"}]}
    )
    try:
        json.dumps(mapping.apply({"v": value}), allow_nan=False)
    except MappingError as error:
        assert len(error.problems) == 1


@settings(max_examples=40, deadline=None, database=None)
@given(lines(), JSON)
def test_compiling_is_deterministic(spec_lines, document):
    spec = {"format": 1, "name": "any", "lines": spec_lines}
    first, second = compile_mapping(spec), compile_mapping(json.loads(json.dumps(spec)))
    assert (first.sources, first.targets) == (second.sources, second.targets)
    assert repr(first.trace(document)) == repr(second.trace(document))
