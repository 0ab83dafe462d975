# Part of Integration Hub. License LGPL-3.0 or later.
"""A list that comes whole."""

from dataclasses import dataclass

from .model import Answer, PageRequest, Paginator, State


@dataclass(frozen=True, slots=True, kw_only=True)
class SinglePage(Paginator):
    """The first page is the last one."""

    def init_request(self, request: PageRequest) -> PageRequest:
        """The request as it is."""
        return request

    def update_state(self, state: State, answer: Answer) -> State:
        """Done."""
        return {"done": True}

    def update_request(self, request: PageRequest, state: State) -> PageRequest:
        """The request as it is; nobody asks for a second page."""
        return request
