# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Who decides about the records of flows that are there already: what their connectors declare.

    At the end: before it the fields of apps that are loaded later are not known.
    """
    env = api.Environment(cr, SUPERUSER_ID, {"active_test": False})
    for flow in env["integration.flow"].search([("template_key", "!=", False)]):
        env["integration.ownership"]._install(flow.system_id, flow.model_name)
