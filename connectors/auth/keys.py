# Part of Integration Hub. License LGPL-3.0 or later.
"""One secret text, sent in a header or in the query."""

from ..messages import Request, check_header
from .static import StaticAuth, required


class HeaderKey(StaticAuth):
    """A key in a header of the vendor's choice, such as `X-Shopify-Access-Token`."""

    def __init__(self, name: str, value: str) -> None:
        required(value, f"The key for the header {name}")
        check_header(name, value)
        self._name = name
        self._value = value

    def apply(self, request: Request) -> Request:
        """The request with its key header."""
        return request.with_header(self._name, self._value)


class Bearer(HeaderKey):
    """`Authorization: Bearer` with a token (RFC 6750)."""

    def __init__(self, token: str) -> None:
        super().__init__("Authorization", f"Bearer {required(token, 'The token')}")


class QueryKey(StaticAuth):
    """A key as a query parameter, for vendors that offer nothing better: proxies may log it."""

    def __init__(self, name: str, value: str) -> None:
        self._name = required(name, "The parameter's name")
        self._value = required(value, f"The key for the parameter {name}")

    def apply(self, request: Request) -> Request:
        """The request with its key in the query."""
        return request.with_query(self._name, self._value)
