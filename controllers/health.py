# Part of Integration Hub. License LGPL-3.0 or later.
import json

from odoo import SUPERUSER_ID, http
from odoo.http import Response, request

from ..engine.database import HeldDatabase
from ..engine.health import FAIL, checks, overall
from ..engine.vitals import look
from .monitoring import ROUTE


class HealthController(http.Controller):
    """``GET /integration/health``: whether messages are processed, for monitoring; 503 when they are not at all.

    It names no endpoint, no record and no secret, so it asks for no login. With several databases on a server, the
    header ``X-Odoo-Database`` says which.
    """

    @http.route("/integration/health", **ROUTE)
    def health(self):
        request.update_env(user=SUPERUSER_ID)
        db = HeldDatabase(request.env.cr)
        with db.read_committed() as cr:
            found = checks(look(cr, db.now()))
        status = overall(found)
        document = {
            "status": status,
            "checks": {name: [check.document() for check in each] for name, each in found.items()},
        }
        return Response(
            json.dumps(document, indent=2),
            status=503 if status == FAIL else 200,
            content_type="application/health+json",
            headers={"Cache-Control": "no-store"},
        )
