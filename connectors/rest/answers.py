# Part of Integration Hub. License LGPL-3.0 or later.
"""A vendor's answers, checked before anybody reads them: what is not the promised shape is a BadResponse."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

from ..connector import Document
from ..errors import BadResponse, NotFound
from ..http import Response
from . import paths
from .resource import Resource


def item(document: Any, path: str, resource: Resource, who: str) -> Document:
    """The object at a path of an answer, which has an id. Raises BadResponse."""
    found = paths.reader(path)(document)
    if not isinstance(found, dict) or not _id(found, resource):
        where = f" at {path}" if path else ""
        raise unexpected(who, f"an object of the type {resource.title}{where}, with an id at {resource.id}")
    return found


def check_items(items: Sequence[Any], resource: Resource, who: str) -> None:
    """Every item of a list is an object with an id. Raises BadResponse."""
    if not all(isinstance(found, dict) and _id(found, resource) for found in items):
        raise unexpected(who, f"a list of objects of the type {resource.title}, each with an id at {resource.id}")


def identifier(found: Document, resource: Resource) -> str:
    """The id of an object that was checked."""
    return _id(found, resource)


def absent(error: NotFound, who: str) -> None:
    """A 404 of the API means that there is no such object; a web page under 404 means that something else answered.

    Raises BadResponse for the page: it must not be taken for a deletion.
    """
    if error.headers.get("content-type", "").lower().startswith("text/html"):
        refusal = unexpected(who, "the API's: a web page says that the address does not exist")
        refusal.in_doubt = False
        raise refusal from error


def located(response: Response, who: str) -> str:
    """The id in the `Location` of a creation without a body: its last segment (RFC 9110 §15.3.2); or BadResponse."""
    path = urlsplit(response.headers.get("location", "")).path
    found = unquote(path.rstrip("/").rpartition("/")[2])
    if not found:
        raise unexpected(who, "the object that was created, nor does it say where that is")
    return found


def text(document: Any, path: str) -> str:
    """The text or number at a path; "" where there is none."""
    found = paths.reader(path)(document)
    return str(found) if isinstance(found, str | int | float) and not isinstance(found, bool) else ""


def unexpected(who: str, wanted: str) -> BadResponse:
    """The error for an answer of another shape."""
    return BadResponse(f"The answer of {who} is not {wanted}.", code="unexpected-shape")


def _id(found: Document, resource: Resource) -> str:
    return paths.identifier(paths.reader(resource.id)(found))
