# Part of Integration Hub. License LGPL-3.0 or later.
"""The tables that only the engine touches. They have no ORM model, no foreign keys and no defaults to rewrite."""

from odoo.tools import SQL
from odoo.tools.sql import index_exists

from . import metrics, routines

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
    # One row per key whose head is being retried, held or dead: only that goes on. `until` decides nothing here; a node
    # that still runs the release before goes by it.
    """CREATE TABLE IF NOT EXISTS integration_blocked_key (
           endpoint_id integer NOT NULL, direction varchar NOT NULL, slot integer NOT NULL,
           partition_key varchar NOT NULL, event_id integer NOT NULL, until timestamp,
           PRIMARY KEY (endpoint_id, direction, partition_key))""",
    # One row per endpoint whose other side asked for a pause.
    """CREATE TABLE IF NOT EXISTS integration_slowdown (
           endpoint_id integer PRIMARY KEY, until timestamp NOT NULL, reason varchar)""",
    # What all workers share of an endpoint's limits; a row is changed often and no index holds its state.
    """CREATE TABLE IF NOT EXISTS integration_limit (
           key varchar PRIMARY KEY, state jsonb, updated_at timestamptz) WITH (fillfactor = 50)""",
    # When the job runner and the cron last came by: a row each, which only its owner writes.
    """CREATE TABLE IF NOT EXISTS integration_heartbeat (
           source varchar PRIMARY KEY, node varchar NOT NULL, pid integer NOT NULL, beat_at timestamptz NOT NULL)""",
    # What other systems answered to questions: for whoever asks the same soon after, or while they do not answer.
    """CREATE TABLE IF NOT EXISTS integration_answer (
           flow_id integer NOT NULL, digest varchar NOT NULL, answer jsonb, refused boolean NOT NULL DEFAULT false,
           asked_at timestamp, failure jsonb, failed_at timestamp, keep_until timestamp NOT NULL,
           PRIMARY KEY (flow_id, digest))""",
    # What waited of each endpoint when the sweeper counted last; no row: nothing.
    """CREATE TABLE IF NOT EXISTS integration_backlog (
           endpoint_id integer PRIMARY KEY, waiting integer NOT NULL, oldest timestamp,
           measured_at timestamp NOT NULL)""",
    # How many deliveries were accepted, duplicates or refused: what processes insert, and what the sweeper makes of it.
    """CREATE TABLE IF NOT EXISTS integration_counter_delta (
           endpoint_id integer NOT NULL, name varchar NOT NULL, count integer NOT NULL,
           counted_at timestamp NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS integration_counter (
           endpoint_id integer NOT NULL, name varchar NOT NULL, count bigint NOT NULL,
           PRIMARY KEY (endpoint_id, name))""",
    # Tries that ended, as the transactions insert them which write how: a row for each of their groups, and what the
    # sweeper makes of these and of deliveries (docs/adr/0045).
    """CREATE TABLE IF NOT EXISTS integration_metric_delta (
           at timestamp NOT NULL, company_id integer, endpoint_id integer NOT NULL, flow_id integer,
           direction varchar NOT NULL, outcome varchar NOT NULL, count integer NOT NULL, seconds float NOT NULL,
           latency integer[] NOT NULL, calls integer NOT NULL, call_seconds float NOT NULL, call_latency integer[])""",
    """CREATE TABLE IF NOT EXISTS integration_metric (
           id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, kind varchar NOT NULL, period varchar NOT NULL,
           begins_at timestamp NOT NULL, company_id integer, endpoint_id integer NOT NULL, flow_id integer,
           direction varchar NOT NULL, outcome varchar NOT NULL, count bigint NOT NULL, seconds float NOT NULL,
           latency bigint[] NOT NULL, calls bigint NOT NULL, call_seconds float NOT NULL,
           call_latency bigint[] NOT NULL) WITH (fillfactor = 70)""",
    # What was accepted before; outlives payloads.
    """CREATE TABLE IF NOT EXISTS integration_dedupe (
           company_id integer NOT NULL, endpoint_id integer NOT NULL, dedupe_key varchar NOT NULL,
           event_id integer NOT NULL, seen_at timestamp NOT NULL,
           PRIMARY KEY (endpoint_id, dedupe_key, company_id))""",
    # What a person got by signing in at another system: a sealed token for each credential, renewed by whoever uses it.
    """CREATE TABLE IF NOT EXISTS integration_token (
           credential_id integer PRIMARY KEY, uuid varchar NOT NULL, origins varchar NOT NULL,
           key_name varchar NOT NULL, ciphertext varchar NOT NULL)""",
    # What messages wrote, record by record, before and after; read by `models/integration_lineage.py`.
    """CREATE TABLE IF NOT EXISTS integration_effect (event_id integer NOT NULL, changes jsonb NOT NULL)
       WITH (toast_tuple_target = 8160)""",
    # The messages of a repair, frozen when it was begun: what it did about each, and what was wrong with it then. Few
    # wait or are under way at a time, and those are found by the index of `repair.py`.
    """CREATE TABLE IF NOT EXISTS integration_repair_item (
           id serial PRIMARY KEY, repair_id integer NOT NULL, event_id integer NOT NULL, endpoint_id integer,
           phase varchar NOT NULL, fingerprint varchar, UNIQUE (repair_id, event_id))""",
    # What failed messages are worth and whose they are, of those that were looked at; no row: not yet.
    """CREATE TABLE IF NOT EXISTS integration_failure_worth (
           event_id integer PRIMARY KEY, amount numeric, customer varchar)""",
    # Where the hub works: one row, by which a copy of the database knows that it is one.
    "CREATE TABLE IF NOT EXISTS integration_home (place varchar PRIMARY KEY)",
)
SEEN_AT = "integration_dedupe_seen_at"
EFFECTS_OF = "integration_effect_event_id"
ONE_METRIC = "integration_metric_unique"
REPAIRED = "integration_repair_item_under_way"


