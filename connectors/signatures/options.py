# Part of Integration Hub. License LGPL-3.0 or later.
"""What a person may set on a scheme, as data: forms and documentation are made of it. No option is a secret."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ..errors import ConfigurationError

Kind = Literal["text", "boolean", "number", "choice", "choices", "list"]
_WORDS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


@dataclass(frozen=True)
class Option:
    """One setting.

    kind: text; boolean; number (from `minimum` to `maximum`); choice, one of `choices`; choices, several of
    them; list, of texts. A value comes as JSON has it, or as text: then `true`, `3.5`, and several with the
    `separator` between them.
    Empty text, null and an empty list are the default.
    """

    name: str
    label: str
    help: str
    kind: Kind = "text"
    default: Any = ""
    choices: tuple[str, ...] = ()
    required: bool = False
    minimum: float = 0.0
    maximum: float = math.inf
    separator: str = ","

    @property
    def allowed(self) -> str:
        """What a value must be, in words."""
        return {
            "text": "text in printable characters",
            "boolean": "true or false",
            "number": f"a number from {self.minimum:g} to {self.maximum:g}",
            "choice": f"one of {', '.join(self.choices)}",
            "choices": f"some of {', '.join(self.choices)}",
            "list": f"texts, with {'commas' if self.separator == ',' else self.separator} between them",
        }[self.kind]

    def read(self, value: Any) -> Any:
        """The value in its own type, lists as tuples; ConfigurationError when it is none."""
        if value is None or value in ("", [], ()):
            if self.required:
                raise self._refusal("is missing")
            return self.default
        found = _READERS[self.kind](self, value)
        if found is None:
            raise self._refusal(f"does not hold {self.allowed}")
        return found

    def _refusal(self, problem: str) -> ConfigurationError:
        return ConfigurationError(
            f"The option {self.name} {problem}",
            code="invalid-option",
            hint=f"{self.label}: {self.allowed}.",
            params={"option": self.name},
        )


def _text(_option: Option, value: Any) -> str | None:
    return value if isinstance(value, str) and value.replace("\n", "").isprintable() else None


def _boolean(_option: Option, value: Any) -> bool | None:
    return value if isinstance(value, bool) else _WORDS.get(value.lower()) if isinstance(value, str) else None


def _number(option: Option, value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if option.minimum <= number <= option.maximum else None


def _choice(option: Option, value: Any) -> str | None:
    return value if isinstance(value, str) and value in option.choices else None


def _list(option: Option, value: Any) -> tuple[str, ...] | None:
    items = [item.strip() for item in value.split(option.separator)] if isinstance(value, str) else value
    if not isinstance(items, Sequence) or not all(isinstance(item, str) and item.isprintable() for item in items):
        return None
    return tuple(item for item in items if item) or None


def _choices(option: Option, value: Any) -> tuple[str, ...] | None:
    items = _list(option, value)
    return items if items and set(items) <= set(option.choices) else None


_READERS: Mapping[str, Callable[[Option, Any], Any]] = {
    "text": _text,
    "boolean": _boolean,
    "number": _number,
    "choice": _choice,
    "choices": _choices,
    "list": _list,
}


def read_options(scheme: str, options: Sequence[Option], given: Mapping[str, Any]) -> dict[str, Any]:
    """Every option's value, given or default; ConfigurationError for an unknown name or a wrong value."""
    if unknown := given.keys() - {option.name for option in options}:
        known = ", ".join(option.name for option in options) or "none"
        raise ConfigurationError(
            f"The scheme {scheme} has no option {', '.join(sorted(unknown))}",
            code="unknown-option",
            hint=f"Its options: {known}.",
            params={"scheme": scheme, "options": sorted(unknown)},
        )
    return {option.name: option.read(given.get(option.name)) for option in options}
