# Part of Integration Hub. License LGPL-3.0 or later.
"""Definitions of properties, which values they take, and how HubSpot refuses others."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..engine.refusals import Refusal

_EMAIL = re.compile(r"[^@\s,;<>()\"]+@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z]{2,4})?")


@dataclass(frozen=True)
class Property:
    """A property's definition; `kind` is HubSpot's type, with "email" and "language" apart for their own checks."""

    name: str
    label: str
    kind: str = "string"
    options: tuple[str, ...] = ()
    read_only: bool = False
    unique: bool = False

    def describe(self) -> dict[str, Any]:
        """The definition as /crm/v3/properties answers it."""
        kind = {"email": "string", "language": "enumeration"}.get(self.kind, self.kind)
        options = [
            {"label": option, "value": option, "displayOrder": index, "hidden": False}
            for index, option in enumerate(self.options)
        ]
        field = {"enumeration": "select", "number": "number", "datetime": "date"}.get(kind, "text")
        return {
            "name": self.name,
            "label": self.label,
            "type": kind,
            "fieldType": field,
            "description": "",
            "groupName": "information",
            "options": options,
            "hasUniqueValue": self.unique,
            "formField": not self.read_only,
            "modificationMetadata": {"readOnlyValue": self.read_only, "archivable": True, "readOnlyDefinition": True},
        }

    def problem(self, value: str) -> tuple[str, str] | None:
        """What is wrong with a value that is not empty: (code, message), or None."""
        if self.read_only:
            return "READ_ONLY_VALUE", f'"{self.name}" is a read only property; its value cannot be set'
        return _CHECKS.get(self.kind, _anything)(self, value)


def _email(_: Property, value: str) -> tuple[str, str] | None:
    return None if _EMAIL.fullmatch(value) else ("INVALID_EMAIL", f"Email address {value} is invalid")


def _number(_: Property, value: str) -> tuple[str, str] | None:
    try:
        good = math.isfinite(float(value))
    except ValueError:
        good = False
    return None if good else ("INVALID_DOUBLE", f"{value} was not a valid number.")


def _option(definition: Property, value: str) -> tuple[str, str] | None:
    if value in definition.options:
        return None
    return "INVALID_OPTION", f"{value} was not one of the allowed options: {list(definition.options)}"


def _language(_: Property, value: str) -> tuple[str, str] | None:
    return None if _LANGUAGE.fullmatch(value) else ("INVALID_OPTION", f"{value} was not one of the allowed options")


def _datetime(_: Property, value: str) -> tuple[str, str] | None:
    try:
        int(value) if value.lstrip("-").isdigit() else datetime.fromisoformat(value)
    except ValueError:
        return "INVALID_LONG", f"{value} was not a valid long."
    return None


def _anything(_: Property, value: str) -> tuple[str, str] | None:
    if len(value) > 65536:
        return "PROPERTY_VALUE_TOO_LONG", "The value is longer than 65536 characters."
    return None


_CHECKS: Mapping[str, Callable[[Property, str], tuple[str, str] | None]] = {
    "email": _email,
    "number": _number,
    "enumeration": _option,
    "language": _language,
    "datetime": _datetime,
}


def definitions(documents: Iterable[Mapping[str, Any]]) -> dict[str, Property]:
    """Definitions by name, from data. A definition with a list of names stands for as many of its kind."""
    found: dict[str, Property] = {}
    for document in documents:
        names = document.get("names", [document.get("name")])
        rest = {name: value for name, value in document.items() if name not in ("names", "name")}
        for name in names:
            label = rest.get("label", name.removeprefix("hs_").replace("_", " ").capitalize())
            found[name] = Property(name, **{**rest, "label": label, "options": tuple(rest.get("options", ()))})
    return found


def text_of(name: str, value: Any) -> str:
    """A property's value as it is kept, "" for null. Raises Refusal, malformed."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        return str(value)
    raise Refusal("malformed", f"the value of {name} must be a string.")


def invalid_properties(problems: Sequence[tuple[str, str, str]], portal_id: int) -> Refusal:
    """The refusal of property values, each (property, code, message)."""
    details = [
        {
            "isValid": False,
            "message": message,
            "error": code,
            "name": name,
            "localizedErrorMessage": message,
            "portalId": portal_id,
        }
        for name, code, message in problems
    ]
    errors = [
        {"message": message, "code": code, "context": {"propertyName": [name]}} for name, code, message in problems
    ]
    text = json.dumps(details, separators=(",", ":"), ensure_ascii=False)
    return Refusal("invalid", f"Property values were not valid: {text}", extra={"errors": errors})
