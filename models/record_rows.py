# Part of Integration Hub. License LGPL-3.0 or later.
"""What the database holds of the sync of one record, and of what it is about, by one query."""

from typing import NamedTuple

from odoo import fields
from odoo.exceptions import MissingError
from odoo.tools import SQL

from ..engine.home import IS_COPY
from .record_followed import followed

LOOKED_AT = 60  # the record's latest messages; what blocks its key is found however old it is
FAILED_AT = 20  # the latest failed ones of each object that it is linked with
MOMENTS = ("last_in_at", "last_out_at", "deleted_at", "arrived_at", "done_at", "next_try_at", "write_date")


class Rows(NamedTuple):
    """Dictionaries of links, messages (the newest first) and endpoints.

    Links and messages have ``about``: the model, the id and the name of the record that they are about. The name is
    ``None`` with the record itself.
    """

    links: list
    messages: list
    endpoints: list
    is_copy: bool


def rows(record, companies, roads, models):
    """Return the :class:`Rows` of a record that the user may read. Raises MissingError: it is deleted.

    :param roads: ``{model: (Road, …)}`` of these companies
    :param models: of which something is to be shown
    """
    itself = SQL("SELECT %s::varchar AS model, %s AS id, NULL::varchar AS name", record._name, record.id)
    others = followed(record, models)
    query = SQL(
        """WITH subject AS MATERIALIZED (%(subject)s),
           link AS MATERIALIZED (
               SELECT b.id, b.system_id, b.entity_id, b.external_id, b.last_in_at, b.last_out_at, b.deleted_at,
                      b.merged_into_id IS NOT NULL AS is_merged, s.model, s.id AS res_id, s.name
                 FROM subject s JOIN integration_binding b ON b.res_model = s.model AND b.res_id = s.id
                WHERE b.company_id = ANY(%(companies)s)),
           told AS (
               SELECT e.id, s.model, s.id AS res_id, s.name
                 FROM subject s, LATERAL (
                     SELECT id FROM integration_event
                      WHERE res_id = s.id AND res_model = s.model AND company_id = ANY(%(companies)s)
                      ORDER BY id DESC LIMIT %(looked_at)s) e
               UNION
               SELECT k.event_id, s.model, s.id, s.name
                 FROM subject s, integration_flow f
                 JOIN integration_blocked_key k ON k.endpoint_id = f.endpoint_id AND k.direction = 'outbound'
                WHERE f.id = ANY(%(flows)s) AND k.partition_key = s.model || ':' || s.id
               UNION
               SELECT k.event_id, link.model, link.res_id, link.name
                 FROM link
                 JOIN integration_flow f ON f.system_id = link.system_id AND f.entity_id = link.entity_id
                 JOIN integration_blocked_key k
                   ON k.endpoint_id = f.endpoint_id AND k.direction = 'inbound'
                  AND k.partition_key = f.object_type || ':' || link.external_id
                WHERE link.deleted_at IS NULL
               UNION
               SELECT e.id, link.model, link.res_id, link.name
                 FROM link
                 JOIN integration_endpoint p ON p.system_id = link.system_id AND p.direction = 'inbound',
                      LATERAL (
                     SELECT d.id FROM integration_event d JOIN integration_flow f ON f.id = d.flow_id
                      WHERE d.endpoint_id = p.id AND d.external_id = link.external_id
                        AND d.state = 'dead' AND d.direction = 'inbound' AND f.entity_id = link.entity_id
                      ORDER BY d.id DESC LIMIT %(failed_at)s) e
                WHERE link.deleted_at IS NULL),
           message AS (
               SELECT e.id, e.direction, e.state, e.operation, e.endpoint_id, e.flow_id, e.arrived_at, e.done_at,
                      e.next_try_at, e.error_code, e.error_message, e.error_hint, e.error_params, e.in_doubt,
                      p.system_id, told.model, told.res_id, told.name
                 FROM told JOIN integration_event e ON e.id = told.id
                 JOIN integration_endpoint p ON p.id = e.endpoint_id),
           endpoint AS (
               SELECT p.id, p.system_id, p.state, p.write_date, s.name AS system, s.connector, s.settings
                 FROM integration_endpoint p JOIN integration_system s ON s.id = p.system_id
                WHERE p.system_id IN (SELECT system_id FROM link UNION SELECT system_id FROM message))
           SELECT EXISTS (SELECT 1 FROM %(table)s WHERE id = %(id)s),
                  (SELECT json_agg(link ORDER BY id DESC) FROM link),
                  (SELECT json_agg(message ORDER BY id DESC) FROM message),
                  (SELECT json_agg(endpoint) FROM endpoint), %(is_copy)s""",
        subject=SQL("%s UNION %s", itself, others) if others else itself,
        table=SQL.identifier(record._table),
        id=record.id,
        companies=companies,
        looked_at=LOOKED_AT,
        failed_at=FAILED_AT,
        flows=[road.flow_id for found in roads.values() for road in found],
        is_copy=IS_COPY,
    )
    record.env["integration.binding"].flush_model()
    ((is_there, links, messages, endpoints, is_copy),) = record.env.execute_query(query)
    if not is_there:
        raise MissingError(record.env._("This record is deleted."))
    for row in (*(links or ()), *(messages or ()), *(endpoints or ())):
        _read(row)
    return Rows(links or [], messages or [], endpoints or [], is_copy)


def _read(row):
    """Make of what JSON has of a row what Odoo's fields hold."""
    if "model" in row:
        row["about"] = row.pop("model"), row.pop("res_id"), row.pop("name")
    for name in MOMENTS:
        if row.get(name):
            row[name] = fields.Datetime.to_string(fields.Datetime.to_datetime(row[name].replace("T", " ")[:19]))
