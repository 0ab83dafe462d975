# Part of Integration Hub. License LGPL-3.0 or later.
"""What all credentials that never change have in common."""

from ..errors import ConfigurationError
from ..messages import Request, Response


class StaticAuth:
    """Base of credentials that stay as they are: `recover` never helps, `repr` shows the class only."""

    def apply(self, request: Request) -> Request:
        """The request with its credentials."""
        raise NotImplementedError

    def recover(self, response: Response) -> bool:
        """Never: only a person can renew these credentials."""
        return False

    def __repr__(self) -> str:
        return f"{type(self).__name__}(***)"


def required(value: str, what: str) -> str:
    """`value`, or ConfigurationError when it is empty: an empty credential is never sent."""
    if not value:
        raise ConfigurationError(f"{what} is empty", code="missing-credential", hint="Enter the credential.")
    return value
