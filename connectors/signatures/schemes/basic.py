# Part of Integration Hub. License LGPL-3.0 or later.
"""User and password (RFC 7617): all that some senders can do. Proves who sent it, not that nobody changed it."""

from typing import Any

from ..basic_scheme import BasicScheme
from ..scheme_types import RECEIVING, SchemeType, with_answer

_TITLE, _DOCS = "User and password (Basic)", "https://www.rfc-editor.org/rfc/rfc7617"


def _build(**values: Any) -> BasicScheme:
    return BasicScheme(key="basic", title=_TITLE, docs_url=_DOCS, **with_answer(values))


TYPE = SchemeType("basic", _TITLE, _DOCS, _build, options=RECEIVING)
