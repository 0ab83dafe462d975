# Part of Integration Hub. License LGPL-3.0 or later.
"""Changes of tables under traffic, for the scripts below ``migrations/``.

Odoo upgrades a module in one transaction and keeps its locks to the end: an ``ALTER TABLE`` or a ``CREATE INDEX`` in
there stops every webhook and every drain until the last view is loaded. So what changes a table that has traffic comes
before, in transactions of its own, and Odoo then finds it in place. All of it may be killed anywhere and run again.

A script ends Odoo's transaction first: ``db = online(cr)``.
"""

import contextlib
import logging

from psycopg2 import errors

from odoo.models import Constraint, Index
from odoo.tools import SQL
from odoo.tools.sql import index_exists

from . import mark, storage
from .database import Database

_logger = logging.getLogger(__name__)

LOCK_TIMEOUT = 0.5  # seconds; everybody who comes after a change that waits for its lock waits with it
PAUSE = 1.0  # seconds in which those who waited get on with their work
PATIENCE = 600.0  # seconds, then a person has to look who it is that does not let go


class TableInUse(Exception):
    """A table could not be changed, since others used it without a pause; says who."""


def online(cr):
    """End the migration's transaction and return the database to change.

    An index that is made concurrently waits for the end of every transaction older than itself, this one's too.
    """
    cr.commit()  # pylint: disable=invalid-commit  # nothing is in it but that the module is to be upgraded
    return Database(cr.dbname)


def add_columns(db, table, **columns):
    """Add columns, ``name="type"``, that are nullable or have a constant default.

    So nothing is rewritten, and the old version's INSERT statements go on working. Gives way to transactions that use
    the table, and does not let traffic queue up behind them.

    :raises TableInUse: transactions that do not end have held the table for ten minutes
    """
    with db.read_committed() as cr:
        missing = columns.keys() - _columns(cr, table)
    if not missing:
        return
    additions = SQL(", ").join(
        SQL("ADD COLUMN IF NOT EXISTS %s %s", SQL.identifier(name), SQL(columns[name]))  # pylint: disable=sql-injection
        for name in sorted(missing)
    )
    _change(db, table, SQL("ALTER TABLE %s %s", SQL.identifier(table), additions))
    _logger.info("Table %s: added %s", table, ", ".join(sorted(missing)))


def add_references(db, table, **targets):
    """Give columns, ``name="target table"``, what a Many2one has that restricts deletion: its key, and its index.

    For small tables: the index is made under their lock, of the rows in which it is set.

    :raises TableInUse: as :func:`add_columns`
    """
    for column, target in targets.items():
        index, key = f"{table}__{column}_index", f"{table}_{column}_fkey"
        with db.read_committed() as cr:
            has_index, has_key = index_exists(cr, index), _has_constraint(cr, table, key)
        names = {"table": SQL.identifier(table), "column": SQL.identifier(column)}
        if not has_index:
            create = "CREATE INDEX %(index)s ON %(table)s (%(column)s) WHERE %(column)s IS NOT NULL"
            _change(db, table, SQL(create, index=SQL.identifier(index), **names))
        if not has_key:
            refer = """ALTER TABLE %(table)s ADD CONSTRAINT %(key)s FOREIGN KEY (%(column)s)
                       REFERENCES %(target)s (id) ON DELETE restrict"""
            _change(db, table, SQL(refer, key=SQL.identifier(key), target=SQL.identifier(target), **names))


def add_constraints(db, table, model):
    """Make each ``models.Constraint`` that the class *model* declares and the table lacks.

    :raises TableInUse: as :func:`add_columns`
    """
    for constraint in vars(model).values():
        if isinstance(constraint, Constraint):
            name, wanted = f"{table}_{constraint.name}", constraint.get_definition(db.registry)
            with db.read_committed() as cr:
                has_it = _has_constraint(cr, table, name)
            if not has_it:
                names = {"table": SQL.identifier(table), "name": SQL.identifier(name), "wanted": wanted}
                add = "ALTER TABLE %(table)s ADD CONSTRAINT %(name)s %(definition)s; "
                say = "COMMENT ON CONSTRAINT %(name)s ON %(table)s IS %(wanted)s"  # Odoo compares it
                definition = SQL(wanted.replace("%", "%%"))  # pylint: disable=sql-injection
                _change(db, table, SQL(add + say, definition=definition, **names))


def tune_storage(db):
    """Give each large table the storage parameters it lacks; rows that are there stay as they are.

    :raises TableInUse: as :func:`add_columns`
    """
    table, column = storage.COMPRESSED
    for name in storage.PARAMETERS:
        with db.read_committed() as cr:
            parameters = _columns(cr, name) and storage.missing_parameters(cr, name)
        if parameters:
            _change(db, name, SQL("ALTER TABLE %s %s", SQL.identifier(name), parameters))
            _logger.info("Table %s: set storage parameters", name)
    with db.read_committed() as cr:
        compression = storage.missing_compression(cr)
    if compression:
        _change(db, table, SQL("ALTER TABLE %s %s", SQL.identifier(table), compression))
        _logger.info("Table %s: %s is compressed by LZ4 from now on", table, column)


