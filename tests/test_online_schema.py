# Part of Integration Hub. License LGPL-3.0 or later.
"""Changes of a table that others use meanwhile, on a table of its own between real connections."""

import contextlib
from unittest.mock import ANY

from psycopg2 import errors

from odoo import models
from odoo.modules.registry import Registry
from odoo.tests import tagged
from odoo.tests.common import BaseCase, get_db_name

from ..connectors.clock import SystemClock
from ..engine.database import Database
from ..engine.upgrade import (
    PATIENCE,
    TableInUse,
    add_columns,
    add_constraints,
    add_references,
    indexes_concurrently,
    online,
)

TABLE = "integration_scratch"


class Scratch:
    """Declares indexes as a model does."""

    _module = ""
    _table_object_definitions = []
    _number_idx = models.Index("(number) WHERE number > 5")
    _number_uniq = models.UniqueIndex("(number)")
    _number_positive = models.Constraint("CHECK (number % 1 = 0 AND number > 0)", "Numbers are positive.")


class Clock(SystemClock):
    """Time passes only in `sleep`, which does what the test says."""

    def __init__(self, *meanwhile):
        self.meanwhile, self.slept = list(meanwhile), 0

    def monotonic(self):
        return self.slept

    def sleep(self, seconds):
        self.slept += self.meanwhile.pop(0)() or seconds


