# Part of Integration Hub. License LGPL-3.0 or later.
"""`hub contract check` as a person runs it."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from integration_hub_connectors.cli import main

SCHEMA = {
    "required": ["id"],
    "properties": {"day": {"format": "date", "description": "As in 2026-01-31"}, "price": {"$ref": "money.json"}},
}
MONEY = {"$id": "money.json", "type": "string"}
Write = Callable[[str, Any], str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(name: str, contents: Any) -> str:
        path = tmp_path / name
        path.write_text(json.dumps(contents))
        return str(path)

    return write


def test_a_payload_that_keeps_the_contract(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    schema, payload = write("schema.json", {"type": "object"}), write("payload.json", {})
    assert main(["contract", "check", "--schema", schema, "--payload", payload]) == 0
    assert capsys.readouterr().out == "OK\n"


def test_a_payload_that_does_not(
    write: Write, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    schema = write("schema.json", {**SCHEMA, "$id": "https://example.org/order.json"})
    money = write("money.json", {**MONEY, "$id": "https://example.org/money.json"})
    payload = json.dumps({"day": "31/01/2026", "price": 7}).encode()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(payload)))
    arguments = ["contract", "check", "--schema", schema, "--payload", "-", "--resource", money, "--formats"]
    assert main(arguments) == 1
    assert capsys.readouterr().out.splitlines() == [
        "id is missing. Send it, or make it optional in the contract.",
        "day must be a date, as in 2026-01-31. As in 2026-01-31",
        "price must be text, but is a number",
        "3 problems",
    ]


def test_one_problem_is_one(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    schema, payload = write("schema.json", {"maximum": 1}), write("payload.json", 2)
    assert main(["contract", "check", "--schema", schema, "--payload", payload]) == 1
    assert capsys.readouterr().out == "The document must be at most 1\n1 problem\n"


@pytest.mark.parametrize("schema", [{"type": "text"}, [1], {"$ref": "https://example.org/money.json"}, {"$ref": "#"}])
def test_a_contract_that_is_none(write: Write, capsys: pytest.CaptureFixture[str], schema: Any) -> None:
    arguments = ["--schema", write("schema.json", schema), "--payload", write("payload.json", {})]
    assert main(["contract", "check", *arguments]) == 2
    said = capsys.readouterr()
    assert said.err.startswith("hub contract: ")
    assert said.out == ""


def test_a_command_must_be_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["contract"])
    assert caught.value.code == 2
    assert "COMMAND" in capsys.readouterr().err
