# Part of Integration Hub. License LGPL-3.0 or later.
"""How far a connector can be trusted is said where it is used."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from ..connectors.connector import Proof
from .common import HubCase


@tagged("post_install", "-at_install")
class TestSystemProof(HubCase):
    @classmethod
    def set_up_hub(cls):
        cls.shop = cls.connect_shopify()

    def seen(self):
        self.env.invalidate_all()
        return self.shop.connector_api, self.shop.connector_proofs, self.shop.is_preview

    def test_what_only_the_sandbox_proved_is_a_preview(self):
        version, proofs, is_preview = self.seen()
        self.assertIn(self.shop._connector().api_version, version)
        self.assertTrue(proofs.startswith("Own sandbox: "))
        self.assertTrue(is_preview)

    def test_a_live_proof_ends_the_preview(self):
        kind = self.shop._connector()
        live = Proof("live", "Everything.", fields.Date.to_date("2026-11-22"), kind.api_version)
        with patch.object(kind, "proofs", (*kind.proofs, live)):
            _version, proofs, is_preview = self.seen()
        self.assertIn("Live on 11/22/2026: Everything.", proofs)
        self.assertFalse(is_preview)

    def test_the_end_of_a_version_is_said(self):
        today = fields.Date.today()
        for end, words in (
            (None, "no end announced"),
            (today + timedelta(days=9), "supported until"),
            (today, "has ended"),
        ):
            with self.subTest(end=end), patch.object(self.shop._connector(), "api_version_ends", end):
                self.assertIn(words, self.seen()[0])
