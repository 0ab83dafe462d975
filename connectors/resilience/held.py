# Part of Integration Hub. License LGPL-3.0 or later.
"""What a request that may not leave now ends with."""

from typing import Any

from ..errors import HubError, Policy


class Held(HubError):
    """The request was not sent: the rate limit, the circuit breaker or the concurrency limit keeps it here.

    `code` is rate-limited, breaker-open, paused, too-many-at-once or a vendor's own; `retry_after` is when to ask
    again. It had no effect and is no try: a queue leaves the work where it is.
    """

    code = "held"
    policy = Policy.RETRY
    hint = "Nothing needs to be done: it is sent as soon as it may be."

    def __init__(self, message: str = "", **details: Any) -> None:
        super().__init__(message or "The request waits here.", **details)
