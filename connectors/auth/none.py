# Part of Integration Hub. License LGPL-3.0 or later.
"""No credentials."""

from ..messages import Request, Response


class NoAuth:
    """Sends requests as they are."""

    def apply(self, request: Request) -> Request:
        """The request itself."""
        return request

    def recover(self, response: Response) -> bool:
        """Never: there is nothing to renew."""
        return False

    def __repr__(self) -> str:
        return "NoAuth()"
