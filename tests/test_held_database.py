# Part of Integration Hub. License LGPL-3.0 or later.
"""Intake's transactions on the cursor that its request holds, on real connections."""

import uuid

from odoo.modules.registry import Registry
from odoo.tests import tagged
from odoo.tests.common import BaseCase, get_db_name

from ..engine.database import HeldDatabase

LEVEL = "SELECT current_setting('transaction_isolation')"


@tagged("post_install", "-at_install")
class TestHeldDatabase(BaseCase):
    def setUp(self):
        super().setUp()
        registry = Registry(get_db_name())
        self.other = self.enterContext(registry.cursor())
        self.cr = self.enterContext(registry.cursor())
        self.db = HeldDatabase(self.cr)
        self.key = f"test.{uuid.uuid4()}"
        self.addCleanup(self._forget)

    def _forget(self):
        with Registry(get_db_name()).cursor() as cr:
            cr.execute("DELETE FROM ir_config_parameter WHERE key = %s", [self.key])

    def _insert(self, cr):
        cr.execute("INSERT INTO ir_config_parameter (key, value) VALUES (%s, 'x')", [self.key])

    def _others_see(self):
        self.other.rollback()
        self.other.execute("SELECT 1 FROM ir_config_parameter WHERE key = %s", [self.key])
        return bool(self.other.fetchone())

    def _level(self, cr):
        cr.execute(LEVEL)
        return cr.fetchone()[0]

    def test_a_statement_is_read_committed_and_committed_when_it_returns(self):
        with self.db.statements() as cr:
            self.assertEqual(self._level(cr), "read committed")
            self._insert(cr)
            self.assertTrue(self._others_see())

    def test_a_transaction_is_read_committed_and_committed_at_its_end(self):
        with self.db.read_committed() as cr:
            self.assertEqual(self._level(cr), "read committed")
            self._insert(cr)
            self.assertFalse(self._others_see())
        self.assertTrue(self._others_see())

    def test_a_transaction_that_raises_is_rolled_back(self):
        with self.assertRaises(ZeroDivisionError), self.db.read_committed() as cr:
            self._insert(cr)
            raise ZeroDivisionError
        self.assertFalse(self._others_see())

    def test_what_was_committed_after_the_requests_snapshot_is_seen(self):
        self._level(self.cr)  # takes the snapshot
        self._insert(self.other)
        self.other.commit()
        for block in (self.db.statements, self.db.read_committed):
            with self.subTest(block=block.__name__), block() as cr:
                cr.execute("SELECT 1 FROM ir_config_parameter WHERE key = %s", [self.key])
                self.assertTrue(cr.fetchone())

    def test_the_request_has_its_own_transactions_back_afterwards(self):
        for block in (self.db.statements, self.db.read_committed):
            with self.subTest(block=block.__name__):
                with block():
                    pass
                self.assertEqual(self._level(self.cr), "repeatable read")
                self._insert(self.cr)
                self.cr.rollback()
                self.assertFalse(self._others_see())
