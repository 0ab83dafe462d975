# Part of Integration Hub. License LGPL-3.0 or later.
"""Pages of a GraphQL connection. Source: https://relay.dev/graphql/connections.htm"""

from dataclasses import dataclass
from typing import Any

from .. import dotted
from .model import Answer, PageRequest, Paginator, State, bad_page


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphQLConnection(Paginator):
    """`pageInfo { hasNextPage endCursor }` of the connection at the path `items`, as in data.orders.

    The request's JSON body is `{"query": …, "variables": {…}}`; `variable` and `size_variable` name the variables that
    hold the cursor and the page's size. Items are the connection's `nodes`, or the nodes of its `edges`.
    """

    variable: str = "after"
    size: int | None = None
    size_variable: str = "first"

    def init_request(self, request: PageRequest) -> PageRequest:
        """From the beginning: no cursor."""
        if self.size is not None:
            request = request.put(f"variables.{self.size_variable}", self.size, in_body=True)
        return request.put(f"variables.{self.variable}", None, in_body=True)

    def read_items(self, document: Any) -> list[Any]:
        """The nodes. Raises BadResponse also when the answer has errors beside its data: it is not whole."""
        if dotted.read(document, "errors"):
            raise bad_page("the answer has errors", code="graphql-errors", hint="Read the answer's errors.")
        connection = dotted.read(document, self.items)
        nodes = dotted.read(connection, "nodes")
        if nodes is None:
            edges = dotted.read(connection, "edges")
            nodes = [dotted.read(edge, "node") for edge in edges] if isinstance(edges, list) else None
        if not isinstance(nodes, list):
            raise bad_page(f"no nodes in the connection {self.items}")
        return nodes

    def update_state(self, state: State, answer: Answer) -> State:
        """The end cursor, while there is a next page."""
        info = dotted.read(answer.document, f"{self.items}.pageInfo")
        more, cursor = dotted.read(info, "hasNextPage"), dotted.read(info, "endCursor")
        if not isinstance(more, bool):
            raise bad_page(f"no pageInfo in the connection {self.items}")
        if not more:
            return {"done": True}
        if not isinstance(cursor, str) or not cursor:
            raise bad_page("there are more pages, but no cursor leads to them")
        return {"cursor": cursor}

    def update_request(self, request: PageRequest, state: State) -> PageRequest:
        """With the cursor in its variable."""
        return request.put(f"variables.{self.variable}", state["cursor"], in_body=True)
