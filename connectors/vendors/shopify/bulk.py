# Part of Integration Hub. License LGPL-3.0 or later.
"""Bulk operations: Shopify runs a query in the background and leaves the result in a file.

Sources: https://shopify.dev/docs/api/usage/bulk-operations/queries,
https://shopify.dev/docs/api/admin-graphql/2025-10/objects/BulkOperation
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from ...errors import BadResponse, BodyTruncated, HubError, Rejected, ServerFault, Unauthorized
from ...http import Client, lines
from ...resilience import Held
from . import queries
from .bulk_lines import Node, objects

PAGE_SIZE = 50
FIRST_WAIT, LONGEST_WAIT = 2.0, 30.0
"""Seconds between looks at a running operation: twice as long each time, up to the longest."""

BUSY_WAIT = 60.0
_ACTIVE = frozenset({"CREATED", "RUNNING", "CANCELING"})
State = dict[str, Any]


class Step(NamedTuple):
    """Some nodes, and the state after them."""

    nodes: list[Node]
    state: State
    last: bool


class Operation(NamedTuple):
    """A bulk operation as Shopify last told of it; `total` is the number of lines of its file."""

    id: str
    status: str
    error: str | None
    total: int
    url: str | None
    partial: str | None
    query: str


def read(client: Client, query: str, children: str | None, state: State) -> Iterator[Step]:
    """The query's objects, by the one bulk operation that a shop runs at a time.

    The state names the operation and the lines of its file that are done with. The first step holds nothing but that:
    stored, no crash starts the work twice. Each look at an operation that still runs is an empty step; the one after
    it waits. An operation that failed gives what is whole of its partial file, then a step whose state begins anew,
    then its error: Unauthorized, ServerFault or Rejected. Raises Held, code bulk-busy, while another one runs.
    """
    if "operation" not in state:
        state = {**state, "operation": start(client, query).id, "lines": 0}
        yield Step([], state, last=False)
    wait = FIRST_WAIT
    while (found := look(client, state["operation"])) is not None and found.status in _ACTIVE:
        yield Step([], state, last=False)
        client.clock.sleep(wait)
        wait = min(wait * 2, LONGEST_WAIT)
    whole = found is not None and found.status == "COMPLETED"
    url = found and (found.url if whole else found.partial)
    if url:
        for step in _pages(client, url, children, state, whole=whole):
            state = step.state
            yield step
    fresh = {key: value for key, value in state.items() if key not in ("operation", "lines")}
    if found is None or not whole:
        yield Step([], fresh, last=False)
        raise failure(found)
    if state["lines"] != found.total:
        problem = f"Shopify's bulk result has {state['lines']} lines instead of {found.total}."
        raise BodyTruncated(problem, code="bulk-incomplete", in_doubt=False)
    yield Step([], {**fresh, "done": True}, last=True)


def start(client: Client, query: str) -> Operation:
    """A new operation for the query, or the one that already runs for it: an earlier start whose answer was lost."""
    payload = queries.member(queries.run(client, "bulk_start", query=query), "bulkOperationRunQuery")
    problems = queries.member(payload, "userErrors")
    if not problems:
        return _operation(queries.member(payload, "bulkOperation"))
    told = [problem for problem in problems if isinstance(problem, dict)] if isinstance(problems, list) else []
    message = " ".join(str(problem.get("message") or "") for problem in told).strip()
    if "OPERATION_IN_PROGRESS" in [problem.get("code") for problem in told] or "already in progress" in message:
        running = queries.member(queries.run(client, "bulk_current"), "currentBulkOperation")
        if running is not None:
            found = _operation(running)
            if found.status in _ACTIVE and found.query.split() == query.split():
                return found
        raise Held(
            "Another bulk operation of this app runs in the shop; Shopify runs one at a time.",
            code="bulk-busy",
            retry_after=BUSY_WAIT,
        )
    raise Rejected(f"Shopify does not run this query in bulk: {message or 'no reason given'}", status=200)


def look(client: Client, identifier: str) -> Operation | None:
    """The operation as it is now; None when Shopify no longer knows it."""
    node = queries.member(queries.run(client, "bulk_operation", id=identifier), "node")
    return None if node is None else _operation(node)


def failure(found: Operation | None) -> HubError:
    """The error that an operation's end stands for; each time the reading can begin anew."""
    if found is None or found.status == "EXPIRED":
        return ServerFault("Shopify has dropped the bulk operation; it begins anew.", code="bulk-expired", status=200)
    params = {"operation": found.id, "error_code": found.error}
    if found.status == "CANCELED":
        return Rejected(
            "The bulk operation was cancelled in the shop.",
            code="bulk-cancelled",
            hint="Start it again when nobody minds.",
            status=200,
            params=params,
        )
    if found.status != "FAILED":
        return BadResponse(f"Shopify's bulk operation is in the unknown state {found.status!r}.", code="bad-node")
    if found.error == "ACCESS_DENIED":
        return Unauthorized(
            "Shopify denied the bulk operation access to what it reads.",
            code="bulk-access-denied",
            hint="Grant the app the access scopes named in its settings, then install it again.",
            status=200,
            params=params,
        )
    reason = str(found.error or "no reason given").lower().replace("_", " ")
    return ServerFault(f"Shopify's bulk operation failed: {reason}.", code="bulk-failed", status=200, params=params)


def _pages(client: Client, url: str, children: str | None, state: State, *, whole: bool) -> Iterator[Step]:
    nodes: list[Node] = []
    done = state["lines"]
    with client.download(url) as pieces:
        for done, node in objects(lines(pieces), children, skip=state["lines"], whole=whole):
            nodes.append(node)
            if len(nodes) == PAGE_SIZE:
                yield Step(nodes, {**state, "lines": done}, last=False)
                nodes = []
    if nodes:
        yield Step(nodes, {**state, "lines": done}, last=False)


def _operation(node: Any) -> Operation:
    url, partial, error = (queries.member(node, name) for name in ("url", "partialDataUrl", "errorCode"))
    identifier, status, query = (str(queries.member(node, name)) for name in ("id", "status", "query"))
    count = str(queries.member(node, "objectCount"))
    if not (count.isascii() and count.isdigit()):
        raise BadResponse("Shopify's bulk operation does not count its objects.", code="bad-node")
    return Operation(
        identifier, status, error and str(error), int(count), url and str(url), partial and str(partial), query
    )
