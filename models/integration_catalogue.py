# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import fields, models
from odoo.tools import SQL

from ..connectors import registry


class IntegrationCatalogue(models.Model):
    """What can be connected: a tile for each connector of the library, which is the only place that lists them."""

    _name = "integration.catalogue"
    _description = "Connector"
    _auto = False
    _order = "id"

    name = fields.Char()
    connector = fields.Char()
    initials = fields.Char()
    summary = fields.Char()
    objects = fields.Char(help="The kinds of records it knows.")
    into_odoo = fields.Boolean()
    out_of_odoo = fields.Boolean()
    is_preview = fields.Boolean("Preview", help="Proved by our own imitation of the vendor only.")
    system_count = fields.Integer("Connected", compute="_compute_system_count")

    @property
    def _table_query(self):
        rows = [
            SQL("(%s, %s, %s, %s, %s, %s, %s, %s, %s)", number, *_tile(connector))
            for number, connector in enumerate(registry.CONNECTORS.values(), start=1)
        ]
        return SQL(
            """SELECT * FROM (VALUES %s)
                   AS c (id, connector, name, initials, summary, objects, into_odoo, out_of_odoo, is_preview)""",
            SQL(", ").join(rows),
        )

    def _compute_system_count(self):
        domain = [("connector", "in", self.mapped("connector")), ("lifecycle", "in", ("live", "deprecated"))]
        counts = dict(self.env["integration.system"]._read_group(domain, ["connector"], ["__count"]))
        for tile in self:
            tile.system_count = counts.get(tile.connector, 0)

    def action_connect(self):
        """Begin to connect such a system."""
        self.ensure_one()
        return self.env["integration.connect"]._begin(self.connector)


def _tile(connector):
    directions = {template.direction for template in connector.flow_templates}
    titles = [*(each.title for each in connector.objects.values()), *(q.title for q in connector.questions.values())]
    return (
        connector.name,
        connector.title,
        "".join(word[0] for word in connector.title.split())[:2],
        connector.summary,
        " · ".join(titles),
        "inbound" in directions,
        "outbound" in directions,
        connector.is_preview(),
    )
