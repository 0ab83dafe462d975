# Part of Integration Hub. License LGPL-3.0 or later.
"""What is said of a delivery, where somebody observes: which message it became, and in which trace that is."""

from ..connectors.http import TraceContext
from ..engine.causation import correlation_id


def said(env, route, message_id, headers):
    """Return what log lines and the span of a delivery say that was taken in as this message."""
    known = {"endpoint_id": route.endpoint_id, "message_id": message_id}
    if sender := TraceContext.parse(headers.get("traceparent")):
        return known | {"traceparent": headers["traceparent"], "correlation_id": sender.trace_id}
    uuid = env["ir.config_parameter"].get_param("database.uuid")
    return known | {"correlation_id": correlation_id(uuid, message_id)}
