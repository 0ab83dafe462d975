# Part of Integration Hub. License LGPL-3.0 or later.
"""A mapping that is inverted leads back: there, back and there again is the same as there."""

import datetime
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from integration_hub_connectors.mapping import (
    DEFAULT,
    Inversion,
    MappingError,
    MappingSpecError,
    compile_mapping,
    invert,
)
from integration_hub_connectors.mapping.registry import ITSELF, NotInvertible

WORD = st.text(st.characters(categories=["L", "N", "P", "S", "Zs"], exclude_characters=",|"), max_size=12)
ASCII = st.text("abcXYZ019 .-", max_size=12)
PLAIN = st.none() | st.booleans() | st.integers() | WORD
INTEGER = st.integers(-(10**12), 10**12)
AMOUNT = st.decimals(-(10**9), 10**9, places=4, allow_nan=False).map(str) | INTEGER
CANONICAL = st.datetimes(datetime.datetime(1971, 1, 1), datetime.datetime(2200, 1, 1)).map(
    lambda moment: moment.isoformat()[:19] + "Z"
)
INSTANT = st.datetimes(
    datetime.datetime(1971, 1, 1), datetime.datetime(2200, 1, 1), timezones=st.timezones(no_cache=True)
).map(datetime.datetime.isoformat)
PART = st.text("abc é", min_size=1, max_size=6).map(str.strip).filter(bool)
HTML_LINE = st.lists(st.text("ab<&>'é", min_size=1, max_size=6), max_size=3).map(" ".join)

