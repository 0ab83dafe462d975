# Part of Integration Hub. License LGPL-3.0 or later.
"""Dashboard and map in a real browser, wide and narrow; and each screen of the hub, looked at for everybody."""

from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import HubHttpCase
from .test_dashboard import DashboardCase

WIDE, NARROW = "1366x768", "360x740"


@tagged("post_install", "-at_install")
class TestDashboardTours(DashboardCase, HubHttpCase):
    @classmethod
    def set_up_hub(cls):  # pylint: disable=missing-return
        super().set_up_hub()
        cls.shop.name, cls.crm.name = "Tour shop", "Tour CRM"
        cls.operator.group_ids += cls.env.ref("integration_hub.group_quality")

    def walk(self, name, path, size=WIDE, user=None):
        self.browser_size = size
        self.start_tour(path, f"integration_hub_{name}", login=(user or self.operator).login)

    def test_dashboard(self):
        self.work()
        self.walk("dashboard", "/odoo/integration-systems")

        said = "Nobody has counted yet"

        def refuse(_self, _scope):
            raise UserError(said)

        with patch.object(type(self.dashboard), "_look_at_queue", refuse):
            self.walk("dashboard_small", "/odoo/integration-dashboard", NARROW)

    def test_topology(self):
        self.work()
        self.shop._endpoint("outbound").action_pause("Stocktaking")
        self.walk("topology", "/odoo/integration-topology")
        self.walk("topology_small", "/odoo/integration-topology", NARROW)

    def test_every_menu(self):
        self.work()
        user = self.user("admin", "approver", "auditor", "quality", "business_objects", "governance")
        for size in (WIDE, NARROW):
            with self.subTest(size=size):
                self.walk("every_menu", "/odoo/integration-systems", size, user)


@tagged("post_install", "-at_install")
class TestNewHub(HubHttpCase):
    def test_empty(self):
        self.start_tour(
            "/odoo/integration-dashboard", "integration_hub_dashboard_empty", login=self.user("admin").login
        )
