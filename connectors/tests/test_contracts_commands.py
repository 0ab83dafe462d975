# Part of Integration Hub. License LGPL-3.0 or later.
"""`hub contract compare` and `hub contract infer`, as a person runs them."""

import json

import pytest
from integration_hub_connectors.cli import main

OLD = {"type": "object", "properties": {"id": {"type": "integer"}}, "required": ["id"]}
WIDER = {"type": "object", "properties": {"id": {"type": ["integer", "string"]}, "note": {"type": "string"}}}
NARROWER = {"type": "object", "properties": {"id": {"type": "integer", "minimum": 1}}, "required": ["id"]}


@pytest.fixture
def file(tmp_path):
    def write(name, document):
        path = tmp_path / name
        path.write_text(document if isinstance(document, str) else json.dumps(document))
        return str(path)

    return write


@pytest.mark.parametrize(
    ("new", "options", "status"),
    [
        (OLD, ["--require", "full", "--strict"], 0),
        (WIDER, [], 0),
        (WIDER, ["--strict"], 1),
        (WIDER, ["--require", "forward"], 1),
        (WIDER, ["--require", "full"], 1),
        (NARROWER, [], 1),
        (NARROWER, ["--require", "forward", "--strict"], 0),
    ],
)
def test_compare_exits_with_1_when_what_is_required_breaks(file, capsys, new, options, status):
    assert main(["contract", "compare", "--old", file("old", OLD), "--new", file("new", new), *options]) == status
    assert "compatible: " in capsys.readouterr().out


def test_compare_prints_a_change_a_line(file, capsys):
    assert main(["contract", "compare", "--old", file("old", OLD), "--new", file("new", WIDER)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "breaks forward: id: no longer required; documents of the new version may lack it [required-removed]",
        "breaks forward: id: the type was integer and is now string or integer [type-widened]",
        "risk backward: note: described now; until now any content was tolerated here [property-added]",
        "compatible: backward",
    ]


def test_compare_reads_what_both_refer_to(file, tmp_path, capsys):
    resource = file("shared.json", {"type": "string"})
    uri = (tmp_path / "shared.json").as_uri()
    old, new = file("old", {"items": {"$ref": uri}}), file("new", {"items": {"$ref": uri, "maxLength": 3}})
    assert main(["contract", "compare", "--old", old, "--new", new, "--resource", resource]) == 1
    assert "[]: the length was not limited and is now at most 3" in capsys.readouterr().out
    assert main(["contract", "compare", "--old", old, "--new", new]) == 2


@pytest.mark.parametrize("document", ["", "[]", "7", '{"type": "text"}', '{"$ref": "#/nowhere"}'])
def test_compare_refuses_what_is_no_contract(file, capsys, document):
    assert main(["contract", "compare", "--old", file("old", OLD), "--new", file("new", document)]) == 2
    assert capsys.readouterr().err.startswith("hub contract: ")


def test_infer_prints_a_schema_of_all_samples(file, capsys):
    one, other = file("one", {"id": 1, "at": "2026-01-31"}), file("other", {"id": 2.5})
    assert main(["contract", "infer", one, other]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {"at": {"type": "string", "format": "date"}, "id": {"type": "number"}},
        "required": ["id"],
    }


def test_infer_takes_each_item_of_a_batch_as_a_sample(file, capsys):
    assert main(["contract", "infer", "--each", file("batch", [{"a": 1}, {}])]) == 0
    assert json.loads(capsys.readouterr().out)["properties"] == {"a": {"type": "integer"}}


@pytest.mark.parametrize(("document", "options"), [("", []), ("{", []), ("{}", ["--each"]), ("[]", ["--each"])])
def test_infer_refuses_what_holds_no_sample(file, capsys, document, options):
    assert main(["contract", "infer", *options, file("sample", document)]) == 2
    assert capsys.readouterr().err.startswith("hub contract: ")
