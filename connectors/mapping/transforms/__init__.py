# Part of Integration Hub. License LGPL-3.0 or later.
"""The library's transforms, registered in `registry.DEFAULT` by being imported. One module per kind of value."""

from . import (
    addresses,
    contact,
    dates,
    identifiers,
    json_text,
    lists,
    markup,
    money,
    numbers,
    templates,
    text,
    totals,
    values,
)

__all__ = [
    "addresses",
    "contact",
    "dates",
    "identifiers",
    "json_text",
    "lists",
    "markup",
    "money",
    "numbers",
    "templates",
    "text",
    "totals",
    "values",
]
