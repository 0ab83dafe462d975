# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import models

from ..connectors.mapping.journey import journey


class IntegrationFlow(models.Model):
    """A field that goes out by a newly approved mapping is watched: else a change of it alone would send nothing."""

    _inherit = "integration.flow"

    def _sent_fields(self):
        """Return ``{flow: Odoo fields whose values leave by the versions in use}``, of those that have both halves."""
        return {flow: flow._fields_that_arrive() for flow in self if all(flow._versions_in_use())}

    def _watch_since(self, before):
        """Watch what leaves now and did not before; a flow that watches every field does so already."""
        for flow, sent in self._sent_fields().items():
            watched = (flow.trigger_fields or "").split()
            new = [name for name in sorted(flow._sent_now(sent, before)) if name not in watched]
            if watched and new:
                flow.trigger_fields = " ".join([*watched, *new])

    def _sent_now(self, sent, before):
        known = self.env[self.model_name]._fields.keys() - set(models.MAGIC_COLUMNS)
        return (sent - before[self]) & known if self in before else set()

    def _versions_in_use(self):
        return self.mapping_id.version_id, self.record_mapping_id.version_id

    def _fields_that_arrive(self):
        first, second = (mapping.version_id._compiled() for mapping in self._mapping_halves().values())
        legs, _unfed = journey(first, [], second, [])
        return {chain[0] for leg in legs if leg.arrivals for chain in leg.stop.reads if chain}