def create(cr):
    """Create what is missing; run at each installation and upgrade.

    Columns are added by ``migrations/``. Where nothing is missing nothing is locked, which an ``IF NOT EXISTS`` of an
    index or a column does not promise: it would hold up all traffic until the end of the upgrade.
    """
    for statement in TABLES:
        cr.execute(SQL(statement))  # pylint: disable=sql-injection
    if not index_exists(cr, SEEN_AT):
        cr.execute(SQL("CREATE INDEX %s ON integration_dedupe USING brin (seen_at)", SQL.identifier(SEEN_AT)))
    if not index_exists(cr, EFFECTS_OF):
        cr.execute(SQL("CREATE INDEX %s ON integration_effect (event_id)", SQL.identifier(EFFECTS_OF)))
    if not index_exists(cr, ONE_METRIC):
        cr.execute(SQL("CREATE UNIQUE INDEX %s ON integration_metric %s", SQL.identifier(ONE_METRIC), metrics.UNIQUE))
    if not index_exists(cr, REPAIRED):
        cr.execute(
            SQL(
                """CREATE INDEX %s ON integration_repair_item (repair_id, phase, endpoint_id, event_id)
                    WHERE phase IN ('waiting', 'released')""",
                SQL.identifier(REPAIRED),
            )
        )
    for definition in routines.DEFINITIONS:
        cr.execute(definition)


def drop(cr):
    """Remove the routines and the tables when the module is uninstalled."""
    for name in routines.NAMES:
        cr.execute(SQL("DROP ROUTINE IF EXISTS %s", SQL.identifier(name)))
    for table in (
        "slot",
        "claim",
        "blocked_key",
        "slowdown",
        "limit",
        "heartbeat",
        "answer",
        "dedupe",
        "backlog",
        "counter_delta",
        "counter",
        "metric_delta",
        "metric",
        "token",
        "effect",
        "failure_worth",
        "home",
        "repair_item",
    ):
        cr.execute(SQL("DROP TABLE IF EXISTS %s", SQL.identifier(f"integration_{table}")))
