# Part of Integration Hub. License LGPL-3.0 or later.
"""Options are data: what may be set, how it is read, and what is said of a wrong value."""

import pytest
from integration_hub_connectors.errors import ConfigurationError
from integration_hub_connectors.signatures import FORM, JSON, OPTIONS, SCHEMES, Option, get
from integration_hub_connectors.signatures.options import read_options

TEXT = Option("a", "A", "Help.")
FLAG = Option("a", "A", "Help.", "boolean", False)
NUMBER = Option("a", "A", "Help.", "number", 5.0, minimum=1.0, maximum=10.0)
CHOICE = Option("a", "A", "Help.", "choice", "x", ("x", "y"))
CHOICES = Option("a", "A", "Help.", "choices", ("x",), ("x", "y"))
LIST = Option("a", "A", "Help.", "list", ())


@pytest.mark.parametrize(
    ("option", "given", "expected"),
    [
        (TEXT, "x", "x"), (TEXT, "a\nb", "a\nb"), (TEXT, " ", " "),
        (FLAG, True, True), (FLAG, False, False), (FLAG, "true", True), (FLAG, "Yes", True), (FLAG, "1", True),
        (FLAG, "False", False), (FLAG, "no", False), (FLAG, "0", False),
        (NUMBER, 1, 1.0), (NUMBER, 10, 10.0), (NUMBER, "2.5", 2.5),
        (CHOICE, "y", "y"),
        (CHOICES, ["y", "x"], ("y", "x")), (CHOICES, "x, y", ("x", "y")), (CHOICES, ("y",), ("y",)),
        (LIST, ["a,b", "c"], ("a,b", "c")), (LIST, "a, b,", ("a", "b")), (LIST, ["", "a"], ("a",)),
    ],
)  # fmt: skip
def test_values_come_as_json_or_as_text(option, given, expected):
    found = option.read(given)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize("option", [TEXT, FLAG, NUMBER, CHOICE, CHOICES, LIST])
@pytest.mark.parametrize("empty", [None, "", [], ()])
def test_nothing_is_the_default(option, empty):
    assert option.read(empty) == option.default


@pytest.mark.parametrize(
    ("option", "given", "allowed"),
    [
        (TEXT, 5, "text"), (TEXT, "a\x00", "printable"), (TEXT, True, "text"), (TEXT, {}, "text"),
        (FLAG, "maybe", "true or false"), (FLAG, 1, "true or false"), (FLAG, 0, "true or false"),
        (NUMBER, 0.99, "from 1 to 10"), (NUMBER, 10.01, "from 1 to 10"), (NUMBER, "nan", "from 1 to 10"),
        (NUMBER, "inf", "from 1 to 10"), (NUMBER, True, "a number"), (NUMBER, "many", "a number"),
        (NUMBER, [5], "a number"),
        (NUMBER, 10**400, "a number"),
        (CHOICE, "z", "one of x, y"), (CHOICE, ["x"], "one of x, y"),
        (CHOICES, ["z"], "some of x, y"), (CHOICES, "x,z", "some of x, y"), (CHOICES, 5, "some of x, y"),
        (LIST, [5], "texts"), (LIST, 5, "texts"), (LIST, "a\x00", "texts"), (LIST, {"a": 1}, "texts"),
        (LIST, " , ", "texts"),
    ],
)  # fmt: skip
def test_wrong_values_are_named_with_what_is_allowed(option, given, allowed):
    with pytest.raises(ConfigurationError) as caught:
        option.read(given)
    assert caught.value.code == "invalid-option"
    assert caught.value.params == {"option": "a"}
    assert "option a does not hold" in str(caught.value)
    assert allowed in caught.value.hint


def test_required_options_are_missed():
    with pytest.raises(ConfigurationError, match="option a is missing"):
        Option("a", "A", "Help.", required=True).read("")
    assert (TEXT.required, TEXT.kind, TEXT.default, TEXT.choices, TEXT.separator) == (False, "text", "", (), ",")


