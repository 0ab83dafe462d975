# Part of Integration Hub. License LGPL-3.0 or later.
"""Whose a record is: linked with one remote object already, or claimed by another row of the same load.

Flows of one system may write the same model, as those of companies and of contacts do: a claim counts for all of them.
"""

from odoo import models
from odoo.fields import Command
from odoo.tools import SQL

CLAIMS = ("link", "linked", "created")  # states of a row whose record is no other's


class IntegrationLoadLine(models.Model):
    _inherit = "integration.load.line"

    def _taken(self, record_ids=None):
        """Return ``{record: remote id}`` of the flow's model: what is linked with the system, as whatever object."""
        system = self.flow_id.sudo().system_id
        return self.env["integration.binding"].sudo()._taken(system, self.model_name, record_ids)

    def _claims(self, record_id=None):
        """Return ``{record: rows}`` of the flow's model: what rows of this load are, or are to be, linked with."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """SELECT r.res_id, array_agg(r.id ORDER BY r.id)
                     FROM integration_load_row r JOIN integration_load_line l ON l.id = r.line_id
                    WHERE l.load_id = %s AND r.res_model = %s AND r.status IN %s AND r.res_id > 0 %s
                    GROUP BY r.res_id""",
                self.load_id.id,
                self.model_name,
                CLAIMS,
                SQL("AND r.res_id = %s", record_id) if record_id else SQL(),
            )
        )
        return dict(self.env.cr.fetchall())

    def _told_deleted(self, rows, links):
        """Return the remote ids of those of the rows that were deleted there, as we were told, since they were read.

        By their links; of what is not linked, by the messages themselves, also those that nobody took.

        :param links: ``{remote id: link}``
        """
        since, flow = self.load_id.started_at, self.flow_id.sudo()
        ids = rows.mapped("external_id")
        told = {one for one in ids if one in links and links[one].deleted_at and links[one].deleted_at >= since}
        self.env.cr.execute(
            SQL(
                """SELECT external_id FROM integration_event
                    WHERE arrived_at >= %s AND endpoint_id = ANY(%s) AND operation = 'delete'
                      AND object_type = %s AND external_id = ANY(%s)""",
                since,
                flow.system_id.with_context(active_test=False).endpoint_ids.ids,
                flow.object_type,
                [one for one in ids if one not in links],
            )
        )
        return told | {one for (one,) in self.env.cr.fetchall()}


class IntegrationLoadRow(models.Model):
    _inherit = "integration.load.row"

    def _rival(self, record_id):
        """Return who has, or claims, a record that this row is to be linked with: the reason, and what it is called.

        ``None`` where nobody does.
        """
        self.ensure_one()
        line = self.sudo().line_id
        if taken := line._taken([record_id]):
            return "taken", taken[record_id]
        if others := [row for row in line._claims(record_id).get(record_id, ()) if row != self.id]:
            return "rivals", self.browse(others[0]).title
        return None

    def _ask(self, reason, record_id=None):
        """Leave this row to a person, with why it cannot be linked as it is, and the record that was meant."""
        row = self.sudo()
        if record_id and record_id not in row.candidate_ids.mapped("res_id"):
            row.candidate_ids = [Command.create({"res_model": row.line_id.model_name, "res_id": record_id})]
        row.write({"status": "conflict", "reason": reason, "rule": False, "res_id": False})