# For each transform with a way back: with this argument it leads back from what it makes of these values.
INVERTIBLE: list[tuple[Any, st.SearchStrategy[Any]]] = [
    ("as_list", WORD),
    ("bool", st.sampled_from(["yes", "No", 1, 0, True, "off"])),
    ("compact", st.lists(PLAIN | st.just([]), max_size=4) | st.dictionaries(ASCII, PLAIN, max_size=3)),
    ("country_code", st.sampled_from(["be", " FR ", "UK", "EL", "", "Belgium"])),
    ("currency_code", st.sampled_from(["eur", " JPY ", "", "euro"])),
    ("date", INSTANT | st.dates().map(str)),
    ({"date": "Asia/Tokyo"}, INSTANT),
    ("datetime_utc", INSTANT),
    ({"datetime_utc": "Europe/Brussels"}, st.datetimes(datetime.datetime(1971, 1, 1)).map(str)),
    ("decimal", AMOUNT),
    ({"decimal": {"was": "number"}}, st.decimals(-(10**6), 10**6, places=3).map(float)),
    ({"default": "d"}, WORD),
    ({"divide": 0.01}, AMOUNT),
    ({"divide": 8}, AMOUNT),
    ("domain", st.sampled_from(["https://www.Example.com/a?b", "example.org:80", "ada@shop.example.eu", "", "no"])),
    ({"each": ["strip", "lower", "null_if"]}, st.lists(WORD | st.none(), max_size=4)),
    ({"each": [{"gid": "Order"}]}, st.lists(st.integers(0, 10**9), max_size=3)),
    ("email", st.sampled_from([" Ada@Example.com ", "", "x", "a@b.co"])),
    ("epoch_ms", CANONICAL),
    ("epoch_s", CANONICAL),
    ("first", st.lists(WORD, max_size=3)),
    ({"format_datetime": {"format": "%d/%m/%Y %H:%M", "timezone": "Europe/Brussels"}}, CANONICAL),
    ({"format_datetime": "%Y%m%d"}, CANONICAL),
    ("from_epoch", st.integers(0, 10**10)),
    ({"from_epoch": "ms"}, st.integers(0, 10**13)),
    ("from_json", st.sampled_from(['{"a": [1, "x"]}', "[]", "3.5", '"text"', "", "no"])),
    ({"from_minor": "EUR"}, INTEGER),
    ({"from_minor": "JPY"}, INTEGER),
    ({"from_minor": "KWD"}, INTEGER),
    ("from_pairs", st.dictionaries(ASCII, PLAIN, max_size=3).map(lambda d: [{"key": k, "value": d[k]} for k in d])),
    ({"gid": "Order"}, st.integers(0, 10**9) | st.integers(0, 10**9).map(str)),
    ({"gid_number": "Order"}, st.integers(0, 10**9).map("gid://shopify/Order/{}".format)),
    ("html_to_text", st.lists(HTML_LINE, max_size=3).map(lambda lines: "".join(f"<p>{line}</p>" for line in lines))),
    ("int", INTEGER | INTEGER.map(str)),
    ({"int": {"was": "text"}}, INTEGER.map(str)),
    ({"join": ", "}, st.lists(PART, max_size=3)),
    ({"keep": "digits"}, ASCII),
    ("last", st.lists(WORD, max_size=3)),
    ("list_unique", st.lists(PLAIN, max_size=5)),
    ("lower", WORD),
    ({"money": "EUR"}, AMOUNT),
    ({"money": "JPY"}, AMOUNT),
    ({"multiply": 0.01}, AMOUNT),
    ({"multiply": -3}, AMOUNT),
    ("null_if", WORD),
    ({"null_if": ["n/a", 0]}, st.sampled_from(["n/a", 0, "x", False])),
    ({"pad": 5}, st.integers(0, 10**7) | ASCII),
    ("pairs", st.dictionaries(ASCII, PLAIN, max_size=3)),
    ({"parse_datetime": {"format": "%d/%m/%Y %H:%M:%S", "timezone": "Europe/Brussels"}},
     CANONICAL.map(lambda text: f"{text[8:10]}/{text[5:7]}/{text[:4]} {text[11:19]}")),
    ({"phone_e164": "BE"}, st.sampled_from(["02 555 12 34", "+31 20 123 45 67", "", "no"])),
    ({"prefix": "SO-"}, st.text("abc01", max_size=5)),
    ({"remove_prefix": "SO-"}, st.text("abc01", max_size=5).map("SO-{}".format) | st.text("abc01", max_size=5)),
    ({"remove_suffix": "-EU"}, st.text("abc01", max_size=5).map("{}-EU".format) | st.text("abc01", max_size=5)),
    ({"replace": {"old": "-", "new": "_"}}, st.text("ab-_", max_size=6)),
    ("round_money", AMOUNT),
    ({"round_money": 0}, AMOUNT),
    ("split", st.text("ab ,é", max_size=10)),
    ({"split": ""}, st.text("ab \né", max_size=10)),
    ("strip", WORD),
    ({"suffix": "-EU"}, st.text("abc01", max_size=5)),
    ("text_to_html", st.lists(HTML_LINE.filter(bool), min_size=1, max_size=3).map("\n".join)),
    ("title", WORD),
    ("to_float", AMOUNT),
    ({"to_float": {"was": "text"}}, st.integers(-(10**6), 10**6).map(str)),
    ("to_json", PLAIN.filter(lambda value: value is not None) | st.lists(PLAIN)),
    ({"to_minor": "EUR"}, AMOUNT),
    ("to_string", PLAIN | st.lists(PLAIN)),
    ({"to_string": "integer"}, INTEGER),
    ({"to_string": "boolean"}, st.booleans()),
    ({"truncate": 4}, WORD),
    ("upper", WORD),
    ({"value_map": {"map": {"paid": "done", "1": 2, "no": False}}}, st.sampled_from(["paid", 1, "1", "no", "other"])),
    ({"value_map": {"map": {"a": "b", "b": "a"}, "otherwise": "keep"}}, st.sampled_from(["a", "b", "c"])),
]  # fmt: skip
# Rows of transforms as real mappings have them.
CHAINS: list[tuple[list[Any], st.SearchStrategy[Any]]] = [
    (["strip", "lower"], WORD),
    (["strip", "null_if"], WORD),
    (["strip", "upper", "null_if"], WORD),
    (["strip", {"truncate": 5}, "null_if"], WORD),
    (["null_if", "int"], INTEGER.map(str) | st.just("")),
    (["html_to_text", "null_if"], st.sampled_from(["<p></p>", "<b>x</b>", "a<br>b"])),
    ([{"multiply": 0.001}, "to_float"], st.integers(0, 10**6)),
    ([{"round_money": 2}, {"multiply": 100}, "int"], AMOUNT),
    (["split", {"each": ["strip", "lower"]}], st.text("aB ,", max_size=8)),
    (["strip", {"prefix": "SO-"}], st.text("ab ", max_size=5)),
    ([{"value_map": {"map": {"y": True, "n": False}}}, {"default": False}], st.sampled_from(["y", "n"])),
    ([{"gid": "Order"}, {"prefix": "x:"}], st.integers(0, 10**6)),
]  # fmt: skip
RECIPES = [([step], values) for step, values in INVERTIBLE] + CHAINS


