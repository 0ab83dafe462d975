# Part of Integration Hub. License LGPL-3.0 or later.
from psycopg2 import IntegrityError

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .record_uses import uses


class IntegrationLoad(models.Model):
    """A load that made something can be undone."""

    _inherit = "integration.load"

    undoable_count = fields.Integer(compute="_compute_undoable_count")

    @api.depends("line_ids.row_ids.status", "confirmed_at")
    def _compute_undoable_count(self):
        for load in self:
            load.undoable_count = bool(load.confirmed_at) and sum(line._left("undo") for line in load.line_ids)


class IntegrationLoadLine(models.Model):
    """Taking a load back: links and records that it made, as far as nobody used or changed them since.

    The links and the records themselves are asked, not what was read: no mapping of today has a say in it, and what a
    person or a webhook did meanwhile is seen.
    """

    _inherit = "integration.load.line"

    def _undo_rows(self, rows):
        """Take rows back, and note why of each that stays; returns how many went and stay."""
        mine = rows.filtered(lambda row: row.res_model == self.model_name)
        kept = dict.fromkeys(rows - mine, self.env._("The flow writes other records by now"))
        records = self._there(mine)
        there = mine.filtered(lambda row, ids=set(records.ids): row.res_id in ids)
        self._unlink_lost(mine - there)
        kept |= self._undo_links(there.filtered(lambda row: row.status == "linked"), records)
        kept |= self._undo_records(there.filtered(lambda row: row.status == "created"), records)
        for row in rows:
            reason = kept.get(row)
            row.write({"status": "kept" if reason else "undone", "message": reason, "hint": False})
        return {"done": len(rows) - len(kept), "skipped": len(kept)}

    # --- what was linked ---

    def _undo_links(self, rows, records):
        """Unlink what was only linked; returns ``{row: why it stays}`` of the rest."""
        kept, gone = {}, self._no_links()
        links, around = self._link_records(rows), self._links_on(self._parts_of(rows, records))
        for row in rows:
            link = links.get(row.external_id, gone.browse())
            made = around[row.res_id].filtered(lambda each, link=link: _together(each, link))  # those of its parts too
            if why := self._why_linked(row, link, made):
                kept[row] = why
            else:
                gone |= made
        gone.unlink()
        return kept

    def _why_linked(self, row, link, made):
        """Return why a link stays; ``None`` where it does not, or is gone already."""
        if link and (link.res_model, link.res_id) != (row.res_model, row.res_id):
            return self.env._("It was linked with another record since")
        if link and link.create_date < self.load_id.confirmed_at:
            return self.env._("Its link is older than this load, and led to a record that is gone")
        if any(each.last_in_at or each.last_out_at for each in made):
            return self.env._("It was synced since")
        return None

    # --- what was created ---

    def _undo_records(self, rows, records):
        """Delete what was created, with its links; returns ``{row: why it stays}`` of the rest."""
        parts, rows_of = self._parts_of(rows, records), rows.grouped("res_id")
        links, moments = self._links_on(parts), [record.create_date for record in parts]
        kept = self._why_kept(rows_of, parts, links)
        # What is older than its record led to one that is gone before, and does so again.
        made = {
            record.id: links[record.id].filtered(lambda link, record=record: link.create_date >= record.create_date)
            for record in parts
        }
        kept |= self._delete(records.browse(record.id for record in parts if record.id not in kept), made)
        target = self._target()
        for beside in target._made_beside:
            self._undo_beside(target.env[beside].sudo(), moments)
        return {row: why for record_id, why in kept.items() for row in rows_of[record_id]}

    def _why_kept(self, rows_of, parts, links):
        """Return ``{record id: why it is not to be deleted}``.

        :param rows_of: ``{record id: its rows}``
        :param parts: ``{record: its recordsets}``, those that belong to it among them
        :param links: ``{record id: links with it and with its parts}``
        """
        kept = {}
        for record, some in parts.items():
            rows = rows_of[record.id]
            others = links[record.id].filtered(lambda link, of=(rows, record): not self._is_own(link, *of))
            if "shared" in rows.mapped("reason"):
                kept[record.id] = self.env._("Another message wrote it as well")
            elif any(each.write_date != record.create_date for part in some for each in part):
                kept[record.id] = self.env._("It was changed since")
            elif others:
                names = ", ".join(f"{link.system_id.name} ({link.external_id})" for link in others)
                kept[record.id] = self.env._("It is linked with %(others)s too", others=names)
        # What is kept may use what would go otherwise.
        while used := self._used({record: some for record, some in parts.items() if record.id not in kept}):
            kept |= used
        return kept

    def _used(self, parts):
        """Return ``{record id: why}`` of those that are used by more than each other."""
        used = {}
        for together in zip(*parts.values(), strict=True):
            of = {each.id: record.id for record, part in zip(parts, together, strict=True) for each in part}
            for each, by in uses(together[0].union(*together)).items():
                used.setdefault(of[each], self.env._("It is used: %(by)s", by=by))
        return used

    def _is_own(self, link, rows, record):
        """Tell whether a link came with the record, or is that of one of its rows."""
        mine = link.system_id == self.system_id
        return mine and (link.create_date == record.create_date or link.external_id in rows.mapped("external_id"))

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
        made = model.browse([record_id for (record_id,) in self.env.cr.fetchall()])
        used = uses(made, with_parts=False)
        self._delete(made.filtered(lambda record: record.id not in used), {})

    def _delete(self, records, links):
        """Delete records with their links, together as far as that goes; returns ``{id: why it stays}`` of the rest."""
        try:
            with self.env.cr.savepoint():
                self._no_links().union(*(links[record.id] for record in records if record.id in links)).unlink()
                records.unlink()
            return {}
        except (UserError, IntegrityError) as error:
            if len(records) == 1:
                why = str(error).partition("\n")[0]
                return {records.id: self.env._("Odoo refuses to delete it: %(why)s", why=why)}
        half = len(records) // 2
        return self._delete(records[:half], links) | self._delete(records[half:], links)

    # --- what is there ---

    def _no_links(self):
        return self.env["integration.binding"].sudo()

    def _there(self, rows):
        """Return the records of rows that are still there."""
        model = self._target().env[self.model_name].sudo().with_context(active_test=False)
        return model.browse(rows.mapped("res_id")).exists()

    def _parts_of(self, rows, records):
        """Return ``{record: its recordsets}`` of the records of rows, with what belongs to them."""
        target, ids = self._target(), set(rows.mapped("res_id"))
        return {record: target._parts(record) for record in records if record.id in ids}

    def _links_on(self, parts):
        """Return ``{record id: links}``, of all systems, with records and with what belongs to them."""
        found = {record.id: self._no_links() for record in parts}
        for together in zip(*parts.values(), strict=True):
            of = {each.id: record.id for record, part in zip(parts, together, strict=True) for each in part}
            domain = [("res_model", "=", together[0]._name), ("res_id", "in", list(of))]
            for link in self._no_links().search(domain):
                found[of[link.res_id]] |= link
        return found

    def _unlink_lost(self, rows):
        """Delete the links that this load made with records that are gone by now, and with their parts."""
        known, since = set(rows.mapped("res_id")), self.load_id.confirmed_at
        moments = [
            link.create_date
            for link in self._link_records(rows).values()
            if link.res_id in known and link.create_date >= since
        ]
        self.env.cr.execute(
            SQL(
                "SELECT id FROM integration_binding WHERE system_id = %s AND create_date = ANY(%s)",
                self.system_id.id,
                moments,
            )
        )
        made = self._no_links().browse([link_id for (link_id,) in self.env.cr.fetchall()])
        there = made._records()
        made.filtered(lambda link: link.id not in there).unlink()


def _together(link, other):
    """Tell whether two links with one system were made in one transaction."""
    return (link.system_id, link.create_date) == (other.system_id, other.create_date)
