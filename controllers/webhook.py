# Part of Integration Hub. License LGPL-3.0 or later.
import json

from odoo import SUPERUSER_ID, http
from odoo.http import Response, request

from ..connectors.signatures import Delivery
from ..engine.database import Database
from ..models.intake import Refused, find_route, note_refusal, receive
from .problem import problem

DISCARDED_AT_MOST = 64 * 1024 * 1024


class WebhookController(http.Controller):
    """``POST /integration/webhook/<slug>``: accepted is stored, refused is explained."""

    @http.route(
        "/integration/webhook/<string:slug>",
        type="integration_raw",
        auth="none",
        methods=["POST"],
        csrf=False,
        save_session=False,
        readonly=False,
    )
    def webhook(self, slug):
        request.update_env(user=SUPERUSER_ID)
        env, db, route = request.env, Database(request.db), None
        try:
            route = find_route(env, slug)
            reply = receive(db, env, route, self._delivery(route.max_body_bytes))
        except Refused as refused:
            if route:
                note_refusal(db, env, route.endpoint_id, refused, request.httprequest.headers.keys())
            self._discard()
            return problem(refused.status, refused.code, refused.detail)
        answer = reply.answer
        body = json.dumps(reply.body) if answer.body is None else answer.body
        return Response(body, status=answer.status, content_type=answer.content_type)

    def _delivery(self, limit):
        """Return the request as it came; one byte more than allowed is enough to refuse it."""
        http_request = request.httprequest
        too_large = Refused(413, "body-too-large", f"The body is larger than {limit} bytes.")
        if (http_request.content_length or 0) > limit:
            raise too_large
        body = http_request.stream.read(limit + 1)
        if len(body) > limit:
            raise too_large
        return Delivery(http_request.method, http_request.url, list(http_request.headers.items()), body)

    def _discard(self):
        """Read what is left of a refused body, within reason: a sender that is still sending hears no answer."""
        stream, left = request.httprequest.stream, DISCARDED_AT_MOST
        while left > 0 and (chunk := stream.read(min(left, 1 << 16))):
            left -= len(chunk)
