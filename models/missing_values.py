# Part of Integration Hub. License LGPL-3.0 or later.
"""What failed messages say that Odoo lacks, counted from the log: one statement, by the index of what failed."""

from typing import NamedTuple

from odoo.tools import SQL

MOST = 5_000  # values that are kept in step; of more, those for which most messages wait
# What each failed message looked for and did not find; one that lacks several values waits for each of them.
_LOOKED_FOR = """jsonb_path_query(e.error_params, '$.problems[*].params ? (exists(@.table))') AS p(params)"""
_CALLED = "coalesce(p.params->>'called', p.params->>'value', '')"
_SCOPE = "coalesce(p.params->>'scope', '')"


class Key(NamedTuple):
    """What makes a missing value one: whose, which system's, of which model, within what, and how it is said."""

    company_id: int
    system_id: int
    res_model: str
    scope: str
    value: str


class Waits(NamedTuple):
    """What waits for a value."""

    count: int
    since: object
    newest: object
    event_id: int
    error_code: str


def waiting(cr):
    """Return ``{Key: Waits}`` of all values that failed messages lack."""
    cr.execute(
        SQL(
            f"""SELECT e.company_id, s.system_id, p.params->>'table', {_SCOPE}, {_CALLED},
                       count(DISTINCT e.id), min(e.arrived_at), max(e.arrived_at), max(e.id), max(e.error_code)
                  FROM integration_event e
                  JOIN integration_endpoint s ON s.id = e.endpoint_id
                 CROSS JOIN LATERAL {_LOOKED_FOR}
                 WHERE e.state = 'dead' AND e.error_params IS NOT NULL
                 GROUP BY 1, 2, 3, 4, 5 ORDER BY 6 DESC LIMIT %s""",  # noqa: S608 - of the constants above
            MOST,
        )
    )
    return {Key(*row[:5]): Waits(*row[5:]) for row in cr.fetchall()}


def waits_for(alias, key):
    """Return the condition that a message, the row called *alias*, waits for a value."""
    return SQL(
        f"""(%(event)s.state = 'dead' AND %(event)s.company_id = %(company)s
             AND %(event)s.endpoint_id IN (SELECT id FROM integration_endpoint WHERE system_id = %(system)s)
             AND EXISTS (SELECT FROM (SELECT %(event)s.error_params) AS e(error_params), {_LOOKED_FOR}
                          WHERE p.params->>'table' = %(model)s AND {_SCOPE} = %(scope)s
                            AND {_CALLED} = %(value)s))""",  # noqa: S608 - of the constants above
        event=SQL.identifier(alias),
        company=key.company_id,
        system=key.system_id,
        model=key.res_model,
        scope=key.scope,
        value=key.value,
    )
