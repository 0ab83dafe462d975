# Part of Integration Hub. License LGPL-3.0 or later.
"""W3C Trace Context, level 1: which request here belongs to which request there (https://www.w3.org/TR/trace-context/)."""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self

_PARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_STATE = re.compile(r"[\x20-\x7e]{1,512}")
RandomBytes = Callable[[int], bytes]


@dataclass(frozen=True)
class TraceContext:
    """A place in a trace: `trace_id` (32 hex digits) of the whole, `span_id` (16) of this step.

    `sampled` says whether it is recorded; `state` is the peer's `tracestate`, handed on as it came.
    """

    trace_id: str
    span_id: str
    sampled: bool = True
    state: str = ""

    @classmethod
    def new(cls, *, random: RandomBytes = secrets.token_bytes, sampled: bool = True) -> Self:
        """The start of a trace."""
        return cls(_hex(random, 16), _hex(random, 8), sampled)

    @classmethod
    def parse(cls, traceparent: str | None, tracestate: str | None = None) -> Self | None:
        """The caller's context, from its headers; None when absent or malformed, and then a new trace begins (§3.2.4).

        A later version is read as far as version 00 goes (§3.2.4); ids of zeros are malformed (§3.2.2).
        """
        match = _PARENT.fullmatch(traceparent or "")
        if match is None:
            return None
        version, trace_id, span_id, flags, more = match.groups()
        if version == "ff" or (version == "00" and more) or not trace_id.strip("0") or not span_id.strip("0"):
            return None
        state = tracestate if tracestate and _STATE.fullmatch(tracestate) else ""
        return cls(trace_id, span_id, bool(int(flags, 16) & 1), state)

    def child(self, *, random: RandomBytes = secrets.token_bytes) -> Self:
        """The next step of the same trace."""
        return replace(self, span_id=_hex(random, 8))

    def headers(self) -> dict[str, str]:
        """`traceparent`, and `tracestate` where there is one."""
        fields = {"traceparent": f"00-{self.trace_id}-{self.span_id}-{int(self.sampled):02x}"}
        return fields | ({"tracestate": self.state} if self.state else {})


def _hex(random: RandomBytes, size: int) -> str:
    while not any(drawn := random(size)):
        pass  # all zeros is no id; a source that gives nothing else is broken, and has no end
    return drawn.hex()
