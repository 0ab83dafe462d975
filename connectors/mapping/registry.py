# Part of Integration Hub. License LGPL-3.0 or later.
"""The registry of transforms: each has a name, a documentation and a checked list of arguments.

    registry = DEFAULT.child()

    @registry.transform("lookup", Arg("model", "text"), context=True)
    def lookup(value, context, model):
        '''Find the record of this model with the external id given.'''

A transform is called as `fn(value[, context], **arguments)` for values that are not None (unless `null_tolerant`)
and raises TransformError to refuse one. With `builder=True` the function gets the arguments once, when the
mapping is compiled, and returns the `fn(value[, context])` to call (or a `Bound`, when it reads sub-paths).

`inverse` says how to go back: `ITSELF`, or a function that gets the arguments by name and gives the steps (as in a
mapping's JSON) of the way back, or raises NotInvertible. Its promise is that of a right inverse: for whatever the
transform has made, the way back and the way there again make the same. So what loses something (`lower`) goes back to
the value's normal form, of which it is itself the way. Without an inverse, `loses` says what is lost.
"""

import difflib
import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from .errors import TransformError

F = TypeVar("F", bound=Callable[..., Any])
REQUIRED: Any = type("Required", (), {"__repr__": lambda self: "REQUIRED"})()
ANY: Any = object()
#: A transform that changes nothing on what it has made: it is its own way back.
ITSELF: Any = type("Itself", (), {"__repr__": lambda self: "ITSELF"})()


class ArgumentError(ValueError):
    """An argument of a transform is wrong; the message says which and how. Builders may raise it too."""


class NotInvertible(Exception):
    """There is no way back, and the message says why: "the parts of a sum cannot be told from it"."""


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


_KINDS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "any": ("any value", lambda value: True),
    "text": ("a text", lambda value: isinstance(value, str)),
    "integer": ("a whole number", lambda value: isinstance(value, int) and not isinstance(value, bool)),
    "number": ("a number", _is_number),
    "boolean": ("true or false", lambda value: isinstance(value, bool)),
    "object": ("an object", lambda value: isinstance(value, dict)),
    "list": ("a list", lambda value: isinstance(value, list)),
    "texts": (
        "a list of texts",
        lambda value: isinstance(value, list) and all(isinstance(item, str) for item in value),
    ),
    "steps": ("a list of transforms", lambda value: isinstance(value, list) and bool(value)),
}


@dataclass(frozen=True, slots=True)
class Arg:
    """One argument of a transform: its name, kind (see `_KINDS`), default, allowed range or choices."""

    name: str
    kind: str
    default: Any = REQUIRED
    choices: tuple[Any, ...] = ()
    low: float | None = None
    high: float | None = None

    def check(self, value: Any) -> None:
        """Raise ArgumentError unless the value is allowed."""
        words, accepts = _KINDS[self.kind]
        if not accepts(value):
            raise ArgumentError(f"“{self.name}” must be {words}")
        if self.choices and value not in self.choices:
            raise ArgumentError(f"“{self.name}” must be one of {', '.join(map(str, self.choices))}")
        if (self.low is not None and value < self.low) or (self.high is not None and value > self.high):
            raise ArgumentError(f"“{self.name}” must be between {self.low} and {self.high}")


@dataclass(frozen=True, slots=True)
class Bound:
    """A transform with its arguments: `fn(value[, context])`.

    `reads`: fields it looks up below the value; `root_reads`: those it looks up in the whole document, which makes
    it `fn(value, root)`.
    """

    fn: Callable[..., Any]
    reads: frozenset[tuple[str, ...]] = frozenset()
    root_reads: frozenset[tuple[str, ...]] = frozenset()


@dataclass(frozen=True, slots=True)
class Example:
    """What a transform makes of a value: shown in the reference, and run by its test."""

    value: Any
    result: Any
    argument: Any = ANY


