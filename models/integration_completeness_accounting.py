# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import api, models
from odoo.fields import Command

ACCOUNTANTS = ("account.group_account_readonly", "account.group_account_user", "account.group_account_manager")
MENU = "integration_hub.integration_completeness_accounting_menu"


class IntegrationCompleteness(models.Model):
    """Accountants read what is counted where the app Invoicing is installed: they have no other group of the hub."""

    _inherit = "integration.completeness"

    @api.model
    def _let_accountants_read(self):
        """Give accountants the right and a menu of their own; done again each night, for the app may come later."""
        reader = self.env.ref("integration_hub.group_completeness")
        for name in ACCOUNTANTS:
            group = self.env.ref(name, raise_if_not_found=False)
            if group and reader not in group.all_implied_ids:
                group.sudo().implied_ids = [Command.link(reader.id)]
        parent = self.env.ref("account.menu_finance_reports", raise_if_not_found=False)
        if parent and not self.env.ref(MENU, raise_if_not_found=False):
            self._add_accounting_menu(parent, reader)

    @api.model
    def _add_accounting_menu(self, parent, reader):
        action = self.env.ref("integration_hub.integration_completeness_certificate_action")
        menu = (
            self.env["ir.ui.menu"]
            .sudo()
            .create(
                {
                    "name": self.env._("Completeness of Connected Systems"),
                    "parent_id": parent.id,
                    "action": f"ir.actions.act_window,{action.id}",
                    "group_ids": [Command.set(reader.ids)],
                    "sequence": 90,
                }
            )
        )
        self.env["ir.model.data"].sudo()._update_xmlids([{"xml_id": MENU, "record": menu, "noupdate": True}])
