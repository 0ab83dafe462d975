# Part of Integration Hub. License LGPL-3.0 or later.
"""GraphQL over HTTP as Shopify speaks it: documents from `graphql/*.graphql`, errors as the library's classes.

Shopify answers 200 also when it refuses: the reason is in `errors[].extensions.code`.
Sources: https://shopify.dev/docs/api/admin-graphql#status_and_error_codes,
https://shopify.dev/docs/api/usage/limits#graphql-admin-api-rate-limits
"""

from __future__ import annotations

import json
import re
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from ...errors import BadResponse, HubError, Rejected, ServerFault, Throttled, Unauthorized
from ...http import Client

API_VERSION = "2025-10"
PATH = f"/admin/api/{API_VERSION}/graphql.json"
GRAPHQL = Path(__file__).parent / "graphql"
DEFAULT_WAIT = 2.0
"""Seconds to wait when a throttled answer does not say how fast points are restored."""

_FRAGMENT = re.compile(r"^fragment (\w+) on ", re.MULTILINE)
_SPREAD = re.compile(r"\.\.\.(\w+)")  # not `... on Type`
_SCOPE = re.compile(r"\b(?:read|write)_[a-z_]+\b")


@cache
def _fragments() -> dict[str, str]:
    found = {}
    for path in sorted(GRAPHQL.glob("*.graphql")):
        text = path.read_text(encoding="utf-8")
        starts = [match.start() for match in _FRAGMENT.finditer(text)] + [len(text)]
        for start, end in pairwise(starts):
            found[text[start:end].split()[1]] = text[start:end].strip()
    return found


@cache
def document(name: str) -> str:
    """The query of `graphql/<name>.graphql`, followed by the fragments it uses, each once."""
    parts = [(GRAPHQL / f"{name}.graphql").read_text(encoding="utf-8").strip()]
    used: list[str] = []
    for part in parts:  # grows while fragments use fragments
        for spread in _SPREAD.findall(part):
            if spread not in used:
                used.append(spread)
                parts.append(_fragments()[spread])
    return "\n\n".join(parts) + "\n"


@cache
def _inlined(name: str) -> str:
    text = (GRAPHQL / f"{name}.graphql").read_text(encoding="utf-8").strip()
    while _SPREAD.search(text):
        text = _SPREAD.sub(lambda spread: _fragments()[spread[1]].partition("{")[2].rpartition("}")[0].strip(), text)
    return text


def bulk_document(object_type: str, wanted: str | None) -> str:
    """The query of `graphql/bulk_<object type>.graphql` as bulk operations take it: no variables, no fragments."""
    body = _inlined(f"bulk_{object_type}").partition("{")[2]
    given = f"(query: {json.dumps(wanted)})" if wanted else ""  # a GraphQL string is written like one of JSON
    return f"query {{{body.replace('(query: $query)', given)}"


def run(client: Client, name: str, **variables: Any) -> dict[str, Any]:
    """The `data` of a query's answer. Raises the errors of `errors.py`; BadResponse when it is no GraphQL answer."""
    response = client.post(PATH, json={"query": document(name), "variables": variables})
    answer = response.json()
    if not isinstance(answer, dict):
        raise BadResponse("Shopify's answer is not a GraphQL answer.", code="not-graphql")
    if answer.get("errors"):
        raise refusal(answer)
    data = answer.get("data")
    if not isinstance(data, dict):
        raise BadResponse("Shopify's answer holds neither data nor errors.", code="not-graphql")
    return data


def member(holder: Any, name: str) -> Any:
    """What an answer holds under a name, null included. Raises BadResponse, code bad-node, when it has no such name."""
    if not isinstance(holder, dict) or name not in holder:
        raise BadResponse(f"Shopify's answer has no {name}.", code="bad-node")
    return holder[name]


def connection(holder: Any, name: str, before: str | None = None) -> tuple[list[Any], str | None]:
    """The nodes of a connection and the cursor of its next page; `before` is the cursor that led here.

    Raises BadResponse, code bad-node, also when there is a next page without a way to it: what is left out silently
    would look like a whole list.
    """
    found = member(holder, name)
    nodes, info = member(found, "nodes"), member(found, "pageInfo")
    if not isinstance(nodes, list):
        raise BadResponse(f"Shopify's answer has no list of {name}.", code="bad-node")
    if not member(info, "hasNextPage"):
        return list(nodes), None
    after = member(info, "endCursor")
    if not isinstance(after, str) or after == before:
        raise BadResponse(f"Shopify's list of {name} does not say where it goes on.", code="bad-node")
    return list(nodes), after


def refusal(answer: dict[str, Any]) -> HubError:
    """The error that a GraphQL answer with `errors` stands for; the first error decides."""
    errors = answer["errors"]
    first = errors[0] if isinstance(errors, list) else {"message": errors}
    if not isinstance(first, dict):
        first = {"message": first}
    message = str(first.get("message") or "no reason given")
    code = _extension(first, "code")
    params = {"graphql_code": code} if isinstance(code, str) else {}
    if code == "THROTTLED":
        return Throttled("Shopify is throttling this app.", status=200, retry_after=wait(answer), params=params)
    if code == "ACCESS_DENIED":
        scopes = sorted(set(_SCOPE.findall(f"{message} {_extension(first, 'requiredAccess')}")))
        needed = " or ".join(scopes) or "named in the message"
        return Unauthorized(
            f"Shopify denied access: {message}",
            status=200,
            code="missing-scope",
            hint=f"Grant the app the access scope {needed}, then install it again.",
            params={**params, "missing_scopes": scopes},
        )
    if code == "SHOP_INACTIVE":
        return Unauthorized(f"The shop is not active: {message}", status=200, code="shop-inactive", params=params)
    if code == "INTERNAL_SERVER_ERROR":
        return ServerFault(f"Shopify failed: {message}", status=200, params=params)
    return Rejected(f"Shopify refused the query: {message}", status=200, params=params)


def wait(answer: dict[str, Any]) -> float:
    """Seconds until enough points are restored for the query that was throttled, at least one."""
    cost = _extension(answer, "cost")
    status = cost.get("throttleStatus") if isinstance(cost, dict) else None
    if not isinstance(status, dict):
        return DEFAULT_WAIT
    missing = _number(cost.get("requestedQueryCost")) - _number(status.get("currentlyAvailable"))
    rate = _number(status.get("restoreRate"))
    return min(max(1.0, missing / rate), 14400.0) if rate > 0 else DEFAULT_WAIT


def _extension(holder: dict[str, Any], key: str) -> Any:
    extensions = holder.get("extensions")
    return extensions.get(key) if isinstance(extensions, dict) else None


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0
