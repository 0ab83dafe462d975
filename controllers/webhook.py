# Part of Integration Hub. License LGPL-3.0 or later.
import contextlib
import json

from werkzeug.exceptions import RequestEntityTooLarge

from odoo import SUPERUSER_ID, http
from odoo.http import Response, request

from ..connectors.signatures import Delivery
from ..engine.database import HeldDatabase
from ..engine.observe import observed
from ..models.intake import Refused, find_route, note_refusal, receive, signs_address
from ..models.intake_load import tally
from ..models.ir_http import DELIVERY
from .problem import problem

DISCARDED_AT_MOST = 64 * 1024 * 1024


class WebhookController(http.Controller):
    """``POST /integration/webhook/<slug>``: accepted is stored, refused is explained."""

    @http.route(
        "/integration/webhook/<string:slug>",
        type=DELIVERY,
        auth="none",
        methods=["POST"],
        csrf=False,
        save_session=False,
        readonly=False,
    )
    def webhook(self, slug):
        request.update_env(user=SUPERUSER_ID)
        env, db, route = request.env, HeldDatabase(request.env.cr), None
        with observed("webhook"):
            try:
                route = find_route(env, slug)
                reply = receive(db, env, route, self._delivery(route))
            except Refused as refused:
                if route:
                    note_refusal(db, env, route.endpoint_id, refused, request.httprequest.headers.keys())
                response = _refusal(refused)
            else:
                response = _response(reply.answer, reply.body)
        tally.tell(db)
        return response

    def _delivery(self, route):
        """Return the request as it came, its body untouched by any parser."""
        http_request, limit = request.httprequest, route.max_body_bytes
        # One byte more than allowed: a body that comes in chunks is cut off at the limit without a word.
        http_request.max_content_length = limit + 1
        try:
            body = http_request.get_data()
        except RequestEntityTooLarge:
            body = None
        if body is None or len(body) > limit:
            self._discard()
            raise Refused(413, "body-too-large", f"The body is larger than {limit} bytes.")
        url = http_request.url if signs_address(route) else None
        return Delivery(http_request.method, url, list(http_request.headers.items()), body)

    def _discard(self):
        """Read a body that is too large, within reason: a sender that is still sending hears no answer."""
        request.httprequest.max_content_length = DISCARDED_AT_MOST
        with contextlib.suppress(RequestEntityTooLarge):
            request.httprequest.get_data(cache=False)


def _response(answer, default=None):
    body = json.dumps(default) if answer.body is None else answer.body
    return Response(body, status=answer.status, content_type=answer.content_type)


def _refusal(refused):
    if refused.answer:
        return _response(refused.answer)
    return problem(refused.status, refused.code, refused.detail, refused.retry_after)
