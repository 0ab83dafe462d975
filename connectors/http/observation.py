# Part of Integration Hub. License LGPL-3.0 or later.
"""What is said of each exchange: a log line, and a number for whoever measures. Never a query, a header or a body.

What is kept of it for a person to read is made by `exchanges.py`.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from ..clock import Clock
from ..errors import HubError
from ..messages import Request, Response, StreamedResponse
from .exchanges import Record


@dataclass(frozen=True)
class Exchange:
    """One request and what came of it: `status` when there was an answer, `error` (a code) when there was none.

    `seconds` includes reading the whole body. `host` has no port.
    """

    method: str
    host: str
    status: int | None
    seconds: float
    error: str | None = None


Metrics = Callable[[Exchange], None]


class Observer:
    """Logs each exchange at debug level, hands it to `metrics` and to `record`.

    A failing callback is logged, and fails nothing.

    The log record's extra fields carry OpenTelemetry's names: `http.request.method`, `server.address`,
    `url.path`, `http.response.status_code`, `http.client.request.duration` (seconds), `error.type`.
    """

    def __init__(
        self, logger: logging.Logger, clock: Clock, metrics: Metrics | None, record: Record | None = None
    ) -> None:
        self._logger = logger
        self._clock = clock
        self._metrics = metrics
        self._record = record

    @contextmanager
    def exchange(self, request: Request) -> "Iterator[Callable[[Response | StreamedResponse], None]]":
        """Around one exchange; the response is told to what this yields."""
        started = self._clock.monotonic()
        answers: list[Response | StreamedResponse] = []
        error: str | None = None
        try:
            yield answers.append
        except HubError as failure:
            error = failure.code
            raise
        finally:
            self._tell(request, answers[0] if answers else None, self._clock.monotonic() - started, error)

    def _tell(
        self, request: Request, response: Response | StreamedResponse | None, seconds: float, error: str | None
    ) -> None:
        status = response.status if response is not None else None
        host = urlsplit(request.url).hostname or ""
        target = request.target
        self._logger.debug(
            "%s %s: %s in %.3f s",
            request.method,
            target,
            error or status,
            seconds,
            extra={
                "http.request.method": request.method,
                "server.address": host,
                "url.path": f"/{target.partition('/')[2]}",
                "http.response.status_code": status,
                "http.client.request.duration": seconds,
                "error.type": error,
            },
        )
        try:
            if self._metrics is not None:
                self._metrics(Exchange(request.method, host, status, seconds, error))
            if self._record is not None:
                self._record(request, response, seconds, error)
        except Exception:
            self._logger.exception("A callback failed that is told of exchanges; the exchange itself did not")
