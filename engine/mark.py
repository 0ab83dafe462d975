# Part of Integration Hub. License LGPL-3.0 or later.
"""Mark: an id up to which nothing of a unit waits, where its searches begin (docs/adr/0026).

While any transaction stays open, PostgreSQL keeps the index entries of all that has ended since, and who looks for what
waits walks over them: with a million, 13 ms a look in one of 64 units, 0.8 s where all are of one. So searches begin
above the mark.

It must never pass a message that may still appear. Ids are handed out before the commit, but an `INSERT` locks its
table before it takes one: once all transactions that held that lock after an id was handed out are over, each id up to
it is there for all to see or never will be. A message that had ended and waits again takes the mark back, by a row that
is only ever inserted: nobody waits for anybody. A trigger inserts it, whoever it is that has the message wait: another
node's older release, or an administrator's SQL.
"""

from odoo.tools import SQL
from odoo.tools.sql import index_exists

GAIN = 10_000  # ids by which a mark lags before it is raised: some milliseconds of a search
TABLES = (
    # Marks of units. Of several, the lowest counts; those that are `taken_back` count only besides one that is not.
    """CREATE TABLE IF NOT EXISTS integration_mark (
           endpoint_id integer NOT NULL, direction varchar NOT NULL, slot integer NOT NULL,
           mark integer NOT NULL, taken_back boolean NOT NULL)""",
    # One row: an id, and who was writing messages after that was handed out. Whoever raises marks locks it.
    "CREATE TABLE IF NOT EXISTS integration_horizon (last_id bigint NOT NULL, writers varchar[] NOT NULL)",
    "INSERT INTO integration_horizon SELECT 0, '{}' WHERE NOT EXISTS (SELECT 1 FROM integration_horizon)",
)
INDEX = "integration_mark_unit"
TRIGGER = "integration_take_back"  # and its function's name
_FUNCTION = """
    CREATE OR REPLACE FUNCTION integration_take_back() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO integration_mark VALUES (NEW.endpoint_id, NEW.direction, NEW.slot, NEW.id - 1, TRUE);
        RETURN NULL;
    END $$"""
_TRIGGER = """
    CREATE TRIGGER integration_take_back AFTER UPDATE OF state ON integration_event FOR EACH ROW
    WHEN (NEW.state IN ('pending', 'retry') AND OLD.state NOT IN ('pending', 'retry')
          AND NEW.endpoint_id IS NOT NULL AND NEW.slot IS NOT NULL)
    EXECUTE FUNCTION integration_take_back()"""

# One snapshot for all of it: what is taken back in sight of it waits in sight of it, and what is not survives it.
_RAISE = """
    WITH lagging AS MATERIALIZED (
             SELECT s.endpoint_id, s.direction, s.slot, found.mark
               FROM integration_slot s CROSS JOIN LATERAL (SELECT %(mark)s AS mark) found
              WHERE found.mark <= %(last)s - %(gain)s),
         raised AS MATERIALIZED (
             SELECT l.endpoint_id, l.direction, l.slot, least(%(last)s, oldest.id - 1)::integer AS mark
               FROM lagging l
               LEFT JOIN LATERAL (
                   SELECT e.id FROM integration_event e
                    WHERE e.endpoint_id = l.endpoint_id AND e.direction = l.direction AND e.slot = l.slot
                      AND e.state IN ('pending', 'retry') AND e.id > l.mark ORDER BY e.id LIMIT 1) oldest ON TRUE
              WHERE least(%(last)s, oldest.id - 1) >= l.mark + %(gain)s),
         lower AS (
             DELETE FROM integration_mark m USING raised r
              WHERE m.endpoint_id = r.endpoint_id AND m.direction = r.direction AND m.slot = r.slot)
    INSERT INTO integration_mark SELECT endpoint_id, direction, slot, mark, FALSE FROM raised"""


def create(cr):
    """Create tables and function where they are missing; the trigger is :func:`missing_trigger`."""
    for statement in (*TABLES, _FUNCTION):
        cr.execute(SQL(statement))  # pylint: disable=sql-injection
    if not index_exists(cr, INDEX):
        cr.execute(SQL("CREATE INDEX %s ON integration_mark (endpoint_id, direction, slot)", SQL.identifier(INDEX)))


def missing_trigger(cr):
    """Return the statement that makes the log's trigger, which locks the log for a moment; ``None`` where it is."""
    cr.execute(SQL("SELECT 1 FROM pg_trigger WHERE tgrelid = 'integration_event'::regclass AND tgname = %s", TRIGGER))
    return None if cr.fetchone() else SQL(_TRIGGER)


def drop(cr):
    """Remove it all when the module is uninstalled."""
    cr.execute(SQL("DROP FUNCTION IF EXISTS %s CASCADE", SQL.identifier(TRIGGER)))
    cr.execute("DROP TABLE IF EXISTS integration_mark, integration_horizon")


def mark_of(endpoint, direction, slot):
    """Return the SQL of a unit's mark: what waits has a higher id.

    :param endpoint: and the others: values, or columns as SQL; not those of the row that is looked for, whose search
        could not begin at it
    """
    return SQL(
        """(SELECT CASE WHEN bool_or(NOT m.taken_back) THEN min(m.mark) ELSE 0 END FROM integration_mark m
             WHERE m.endpoint_id = %s AND m.direction = %s AND m.slot = %s)""",
        endpoint,
        direction,
        slot,
    )


def raise_marks(db, gain=GAIN):
    """Raise the marks of the units that lag behind; returns how many. For whoever comes by every few seconds.

    Where a transaction that writes messages stays open, marks wait for it; what it has, has such ids.
    """
    with db.read_committed() as cr:
        cr.execute("SELECT last_id, writers FROM integration_horizon FOR UPDATE SKIP LOCKED")
        row = cr.fetchone()
        if not row:
            return 0
        last, writers = row
        cr.execute("SELECT last_value FROM integration_event_id_seq")
        now_last = cr.fetchone()[0]
        writing = _writers(cr)  # in a later statement: who took an id before is among them, or over
        if not writing:
            last = now_last
        elif writing.intersection(writers):
            return 0
        raised = _raise(cr, last, gain)
        cr.execute(SQL("UPDATE integration_horizon SET last_id = %s, writers = %s", now_last, sorted(writing)))
        return raised


def _raise(cr, last, gain):
    mark = mark_of(SQL("s.endpoint_id"), SQL("s.direction"), SQL("s.slot"))
    cr.execute(SQL(_RAISE, mark=mark, last=last, gain=gain))
    return cr.rowcount


def _writers(cr):
    """Return the transactions that have written to the log and go on; their locks end after their rows are seen."""
    cr.execute(
        """SELECT l.virtualtransaction FROM pg_locks l
             JOIN pg_database d ON d.oid = l.database AND d.datname = current_database()
            WHERE l.locktype = 'relation' AND l.relation = 'integration_event'::regclass
              AND l.mode = 'RowExclusiveLock' AND l.granted"""
    )
    return {writer for (writer,) in cr.fetchall()}
