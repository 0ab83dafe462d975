# Part of Integration Hub. License LGPL-3.0 or later.
import json

from odoo import SUPERUSER_ID, http
from odoo.http import Response, request

from .problem import problem

LONGEST = 64


class ReadinessController(http.Controller):
    """``GET /integration/reach/<challenge>``: proves that an address leads to this very database, to the hub itself.

    The proof is worth nothing to anybody else: only who has the database's secret can compare it.
    """

    @http.route(
        "/integration/reach/<string:challenge>",
        type="http",
        auth="none",
        methods=["GET"],
        csrf=False,
        save_session=False,
    )
    def reach(self, challenge):
        if len(challenge) > LONGEST:
            return problem(404, "not-found", "There is nothing here.")
        request.update_env(user=SUPERUSER_ID)
        proof = request.env["integration.readiness"]._proof(challenge)
        document = {"proof": proof, "address": request.httprequest.url_root}
        return Response(json.dumps(document), content_type="application/json", headers={"Cache-Control": "no-store"})
