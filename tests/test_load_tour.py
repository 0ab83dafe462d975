# Part of Integration Hub. License LGPL-3.0 or later.
"""A first load as an operator does it, in a real browser."""

from odoo.tests import HttpCase, tagged

from .load_cases import LoadCase, product


@tagged("post_install", "-at_install")
class TestLoadTour(LoadCase, HttpCase):
    def test_settle_and_load(self):
        """Whoever settles says which of two products is meant, and nothing is linked before Load is pressed."""
        one, other = self.env["product.template"].create(
            [{"name": "One", "default_code": "A"}, {"name": "Other", "default_code": "a"}]
        )
        self.there(product=[product(1, "A")])
        load = self.compared()
        self.start_tour(f"/odoo/integration-first-loads/{load.id}", "integration_hub_load", login=self.operator.login)
        self.env.invalidate_all()
        self.assertEqual(self.links(), {})
        self.work(load)
        self.assertEqual({record for _model, record in self.links().values()}, {other.id, other.product_variant_id.id})
        self.assertNotIn(one.id, {record for _model, record in self.links().values()})
