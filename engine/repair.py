# Part of Integration Hub. License LGPL-3.0 or later.
"""Repair: a set of messages that was frozen when a person pressed the button, and what was done about each so far.

An item *waits*, is *released*, and is *over* once its message is not to be tried any more or waits for its own retry;
one whose message needed nothing any more is *left* alone. What came of it is read from the message itself.
"""

from odoo.tools import SQL


def freeze(cr, repair_id, found):
    """Insert an item for each message that a query finds, as it is now; returns how many.

    :param found: SQL of the messages' ids
    """
    cr.execute(
        SQL(
            """INSERT INTO integration_repair_item (repair_id, event_id, endpoint_id, phase, fingerprint)
               SELECT %s, id, endpoint_id, 'waiting', fingerprint FROM integration_event WHERE id IN %s ORDER BY id""",
            repair_id,
            found,
        )
    )
    return cr.rowcount


def endpoints(cr, repair_id, *phases):
    """Return the ids of the endpoints that have items in these phases."""
    cr.execute(
        SQL(
            """SELECT DISTINCT endpoint_id FROM integration_repair_item
                WHERE repair_id = %s AND phase IN %s AND phase IN ('waiting', 'released') AND endpoint_id IS NOT NULL
             ORDER BY endpoint_id""",
            repair_id,
            phases,
        )
    )
    return [row[0] for row in cr.fetchall()]


def next_items(cr, repair_id, endpoint_ids, limit):
    """Return the ids of the messages that are next at these endpoints, in the order in which they arrived."""
    cr.execute(
        SQL(
            """SELECT event_id FROM integration_repair_item
                WHERE repair_id = %s AND phase = 'waiting' AND endpoint_id = ANY(%s) ORDER BY event_id LIMIT %s""",
            repair_id,
            list(endpoint_ids),
            limit,
        )
    )
    return [row[0] for row in cr.fetchall()]


def under_way(cr, repair_id, endpoint_ids):
    """Return how many released messages of these endpoints may still run; not those behind another's failure."""
    cr.execute(
        SQL(
            """SELECT count(*) FROM integration_repair_item i JOIN integration_event e ON e.id = i.event_id
                 LEFT JOIN integration_blocked_key b
                   ON b.endpoint_id = e.endpoint_id AND b.direction = e.direction AND b.partition_key = e.partition_key
                WHERE i.repair_id = %s AND i.phase = 'released' AND i.endpoint_id = ANY(%s) AND e.state = 'pending'
                  AND (b.event_id IS NULL OR b.event_id = e.id)""",
            repair_id,
            list(endpoint_ids),
        )
    )
    return cr.fetchone()[0]


def waiting(cr, repair_ids):
    """Return ``{repair id: items that wait}``."""
    cr.execute(
        SQL(
            """SELECT repair_id, count(*) FROM integration_repair_item
                WHERE repair_id = ANY(%s) AND phase = 'waiting' GROUP BY 1""",
            list(repair_ids),
        )
    )
    return dict(cr.fetchall())


def put(cr, repair_id, event_ids, phase):
    """Note of these messages what was done about them."""
    cr.execute(
        SQL(
            "UPDATE integration_repair_item SET phase = %s WHERE repair_id = %s AND event_id = ANY(%s)",
            phase,
            repair_id,
            list(event_ids),
        )
    )


def put_over(cr, repair_id):
    """Note which of the released messages need no look any more."""
    cr.execute(
        SQL(
            """UPDATE integration_repair_item i SET phase = 'over'
                WHERE repair_id = %s AND phase = 'released'
                  AND NOT EXISTS (SELECT 1 FROM integration_event e WHERE e.id = i.event_id AND e.state = 'pending')""",
            repair_id,
        )
    )


def forget(cr, repair_ids):
    """Delete the items of repairs that are deleted."""
    cr.execute(SQL("DELETE FROM integration_repair_item WHERE repair_id = ANY(%s)", list(repair_ids)))
