# Part of Integration Hub. License LGPL-3.0 or later.
"""infer(): what it recognises, what it never says, and that it always accepts what it has seen."""

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from integration_hub_connectors.contracts import compare, compile_contract, infer
from integration_hub_connectors.contracts.inference.keys import MOST_NAMES
from integration_hub_connectors.contracts.inference.summary import DEEPEST
from integration_hub_connectors.errors import ConfigurationError, DocumentError
from jsonschema import Draft202012Validator


def of(*samples):
    schema = infer(samples)
    assert schema.pop("$schema") == "https://json-schema.org/draft/2020-12/schema"
    return schema


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        ([1, 2], {"type": "integer"}),
        ([1, 2.5], {"type": "number"}),
        ([1, None], {"type": ["integer", "null"]}),
        ([True, 1], {"type": ["integer", "boolean"]}),
        ([None], {}),
        ([[]], {"type": "array"}),
        ([[], [1], ["a"]], {"type": "array", "items": {"type": ["string", "integer"]}}),
        ([[None], [None, None]], {"type": "array", "items": {}}),
        ([{}], {"type": "object"}),
        (
            [{"a": 1, "b": "x"}, {"b": "y"}],
            {"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "string"}}, "required": ["b"]},
        ),
        (
            [[{"a": 1}, {}]],
            {"type": "array", "items": {"type": "object", "properties": {"a": {"type": "integer"}}}},
        ),
    ],
)
def test_types_are_united(samples, expected):
    assert of(*samples) == expected


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["2026-01-31T09:30:00Z", "2026-01-31T09:30:00+01:00"], {"format": "date-time"}),
        (["2026-01-31"], {"format": "date"}),
        (["2026-01-31", "2026-02-30"], {}),
        (["2026-01-31", "2026-01-31T09:30:00Z"], {}),
        (["2017-03-22T16:28:02"], {}),
        (["ada@example.com"], {"format": "email"}),
        (["ada@example.com", ""], {}),
        (["0b5a8e8e-2d5c-4a55-9a39-2f4c1d9b7a10"], {"format": "uuid"}),
        (["https://example.com/a?b=c", "gid://shopify/Order/1"], {"format": "uri"}),
        (["status:paid"], {}),
        (["19.99", "0.00", "-1.5"], {"pattern": r"^-?[0-9]+\.[0-9]+$"}),
        (["1.0"], {}),
        (["10115", "20095", "80331"], {}),
    ],
)
def test_formats_are_recognised_where_all_texts_have_them(texts, expected):
    assert of(*texts) == {"type": "string", **expected}


def statuses(*words, times=10, name="status"):
    return of(*({name: word} for word in words for _each in range(times)))["properties"][name]


def test_few_words_seen_often_are_a_choice():
    assert statuses("paid", "refunded", "partially_paid") == {
        "type": "string",
        "enum": ["paid", "partially_paid", "refunded"],
    }
    assert statuses("paid", None, "void", times=20) == {"type": ["string", "null"], "enum": ["paid", "void", None]}


@pytest.mark.parametrize(
    "words",
    [
        {"words": ["paid", "void"], "times": 4},
        {"words": [f"kind_{letter}" for letter in "abcdefghijklmnop"]},
        {"words": ["Ada Lovelace", "Grace Hopper", "x"]},
        {"words": ["berlin", "hamburg", "bremen"], "name": "city"},
        {"words": ["ada", "grace", "joan"], "name": "firstName"},
        {"words": ["100", "200", "300"]},
        {"words": ["EUR", "USD", "CHF"]},
        {"words": ["eur", "usd", "chf"], "name": "currency"},
        {"words": ["a", "b", "c"]},
    ],
)
def test_values_are_not_copied_without_evidence(words):
    assert statuses(*words.pop("words"), **words) == {"type": "string"}


def test_a_word_that_is_seldom_is_no_choice():
    assert of(*[{"s": "paid"}] * 60, {"s": "ada"})["properties"]["s"] == {"type": "string"}


@pytest.mark.parametrize(
    "key",
    [
        "1001", "0b5a8e8e-2d5c-4a55-9a39-2f4c1d9b7a10", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "ada@example.com",
        "2026-01-31", "cus_NffrFeUfNV2Hib", "9f86d081884c7d65", "https://example.com/", "",
    ],
)  # fmt: skip
def test_ids_as_names_make_a_map(key):
    assert of({key: {"n": 1}}) == {
        "type": "object",
        "additionalProperties": {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]},
    }


@pytest.mark.parametrize("key", ["address1", "total_price_set", "admin_graphql_api_id", "deadbeef", "x509", "$schema"])
def test_other_names_are_fields(key):
    assert list(of({key: 1})["properties"]) == [key]


def test_names_that_hardly_ever_come_back_make_a_map():
    letters = "abcdefghijklmnopqrstuvwxyz"
    assert of(*({f"sku-{letter}": 1} for letter in letters)) == {
        "type": "object",
        "additionalProperties": {"type": "integer"},
    }
    assert len(of({f"sku-{letter}": 1 for letter in letters})["properties"]) == len(letters)


