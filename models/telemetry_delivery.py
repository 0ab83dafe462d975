# Part of Integration Hub. License LGPL-3.0 or later.
"""What is said of a delivery, where somebody observes: which message it became, and in which trace that is."""

import re

from ..engine.causation import correlation_id

_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")


def said(env, route, message_id, headers):
    """Return what log lines and the span of a delivery say that was taken in as this message."""
    known = {"endpoint_id": route.endpoint_id, "message_id": message_id}
    if sender := _TRACEPARENT.match(headers.get("traceparent", "")):
        return known | {"traceparent": sender[0], "correlation_id": sender[1]}
    uuid = env["ir.config_parameter"].get_param("database.uuid")
    return known | {"correlation_id": correlation_id(uuid, message_id)}
