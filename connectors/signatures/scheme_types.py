# Part of Integration Hub. License LGPL-3.0 or later.
"""A scheme that can be chosen: a vendor's, complete as it is, or one that a person configures."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .model import FORM, JSON, Answer
from .options import Option, read_options
from .scheme import Scheme

_STATUSES = ("200", "201", "202", "204")
# What a person may say about the sender's webhooks, whatever proves them: the fields of Scheme.
RECEIVING = (
    Option("dedupe_headers", "Id headers", "Headers with the delivery's own id; the first present counts.", "list", ()),
    Option("dedupe_path", "Id in the body", "Names joined by dots, as in event.id; asked when no header has the id."),
    Option("content_types", "Content types", "What the sender sends.", "choices", (JSON,), (JSON, FORM)),
    Option("json_field", "Form field with JSON", "The field that holds the document, where a form carries JSON."),
    Option("redelivers", "Sends again", "Whether it tries again for an hour after status 429.", "boolean", False),
    Option("answer_status", "Status of the answer", "What the sender takes for success.", "choice", "202", _STATUSES),
    Option("answer_text", "Text of the answer", "Empty: the number of the stored message, as JSON."),
    Option("answer_empty", "Empty answer", "Answer without any content.", "boolean", False),
)


@dataclass(frozen=True)
class SchemeType:
    """A line of the catalogue: `build` takes the options' values by name and makes the scheme.

    It raises ConfigurationError, naming the option, where values contradict each other.
    """

    key: str
    title: str
    docs_url: str
    build: Callable[..., Scheme]
    options: tuple[Option, ...] = ()

    @property
    def needs_options(self) -> bool:
        """Whether it means nothing until somebody sets its options."""
        return any(option.required for option in self.options)

    def configured(self, options: Mapping[str, Any]) -> Scheme:
        """The scheme with these options, as a person or a file gives them, or ConfigurationError."""
        return self.build(**read_options(self.key, self.options, options))


def fixed(scheme: Scheme) -> SchemeType:
    """A vendor's scheme that leaves nothing to set."""
    return SchemeType(scheme.key, scheme.title, scheme.docs_url, lambda: scheme)


def with_answer(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values with `answer` in place of its three options."""
    fields = dict(values)
    status, text, empty = (fields.pop(name) for name in ("answer_status", "answer_text", "answer_empty"))
    body = b"" if empty or status == "204" else text.encode() or None
    return fields | {"answer": Answer(int(status), JSON if body is None else "text/plain; charset=utf-8", body)}
