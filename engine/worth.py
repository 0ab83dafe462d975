# Part of Integration Hub. License LGPL-3.0 or later.
"""Worth: what failed messages come to in money, and whose they are: a row for each that was looked at, while it fails.

Looked at in the background and a few at a time: of a hundred thousand messages of one cause the first thousands say how
bad it is.
"""

from odoo.tools import SQL

AT_ONCE = 500  # messages in one run,
IN_TURN = 100  # of one cause
AT_MOST = 2_000  # of one cause; what is shown of more begins with "at least"
NOTHING = {"amount": 0, "customer_count": 0, "looked_count": 0}


def sums(cr, failed):
    """Return ``{(endpoint id, fingerprint): {amount, customer_count, looked_count}}`` of what fails.

    :param failed: the condition by which a message ``e`` does
    """
    cr.execute(
        SQL(
            """SELECT e.endpoint_id, e.fingerprint, coalesce(round(sum(w.amount), 2), 0)::float AS amount,
                      count(DISTINCT w.customer) AS customer_count, count(*) AS looked_count
                 FROM integration_failure_worth w JOIN integration_event e ON e.id = w.event_id
                WHERE %s GROUP BY e.endpoint_id, e.fingerprint""",
            failed,
        )
    )
    return {(row.pop("endpoint_id"), row.pop("fingerprint")): row for row in cr.dictfetchall()}


def unknown(cr, failed):
    """Return the ids of messages to look at next, those of the causes with most at stake first."""
    cr.execute(
        SQL(
            """SELECT found.id
                 FROM integration_failure f
                CROSS JOIN LATERAL (
                      SELECT e.id FROM integration_event e
                       WHERE e.endpoint_id = f.endpoint_id AND e.fingerprint = f.fingerprint AND %(failed)s
                         AND NOT EXISTS (SELECT 1 FROM integration_failure_worth w WHERE w.event_id = e.id)
                    ORDER BY e.id LIMIT least(%(in_turn)s, %(at_most)s - f.looked_count)) found
                WHERE f.message_count > 0 AND f.looked_count < least(f.message_count, %(at_most)s)
             ORDER BY f.score DESC LIMIT %(at_once)s""",
            failed=failed,
            at_once=AT_ONCE,
            in_turn=IN_TURN,
            at_most=AT_MOST,
        )
    )
    return [id_ for (id_,) in cr.fetchall()]


def keep(cr, found):
    """Keep what was found out.

    :param found: ``(event id, amount, customer)`` of each; both may be ``None``
    """
    if found:
        ids, amounts, customers = zip(*found, strict=True)
        cr.execute(
            SQL(
                """INSERT INTO integration_failure_worth (event_id, amount, customer)
                   SELECT * FROM unnest(%s::int[], %s::numeric[], %s::varchar[]) ON CONFLICT DO NOTHING""",
                list(ids),
                list(amounts),
                list(customers),
            )
        )


def forget(cr):
    """Forget those of messages that do not fail any more."""
    cr.execute(
        """DELETE FROM integration_failure_worth w
            WHERE NOT EXISTS (SELECT 1 FROM integration_event e
                               WHERE e.id = w.event_id AND e.state IN ('dead', 'held', 'retry'))"""
    )
