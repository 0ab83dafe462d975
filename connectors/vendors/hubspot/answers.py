# Part of Integration Hub. License LGPL-3.0 or later.
"""HubSpot's answers, checked before anybody reads them.

Sources: https://developers.hubspot.com/docs/guides/api/crm/understanding-the-crm (objects, paging),
https://developers.hubspot.com/docs/reference/api/other-resources/error-handling
"""

from __future__ import annotations

import re

from ... import dotted
from ...connector import Document
from ...errors import BadResponse, Conflict, Unauthorized
from ...http import Response

_EXISTING = re.compile(r"Existing ID:\s*([0-9]+)")
_SCOPE = re.compile(r"\b(?:crm\.[a-z._]+\.(?:read|write)|communication_preferences\.[a-z_]+)\b")


def results(response: Response) -> tuple[list[Document], str | None]:
    """The objects of a list or a search, and the `after` of the next page. Raises BadResponse."""
    found = response.json()
    items = found.get("results") if isinstance(found, dict) else None
    if not isinstance(items, list) or not all(isinstance(item, dict) and "id" in item for item in items):
        raise BadResponse("HubSpot's answer is not a list of CRM objects.", code="unexpected-shape")
    after = dotted.read(found, "paging.next.after")
    return items, None if after is None else str(after)


def existing_id(conflict: Conflict) -> str | None:
    """The id in "Contact already exists. Existing ID: 512", which is the only place where HubSpot names it."""
    found = _EXISTING.search(conflict.excerpt)
    return found[1] if found else None


def name_scopes(refusal: Unauthorized) -> Unauthorized:
    """The refusal, saying which scopes to grant when HubSpot's answer names them."""
    scopes = sorted(set(_SCOPE.findall(refusal.excerpt)))
    if refusal.status == 403 and scopes:
        refusal.code = "missing-scope"
        refusal.params["missing_scopes"] = scopes
        refusal.hint = f"Grant the private app the scope {' or '.join(scopes)}, then resume the endpoint."
    return refusal
