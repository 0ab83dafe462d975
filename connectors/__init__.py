"""Pure-Python kernel of Integration Hub: HTTP, auth, signatures, mapping and connectors, without Odoo."""
