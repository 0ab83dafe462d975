# Part of Integration Hub. License LGPL-3.0 or later.
from lxml import etree
from lxml.builder import E

from odoo import api, models

from .record_filter import FAILED, NEVER, OPERATOR


class Base(models.AbstractModel):
    """Search views of synced models have filters for their sync; of others, nothing is looked at but a dictionary."""

    _inherit = "base"

    @api.model
    @api.readonly
    def get_views(self, views, options=None):
        found = super().get_views(views, options)
        search = found["views"].get("search")
        if search and self._name in self.env["integration.flow"]._synced() and self.env.user._is_internal():
            search["arch"] = self._with_sync_filters(search["arch"])
        return found

    def _with_sync_filters(self, arch):
        root = etree.fromstring(arch)
        filters = (
            ("integration_sync_failed", self.env._("Sync failed"), FAILED),
            ("integration_sync_never", self.env._("Never synced"), NEVER),
        )
        root.append(E.separator())
        for name, title, value in filters:
            root.append(E.filter(name=name, string=title, domain=repr([("id", OPERATOR, value)])))
        return etree.tostring(root, encoding="unicode")