def indexes_concurrently(db, table, model):
    """Make each ``models.Index`` that the class *model* declares while the table is written to.

    One that is in place is left alone; one that is missing, incomplete or has changed is made. It takes its name only
    when it is complete, so that what an interrupted run leaves behind is never taken for it.
    """
    with _autocommit(db) as cr:
        for index in vars(model).values():
            if isinstance(index, Index):
                _make_index(cr, table, f"{table}_{index.name}", index.get_definition(db.registry))


def take_marks_back(db):
    """Make what takes marks back, before any mark is raised.

    :raises TableInUse: as :func:`add_columns`
    """
    with db.read_committed() as cr:
        mark.create(cr)
        trigger = mark.missing_trigger(cr)
    if trigger:
        _change(db, "integration_event", trigger)
        _logger.info("Table integration_event: made trigger %s", mark.TRIGGER)


def changed(db, statement):
    """Run a statement in a transaction of its own; returns whether it got its locks at once, or nearly."""
    try:
        with db.read_committed() as cr:
            cr.execute(SQL("SET LOCAL lock_timeout = %s", int(LOCK_TIMEOUT * 1000)))
            cr.execute(statement, log_exceptions=False)
    except errors.LockNotAvailable:
        return False
    return True


def _change(db, table, statement):
    give_up_at = db.clock.monotonic() + PATIENCE
    while not changed(db, statement):
        holders = _holders(db, table)
        if db.clock.monotonic() > give_up_at:
            raise TableInUse(
                f"Table {table} could not be changed, since it is in use without a pause: {holders}. "
                "End these sessions, then run the upgrade again; it goes on where it stopped."
            )
        _logger.info("Waiting to change table %s, in use by: %s", table, holders)
        db.clock.sleep(PAUSE * (0.5 + db.random()))


def _make_index(cr, table, name, wanted):
    if _is_in_place(cr, name, wanted):
        return
    kind, _index, definition = wanted.partition("INDEX ")
    unfinished = SQL.identifier(f"{name}_unfinished")
    cr.execute(SQL("DROP INDEX CONCURRENTLY IF EXISTS %s", unfinished))
    cr.execute(
        SQL(
            "CREATE %s INDEX CONCURRENTLY %s ON %s %s",
            SQL(kind),  # pylint: disable=sql-injection
            unfinished,
            SQL.identifier(table),
            SQL(definition.replace("%", "%%")),  # pylint: disable=sql-injection
        )
    )
    cr.execute(SQL("COMMENT ON INDEX %s IS %s", unfinished, wanted))  # Odoo compares it with the declaration
    cr.execute(SQL("DROP INDEX CONCURRENTLY IF EXISTS %s", SQL.identifier(name)))
    cr.execute(SQL("ALTER INDEX %s RENAME TO %s", unfinished, SQL.identifier(name)))
    _logger.info("Table %s: made index %s", table, name)


def _has_constraint(cr, table, name):
    cr.execute(SQL("SELECT 1 FROM pg_constraint WHERE conrelid = %s::regclass AND conname = %s", table, name))
    return bool(cr.fetchone())


def _columns(cr, table):
    cr.execute(
        SQL(
            """SELECT attname FROM pg_attribute
                WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped""",
            table,
        )
    )
    return {name for (name,) in cr.fetchall()}


def _holders(db, table):
    """Return who uses the table now, in words for an administrator."""
    with db.read_committed() as cr:
        cr.execute(
            SQL(
                """SELECT DISTINCT a.pid, a.application_name, date_trunc('second', clock_timestamp() - a.xact_start)
                     FROM pg_locks l JOIN pg_stat_activity a USING (pid)
                    WHERE l.relation = %s::regclass AND l.granted AND a.pid <> pg_backend_pid()
                      AND a.datname = current_database()
                 ORDER BY 3 DESC LIMIT 5""",
                table,
            )
        )
        found = [f"session {pid} ({name or 'no name'}), for {age}" for pid, name, age in cr.fetchall()]
        return "; ".join(found) or "nobody any more"


def _is_in_place(cr, name, wanted):
    cr.execute(
        SQL(
            """SELECT i.indisvalid AND obj_description(i.indexrelid, 'pg_class') = %s
                 FROM pg_index i WHERE i.indexrelid = to_regclass(%s)""",
            wanted,
            name,
        )
    )
    row = cr.fetchone()
    return bool(row and row[0])


@contextlib.contextmanager
def _autocommit(db):
    """A cursor whose statements are transactions of their own, and may take as long as it takes."""
    with db.registry.cursor() as cr:
        cr.connection.autocommit = True
        try:
            cr.execute("SET lock_timeout = 0; SET statement_timeout = 0")
            yield cr
        finally:
            cr.execute("RESET lock_timeout; RESET statement_timeout")
            cr.connection.autocommit = False
