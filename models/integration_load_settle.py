# Part of Integration Hub. License LGPL-3.0 or later.
"""What became of the messages that create, for a first load: each is told to its row."""

from odoo import fields, models
from odoo.tools import SQL

OVER = ("done", "ignored", "dead", "held")  # states in which a message waits for nobody, or for a person
AT_ONCE = 200


class IntegrationLoadLine(models.Model):
    _inherit = "integration.load.line"

    def _next_over(self):
        """Return the ids of rows whose message is worked off, or gone."""
        self.env.cr.execute(
            SQL(
                """SELECT r.id FROM integration_load_row r LEFT JOIN integration_event e ON e.id = r.event_id
                    WHERE r.line_id = %s AND r.status = 'sending' AND (e.id IS NULL OR e.state IN %s)
                    ORDER BY r.id LIMIT %s""",
                self.id,
                OVER,
                AT_ONCE,
            )
        )
        return [row for (row,) in self.env.cr.fetchall()]

    def _look_again(self):
        """Have the rows settled anew that failed, and whose message somebody tried again since."""
        self.env["integration.load.row"].flush_model()
        self.env.cr.execute(
            SQL(
                """UPDATE integration_load_row r SET status = 'sending' FROM integration_event e
                    WHERE r.line_id = ANY(%s) AND r.status = 'failed' AND e.id = r.event_id
                      AND e.state IN ('done', 'pending', 'retry')""",
                self.ids,
            )
        )
        self.env.invalidate_all()

    def _settle_rows(self, rows):
        """Note what became of the messages of rows."""
        links = self._link_records(rows)
        found = self.env[self.model_name].sudo().browse([link.res_id for link in links.values()]).exists()
        records = {record.id: record for record in found}
        events = {event.id: event for event in rows.event_id.exists()}
        for row in rows:
            event, link = events.get(row.event_id.id), links.get(row.external_id)
            record = records.get(link.res_id) if link else None
            if event and event.state not in OVER:
                continue  # somebody tries it again
            if record and (not event or event.state in ("done", "ignored")):
                row.write({"res_model": self.model_name, "res_id": record.id, **_came(event, link, record)})
            else:
                row._not_made(event)

    def _link_records(self, rows):
        """Return ``{remote id: link}`` of those of the rows that are linked."""
        flow = self.flow_id.sudo()
        links = (
            self.env["integration.binding"]
            .sudo()
            ._find_many(flow.system_id, flow.entity_id, rows.mapped("external_id"))
        )
        return links.grouped("external_id")


def _came(event, link, record):
    """Return how the record of a row came: made by its message, found and written by it, or linked by somebody else.

    Made by it is what only its own transaction can have written last. Where others have written the link since, one
    cannot tell any more who made the record, and an undo will not touch it.
    """
    ours = event and event.state == "done" and (event.res_model, event.res_id) == (record._name, record.id)
    if not ours:
        return {"status": "known"}
    if link.write_date == record.create_date:
        return {"status": "created"}
    if link.create_date == record.create_date:
        return {"status": "created", "reason": "shared"}
    return {"status": "linked"}


class IntegrationLoadRow(models.Model):
    _inherit = "integration.load.row"

    reason = fields.Selection(selection_add=[("shared", "Another message wrote it as well")])

    def _not_made(self, event):
        """Note that there is no record; a message of which nothing is to be expected any more is forgotten."""
        if not event:
            why, hint = self.env._("Its message was deleted"), self.env._("Try again: it is sent anew.")
        elif event.state == "done":
            why = self.env._("It was created, and is gone or linked no longer")
            hint = self.env._("Try again if it should come back.")
        else:
            why, hint = event.error_message or event.state, event.error_hint
        self._failed(why, hint)
        if not event or (event.state in ("done", "ignored") and not event.may_be_retried):
            self.event_id = False

    def _failed(self, message, hint):
        self.write({"status": "failed", "message": message, "hint": hint})
