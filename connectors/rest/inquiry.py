# Part of Integration Hub. License LGPL-3.0 or later.
"""How a REST API is asked something that changes nothing there, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..connector import Document, Question, Settings
from . import templates
from .answers import unexpected
from .bodies import known, wrapped
from .paths import reader
from .resource import Call


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """One question. `call` is a POST unless it says otherwise: `wrap` is where the question goes in what is sent,
    `item` where the answer stands in what comes back. A GET has no body: the question is in `path` and `params`.
    """

    name: str
    title: str
    entity: str
    answer: str
    call: Call

    def __post_init__(self) -> None:
        reader(self.call.item)

    @property
    def question(self) -> Question:
        """What the catalogue shows of it."""
        return Question(self.name, self.entity, self.answer, self.title)

    def request(self, payload: Document, settings: Settings) -> tuple[str, str, dict[str, Any]]:
        """Method, path and options of the request; what is null is left out, for it says nothing in a question."""
        values = {"settings": settings, "payload": payload}
        method, path = self.call.method or "POST", templates.fill_path(self.call.path, values)
        options = {"params": templates.fill(self.call.params, values)}
        if method != "GET":
            options["json"] = wrapped(templates.fill(self.call.body, values), self.call.wrap, known(payload))
        return method, path, options

    def read(self, document: Any, who: str) -> Document:
        """The answer in what came back. Raises BadResponse."""
        found = reader(self.call.item)(document)
        if not isinstance(found, dict):
            raise unexpected(who, f"an answer to “{self.title}”")
        return found
