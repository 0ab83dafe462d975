# Part of Integration Hub. License LGPL-3.0 or later.
"""HubSpot's answers, checked before anybody reads them.

Sources: https://developers.hubspot.com/docs/guides/api/crm/understanding-the-crm (objects, paging),
https://developers.hubspot.com/docs/reference/api/other-resources/error-handling
"""

from __future__ import annotations

import re
from typing import Any

from ... import moments
from ...connector import Document
from ...errors import BadResponse, Conflict, Unauthorized
from ...http import Response

_EXISTING = re.compile(r"Existing ID:\s*([0-9]+)")
_SCOPE = re.compile(r"\bcrm\.[a-z._]+\.(?:read|write)\b")


def document(response: Response) -> Document:
    """The JSON object of an answer. Raises BadResponse, code unexpected-shape, when it is anything else."""
    found = response.json()
    if not isinstance(found, dict):
        raise _unexpected("a JSON object")
    return found


def account(response: Response) -> dict[str, str]:
    """The account's `portalId` and, where told, its currency, time zone and kind. Raises BadResponse."""
    found = document(response)
    if "portalId" not in found:
        raise _unexpected("the description of an account")
    told = ("portalId", "companyCurrency", "timeZone", "accountType")
    return {name: str(found[name]) for name in told if found.get(name) is not None}


def crm_object(response: Response) -> Document:
    """A contact, company …: `{"id": "512", "properties": {…}, "updatedAt": …}`. Raises BadResponse."""
    found = document(response)
    if not isinstance(found.get("id"), str) or not isinstance(found.get("properties"), dict):
        raise _unexpected("a CRM object")
    return found


def results(response: Response) -> tuple[list[Document], str | None]:
    """The objects of a list or a search, and the `after` of the next page. Raises BadResponse."""
    found = document(response)
    items = found.get("results")
    if not isinstance(items, list) or not all(isinstance(item, dict) and "id" in item for item in items):
        raise _unexpected("a list of CRM objects")
    after: Any = found
    for key in ("paging", "next", "after"):
        after = after.get(key) if isinstance(after, dict) else None
    return items, None if after is None else str(after)


def version(found: Document) -> str | None:
    """When an object last changed, as text that sorts."""
    return moments.normal(found["updatedAt"]) if found.get("updatedAt") else None


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


def _unexpected(wanted: str) -> BadResponse:
    return BadResponse(f"HubSpot's answer is not {wanted}.", code="unexpected-shape")
