# Part of Integration Hub. License LGPL-3.0 or later.
"""The reference of transforms: current, and every example in it is true."""

from pathlib import Path

import pytest
from integration_hub_connectors.cli import main
from integration_hub_connectors.mapping import DEFAULT, compile_mapping
from integration_hub_connectors.mapping.reference_page import example_step, markdown

PAGE = Path(__file__).resolve().parents[2] / "docs" / "TRANSFORMS.md"
EXAMPLES = [(name, example) for name in DEFAULT for example in DEFAULT.get(name).examples]


def test_every_transform_has_an_example():
    assert {name for name, _example in EXAMPLES} == set(DEFAULT)
    assert len(set(DEFAULT)) >= 40


@pytest.mark.parametrize(("name", "example"), EXAMPLES, ids=lambda found: str(found)[:50])
def test_every_example_is_true(name, example):
    line = {"source": "v", "transforms": [example_step(DEFAULT.get(name), example)], "target": "t", "empty": "clear"}
    found = compile_mapping({"format": 1, "name": "example", "lines": [line]}).apply({"v": example.value})["t"]
    assert found == example.result
    assert type(found) is type(example.result)


def test_the_page_is_current(capsys):
    assert main(["transforms"]) == 0
    said = capsys.readouterr().out
    assert said == markdown()
    assert PAGE.read_text(encoding="utf-8") == said, "write it anew: hub transforms > docs/TRANSFORMS.md"
