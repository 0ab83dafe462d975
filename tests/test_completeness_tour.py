# Part of Integration Hub. License LGPL-3.0 or later.
"""Completeness in a real browser, for the accountant."""

from datetime import timedelta

from odoo.tests import HttpCase, new_test_user, tagged

from .completeness_cases import CompletenessCase


@tagged("post_install", "-at_install")
class TestCompletenessTour(CompletenessCase, HttpCase):
    def test_accountant(self):
        """She finds what is missing, may mend nothing, and signs off what she has seen."""
        self.env["integration.completeness"]._let_accountants_read()
        groups = "base.group_user,account.group_account_user"
        accountant = new_test_user(self.env, "acke", groups=groups, name="Acke Accountant")
        self.shop.name = "Tour shop"
        day = self.flow._today() - timedelta(days=1)
        told, lost = (self.place() | {"processed_at": f"{day}T12:00:00+01:00"} for _number in range(2))
        self.put_there(told, lost)
        self.told(told)
        self.check(day)
        certificate = self.env["integration.completeness.certificate"].create(
            {"system_id": self.shop.id, "date_from": day, "date_to": day}
        )
        menu = self.env.ref("integration_hub.integration_completeness_accounting_menu")
        tour = "integration_hub_completeness_accountant"
        self.start_tour(f"/odoo/action-{menu.action.id}", tour, login="acke")
        self.assertEqual((certificate.state, certificate.signed_by_id), ("signed", accountant))