def test_too_many_names_make_a_map_in_any_order():
    samples = [{f"name{number:x}z": number % 2 or None} for number in range(MOST_NAMES + 5)]
    expected = {"type": "object", "additionalProperties": {"type": ["integer", "null"]}}
    assert of(*samples) == of(*reversed(samples)) == expected


def test_what_is_known_of_each_name_is_known_of_a_map():
    letters = "abcdefghijklmnopqrstuvwxyz"
    samples = [{f"sku-{letter}": {"1": [1], "by": [{}]}} for letter in letters]
    samples += [{f"sku-{letter}": {"2": [None, 1.5]}} for letter in letters]
    value = {
        "type": "object",
        "properties": {"by": {"type": "array", "items": {"type": "object"}}},
        "additionalProperties": {"type": "array", "items": {"type": ["number", "null"]}},
    }
    assert of(*samples) == {"type": "object", "additionalProperties": value}


def test_what_is_too_deep_may_be_anything():
    document = leaf = []
    for _level in range(DEEPEST * 3):
        leaf.append([])
        leaf = leaf[0]
    schema, levels = of(document), 0
    while "items" in schema:
        schema, levels = schema["items"], levels + 1
    assert (schema, levels) == ({}, DEEPEST)


def test_nothing_is_inferred_from_nothing():
    with pytest.raises(ConfigurationError) as caught:
        infer([])
    assert caught.value.code == "no-samples"


@pytest.mark.parametrize("sample", [{1}, {"a": [object()]}, b"{}"])
def test_what_is_no_json_is_refused(sample):
    with pytest.raises(DocumentError):
        infer([sample])


TEXTS = st.text(max_size=3) | st.sampled_from(
    ["paid", "void", "2026-01-31", "2026-01-31T09:30:00Z", "1.50", "a@example.com", "https://example.com", ""]
)
SCALARS = st.none() | st.booleans() | st.integers(-5, 5) | st.floats(allow_nan=False, allow_infinity=False) | TEXTS
NAMES = st.sampled_from(["id", "status", "name", "1001", "1002"]) | st.text(max_size=2)
DOCUMENTS = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=12
)
SAMPLES = st.lists(DOCUMENTS, min_size=1, max_size=6)


@given(SAMPLES, st.integers(1, 40))
def test_every_sample_is_valid(samples, times):
    schema = infer(samples * times)
    contract = compile_contract(schema, assert_formats=True)
    reference = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    for sample in samples:
        assert contract.is_valid(sample), contract.problems(sample)
        assert reference.is_valid(sample)


@given(SAMPLES, st.integers(1, 12), st.randoms(use_true_random=False))
def test_order_does_not_matter(samples, times, chance):
    ordered = samples * times
    shuffled = chance.sample(ordered, len(ordered))
    assert json.dumps(infer(ordered)) == json.dumps(infer(shuffled))


FIELDS = st.sampled_from(["id", "status", "name", "lines"])
KNOWN = st.recursive(
    SCALARS.filter(lambda value: value is not None),
    lambda inner: st.lists(inner, min_size=1, max_size=3) | st.dictionaries(FIELDS, inner, max_size=4),
    max_leaves=8,
)
MORE = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS, inner, max_size=4), max_leaves=8
)


@given(st.lists(KNOWN, min_size=1, max_size=5), st.lists(MORE, max_size=5))
def test_more_samples_only_widen(samples, more):
    """Where the first samples left nothing unknown: each often enough to be evidence, none of them null or empty."""
    evidence = samples * 40
    verdict = compare(infer(evidence), infer(evidence + more))
    assert verdict.backward, verdict.changes


JSON_SCHEMA = {
    "additionalProperties", "array", "boolean", "date", "date-time", "email", "format", "integer", "items", "null",
    "number", "object", "pattern", "properties", "required", "string", "type", "uri", "uuid",
}  # fmt: skip


def test_real_payloads_are_valid_and_none_of_their_texts_is_copied(shared_fixtures):
    folders = [folder for folder in (shared_fixtures / "payloads").iterdir() if folder.is_dir()]
    for folder in folders:
        for path in folder.glob("*.json"):
            document = json.loads(path.read_text(encoding="utf-8"))
            schema = infer([document])
            compile_contract(schema, assert_formats=True).check(document)
            names, texts = set(), set()
            _collect(document, names, texts)
            written = json.dumps(schema, ensure_ascii=False)
            for text in texts - names - JSON_SCHEMA:
                assert json.dumps(text, ensure_ascii=False) not in written
    assert len(folders) >= 5


def _collect(value, names, texts):
    if isinstance(value, dict):
        names.update(value)
        for member in value.values():
            _collect(member, names, texts)
    elif isinstance(value, list):
        for item in value:
            _collect(item, names, texts)
    elif isinstance(value, str):
        texts.add(value)


def test_memory_does_not_grow_with_the_samples():
    import tracemalloc

    chance = random.Random(7)

    def stream(count):
        for number in range(count):
            yield {"id": number, "name": f"n{chance.random()}", "by_id": {str(chance.randrange(10**9)): {"n": 1}}}

    peaks = []
    for count in (500, 5000):
        tracemalloc.start()
        infer(stream(count))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] * 1.5
