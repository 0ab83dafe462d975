# Part of Integration Hub. License LGPL-3.0 or later.
"""When the next try is: the library's policy, under the name that the engine knows it by."""

from ..connectors.resilience.retry import RetryPolicy, next_delay

__all__ = ["RetryPolicy", "next_delay"]
