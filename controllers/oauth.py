# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import http
from odoo.http import request

from ..models.integration_endpoint_sign_in import CALLBACK


class OAuthController(http.Controller):
    """``GET /integration/oauth/callback``: where another system sends a person's browser back after a sign-in."""

    @http.route(CALLBACK, type="http", auth="user", methods=["GET"], readonly=False)
    def callback(self, **_answer):
        answer = request.httprequest.args.to_dict(flat=False)
        endpoint = request.env["integration.sign.in"]._finish(answer)
        response = request.redirect(request.env["integration.connect"]._after_sign_in(endpoint))
        response.headers["Referrer-Policy"] = "no-referrer"  # the address has the code in it
        return response
