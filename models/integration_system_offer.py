# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import api, fields, models

from ..connectors.errors import ConfigurationError
from .integration_system_rest import REST


class IntegrationSystem(models.Model):
    _inherit = "integration.system"

    offered_flows = fields.Char(readonly=True, copy=False, help="The flows that its connector had, at the last update.")


class IntegrationFlow(models.Model):
    """Flows that a newer release of a connector has: systems that are live get them, switched off."""

    _inherit = "integration.flow"

    @api.model
    def _offer_shipped(self):
        """Add to live systems the flows that their connectors have now and had not before. At each update."""
        for system in self.env["integration.system"].search([("lifecycle", "=", "live"), ("connector", "!=", REST)]):
            try:
                templates = system._connector().flow_templates
            except ConfigurationError:
                continue  # the connector is gone
            known = set((system.offered_flows or "").split())
            usable = [each for each in templates if each.model in self.env and system._endpoint(each.direction)]
            before = system.with_context(active_test=False).flow_ids
            for template in usable:
                if template.key not in known:
                    self._install(system, template)
            system.offered_flows = " ".join(sorted(known | {each.key for each in usable}))
            if new := system.with_context(active_test=False).flow_ids - before:
                people = (system.technical_owner_id or system.business_owner_id).partner_id
                said = self.env._(
                    "This release can exchange more: %(flows)s. Switch it on under Flows, where it is wanted.",
                    flows=", ".join(new.mapped("name")),
                )
                system.message_post(body=said, partner_ids=people.ids)
