# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import http
from odoo.http import request


class BareController(http.Controller):
    """The least that a developer would write: nothing is proved, the body is kept with one SQL statement."""

    @http.route("/bench/bare", type="http", auth="none", methods=["POST"], csrf=False, save_session=False)
    def bare(self):
        request.env.cr.execute(
            "INSERT INTO hub_bench_delivery (received_at, body) VALUES (now() AT TIME ZONE 'UTC', %s) RETURNING id",
            [request.httprequest.get_data().decode()],
        )
        (identifier,) = request.env.cr.fetchone()
        return request.make_json_response({"id": identifier, "status": "accepted"}, status=202)
