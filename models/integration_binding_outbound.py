# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import api, models


class IntegrationBinding(models.Model):
    """What is asked and noted of the links of many records that go out together."""

    _inherit = "integration.binding"

    @api.model
    def _of(self, system, entity, res_model, res_id):
        """Return the link of what is or was an Odoo record: one that is there before a deleted one, then the oldest."""
        return self._of_many(system, entity, res_model, [res_id]).get(res_id, self.browse())

    @api.model
    def _of_many(self, system, entity, res_model, res_ids):
        """Return ``{record id: link}`` as :meth:`_of` does, without those that have none."""
        found = self.search(
            [
                ("res_model", "=", res_model),
                ("res_id", "in", res_ids),
                ("system_id", "=", system.id),
                ("entity_id", "=", entity.id),
            ],
            order="deleted_at, id desc",  # nothing comes last, and the last one of a record counts
        )
        return {link.res_id: link for link in found}

    @api.model
    def _link_many(self, system, entity, synced, calls):
        """Link remote records with Odoo records, or note a further sync.

        :param synced: ``{external id: values}`` as :meth:`_synced` makes them
        :param calls: ``{external id: the call that was made}``
        :returns: the links of which something came while their call was under way: who knows what is there now
        """
        new, crossed = self.browse(), self.browse()
        known = self._find_many(system, entity, list(synced)).grouped("external_id")
        for external_id, link in known.items():
            values = synced[external_id] | link._after_sending(calls[external_id].sent)
            if link.hash_in != calls[external_id].began[0]:
                crossed |= link
                values["hash_out"] = False
            link.write(values)
        self.create(
            [
                self._key(system, entity, external_id) | values | new._after_sending(calls[external_id].sent)
                for external_id, values in synced.items()
                if external_id not in known
            ]
        )
        return crossed
