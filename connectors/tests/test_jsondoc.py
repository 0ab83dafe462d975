# Part of Integration Hub. License LGPL-3.0 or later.
"""Strict JSON: every way of being wrong has its own code, and what is right comes back as it went in."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from integration_hub_connectors import jsondoc
from integration_hub_connectors.errors import DocumentError

GOOD = [
    (b"{}", {}),
    (b' [1, -2.5e3, true, null, "\xc3\xa9"] \r\n', [1, -2500.0, True, None, "é"]),
    (b'"text"', "text"),
    (b"0", 0),
    (b'"\\ud83d\\ude00"', "\U0001f600"),
    (b'"\\\\u0000 \\\\ud800"', "\\u0000 \\ud800"),
    (b'{"a": {"a": 1}}', {"a": {"a": 1}}),
    (b'"[[[[[[[[\\"[[[[[[{{{{"', '[[[[[[[["[[[[[[{{{{'),
    (b"1e-999", 0.0),
    (b"1" * 4300, int("1" * 4300)),
]
BAD = [
    (b"", "empty-body"),
    (b" \r\n\t", "empty-body"),
    (b"\xff", "invalid-utf8"),
    (b'"\xed\xa0\x80"', "invalid-utf8"),
    (b'"\xc0\x80"', "invalid-utf8"),
    (b'"\\ud800"', "invalid-utf8"),
    (b'"\\ude00\\ud83d"', "invalid-utf8"),
    (b'"\\\\\\uD800"', "invalid-utf8"),
    (b"{", "invalid-json"),
    (b"<html>", "invalid-json"),
    (b"\xef\xbb\xbf{}", "invalid-json"),
    (b"{'a': 1}", "invalid-json"),
    (b'{"a": 1,}', "invalid-json"),
    (b"{} {}", "invalid-json"),
    (b'"\n"', "invalid-json"),
    (b"01", "invalid-json"),
    (b"[NaN]", "non-finite-number"),
    (b"-Infinity", "non-finite-number"),
    (b"1e999", "non-finite-number"),
    (b"1" * 400 + b".0", "non-finite-number"),
    (b"1" * 4301, "number-too-long"),
    (b'{"a": 1, "b": {"x": 1, "x": 1}}', "duplicate-key"),
    (b'{"a": 1, "\\u0061": 2}', "duplicate-key"),
    (b"[1\x00]", "nul-character"),
    (b'"\\u0000"', "nul-character"),
    (b'"\\\\\\u0000"', "nul-character"),
    (b'{"\\u0000": 1}', "nul-character"),
    (b"[" * 65 + b"]" * 65, "too-deep"),
    (b'{"a":' * 65 + b"1" + b"}" * 65, "too-deep"),
    (b"[" * 1_000_000, "too-deep"),
    (b'{"a":[' * 100_000, "too-deep"),
]


@pytest.mark.parametrize(("raw", "document"), GOOD)
def test_right_documents_are_read(raw, document):
    assert jsondoc.parse(raw) == document


@pytest.mark.parametrize(("raw", "code"), BAD, ids=[f"{code}-{number}" for number, (_raw, code) in enumerate(BAD)])
def test_wrong_documents_are_refused_each_with_its_code(raw, code):
    with pytest.raises(DocumentError) as caught:
        jsondoc.parse(raw)
    assert caught.value.code == code
    json.dumps(caught.value.params)


def test_depth_is_exact():
    for opened, closed in ((b"[", b"]"), (b'{"]":', b"}")):
        inner = b"" if opened == b"[" else b'"}}"'
        assert jsondoc.parse(opened * 64 + inner + closed * 64)
        with pytest.raises(jsondoc.TooDeep):
            jsondoc.parse(opened * 65 + inner + closed * 65)
    wide = b"[" + b",".join([b'{"a\\"[": [[]]}'] * 500) + b"]"
    assert len(jsondoc.parse(wide, max_depth=4)) == 500
    with pytest.raises(jsondoc.TooDeep):
        jsondoc.parse(wide, max_depth=3)


def test_brackets_in_texts_are_no_depth():
    nested = "[" * 100 + "]" * 100
    for text in (nested, '"' + nested, '\\"' + nested, "\\" + nested, '"' + nested + '"', '["' * 100):
        assert jsondoc.parse(json.dumps([text]).encode(), max_depth=1) == [text]


def test_last_key_may_win_on_request():
    assert jsondoc.parse(b'{"a": 1, "a": 2}', unique_keys=False) == {"a": 2}


def test_messages_give_positions_and_never_values():
    with pytest.raises(DocumentError) as caught:
        jsondoc.parse(b'{"card": "4242424242424242"\n oops}')
    assert "4242" not in f"{caught.value} {caught.value!r} {caught.value.params}"
    assert caught.value.params == {"line": 2, "column": 2}


_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")), inner, max_size=4
        )
    ),
    max_leaves=20,
)


@given(_json, st.booleans())
def test_any_document_round_trips(document, ascii_only):
    assert jsondoc.parse(json.dumps(document, ensure_ascii=ascii_only).encode()) == document


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(raw):
    try:
        document = jsondoc.parse(raw)
    except DocumentError:
        return
    json.dumps(document, ensure_ascii=False, allow_nan=False).encode("utf-8")


@given(st.text(st.sampled_from('[]{}"\\ a:,'), max_size=60), st.integers(0, 4))
def test_depth_agrees_with_the_document(text, max_depth):
    def depth(value):
        if isinstance(value, dict):
            return 1 + max(map(depth, value.values()), default=0)
        return 1 + max(map(depth, value), default=0) if isinstance(value, list) else 0

    try:
        expected = depth(json.loads(text))
    except ValueError:
        return
    try:
        assert depth(jsondoc.parse(text.encode(), max_depth=max_depth)) <= max_depth
    except jsondoc.TooDeep:
        assert expected > max_depth
    except jsondoc.DuplicateKey:
        assert text.count(":") > 1


def _outcome(read, raw, *settings):
    try:
        document = read(raw, *settings)
    except DocumentError as error:
        return error.code, error.params
    return repr(document)  # -0.0 is not 0, 1.0 is not 1


@given(
    st.lists(
        st.sampled_from(
            [
                *rb'{|}|[|]|,|:| |"|"a"|"b":|"a" :|{"a":1|"\u0061"|\|\"|\u0000|\ud800|1|-0|1e999|NaN|true'.split(b"|"),
                *(b"9" * 25, b"\n", b"\xc3\xa9", b"\xff"),
            ]
        ),
        max_size=14,
    ).map(b"".join),
    st.booleans(),
)
def test_the_quick_look_decides_as_the_exact_one(raw, unique_keys):
    def quickly(raw):
        return jsondoc.parse(raw, max_depth=2, unique_keys=unique_keys)

    assert _outcome(quickly, raw) == _outcome(jsondoc._exact, raw, 2, unique_keys)


@given(_json, _json, st.sampled_from([b":", b" :", b": ", b"\n\t:"]), st.booleans())
def test_a_key_twice_is_found_wherever_it_is(inner, other, colon, ascii_only):
    first, second = (json.dumps(each, ensure_ascii=ascii_only).encode() for each in (inner, other))
    for key in (b'"a"', b'"\\""', b'"\\\\"', b'":"'):
        raw = b"[" + first + b",{" + key + colon + first + b"," + key + colon + second + b"}]"
        with pytest.raises(jsondoc.DuplicateKey):
            jsondoc.parse(raw)