def spec(*lines: dict[str, Any], **head: Any) -> dict[str, Any]:
    return {"format": 1, "name": "test.in", **head, "lines": list(lines)}


def inverted(*lines: dict[str, Any]) -> Inversion:
    return invert(spec(*lines))


def comes_back(mapping: dict[str, Any], inverse: dict[str, Any] | None, document: Any) -> None:
    """The promise, for one document; one that the mapping refuses says nothing."""
    assert inverse is not None
    there = compile_mapping(mapping)
    try:
        mapped = there.apply(document)
    except MappingError:
        return
    assert there.apply(compile_mapping(inverse).apply(mapped)) == mapped


def name_of(step: Any) -> str:
    return step if isinstance(step, str) else next(iter(step))


def test_every_transform_with_a_way_back_is_tried_here_and_every_other_says_what_is_lost():
    tried = {name_of(step) for step, _values in INVERTIBLE}
    assert tried == {name for name in DEFAULT if DEFAULT.get(name).inverse is not None}
    for name in set(DEFAULT) - tried:
        with pytest.raises(NotInvertible, match=r"\w+ \w+ \w+"):
            DEFAULT.get(name).way_back()


@pytest.mark.parametrize(("steps", "values"), RECIPES, ids=lambda found: str(found)[:60])
def test_what_a_transform_makes_leads_back_to_it(steps, values):
    line = {"source": "x.a", "transforms": steps, "target": "b"}
    made = inverted(line)
    assert made.is_complete, made.blockers

    @settings(max_examples=30)
    @given(values)
    def leads_back(value: Any) -> None:
        comes_back(spec(line), made.spec, {"x": {"a": value}})

    leads_back()


