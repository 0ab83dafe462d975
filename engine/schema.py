# Part of Integration Hub. License LGPL-3.0 or later.
"""The tables that only the engine touches. They have no ORM model, no foreign keys and no defaults to rewrite."""

from odoo.tools import SQL

TABLES = (
    # One row per unit that ever had work. Its lock is what makes a drain the only one of its unit.
    """CREATE TABLE IF NOT EXISTS integration_slot (
           endpoint_id integer NOT NULL, direction varchar NOT NULL, slot integer NOT NULL,
           PRIMARY KEY (endpoint_id, direction, slot))""",
    # The batch a drain is working on, committed before the work: what is still here when the next drain gets the
    # lock was in the hands of a worker that died.
    """CREATE TABLE IF NOT EXISTS integration_claim (
           endpoint_id integer NOT NULL, direction varchar NOT NULL, slot integer NOT NULL,
           event_ids integer[] NOT NULL, claimed_at timestamp NOT NULL, claimed_by varchar,
           PRIMARY KEY (endpoint_id, direction, slot))""",
    "ALTER TABLE integration_claim ADD COLUMN IF NOT EXISTS claimed_by varchar",
    # One row per key that may not go on: its head is being retried (until a time) or is dead (until NULL: a person).
    """CREATE TABLE IF NOT EXISTS integration_blocked_key (
           endpoint_id integer NOT NULL, direction varchar NOT NULL, slot integer NOT NULL,
           partition_key varchar NOT NULL, event_id integer NOT NULL, until timestamp,
           PRIMARY KEY (endpoint_id, direction, partition_key))""",
    # One row per endpoint whose other side asked for a pause.
    """CREATE TABLE IF NOT EXISTS integration_slowdown (
           endpoint_id integer PRIMARY KEY, until timestamp NOT NULL, reason varchar)""",
    # When the job runner and the cron last came by: a row each, which only its owner writes.
    """CREATE TABLE IF NOT EXISTS integration_heartbeat (
           source varchar PRIMARY KEY, node varchar NOT NULL, pid integer NOT NULL, beat_at timestamptz NOT NULL)""",
    # What was accepted before; outlives payloads.
    """CREATE TABLE IF NOT EXISTS integration_dedupe (
           company_id integer NOT NULL, endpoint_id integer NOT NULL, dedupe_key varchar NOT NULL,
           event_id integer NOT NULL, seen_at timestamp NOT NULL,
           PRIMARY KEY (endpoint_id, dedupe_key, company_id))""",
    "CREATE INDEX IF NOT EXISTS integration_dedupe_seen_at ON integration_dedupe USING brin (seen_at)",
)


def create(cr):
    """Create what is missing; run at each installation and upgrade."""
    for statement in TABLES:
        cr.execute(SQL(statement))  # pylint: disable=sql-injection


def drop(cr):
    """Remove the tables when the module is uninstalled."""
    for table in ("slot", "claim", "blocked_key", "slowdown", "heartbeat", "dedupe"):
        cr.execute(SQL("DROP TABLE IF EXISTS %s", SQL.identifier(f"integration_{table}")))
