# Part of Integration Hub. License LGPL-3.0 or later.
"""User and password (RFC 7617)."""

import base64

from ..errors import ConfigurationError
from ..messages import Request
from .static import StaticAuth, required


class Basic(StaticAuth):
    """`Authorization: Basic` with user and password in UTF-8; the password may be empty, as some vendors want it."""

    def __init__(self, user: str, password: str = "") -> None:
        required(user, "The user name")
        if ":" in user:
            raise ConfigurationError("A user name for basic authentication has no colon", code="invalid-credential")
        self._value = base64.b64encode(f"{user}:{password}".encode()).decode()

    def apply(self, request: Request) -> Request:
        """The request with its Authorization header."""
        return request.with_header("Authorization", f"Basic {self._value}")
