# Part of Integration Hub. License LGPL-3.0 or later.
"""`hub sign`, `hub verify` and `hub schemes` with schemes that have options; the page that is made of them."""

import json
from pathlib import Path

import pytest
from integration_hub_connectors.cli import main
from integration_hub_connectors.messages import Headers
from integration_hub_connectors.signatures import OPTIONS, SCHEMES, Delivery, get
from integration_hub_connectors.signatures.reference_page import markdown

DESCRIBED = {"signature_header": "X-Sig", "signed": "{timestamp}.{body}", "timestamp_header": "X-Time"}
ARGUMENTS = [part for name, value in DESCRIBED.items() for part in ("--option", f"{name}={value}")]


@pytest.fixture
def body(tmp_path, monkeypatch):
    monkeypatch.setenv("HUB_TEST_SECRET", "s3cret")
    path = tmp_path / "body"
    path.write_bytes(b'{"a": 1}')
    return str(path)


def sign(body, scheme, *arguments):
    return main(["sign", "--scheme", scheme, "--secret-env", "HUB_TEST_SECRET", "--body", body, *arguments])


def test_sign_takes_options(body, capsys):
    assert sign(body, "hmac", *ARGUMENTS, "--now", "1700000000") == 0
    headers = Headers(line.split(": ", 1) for line in capsys.readouterr().out.splitlines())
    delivery = Delivery("POST", None, headers, b'{"a": 1}')
    assert get("hmac", DESCRIBED).verify(delivery, ["s3cret"], now=1_700_000_000).timestamp == 1_700_000_000


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--option", "signature_header"], "NAME=VALUE"),
        (["--option", "signature_header=A", "--option", "signature_header=B"], "NAME=VALUE"),
        (["--option", "header=A"], "no option header"),
        (["--option", "signature_header=A", "--option", "digest=md5"], "option digest"),
        ([], "signature_header is missing"),
    ],
)
def test_sign_explains_wrong_options(body, capsys, arguments, words):
    assert sign(body, "hmac", *arguments) == 2
    assert words in capsys.readouterr().err


def test_value_may_hold_an_equals_sign(body, capsys):
    assert sign(body, "hmac", "--option", "signature_header=A", "--option", "prefix=v1=") == 0
    assert capsys.readouterr().out.startswith("A: v1=")


def test_verify_takes_options(tmp_path, capsys):
    scheme = get("hmac", DESCRIBED)
    delivery = Delivery("POST", None, Headers(), b"{}")
    headers = scheme.sign(delivery, "s3cret", now=1_700_000_000)
    case = {"id": "1", "valid": True, "secret": "s3cret", "headers": headers, "body": "{}", "now": 1_700_000_000}
    path = tmp_path / "cases.json"
    path.write_text(json.dumps({"vendor": "hmac", "cases": [case, {**case, "id": "2", "valid": False, "body": "[]"}]}))
    assert main(["verify", "--vectors", str(path), *ARGUMENTS]) == 0
    assert "hmac: 2 of 2 cases" in capsys.readouterr().out
    assert main(["verify", "--vectors", str(path)]) == 2


def test_schemes_lists_all_with_their_options(capsys):
    assert main(["schemes"]) == 0
    out = capsys.readouterr().out
    for key, kind in SCHEMES.items():
        assert f"{key}  {kind.title}\n" in out
    assert "  signature_header (needed): The header that holds the signature." in out


def test_page_is_what_the_schemes_say(capsys):
    assert main(["schemes", "--markdown"]) == 0
    page = capsys.readouterr().out
    assert page == markdown()
    written = Path(__file__).resolve().parents[2] / "docs" / "SIGNATURE_SCHEMES.md"
    assert written.read_text() == page, "run: hub schemes --markdown > docs/SIGNATURE_SCHEMES.md"
    for key, options in OPTIONS.items():
        assert f"`{key}`" in page
        assert all(f"| `{option.name}` |" in page for option in options)