@tagged("post_install", "-at_install")
class TestOnlineSchema(BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())

    def setUp(self):
        super().setUp()
        self.db = Database(get_db_name())
        self.addCleanup(self.execute, f"DROP TABLE {TABLE}")
        self.execute(f"CREATE TABLE {TABLE} (number integer); INSERT INTO {TABLE} SELECT generate_series(1, 10)")

    def execute(self, statement):
        with self.registry.cursor() as cr:
            cr.execute(statement)
            return cr.fetchall() if cr.description else None

    def columns(self):
        return [row[0] for row in self.execute(f"SELECT attname FROM pg_attribute WHERE attnum > 0 "
                                               f"AND attrelid = '{TABLE}'::regclass ORDER BY attnum")]  # fmt: skip

    def indexes(self):
        """Return ``{name: (valid, what it is)}``."""
        rows = self.execute(
            f"""SELECT indexrelid::regclass::text, indisvalid, obj_description(indexrelid, 'pg_class')
                  FROM pg_index WHERE indrelid = '{TABLE}'::regclass"""
        )
        return {name: rest for name, *rest in rows}

    @contextlib.contextmanager
    def report(self):
        """A transaction that has read the table and goes on; yields what ends it."""
        with self.registry.cursor() as cr:
            cr.execute(f"SELECT count(*) FROM {TABLE}")
            yield cr.commit

    def constraints(self):
        """Return ``{name: what it is, as Odoo compares it}``."""
        query = f"""SELECT conname, coalesce(obj_description(oid, 'pg_constraint'), pg_get_constraintdef(oid))
                      FROM pg_constraint WHERE conrelid = '{TABLE}'::regclass"""
        return dict(self.execute(query))

    # --- constraints and references ---

    def test_constraints_are_made_once_as_odoo_knows_them(self):
        for _time in range(2):
            add_constraints(self.db, TABLE, Scratch)
        expected = {f"{TABLE}_number_positive": "CHECK (number % 1 = 0 AND number > 0)"}
        self.assertEqual(self.constraints(), expected)
        with self.assertRaises(errors.CheckViolation), self.registry.cursor() as cr:
            cr.execute(f"INSERT INTO {TABLE} VALUES (-1)", log_exceptions=False)

    def test_references_have_their_key_and_their_index(self):
        add_columns(self.db, TABLE, lane_id="int4")
        for _time in range(2):
            add_references(self.db, TABLE, lane_id="integration_lane")
        key = "FOREIGN KEY (lane_id) REFERENCES integration_lane(id) ON DELETE RESTRICT"
        self.assertEqual(self.constraints(), {f"{TABLE}_lane_id_fkey": key})
        self.assertIn(f"{TABLE}__lane_id_index", self.indexes())

    # --- columns ---

    def test_a_column_gives_way_to_a_report_and_holds_nobody_up(self):
        with self.report() as end_report:
            insert = f"INSERT INTO {TABLE} (number) VALUES (11)"
            self.db.clock = Clock(lambda: self.execute(insert), lambda: self.execute(insert), end_report)
            add_columns(self.db, TABLE, extra="int4", more="varchar")
            self.assertEqual(self.db.clock.meanwhile, [], "tried until the report was over")
        self.assertEqual(self.columns(), ["number", "extra", "more"])
        self.assertEqual(self.execute(f"SELECT count(*) FROM {TABLE}"), [(12,)])

    def test_who_does_not_let_go_is_named(self):
        with self.report(), self.assertRaisesRegex(TableInUse, r"session \d+ .*run the upgrade again"):
            self.db.clock = Clock(lambda: PATIENCE + 1)
            add_columns(self.db, TABLE, extra="int4")
        self.assertEqual(self.columns(), ["number"])

    def test_what_is_there_needs_no_lock(self):
        add_columns(self.db, TABLE, extra="int4")
        with self.report():
            self.db.clock = Clock()
            add_columns(self.db, TABLE, extra="int4", number="int4")

    def test_the_version_before_goes_on_inserting(self):
        add_columns(self.db, TABLE, state="varchar NOT NULL DEFAULT 'new'", extra="bool")
        self.execute(f"INSERT INTO {TABLE} (number) VALUES (11)")
        self.assertEqual(self.execute(f"SELECT DISTINCT state, extra FROM {TABLE}"), [("new", None)])

    def test_the_migrations_own_transaction_is_ended(self):
        with self.registry.cursor() as cr:
            cr.execute(f"DELETE FROM {TABLE}")
            db = online(cr)
            add_columns(db, TABLE, extra="int4")  # would wait for the transaction above
            self.assertEqual(db.name, get_db_name())
        self.assertEqual(self.execute(f"SELECT count(*) FROM {TABLE}"), [(0,)])

    # --- indexes ---

    def test_indexes_are_as_odoo_wants_them(self):
        indexes_concurrently(self.db, TABLE, Scratch)
        wanted = {
            f"{TABLE}_number_idx": [True, "INDEX (number) WHERE number > 5"],
            f"{TABLE}_number_uniq": [True, "UNIQUE INDEX (number)"],
        }
        self.assertEqual(self.indexes(), wanted)
        with self.assertRaises(errors.UniqueViolation), self.registry.cursor() as cr:
            cr.execute(f"INSERT INTO {TABLE} VALUES (1)", log_exceptions=False)
        before = self.execute(f"SELECT oid FROM pg_class WHERE relname LIKE '{TABLE}%' ORDER BY 1")
        indexes_concurrently(self.db, TABLE, Scratch)
        self.assertEqual(self.execute(f"SELECT oid FROM pg_class WHERE relname LIKE '{TABLE}%' ORDER BY 1"), before)

    def test_one_that_has_changed_is_replaced(self):
        name = f"{TABLE}_number_idx"
        self.execute(f"CREATE INDEX {name} ON {TABLE} (number); COMMENT ON INDEX {name} IS 'INDEX (number)'")
        indexes_concurrently(self.db, TABLE, Scratch)
        self.assertEqual(self.indexes()[name], [True, "INDEX (number) WHERE number > 5"])

    def test_what_an_interrupted_run_left_is_made_again(self):
        self.execute(f"INSERT INTO {TABLE} VALUES (10)")
        with self.assertRaises(errors.UniqueViolation), self.assertLogs("odoo.sql_db"):
            indexes_concurrently(self.db, TABLE, Scratch)
        self.assertEqual(self.indexes()[f"{TABLE}_number_uniq_unfinished"], [False, ANY])
        self.execute(f"DELETE FROM {TABLE} WHERE number = 10")
        indexes_concurrently(self.db, TABLE, Scratch)
        self.assertEqual({valid for valid, _what in self.indexes().values()}, {True})
        self.assertEqual(len(self.indexes()), 2)
