# Part of Integration Hub. License LGPL-3.0 or later.
"""The trace shows every line's work."""

from integration_hub_connectors.mapping import compile_mapping


def trace(document, *lines):
    return compile_mapping({"format": 1, "name": "test", "lines": list(lines)}).trace(document)


def test_every_step_is_shown():
    (entry,) = trace({"e": " A@B.CD "}, {"source": "e", "transforms": ["strip", "lower", "email"], "target": "mail"})
    assert (entry.line, entry.source, entry.target, entry.raw) == ("1", "e", "mail", " A@B.CD ")
    assert entry.steps == [("strip", "A@B.CD"), ("lower", "a@b.cd"), ("email", "a@b.cd")]
    assert (entry.outcome, entry.final, entry.problem, entry.depth) == ("set", "a@b.cd", None, 0)


def test_outcomes():
    entries = trace(
        {"x": "many"},
        {"value": 1, "target": "a"},
        {"source": "none", "target": "b", "default": 2},
        {"source": "none", "target": "c", "empty": "clear"},
        {"source": "none", "target": "d"},
        {"source": "none", "target": "e", "required": True},
        {"source": "x", "target": "f", "when": "none"},
        {"source": "x", "target": "g", "transforms": ["int"]},
        {"source": "x", "target": "h", "transforms": ["int"], "on_error": "skip"},
        {"source": "x", "target": "i", "transforms": ["int"], "on_error": "default", "default": 3},
        {"source": "sum(x)", "target": "j"},
    )
    assert [(entry.target, entry.outcome, entry.final, entry.problem and entry.problem.code) for entry in entries] == [
        ("a", "constant", 1, None),
        ("b", "default", 2, None),
        ("c", "cleared", None, None),
        ("d", "missing", None, None),
        ("e", "problem", None, "required"),
        ("f", "off", None, None),
        ("g", "problem", None, "type"),
        ("h", "skipped", None, "type"),
        ("i", "default", 3, "type"),
        ("j", "problem", None, "path"),
    ]


def test_sub_lines_follow_their_line_with_the_item_in_their_place():
    entries = trace(
        {"items": [{"sku": "a"}, {}], "address": {"zip": "9000"}},
        {"source": "items[]", "target": "order.lines", "lines": [{"source": "sku", "target": "product.sku"}]},
        {"source": "address", "target": "address", "lines": [{"source": "zip", "target": "zip"}]},
    )
    assert [(entry.line, entry.target, entry.outcome, entry.depth) for entry in entries] == [
        ("1", "order.lines", "set", 0),
        ("1[0].1", "order.lines[0].product.sku", "set", 1),
        ("1[1].1", "order.lines[1].product.sku", "missing", 1),
        ("2", "address", "set", 0),
        ("2.1", "address.zip", "set", 1),
    ]
    assert entries[0].final == [{"product": {"sku": "a"}}, {}]