@dataclass(frozen=True, slots=True)
class Transform:
    """One entry of the registry."""

    name: str
    fn: Callable[..., Any]
    args: tuple[Arg, ...]
    doc: str
    context: bool
    null_tolerant: bool
    builder: bool
    inverse: Any = None
    loses: str = "it has no way back"
    gives: str = "any"
    filled: bool = False
    examples: tuple[Example, ...] = ()

    @property
    def signature(self) -> str:
        """`round_money(digits=2)`, as shown in the reference."""
        shown = (arg.name if arg.default is REQUIRED else f"{arg.name}={arg.default!r}" for arg in self.args)
        return f"{self.name}({', '.join(shown)})"

    def bind(self, given: Any = ANY, compile_steps: Callable[[list[Any]], Any] | None = None) -> Bound:
        """Fix the arguments: a dict gives them by name, anything else is the first. Raises ArgumentError.

        `compile_steps` makes of an argument of the kind `steps` what the builder gets.
        """
        arguments = self._with_steps(self.arguments(given), compile_steps)
        if self.builder:
            made = self.fn(**arguments)
            return made if isinstance(made, Bound) else Bound(made)
        return Bound(functools.partial(self.fn, **arguments) if arguments else self.fn)

    def way_back(self, given: Any = ANY, go_back: Callable[[list[Any]], Any] | None = None) -> list[Any]:
        """The steps, as JSON, that lead back from what it makes with this argument. Raises NotInvertible.

        `go_back` does the same for an argument of the kind `steps`.
        """
        if self.inverse is None:
            raise NotInvertible(self.loses)
        if self.inverse is ITSELF:
            return [self.name if given is ANY else {self.name: given}]
        steps: list[Any] = self.inverse(**self._with_steps(self.arguments(given), go_back))
        return steps

    def _with_steps(self, arguments: dict[str, Any], make: Callable[[list[Any]], Any] | None) -> dict[str, Any]:
        return {
            arg.name: make(arguments[arg.name]) if make and arg.kind == "steps" else arguments[arg.name]
            for arg in self.args
        }

    def arguments(self, given: Any = ANY) -> dict[str, Any]:
        """All arguments by name, defaults included, checked. Raises ArgumentError."""
        arguments = self._named(given)
        for arg in self.args:
            if arg.name not in arguments:
                if arg.default is REQUIRED:
                    raise ArgumentError(f"“{arg.name}” is missing")
                arguments[arg.name] = arg.default
            elif arguments[arg.name] is not arg.default:
                arg.check(arguments[arg.name])
        return arguments

    def _named(self, given: Any) -> dict[str, Any]:
        if given is ANY:
            return {}
        if not self.args:
            raise ArgumentError("takes no argument")
        if not isinstance(given, dict):
            return {self.args[0].name: given}
        unknown = sorted(set(given) - {arg.name for arg in self.args})
        if unknown:
            raise ArgumentError(f"has no argument “{unknown[0]}” (it has {', '.join(arg.name for arg in self.args)})")
        return dict(given)


@dataclass
class Registry:
    """Transforms by name. A child sees its parent's and may add its own, which win."""

    parent: "Registry | None" = None
    _own: dict[str, Transform] = field(default_factory=dict)

    def child(self) -> "Registry":
        """A registry that adds to this one without changing it."""
        return Registry(self)

    def transform(
        self,
        name: str,
        *args: Arg,
        context: bool = False,
        null_tolerant: bool = False,
        builder: bool = False,
        inverse: Any = None,
        loses: str = "it has no way back",
        gives: str = "any",
        filled: bool = False,
        examples: Sequence[Example] = (),
    ) -> Callable[[F], F]:
        """Decorator: register the function under this name. Its docstring is the reference documentation.

        `gives`: the JSON type of what it makes (text, number, boolean, list, object), `any` when that depends.
        `filled`: it never makes an empty text.
        """

        def register(fn: F) -> F:
            doc = " ".join((fn.__doc__ or "").split())
            if not doc:
                raise TypeError(f"transform {name} needs a docstring: it is the reference documentation")
            if name in self._own:
                raise ValueError(f"transform {name} is already registered")
            self._own[name] = Transform(
                name, fn, args, doc, context, null_tolerant, builder, inverse, loses, gives, filled, tuple(examples)
            )
            return fn

        return register

    def get(self, name: str) -> Transform | None:
        """The transform of this name, or None."""
        found = self._own.get(name)
        return found if found or self.parent is None else self.parent.get(name)

    def suggest(self, name: str) -> str:
        """The name most like this one, or ""."""
        close = difflib.get_close_matches(name, list(self), n=1, cutoff=0.6)
        return close[0] if close else ""

    def __iter__(self) -> Iterator[str]:
        return iter(sorted({*self._own, *(self.parent or ())}))


def refuse_type(expected: str) -> TransformError:
    """The error for a value of the wrong type; raise it."""
    return TransformError(
        "type", f"The value is not {expected}", "Correct it in the source, or map another field.", expected=expected
    )


#: The transforms of the library.
DEFAULT = Registry()
