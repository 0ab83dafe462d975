# Part of Integration Hub. License LGPL-3.0 or later.
import json

from psycopg2 import IntegrityError

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .record_uses import uses


class IntegrationLoadLine(models.Model):
    """Taking a load back: links and records that it made, as far as nobody used or changed them since."""

    _inherit = "integration.load.line"

    def _undo_rows(self, rows):
        links = self._made_links(rows)
        kept = self._undo_links(rows.filtered(lambda row: row.status == "linked"), links)
        kept |= self._undo_records(rows.filtered(lambda row: row.status == "created"), links)
        for row in rows:
            reason = kept.get(row)
            row.write({"status": "kept" if reason else "undone", "message": reason, "hint": False})
        return {"done": len(rows) - len(kept), "skipped": len(kept)}

    def _made_links(self, rows):
        """Return ``{row: links}``: those that this load made, of the object and of its parts."""
        flow, target = self.flow_id.sudo(), self._target()
        hop = flow.mapping_id._compiled()[1]
        ids = {row: target._linked_ids(hop.apply(json.loads(row.payload))) for row in rows}
        Binding = self.env["integration.binding"].sudo()
        found = Binding._find_many(flow.system_id, flow.entity_id, [each for some in ids.values() for each in some])
        since = self.load_id.confirmed_at
        ours = found.filtered(lambda link: link.create_date >= since).grouped("external_id")
        return {row: Binding.union(*(ours[each] for each in some if each in ours)) for row, some in ids.items()}

    def _undo_links(self, rows, links):
        """Unlink what was only linked; returns ``{row: why it stays}`` of the rest."""
        kept, gone = {}, self.env["integration.binding"].sudo()
        for row in rows:
            if any(link.last_in_at or link.last_out_at for link in links[row]):
                kept[row] = self.env._("It was synced since")
            else:
                gone |= links[row]
        gone.unlink()
        return kept

    def _undo_records(self, rows, links):
        """Delete what was created, with its links; returns ``{row: why it stays}`` of the rest."""
        target = self._target()
        others = rows.filtered(lambda row: row.res_model != self.model_name)
        rows -= others
        model = target.env[self.model_name].sudo().with_context(active_test=False)
        there = model.browse(rows.mapped("res_id")).exists()
        moments = there.mapped("create_date")
        kept = self._used(target, there)
        of = {row.res_id: links[row] for row in rows}
        kept |= self._delete(there.filtered(lambda record: record.id not in kept), of)
        self.env["integration.binding"].sudo().union(*(of[gone] for gone in of.keys() - set(there.ids))).unlink()
        for beside in target._made_beside:
            self._undo_beside(target.env[beside], moments)
        reason = self.env._("The flow writes other records by now")
        return {row: kept[row.res_id] for row in rows if row.res_id in kept} | dict.fromkeys(others, reason)

    def _undo_beside(self, model, moments):
        """Delete what came into being with the records, as the attributes of products, and serves no other record."""
        self.env.cr.execute(
            SQL(
                "SELECT id FROM %s WHERE create_uid = %s AND create_date = ANY(%s)",
                SQL.identifier(model._table),
                model.env.uid,
                moments,
            )
        )
        made = model.sudo().browse([record_id for (record_id,) in self.env.cr.fetchall()])
        used = uses(made)
        made.filtered(lambda record: record.id not in used).unlink()

    def _used(self, target, records):
        """Return ``{record id: why it is not to be deleted}``."""
        kept = {}
        parts = {record: target._parts(record) for record in records}
        for record, some in parts.items():
            if any(each.write_date != record.create_date for part in some for each in part):
                kept[record.id] = self.env._("It was changed since")
        for together in zip(*parts.values(), strict=True):
            of = {each.id: record.id for record, part in zip(parts, together, strict=True) for each in part}
            for each, by in uses(together[0].union(*together)).items():
                kept.setdefault(of[each], self.env._("It is used: %(by)s", by=by))
            for link in self._other_links(together[0].union(*together)):
                kept.setdefault(of[link.res_id], self.env._("It is linked with %(by)s too", by=link.system_id.name))
        return kept

    def _other_links(self, records):
        return (
            self.env["integration.binding"]
            .sudo()
            .search(
                [
                    ("res_model", "=", records._name),
                    ("res_id", "in", records.ids),
                    ("system_id", "!=", self.system_id.id),
                ]
            )
        )

    def _delete(self, records, links):
        """Delete records with their links, together if that goes; returns ``{id: why it stays}`` of the others."""
        try:
            with self.env.cr.savepoint():
                self.env["integration.binding"].sudo().union(*(links[record.id] for record in records)).unlink()
                records.unlink()
            return {}
        except (UserError, IntegrityError) as error:
            if len(records) == 1:
                why = str(error).partition("\n")[0]
                return {records.id: self.env._("Odoo refuses to delete it: %(why)s", why=why)}
        return {key: why for record in records for key, why in self._delete(record, links).items()}
