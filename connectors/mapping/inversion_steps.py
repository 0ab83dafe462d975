# Part of Integration Hub. License LGPL-3.0 or later.
"""The transforms of one line led back, and the proof by trial for the values that are known beforehand."""

from collections.abc import Iterable
from typing import Any

from .. import dotted
from .compiler import compile_mapping
from .errors import MappingError, type_name
from .registry import ANY, ITSELF, NotInvertible, Registry, Transform

Json = dict[str, Any]


def steps_back(steps: Iterable[Any], registry: Registry) -> list[Any]:
    """The steps that lead back through these (both as JSON). Raises NotInvertible, naming the transform."""
    found = [_named(step) for step in steps]
    back: list[Any] = []
    for position, (name, argument) in enumerate(found):
        transform = _transform(registry, name)
        try:
            led = transform.way_back(argument, lambda inner: steps_back(inner, registry))
        except NotInvertible as exc:
            raise NotInvertible(f"{name}: {exc}") from exc
        if name == "null_if":
            _check_null_if(transform.arguments(argument)["values"], found[position + 1 :], registry)
        back = [*led, *back]
    return back


def never_false(steps: Iterable[Any], registry: Registry) -> bool:
    """Whether what these steps make is always true (in JMESPath's sense), and leads back to itself."""
    gives = "any"
    filled = False
    for name, argument in map(_named, steps):
        transform = _transform(registry, name)
        if transform.inverse is not ITSELF:
            return False
        if name == "null_if":
            values = transform.arguments(argument)["values"]
            filled = "" in (values if isinstance(values, list) else [values])
        else:
            gives, filled = transform.gives, transform.filled
    return gives == "number" or (gives == "text" and filled)


def check_known_values(forward: Json, back: Json, registry: Registry) -> Json:
    """The inverse line, tried with the values that are known beforehand; `forward` is the line, `back` its inverse.

    They are the line's defaults, the keys of its value maps and the examples of its first transform. A default that
    does not come back is left out on the way back, so that it is a default again. Raises NotInvertible for the others.
    """
    trial = _Trial(forward, back, registry)
    lost: list[Any] = []
    for value in [*trial.made_of(None), *([forward["default"]] if "default" in forward else [])]:
        if value is not None and not trial.comes_back(value) and value not in lost:
            lost.append(value)
    if lost:
        back = {key: item for key, item in back.items() if key != "required"}
        back["transforms"] = [{"null_if": lost}, *back.get("transforms", [])]
        trial = _Trial(forward, back, registry)
    for value in _probes(forward, back, registry):
        if not all(trial.comes_back(made) for made in trial.made_of(value)):
            raise NotInvertible("what its transforms make together does not lead back through them")
    return back


def _probes(forward: Json, back: Json, registry: Registry) -> Iterable[Any]:
    """Values to try: the keys of value maps; of several transforms' first the examples that lead back to it alone."""
    steps = [*map(_named, forward.get("transforms", []))]
    for name, argument in steps:
        if name == "value_map":
            yield from _transform(registry, name).arguments(argument)["map"]
    if len(steps) > 1:
        alone = forward["transforms"][:1]
        trial = _Trial({**forward, "transforms": alone}, {**back, "transforms": steps_back(alone, registry)}, registry)
        for example in _transform(registry, steps[0][0]).examples:
            made = trial.made_of(example.value)
            if made and all(map(trial.comes_back, made)):
                yield example.value


class _Trial:
    """A line and its inverse, each as a mapping of its own."""

    def __init__(self, forward: Json, back: Json, registry: Registry) -> None:
        self.source, self.target = back["target"], forward["target"]
        there = {key: item for key, item in forward.items() if key not in ("when", "required", "direction")}
        back_again = {key: item for key, item in back.items() if key != "required"}
        self.there, self.back = _compiled(there, registry), _compiled(back_again, registry)

    def made_of(self, value: Any) -> list[Any]:
        """What the line makes of a value in its source: one value, or none when it refuses or has nothing."""
        source = dotted.write({}, self.source, value)
        return [dotted.read(found, self.target) for found in _mapped(self.there, source) if found]

    def comes_back(self, value: Any) -> bool:
        """Whether this value of the target leads back to a source that makes it again."""
        made = dotted.write({}, self.target, value)
        return any(_mapped(self.there, document) == [made] for document in _mapped(self.back, made))


def _named(step: Any) -> tuple[str, Any]:
    return (step, ANY) if isinstance(step, str) else next(iter(step.items()))


def _transform(registry: Registry, name: str) -> Transform:
    found = registry.get(name)
    assert found, "the mapping has been parsed"
    return found


def _check_null_if(values: Any, later: list[tuple[str, Any]], registry: Registry) -> None:
    """What comes back to `null_if` must not be what it takes for missing: it is of another type, or nothing follows."""
    if not later:
        return
    name, argument = later[0]
    led = _transform(registry, name).way_back(argument, lambda inner: steps_back(inner, registry))
    comes = _transform(registry, _named(led[-1])[0]).gives if led else "any"
    taken = {type_name(value) for value in (values if isinstance(values, list) else [values])}
    if name != "value_map" and (comes == "any" or comes in taken):
        raise NotInvertible(f"null_if: what {name} makes after it may be what it takes for missing")


def _compiled(line: Json, registry: Registry) -> Any:
    return compile_mapping({"format": 1, "name": "line", "lines": [line]}, registry)


def _mapped(mapping: Any, document: Json) -> list[Json]:
    try:
        return [mapping.apply(document)]
    except MappingError:
        return []
