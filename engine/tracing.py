# Part of Integration Hub. License LGPL-3.0 or later.
"""Tracing: spans for OpenTelemetry, sent by OTLP to the collector of ``[integration_hub] otlp_endpoint``.

A message is a trace: its id is the message's correlation id, which other systems are sent in ``traceparent``. In it are
the delivery, its mapping, and the calls; those of what it caused as well. A drain works on many messages and is a trace
of its own; the spans of messages link to the step in which they were worked on.

Imported only where a collector is configured: the addon does without OpenTelemetry.
"""

import contextlib
import os
import time
from contextvars import ContextVar

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import Link, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from . import observe

OF_A_MESSAGE = {"mapping": SpanKind.INTERNAL, "send": SpanKind.CLIENT, "webhook": SpanKind.SERVER}
_TRACE = ContextVar("integration_hub_trace", default=None)  # the id of a trace that is about to begin


class _Ids(RandomIdGenerator):
    """A trace that is a message's begins with its correlation id."""

    def generate_trace_id(self):
        return _TRACE.get() or super().generate_trace_id()


class Tracing:
    """Opens spans; each process has its own exporter, which a fork would not survive."""

    def __init__(self, endpoint, name="odoo", processor=BatchSpanProcessor):
        self._endpoint, self._name, self._processor = endpoint, name, processor
        self._of = None, None  # process, its provider

    def span(self, name, said, events):
        """Return the context in which a span is open."""
        kind = OF_A_MESSAGE.get(name)
        return self._of_work(name, said, events) if kind is None else self._of_message(name, kind, said)

    def flush(self):
        """Send what has ended."""
        self._provider().force_flush()

    @contextlib.contextmanager
    def _of_work(self, name, said, events):
        with self._tracer().start_as_current_span(f"drain.{name}" if events else name) as span:
            yield
            span.set_attributes(_attributes(said) | ({"integration_hub.messages": len(events)} if events else {}))

    @contextlib.contextmanager
    def _of_message(self, name, kind, said):
        """A delivery says while it is taken in which message it is, and what trace its sender began."""
        here, began = trace.get_current_span().get_span_context(), time.time_ns()
        known = None if name == "webhook" else self._start(name, kind, said, here, began)
        error = None
        try:
            with trace.use_span(known, record_exception=False) if known else contextlib.nullcontext():
                yield
        except Exception as raised:
            error = raised
            raise
        finally:
            span = known or self._start(name, kind, said, here, began)
            span.set_attributes(_attributes(said))
            if error:
                span.set_status(Status(StatusCode.ERROR, type(error).__name__))
            span.end()

    def _start(self, name, kind, said, here, began):
        context = trace.set_span_in_context(trace.INVALID_SPAN)
        if "traceparent" in said:
            context = TraceContextTextMapPropagator().extract(said, context)
        token = _TRACE.set(int(said["correlation_id"], 16) if said.get("correlation_id") else None)
        try:
            links = [Link(here)] if here.is_valid else []
            return self._tracer().start_span(name, context, kind, links=links, start_time=began)
        finally:
            _TRACE.reset(token)

    def _tracer(self):
        return self._provider().get_tracer("integration_hub")

    def _provider(self):
        process, provider = self._of
        if process != os.getpid():
            provider = TracerProvider(resource=Resource.create({SERVICE_NAME: self._name}), id_generator=_Ids())
            exporter = OTLPSpanExporter(f"{self._endpoint.rstrip('/')}/v1/traces")
            provider.add_span_processor(self._processor(exporter))
            self._of = os.getpid(), provider
        return provider


def place():
    """Return trace id, span id and whether it is recorded of the span that is open; ``None``: there is none."""
    context = trace.get_current_span().get_span_context()
    if not context.is_valid:
        return None
    return f"{context.trace_id:032x}", f"{context.span_id:016x}", context.trace_flags.sampled


def switch_on(endpoint):
    """Send spans from now on; returns the :class:`Tracing`."""
    tracing = Tracing(endpoint)
    observe.switch_on(tracing.span, place)
    return tracing


def _attributes(said):
    return {
        f"integration_hub.{name}": value
        for name, value in said.items()
        if isinstance(value, (str, int)) and name != "traceparent"
    }
