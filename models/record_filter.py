# Part of Integration Hub. License LGPL-3.0 or later.
"""Records by how their sync is: ``("id", "integration_sync", "failed")`` in any domain of any model (ADR 0039).

An operator instead of a field: no model has one more field for it, and a domain without it is none the slower.
"""

from odoo.orm.domains import Domain, OptimizationLevel, operator_optimization
from odoo.tools import SQL

from .record_facts import failed

OPERATOR = "integration_sync"
FAILED, NEVER = "failed", "never"


@operator_optimization([OPERATOR], OptimizationLevel.DYNAMIC_VALUES)
def _records_by_sync(condition, model):
    """Reduce it to ``id in (SELECT …)``, for the companies that the user works in."""
    if condition.field_expr != "id" or condition.value not in (FAILED, NEVER) or "integration.record" not in model.env:
        raise ValueError(f"Invalid condition: {condition!r}")
    companies = model.env.companies.ids
    if condition.value == FAILED:
        query = "SELECT m.res_id FROM (%s) m WHERE m.res_model = %s"
        return Domain("id", "in", SQL(query, failed(companies), model._name))
    model.env["integration.binding"].flush_model()
    linked = SQL(
        """SELECT res_id FROM integration_binding
            WHERE res_model = %s AND deleted_at IS NULL AND company_id = ANY(%s)""",
        model._name,
        companies,
    )
    return Domain("id", "not in", linked)
