# Part of Integration Hub. License LGPL-3.0 or later.
"""Reading the body of a verified delivery as a document."""

import re
from typing import Any
from urllib.parse import parse_qsl

from .. import dotted, jsondoc
from ..errors import DocumentError
from .model import FORM, JSON, Delivery

MAX_FIELDS = 10_000
_FORM_BYTES = re.compile(rb"[!-~]*\Z")


class InvalidForm(DocumentError):
    """The body is not a form in URL encoding."""

    code = "invalid-form"


class UnsupportedContentType(DocumentError):
    """The body is of a kind this sender does not use."""

    code = "unsupported-content-type"


def form_pairs(body: bytes) -> list[tuple[str, str]]:
    """The fields of a form, in order (WHATWG URL §5.1), strictly: ASCII without spaces, UTF-8 inside, `=` in each."""
    if not body:
        return []
    if not _FORM_BYTES.match(body):
        raise InvalidForm("The form holds bytes that are not URL-encoded")
    try:
        return parse_qsl(
            body.decode(),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=MAX_FIELDS,
        )
    except ValueError:
        raise InvalidForm("The body is not a form in URL encoding") from None


def read_document(delivery: Delivery, content_types: tuple[str, ...], json_field: str = "") -> Any:
    """The body as a document: JSON as it is, a form as an object.

    A form's repeated fields become a list. When the form has the field `json_field`, that field holds the document.
    No content type counts as JSON. Raises DocumentError.
    """
    kind = delivery.content_type or JSON
    if kind.endswith("+json"):
        kind = JSON
    if kind not in content_types:
        raise UnsupportedContentType(
            f"The sender does not send {kind[:80]!r}",
            hint=f"Configure the webhook there to send {' or '.join(content_types)}.",
            params={"content_type": kind[:80]},
        )
    if kind != FORM:
        return jsondoc.parse(delivery.body)
    fields: dict[str, list[str]] = {}
    for name, value in form_pairs(delivery.body):
        if "\x00" in name or "\x00" in value:
            raise jsondoc.NulCharacter("The form holds a NUL character")
        fields.setdefault(name, []).append(value)
    if json_field and len(fields.get(json_field, ())) == 1:
        return jsondoc.parse(fields[json_field][0].encode())
    return {name: values[0] if len(values) == 1 else values for name, values in fields.items()}


def text_at(document: Any, path: str, max_chars: int) -> str | None:
    """The text or whole number at the end of `path` (names of objects joined by dots); None for anything else."""
    found = dotted.read(document, path)
    if isinstance(found, int) and not isinstance(found, bool):
        found = str(found)
    return found if isinstance(found, str) and 0 < len(found) <= max_chars else None