def test_unknown_options_are_named_with_the_known_ones():
    with pytest.raises(ConfigurationError) as caught:
        read_options("some", (TEXT,), {"b": 1, "a": "x"})
    assert caught.value.code == "unknown-option"
    assert "no option b" in str(caught.value)
    assert caught.value.hint == "Its options: a."
    assert caught.value.params == {"scheme": "some", "options": ["b"]}
    with pytest.raises(ConfigurationError, match="some has no option b, c") as caught:
        read_options("some", (), {"c": 1, "b": 1})
    assert (caught.value.hint, caught.value.params["options"]) == ("Its options: none.", ["b", "c"])
    with pytest.raises(ConfigurationError, match="stripe has no option tolerance"):
        get("stripe", {"tolerance": 600})
    assert read_options("some", (TEXT, LIST), {}) == {"a": ()}


@pytest.mark.parametrize("options", [{"past": object()}, {"past": {1, 2}}, {"past": b"x"}])
def test_options_are_json(options):
    with pytest.raises(ConfigurationError) as caught:
        get("hmac", options)
    assert caught.value.code == "invalid-option"


def test_schemes_are_compiled_once():
    assert get("stripe") is get("stripe", {})
    one = get("hmac", {"signature_header": "X-Sig", "prefix": "a"})
    assert one is get("hmac", {"prefix": "a", "signature_header": "X-Sig"})
    assert one is not get("hmac", {"prefix": "b", "signature_header": "X-Sig"})


@pytest.mark.parametrize("key", list(SCHEMES))
def test_options_are_described(key):
    options = OPTIONS[key]
    assert options == SCHEMES[key].options
    assert len({option.name for option in options}) == len(options)
    for option in options:
        word = option.label.split()[0]
        assert word == word.capitalize()
        assert option.help.endswith((".", ":"))
        assert len(option.help) < 110
        if not option.required:
            assert option.read(option.default) == option.default
        else:
            assert option.default in ("", ())
        assert bool(option.choices) == (option.kind in ("choice", "choices"))
        assert not any(word in option.name for word in ("password", "token_value"))


@pytest.mark.parametrize("key", ["hmac", "jwt", "mtls_header"])
def test_some_mean_nothing_without_options(key):
    assert SCHEMES[key].needs_options
    with pytest.raises(ConfigurationError, match="is missing"):
        get(key)


LEAST = {
    "basic": {}, "github": {"allow_sha1": True}, "hmac": {"signature_header": "X-Sig"},
    "jwt": {"algorithms": ["HS256"]}, "mtls_header": {"form": "nginx", "subjects": ["CN=a"]},
}  # fmt: skip


@pytest.mark.parametrize("key", list(LEAST))
def test_what_is_configured_has_the_names_of_its_kind(key):
    scheme, kind = get(key, LEAST[key]), SCHEMES[key]
    assert (scheme.key, scheme.title, scheme.docs_url) == (key, kind.title, kind.docs_url)
    assert kind.docs_url.startswith("https://")


def test_all_that_have_options_are_configured_here():
    assert set(LEAST) == {key for key, options in OPTIONS.items() if options}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, (202, JSON, None)),
        ({"answer_status": "200"}, (200, JSON, None)),
        ({"answer_text": "OK"}, (202, "text/plain; charset=utf-8", b"OK")),
        ({"answer_status": "200", "answer_empty": True}, (200, "text/plain; charset=utf-8", b"")),
        ({"answer_text": "OK", "answer_empty": True}, (202, "text/plain; charset=utf-8", b"")),
        ({"answer_status": "204"}, (204, "text/plain; charset=utf-8", b"")),
    ],
)
def test_answer_is_as_the_sender_wants_it(options, expected):
    answer = get("basic", options).answer
    assert (answer.status, answer.content_type, answer.body) == expected


def test_what_the_sender_sends_is_set():
    scheme = get(
        "basic", {"content_types": "application/x-www-form-urlencoded", "json_field": "p", "redelivers": "yes"}
    )
    assert (scheme.content_types, scheme.json_field, scheme.redelivers) == ((FORM,), "p", True)
    usual = get("basic")
    assert (usual.content_types, usual.json_field, usual.redelivers) == ((JSON,), "", False)
