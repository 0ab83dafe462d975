# Part of Integration Hub. License LGPL-3.0 or later.
import hmac

from odoo import SUPERUSER_ID, http
from odoo.http import Response, request

from ..engine.database import HeldDatabase
from ..engine.settings import option
from ..models.telemetry_metrics import exposition
from .monitoring import ROUTE
from .problem import problem


class MetricsController(http.Controller):
    """``GET /integration/metrics``: figures for Prometheus, of the database and not of the process that is asked.

    Whoever knows the server's ``metrics_token`` may read; where none is configured there is nothing to read. With
    several databases on a server, the header ``X-Odoo-Database`` says which.
    """

    @http.route("/integration/metrics", **ROUTE)
    def metrics(self):
        if refused := _refused(request.httprequest.headers.get("Authorization", "")):
            return refused
        request.update_env(user=SUPERUSER_ID)
        body, content_type = exposition(HeldDatabase(request.env.cr), request.httprequest.headers.get("Accept", ""))
        return Response(body, content_type=content_type, headers={"Cache-Control": "no-store"})


def _refused(authorization):
    token = option("metrics_token")
    if not token:
        return problem(
            404,
            "metrics-off",
            "Metrics are off: set metrics_token in [integration_hub] of odoo.conf, or INTEGRATION_HUB_METRICS_TOKEN.",
        )
    scheme, _blank, given = authorization.partition(" ")
    if scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), token.encode()):
        return None
    answer = problem(401, "metrics-token", "Send the server's metrics_token: Authorization: Bearer <token>.")
    answer.headers["WWW-Authenticate"] = 'Bearer realm="integration-hub-metrics"'
    return answer
