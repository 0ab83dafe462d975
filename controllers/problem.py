# Part of Integration Hub. License LGPL-3.0 or later.
"""Errors for machines: RFC 9457 problem details, and a dispatcher that leaves the body to its route."""

import json
import logging
from http import HTTPStatus

from odoo import http
from odoo.http import Response

from ..models.ir_http import DELIVERY

_logger = logging.getLogger(__name__)
CONTENT_TYPE = "application/problem+json"
TYPE = "urn:integration-hub:problem:"


def problem(status, code, detail, retry_after=None):
    """Return a problem response; its ``type`` is stable, its ``detail`` is for people.

    :param retry_after: seconds after which the same request may do
    """
    document = {"type": TYPE + code, "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    headers = {"Retry-After": str(retry_after)} if retry_after else None
    return Response(json.dumps(document), status=status, content_type=CONTENT_TYPE, headers=headers)


class RawDispatcher(http.Dispatcher):
    """Routes of this type: the body is untouched, an error is a problem without a traceback."""

    routing_type = DELIVERY

    @classmethod
    def is_compatible_with(cls, request):
        return True

    def dispatch(self, endpoint, args):
        self.request.params = dict(args)
        return Response.load(self.request.registry["ir.http"]._dispatch(endpoint))

    def handle_error(self, exc):
        status = getattr(exc, "code", None) or getattr(exc, "http_status", None) or 500
        if status >= 500:
            _logger.error("Webhook request failed", exc_info=exc)
            return problem(status, "internal-error", "The request could not be processed. It may be sent again.")
        return problem(status, f"http-{status}", HTTPStatus(status).description or HTTPStatus(status).phrase)
