# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from .capture_again import tell_again
from .loose_many2one import LooseMany2one
from .plain_values import fingerprint, plain, shown
from .windows import form_of

CONTENT = "integration_hub.group_consultant,integration_hub.group_operator"  # who may see what messages carry


class IntegrationConflict(models.Model):
    """Two values of a field, one here and one there: a person is asked which one stands, or a rule has decided."""

    _name = "integration.conflict"
    _description = "Conflict"
    _order = "id desc"

    binding_id = LooseMany2one("integration.binding", "Link", required=True, readonly=True, ondelete="cascade")
    system_id = fields.Many2one("integration.system", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    res_model = fields.Char("Odoo Model", required=True, readonly=True)
    res_id = fields.Many2oneReference("Odoo Record", model_field="res_model", required=True, readonly=True)
    record_name = fields.Char("Record", compute="_compute_record")
    may_choose = fields.Boolean(compute="_compute_record")
    field_id = fields.Many2one("ir.model.fields", required=True, readonly=True, ondelete="cascade")
    field_label = fields.Char("What", compute="_compute_field_label")
    state = fields.Selection(
        [("open", "To choose"), ("odoo", "Odoo's stays"), ("system", "Theirs is taken")],
        default="open",
        required=True,
        readonly=True,
    )
    reason = fields.Char("Why", readonly=True)
    ours = fields.Json(readonly=True, groups=CONTENT, help="What Odoo had when theirs came.")
    ours_text = fields.Char("In Odoo", compute="_compute_texts")
    ours_at = fields.Datetime("Changed in Odoo", readonly=True)
    theirs = fields.Json(readonly=True, groups=CONTENT)
    theirs_text = fields.Char("In the Other System", compute="_compute_texts")
    theirs_at = fields.Datetime("Changed There", readonly=True)
    told_by = fields.Integer("Message Number", readonly=True, help="Messages are forgotten before conflicts are.")
    event_id = fields.Many2one(
        "integration.event", "Message", compute="_compute_event_id", help="The one that told theirs."
    )
    settled_by = fields.Many2one("res.users", "Chosen By", readonly=True)
    settled_at = fields.Datetime("Chosen", readonly=True)

    _open_unique = models.UniqueIndex("(binding_id, field_id) WHERE state = 'open'")
    _record_idx = models.Index("(res_model, res_id)")

    @api.depends("res_model", "res_id")
    def _compute_record(self):
        for conflict in self:
            record = conflict._record()
            readable = record and record.has_access("read")
            conflict.record_name = record.display_name if readable else False
            conflict.may_choose = bool(readable and conflict.state == "open" and conflict._is_writable(record))

    @api.depends("told_by")
    def _compute_event_id(self):
        there = set(self.env["integration.event"].browse(filter(None, self.mapped("told_by"))).exists().ids)
        for conflict in self:
            conflict.event_id = conflict.told_by if conflict.told_by in there else False

    @api.depends("field_id")
    def _compute_field_label(self):
        for conflict in self:
            conflict.field_label = conflict.sudo().field_id.field_description

    @api.depends("field_id", "record_name")
    def _compute_display_name(self):
        for conflict in self:
            conflict.display_name = f"{conflict.record_name or conflict.res_model}: {conflict.field_label}"

    @api.depends("res_model", "res_id", "state")
    def _compute_texts(self):
        """As long as nobody has chosen, Odoo's is what the record has now; whoever may not read it sees neither."""
        for conflict in self:
            record = conflict._record()
            field = record is not None and record._fields.get(conflict.sudo().field_id.name)
            if not field or not record or not record.has_access("read") or not record._has_field_access(field, "read"):
                conflict.ours_text = conflict.theirs_text = False
                continue
            is_open = conflict.state == "open"
            ours = plain(field, conflict._as_compared(record)[field.name]) if is_open else conflict.sudo().ours
            conflict.ours_text = shown(record, field, ours)
            conflict.theirs_text = shown(record, field, conflict.sudo().theirs)

    def _record(self):
        """Return the record; empty when it is gone, ``None`` when its model is."""
        if self.res_model not in self.env:
            return None
        return self.env[self.res_model].browse(self.res_id).exists()

    def _is_writable(self, record):
        field = record._fields.get(self.sudo().field_id.name)
        return bool(field) and record.has_access("write") and record._has_field_access(field, "write")

    # --- a person's actions ---

    def action_keep_odoo(self):
        """What Odoo has stays, and the other system is told."""
        told = {}
        for conflict in self._chosen():
            record = conflict._writable_record()
            conflict._settle("odoo", record)
            key = (record._name, conflict.system_id)
            told[key] = told.get(key, record.browse()) | record
        for (_model, system), records in told.items():
            tell_again(records.sudo(), system)

    def action_take_theirs(self):
        """What the other system has is written on the record, in the name of whoever chooses."""
        for conflict in self._chosen():
            record = conflict._as_compared(conflict._writable_record())
            field = record._fields[conflict.sudo().field_id.name]
            record.write({field.name: conflict._value(field)})
            conflict._settle("system", record)

    def action_open_record(self):
        """Open the record."""
        self.ensure_one()
        return form_of(self.res_model, self.res_id)

    def _chosen(self):
        """Return those that are open and whose record is there; the others leave the list.

        A screen says in the context which message it shows (``shown_message``): what has come since is not chosen.
        """
        self.check_access("read")
        found = self.filtered(lambda conflict: conflict.state == "open")
        if not found:
            raise UserError(self.env._("Somebody has chosen already."))
        shown_message = self.env.context.get("shown_message")
        if shown_message and len(found) == 1 and found.told_by != shown_message:
            raise UserError(self.env._("They have said something else meanwhile. Look again, then choose."))
        return found - found._leave_gone()

    def _leave_gone(self):
        """Settle those of which the record, or what it is there, is gone; returns them."""
        there = self.browse()
        for model, conflicts in self.grouped("res_model").items():
            ids = set(self.env[model].browse(conflicts.mapped("res_id")).exists().ids) if model in self.env else ()
            there |= conflicts.filtered(lambda conflict, ids=ids: conflict.res_id in ids)
        deleted = there.filtered(lambda conflict: conflict.sudo().binding_id.deleted_at)
        for conflict in deleted:
            conflict._released()
        gone = self - there + deleted
        reason = self.env._("The record is gone: there is nothing to choose any more")
        gone.sudo().write({"state": "odoo", "reason": reason, "settled_at": fields.Datetime.now()})
        return gone

    def _as_compared(self, record):
        """Return the record in the language that its messages are read in: of what is translated, the same text."""
        field = record._fields.get(self.sudo().field_id.name)
        if not field or not field.translate:
            return record
        user = self.sudo().system_id._endpoint("inbound").service_user_id
        return record.with_context(lang=user.lang or "en_US")

    def _writable_record(self):
        record = self._record()
        if not self._is_writable(record):
            raise AccessError(
                self.env._(
                    "You may not change %(field)s of %(record)s. Ask somebody who may.",
                    field=self.field_label,
                    record=self.record_name or self.res_model,
                )
            )
        return record

    def _value(self, field):
        """Return theirs as the field takes it."""
        value = self.sudo().theirs
        if field.type == "many2one" and value and not self.env[field.comodel_name].browse(value).exists():
            raise UserError(self.env._("What they chose is gone in Odoo meanwhile. Keep Odoo's, or set it by hand."))
        return [Command.set(value or [])] if field.type == "many2many" else value

    def _settle(self, state, record):
        field = record._fields[self.sudo().field_id.name]
        values = {"state": state, "settled_by": self.env.uid, "settled_at": fields.Datetime.now()}
        if state == "odoo":
            values["ours"] = plain(field, self._as_compared(record)[field.name])
        self.sudo().write(values)
        self._released()

    def _released(self):
        """Nobody is asked about the field any more: it comes in and goes out again."""
        record = self._as_compared(self._record()).sudo()
        field = record._fields[self.sudo().field_id.name]
        self.sudo().binding_id._release(field.name, fingerprint(field, plain(field, record[field.name])))

    # --- the engine's ---

    @api.model
    def _note(self, rows):
        """Ask a person about these fields, or say what a rule has decided; of one that is asked about, the newest.

        :param rows: values of conflicts
        """
        asked = [row for row in rows if row["state"] == "open"]
        known = {}
        if asked:
            domain = [("state", "=", "open"), ("binding_id", "in", [row["binding_id"] for row in asked])]
            known = {(each.binding_id.id, each.field_id.id): each for each in self.search(domain)}
        new = []
        for row in rows:
            each = row["state"] == "open" and known.get((row["binding_id"], row["field_id"]))
            if each and each.theirs == row["theirs"]:
                continue  # they say the same again
            if each:
                each.write({name: row[name] for name in ("theirs", "theirs_at", "told_by")})
            else:
                new.append(row)
        self.create(new)

    def _agreed_meanwhile(self, name):
        """Both sides have the same in a field again: of these, there is nothing to choose about it any more."""
        found = self.filtered(lambda each: each.state == "open" and each.sudo().field_id.name == name)
        reason = self.env._("Both have the same again")
        found.write({"state": "odoo", "reason": reason, "settled_at": fields.Datetime.now()})
