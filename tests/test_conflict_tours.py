# Part of Integration Hub. License LGPL-3.0 or later.
"""Who decides and what a person is asked, in a real browser."""

from odoo.tests import tagged

from .common import HubHttpCase
from .decided_cases import DecidedMixin


@tagged("post_install", "-at_install")
class TestConflictTours(DecidedMixin, HubHttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shop.name = "Tour shop"
        cls.rule("city", "both", "ask")

    def test_a_person_chooses(self):
        self.changed_here(city="Bruges")
        self.they_say(2, city="Liège")
        person = self.user("operator")
        person.group_ids |= self.env.ref("base.group_partner_manager")
        self.start_tour("/odoo/integration-conflicts", "integration_hub_conflicts", login=person.login)
        self.env.invalidate_all()
        self.assertEqual((self.ada.city, self.conflicts.settled_by), ("Liège", person))

    def test_a_consultant_says_who_decides(self):
        self.shop.ownership_ids.filtered("field_id").unlink()
        url = f"/odoo/integration-systems/{self.shop.id}"
        self.start_tour(url, "integration_hub_who_decides", login=self.user("consultant").login)
        self.env.invalidate_all()
        (row,) = self.shop.ownership_ids.filtered(lambda row: row.model_name == "res.partner")
        self.assertEqual((row.field_id.name, row.decided_by, row.both_changed), ("city", "odoo", "owner"))
