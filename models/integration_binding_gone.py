# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import api, fields, models

from .loose_many2one import LooseMany2one


class IntegrationBinding(models.Model):
    """What became of the other side's object: it was deleted, or merged into another one; and whose it was."""

    _inherit = "integration.binding"

    merged_into_id = LooseMany2one(
        "integration.binding",
        readonly=True,
        help="The object is no more: the other system merged it into this one, whose record it now leads to.",
    )
    belongs_to = fields.Char(
        readonly=True,
        help="The remote id of what the object belongs to, as a contact to its company, by what was told last.",
    )
    last_told = fields.Json(
        readonly=True,
        help="What the other side has, by name, of what is sent only when it changes in Odoo, as the stage of a deal.",
    )
    archived_here = fields.Boolean(
        "Archived by Odoo",
        readonly=True,
        help="The record was archived since its object was deleted there. It is brought back when the object is.",
    )

    _merged_idx = models.Index("(merged_into_id) WHERE merged_into_id IS NOT NULL")

    def unlink(self):
        self.search([("merged_into_id", "in", self.ids)]).merged_into_id = False
        return super().unlink()

    @api.model
    def _synced(self, record, **values):
        return super()._synced(record, **{"archived_here": False, **values})

    @api.model
    def _survivors(self, system, entity, external_ids):
        """Return ``{remote id: that of the object which it was merged into}``, without those that were not."""
        found = self._find_many(system, entity, list(external_ids)).filtered("merged_into_id")
        return {link.external_id: link.merged_into_id.external_id for link in found}

    @api.model
    def _others(self, record, link):
        """Return the links through which other objects have a record: of other systems, or of the same one."""
        return self.search(
            [
                ("res_model", "=", record._name),
                ("res_id", "=", record.id),
                ("deleted_at", "=", False),
                ("id", "!=", link.id),
            ]
        )