def prefixed(prefix: str, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The lines reading fields of other names; a group's are those of its own lines."""
    return [
        {**line, "source": prefix + line["source"]}
        if "source" in line
        else {**line, **({"lines": prefixed(prefix, line["lines"])} if "lines" in line else {})}
        for line in lines
    ]


@st.composite
def mapping_and_document(draw: st.DrawFn, depth: int = 2) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Lines that can all be inverted, and a document for them."""
    lines: list[dict[str, Any]] = []
    document: dict[str, Any] = {}
    for index in range(draw(st.integers(1, 5))):
        source, target = f"s{index}", f"t{index}" if index % 2 else f"t.{index}"
        kind = draw(
            st.sampled_from(
                ["plain", "steps", "steps", "alternatives", "value", *(["nested", "list", "group"] * (depth > 0))]
            )
        )
        line: dict[str, Any] = {"source": source, "target": target}
        value: Any = None
        if kind == "plain":
            value = draw(PLAIN | st.lists(PLAIN, max_size=2))
            if draw(st.booleans()):
                lines.append({"source": source, "transforms": ["to_string", "upper"], "target": f"derived{index}"})
        elif kind == "steps":
            line["transforms"], values = draw(st.sampled_from(RECIPES))
            value = draw(st.none() | values)
            if draw(st.booleans()):
                lines.append({**line, "target": f"twin{index}"})
        elif kind == "alternatives":
            line |= {"source": f"{source} || other{index}.x", "transforms": ["strip", "null_if"]}
            value = draw(st.none() | WORD)
            document[f"other{index}"] = {"x": draw(st.none() | WORD)}
        elif kind == "value":
            line = {"value": draw(PLAIN), "target": target}
        else:
            inner, found = draw(mapping_and_document(depth - 1))
            line["lines"] = [{"source": "anchor", "target": "anchor"}, *inner]
            if kind == "list":
                value = [found, *(draw(st.lists(st.just({}) | st.just(found), max_size=2)))]
                line["source"] += draw(st.sampled_from(["", "[]", "[*]"]))
            elif kind == "nested":
                value = draw(st.none() | st.just(found))
            else:
                del line["source"]
                line["lines"] = [item for item in prefixed(f"g{index}", inner) if "||" not in item.get("source", "")]
                document |= {f"g{index}{key}": item for key, item in found.items()}
                if not line["lines"]:
                    continue
        if kind in ("plain", "steps") and draw(st.booleans()):
            default = draw(PLAIN)
            on_error = draw(st.sampled_from(["fail", "default"]))
            lines = [item for item in lines if item.get("source") != source]
            line |= {"default": default, "on_error": on_error, "required": draw(st.booleans())}
        elif kind != "value":
            line |= draw(st.sampled_from([{}, {"empty": "clear"}, {"on_error": "skip"}]))
            lines = [
                item
                if item.get("source") != source or "derived" in item["target"]
                else {**line, "target": item["target"]}
                for item in lines
            ]
        lines.append(line)
        if value is not None or draw(st.booleans()):
            document[source] = value
    return lines or [{"source": "s0", "target": "t"}], document


@settings(max_examples=80)
@given(mapping_and_document())
def test_any_mapping_of_invertible_lines_leads_back(made):
    lines, document = made
    found = invert(spec({"source": "anchor", "target": "anchor"}, *lines))
    comes_back(found.forward, found.spec, document)
    assert found.blockers == (), found.blockers


# What becomes of a line


def test_source_and_target_change_places_and_transforms_are_undone_in_reverse():
    made = invert(
        spec(
            {
                "source": "id",
                "transforms": [{"gid": "Order"}, {"prefix": "x:"}],
                "target": "order.id",
                "required": True,
            },
            {"source": "note", "target": "note", "empty": "clear", "on_error": "skip"},
            {"value": "web", "target": "channel"},
            source="shop.order",
            target="order",
            mode="lenient",
        )
    )
    assert made.is_complete
    assert made.spec == {
        "format": 1,
        "mode": "lenient",
        "name": "test.in.inverse",
        "source": "order",
        "target": "shop.order",
        "lines": [
            {
                "source": "order.id",
                "transforms": [{"remove_prefix": "x:"}, {"gid_number": "Order"}],
                "target": "id",
                "required": True,
            },
            {"source": "note", "target": "note", "on_error": "skip", "empty": "clear"},
        ],
    }


def test_lists_nested_objects_and_groups():
    made = inverted(
        {"source": "items[]", "target": "lines", "lines": [{"source": "sku", "target": "product.sku"}]},
        {"source": "bill_to", "target": "billing", "lines": [{"source": "zip", "target": "zip"}]},
        {"target": "person", "lines": [{"source": "mail", "target": "email"}]},
        {"source": "$root.currency", "target": "currency"},
    )
    assert made.is_complete
    assert made.spec["lines"] == [
        {"source": "lines", "lines": [{"source": "product.sku", "target": "sku"}], "target": "items"},
        {"source": "billing", "lines": [{"source": "zip", "target": "zip"}], "target": "bill_to"},
        {"source": "person.email", "target": "mail"},
        {"source": "currency", "target": "currency"},
    ]


def test_a_default_that_does_not_come_back_is_left_out_on_the_way_back():
    table = {"value_map": {"map": {"p": "paid"}}}
    made = inverted({"source": "s", "transforms": [table], "target": "state", "default": "unknown"})
    assert made.spec["lines"][0]["transforms"][0] == {"null_if": ["unknown"]}
    back = compile_mapping(made.spec)
    assert back.apply({"state": "unknown"}) == {}
    assert back.apply({"state": "paid"}) == {"s": "p"}
    kept = inverted({"source": "taxed", "transforms": ["bool"], "target": "taxed", "default": False})
    assert compile_mapping(kept.spec).apply({"taxed": False}) == {"taxed": False}


def test_what_is_derived_from_restored_fields_may_do_anything():
    made = inverted(
        {"source": "name", "target": "name"},
        {"source": "name", "transforms": [{"split_name": "first"}], "target": "first"},
        {"source": "length(name)", "target": "size", "when": "name"},
        {
            "source": "items",
            "target": "lines",
            "lines": [
                {"source": "$root.name", "transforms": ["hash_sha256"], "target": "hash"},
                {"source": "a", "target": "a"},
                {"source": "a", "transforms": ["upper"], "target": "b", "when": "a != 'x'"},
            ],
        },
    )
    assert made.is_complete, made.blockers
    assert [line["source"] for line in made.spec["lines"]] == ["name", "lines"]
    comes_back(made.forward, made.spec, {"name": "Ada Lovelace", "items": [{"a": "x"}, {"a": "y"}, {}]})


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([{"source": "sum(a)", "target": "t"}], "more than the name of a field"),
        ([{"source": "@", "transforms": ["to_json"], "target": "t"}], "more than the name of a field"),
        ([{"source": "a[0]", "target": "t"}], "more than the name of a field"),
        ([{"source": "a || b", "target": "t"}], "may come from several fields"),
        ([{"source": "a", "transforms": ["hash_sha256"], "target": "t"}], "hash_sha256: a hash cannot be undone"),
        ([{"source": "a", "transforms": [{"template": "{b}"}], "target": "t"}], "puts several fields into one"),
        ([{"source": "a", "target": "t", "when": "b"}], "condition"),
        ([{"source": "a", "target": "t"}, {"source": "b", "target": "t", "when": "b"}], "several lines|condition"),
        ([{"source": "a", "transforms": ["lower"], "target": "t"},
          {"source": "a", "transforms": ["upper"], "target": "u"}], "line 2 leads back to the same field"),
        ([{"source": "a", "transforms": ["lower"], "target": "t"},
          {"source": "a.b", "transforms": ["lower"], "target": "u"}], "inside of the other"),
        ([{"source": "b", "transforms": ["lower"], "target": "u"},
          {"source": "a || b", "transforms": ["email"], "target": "t"}], "would find another field first"),
        ([{"source": "a", "transforms": [{"value_map": {"map": {"x": 1, "y": 1}}}], "target": "t"}], "the same value"),
        ([{"source": "a", "transforms": [{"value_map": {"map": {"x": 1}, "default": 2}}], "target": "t"}], "default"),
        ([{"source": "a", "transforms": [{"value_map": {"map": {"x": " y"}}}, "strip"], "target": "t"}], "together"),
        ([{"source": "a", "transforms": ["datetime_utc", {"date": "Asia/Tokyo"}], "target": "t"}], "together"),
        ([{"source": '"a.b"', "target": "t"}], "cannot be a target"),
        ([{"source": "a", "transforms": [{"null_if": "a"}, "lower"], "target": "t"}], "null_if: what lower makes"),
        ([{"source": "a", "transforms": ["compact"], "target": "t",
           "lines": [{"source": "x", "target": "x"}]}], "before"),
        ([{"source": "a", "target": "t", "lines": [{"value": 1, "target": "x"}]}], "none of its lines"),
        ([{"source": "a", "target": "t", "lines": [{"source": "$root.b", "target": "x"}]}], "reads \\$root"),
        ([{"source": "a", "transforms": [{"phone_e164": {"path": "p"}}], "target": "t"}], "reads several fields"),
        ([{"source": "a", "transforms": [{"money": {"currency_path": "$root.c"}}], "target": "t"}], "and its currency"),
        ([{"source": "a", "transforms": [{"replace": "x"}], "target": "t"}], "cannot be told"),
        ([{"source": "a", "transforms": [{"split": "aba"}], "target": "t"}], "may begin inside"),
        ([{"source": "a", "transforms": [{"divide": 3}], "target": "t"}], "is rounded"),
        ([{"source": "a", "transforms": [{"multiply": 0}], "target": "t"}], "is lost"),
        ([{"source": "a", "transforms": [{"format_datetime": "%P"}], "target": "t"}], "cannot be read back"),
        ([{"source": "a", "transforms": ["gid_number"], "target": "t"}], "kind of object is lost"),
    ],
)  # fmt: skip
def test_a_line_without_an_inverse_is_named_with_the_reason(lines, reason):
    made = inverted({"source": "kept", "target": "kept"}, *lines)
    assert made.spec is None and made.forward is None and not made.is_complete
    (blocker, *_more) = made.blockers
    assert blocker.line.partition(".")[0] in ("2", "3")
    assert any(re.search(reason, blocker.reason) for blocker in made.blockers), made.blockers
    partial = invert(spec({"source": "kept", "target": "kept"}, *lines), partial=True)
    assert partial.blockers == made.blockers
    assert partial.forward["lines"][0] == {"source": "kept", "target": "kept"}
    comes_back(partial.forward, partial.spec, {"kept": 1, "a": {"b": "X"}, "b": "Y"})


def test_nothing_left_is_no_inverse():
    made = invert(spec({"source": "a || b", "target": "t"}), partial=True)
    assert made.spec is None and [blocker.line for blocker in made.blockers] == ["1"]


def test_root_is_restored_for_the_lines_below_whatever_stands_first():
    made = inverted(
        {"target": "group", "lines": [{"source": "name", "target": "name"}]},
        {"source": "empty", "target": "empty", "lines": [{"source": "x", "target": "x"},
                                                         {"source": "sum(y)", "target": "y", "direction": "in"}]},
        {"source": "items", "target": "lines", "lines": [
            {"source": "a", "target": "a"},
            {"source": "$root.name", "transforms": ["upper"], "target": "owner"},
        ]},
    )  # fmt: skip
    assert made.is_complete, made.blockers
    comes_back(made.forward, made.spec, {"name": "Ada", "empty": {"x": 1, "y": [1]}, "items": [{"a": 1}]})


def test_a_blocker_names_a_line_below_another():
    made = inverted(
        {"source": "l[]", "target": "l", "lines": [{"source": "x", "target": "x"}, {"source": "sum(y)", "target": "y"}]}
    )
    (blocker,) = made.blockers
    assert (blocker.line, blocker.source, blocker.target) == ("1.2", "sum(y)", "l.y")


def test_direction_makes_one_mapping_of_a_pair():
    pair = spec(
        {"source": "properties.phone", "target": "phone"},
        {"source": "properties", "transforms": [{"template": "{first} {last}"}], "target": "name", "direction": "in"},
        {"source": "name", "transforms": [{"split_name": "first"}], "target": "properties.first", "direction": "out"},
        {"source": "name", "transforms": [{"split_name": "last"}], "target": "properties.last", "direction": "out"},
        {"source": "list[]", "target": "list", "lines": [
            {"source": "a", "target": "a"},
            {"source": "b", "target": "c", "direction": "out"},
        ]},
    )  # fmt: skip
    made = invert(pair)
    assert made.is_complete
    document = {"properties": {"phone": "1", "first": "Ada", "last": "King"}, "list": [{"a": 1, "b": 2}]}
    inward = compile_mapping(pair).apply(document)
    assert inward == {"phone": "1", "name": "Ada King", "list": [{"a": 1}]}
    outward = compile_mapping(made.spec).apply({**inward, "list": [{"a": 1, "b": 3}]})
    assert outward == {"properties": {"phone": "1", "first": "Ada", "last": "King"}, "list": [{"a": 1, "c": 3}]}


def test_itself_is_the_step_with_its_own_argument():
    assert DEFAULT.get("round_money").inverse is ITSELF
    assert DEFAULT.get("round_money").way_back(0) == [{"round_money": 0}]


@pytest.mark.parametrize(
    ("line", "message"),
    [({"direction": "out"}, "all have the direction “out”"), ({"direction": "back"}, "must be one of both, in, out")],
)
def test_a_direction_is_checked(line, message):
    with pytest.raises(MappingSpecError, match=message):
        compile_mapping(spec({"source": "a", "target": "b", **line}))
