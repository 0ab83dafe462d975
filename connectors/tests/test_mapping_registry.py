# Part of Integration Hub. License LGPL-3.0 or later.
"""The registry: children, documentation, arguments."""

import pytest
from integration_hub_connectors.mapping import DEFAULT, Arg, MappingSpecError, compile_mapping


def use(registry, step):
    line = {"source": "a", "transforms": [step], "target": "a"}
    return compile_mapping({"format": 1, "name": "t", "lines": [line]}, registry)


def test_a_child_adds_and_overrides_without_changing_its_parent():
    child = DEFAULT.child()

    @child.transform("lookup", Arg("model", "text"), Arg("field", "text", "name"))
    def lookup(value, model, field):
        """Find a record."""
        return f"{model}.{field}={value}"

    @child.transform("upper")
    def shout(value):
        """Louder."""
        return value.upper() + "!"

    assert use(child, {"lookup": "res.country"}).apply({"a": 1}) == {"a": "res.country.name=1"}
    assert use(child, {"lookup": {"model": "m", "field": "code"}}).apply({"a": 1}) == {"a": "m.code=1"}
    assert use(child, "upper").apply({"a": "a"}) == {"a": "A!"}
    assert use(child, "lower").apply({"a": "A"}) == {"a": "a"}
    assert use(DEFAULT, "upper").apply({"a": "a"}) == {"a": "A"}
    with pytest.raises(MappingSpecError, match="there is no transform “lookup”"):
        use(DEFAULT, "lookup")
    assert child.get("lookup").signature == "lookup(model, field='name')"


def test_registering_needs_a_docstring_and_a_free_name():
    child = DEFAULT.child()
    with pytest.raises(TypeError, match="docstring"):
        child.transform("silent")(lambda value: value)

    @child.transform("twice")
    def twice(value):
        """Double."""
        return value * 2

    with pytest.raises(ValueError, match="already registered"):
        child.transform("twice")(twice)


def test_every_transform_is_documented():
    assert list(DEFAULT) == sorted(DEFAULT)
    assert DEFAULT.get("round_money").signature == "round_money(digits=2)"
    assert DEFAULT.get("gid").signature == "gid(type)"
    assert all(len(doc) > 15 and doc.endswith(".") for doc in (DEFAULT.get(name).doc for name in DEFAULT))


def test_null_tolerant_transforms_see_null():
    line = {"source": "a", "transforms": ["upper", {"default": "x"}, "upper"], "target": "a"}
    made = compile_mapping({"format": 1, "name": "t", "lines": [line]})
    assert made.apply({}) == {"a": "X"}
    assert made.apply({"a": "b"}) == {"a": "B"}
