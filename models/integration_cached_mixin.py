# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import api, models


class IntegrationCachedMixin(models.AbstractModel):
    """What intake and capture read of these records is cached in each process; any change of them empties the cache."""

    _name = "integration.cached.mixin"
    _description = "Cached by the Hub"

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        self._forget()
        return records

    def write(self, vals):
        result = super().write(vals)
        self._forget()
        return result

    def unlink(self):
        result = super().unlink()
        self._forget()
        return result

    def _forget(self):
        """Empty the cache now, and again with the commit or the rollback.

        Until a commit others fill it with what was; until a rollback this transaction fills it with what is not to be.
        """
        cr, registry = self.env.cr, self.env.registry
        registry.clear_cache()
        cr.postcommit.add(registry.clear_cache)
        cr.postrollback.add(registry.clear_cache)
