# Part of Integration Hub. License LGPL-3.0 or later.
"""Lists that come in pages: a paginator describes how, `stream` reads them with a state that can be resumed.

for page in stream(client, Cursor(items="results", cursor="paging.next.after", param="after"), "/crm/v3/objects/deals"):
    store(page.items, page.state)
"""

from .build import KINDS, build
from .cursor import Cursor
from .graphql import GraphQLConnection
from .guard import LoopGuard
from .keyset import Keyset
from .links import LinkHeader, NextUrl
from .model import Answer, PageRequest, Paginator, State
from .numbered import Offset, PageNumber
from .single import SinglePage
from .stream import StreamedPage, restart, stream

__all__ = [
    "KINDS",
    "Answer",
    "Cursor",
    "GraphQLConnection",
    "Keyset",
    "LinkHeader",
    "LoopGuard",
    "NextUrl",
    "Offset",
    "PageNumber",
    "PageRequest",
    "Paginator",
    "SinglePage",
    "State",
    "StreamedPage",
    "build",
    "restart",
    "stream",
]
