# Part of Integration Hub. License LGPL-3.0 or later.
"""Filters for the sync in the lists of synced models, which cost the others nothing."""

from odoo import Command
from odoo.fields import Domain
from odoo.tests import tagged

from .common import HubCase
from .record_cases import RecordMixin

SYNC = "integration_sync"


@tagged("post_install", "-at_install")
class TestFilters(RecordMixin, HubCase):
    def found(self, value, user=None, **context):
        Partner = self.env["res.partner"].with_user(user or self.seller).with_context(**context)
        return Partner.search([("id", SYNC, value), ("id", "in", self.partners.ids)])

    def setUp(self):
        super().setUp()
        self.good, self.bad = self.sent(), self.broken()
        self.new = self.env["res.partner"].create({"name": "No address"})
        self.partners = self.good + self.bad + self.new
        self.env.flush_all()

    def test_failed_and_never(self):
        self.assertEqual(self.found("failed"), self.bad)
        self.assertEqual(self.found("never"), self.bad + self.new)
        self.assertEqual(self.partners.with_user(self.seller).filtered_domain([("id", SYNC, "failed")]), self.bad)
        self.assertEqual(self.partners.filtered_domain(["!", ("id", SYNC, "never")]), self.good)

    def test_companies(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self.seller.company_ids = [Command.link(elsewhere.id)]
        self.assertFalse(self.found("failed", allowed_company_ids=elsewhere.ids))
        self.assertEqual(self.found("never", allowed_company_ids=elsewhere.ids), self.partners)

    def test_nonsense_is_refused(self):
        for leaf in (("id", SYNC, "'); DROP"), ("name", SYNC, "failed"), ("id", SYNC, 7)):
            with self.subTest(leaf), self.assertRaises(ValueError):
                self.env["res.partner"].search([leaf])

    def test_in_search_views_of_synced_models_only(self):
        def arch(model):
            return self.env[model].with_user(self.seller).get_views([(False, "search")])["views"]["search"]["arch"]

        self.assertIn("integration_sync_failed", arch("res.partner"))
        self.assertNotIn("integration_sync", arch("res.partner.category"))
        self.env["res.partner"].search(list(Domain("id", SYNC, "never")))  # as the client sends it

    def test_unsynced_models_ask_nothing(self):
        Tag = self.env["res.partner.category"].with_user(self.seller)
        views = [(False, "search"), (False, "form")]
        Tag.get_views(views)
        with self.assertQueryCount(0):
            Tag.get_views(views)
