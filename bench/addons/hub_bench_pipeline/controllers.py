# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import SUPERUSER_ID, http
from odoo.http import request


class PipelineController(http.Controller):
    """Where the benchmark puts work into the queue."""

    @http.route("/bench/pipeline", type="http", auth="none", methods=["POST"], csrf=False, readonly=False)
    def enqueue(self):
        request.update_env(user=SUPERUSER_ID)
        given = request.get_json_data()
        getattr(request.env["hub.bench.pipeline"], f"_enqueue_{given.pop('what')}")(**given)
        return request.make_json_response({}, status=202)
