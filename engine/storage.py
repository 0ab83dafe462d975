# Part of Integration Hub. License LGPL-3.0 or later.
"""Storage: how PostgreSQL keeps the tables that every message passes through. What was measured: docs/SIZING.md.

PostgreSQL's own settings suit tables of some hundred thousand rows; here one has millions, and another, of a hundred
rows, changes a hundred times a second.
"""

from odoo.tools import SQL

# Cleared of dead rows at 1 % instead of 20 %, without long pauses: of millions, 20 % are walked over by each search.
_LARGE = {
    "autovacuum_vacuum_scale_factor": "0.01",
    "autovacuum_vacuum_insert_scale_factor": "0.05",
    "autovacuum_analyze_scale_factor": "0.02",
    "autovacuum_vacuum_cost_limit": "1000",
}
# A new version of a row finds room on the page of the old one, so that no index has to be told.
_CHANGING = {"fillfactor": "50", "autovacuum_vacuum_scale_factor": "0", "autovacuum_vacuum_threshold": "500"}
PARAMETERS = {
    "integration_event": {"fillfactor": "85", **_LARGE},  # each row changes once or twice, soon after it was written
    "integration_event_attempt": {"fillfactor": "90", **_LARGE},  # of a call, written before and after
    # written once, and read as a whole: what fits on a page, compressed, is not cut up into a table of its own
    "integration_event_payload": {"toast_tuple_target": "8160", **_LARGE},
    "integration_dedupe": _LARGE,
    "integration_claim": _CHANGING,
    "integration_blocked_key": _CHANGING,
}
COMPRESSED = ("integration_event_payload", "body")


def tune(cr):
    """Set what is not set yet, in the caller's transaction: of a new installation, whose tables nobody uses."""
    for table in PARAMETERS:
        if parameters := missing_parameters(cr, table):
            cr.execute(SQL("ALTER TABLE %s %s", SQL.identifier(table), parameters))
    if compression := missing_compression(cr):
        cr.execute(SQL("ALTER TABLE %s %s", SQL.identifier(COMPRESSED[0]), compression))


def missing_parameters(cr, table):
    """Return the ``SET (…)`` of what the table lacks, or ``None``; it holds up neither readers nor writers."""
    cr.execute(SQL("SELECT unnest(reloptions) FROM pg_class WHERE oid = %s::regclass", table))
    there = {option for (option,) in cr.fetchall()}
    missing = [f"{name}={value}" for name, value in PARAMETERS[table].items() if f"{name}={value}" not in there]
    if not missing:
        return None
    return SQL("SET (%s)", SQL(", ".join(missing)))  # pylint: disable=sql-injection


def missing_compression(cr):
    """Return the change to LZ4, half the time of PostgreSQL's own; ``None`` where it is set, or not to be had.

    It locks the table for a moment, and is for what is written from now on.
    """
    cr.execute(
        SQL(
            """SELECT a.attcompression <> 'l' FROM pg_attribute a
                 JOIN pg_settings s ON s.name = 'default_toast_compression' AND 'lz4' = ANY(s.enumvals)
                WHERE a.attrelid = %s::regclass AND a.attname = %s""",
            *COMPRESSED,
        )
    )
    row = cr.fetchone()
    if not (row and row[0]):
        return None
    return SQL("ALTER COLUMN %s SET COMPRESSION lz4", SQL.identifier(COMPRESSED[1]))
