# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ..connectors.connector import Notification
from ..engine.database import Database
from ..engine.outbox import Change, insert_outbound
from ..engine.wake import wake_after_commit
from . import record_words as words
from .ask import end_transaction
from .record_compare import compared
from .record_facts import facts, failed
from .windows import form_of

SEEN = 500  # records that are looked through for what a person can mend
LISTED = 8
HUB = ("consultant", "operator", "approver", "auditor")


class IntegrationRecord(models.AbstractModel):
    """The sync of any record, for the people who work on it: no group of the hub is needed to see or to mend it.

    Whoever may read the record reads how its sync is, in words; whoever may write it has it sent or tried again. What
    messages carry is for those who may see it in the log.
    """

    _name = "integration.record"
    _description = "Sync of a Record"

    @api.model
    def facts(self, model, res_id):
        """Return what the form of a record shows of its sync; see ``record_facts.py``."""
        record = self._record(model, res_id)
        found = facts(record)
        if found["systems"]:
            found["may"] = self._may(record, any(not system["about"] for system in found["systems"]))
        return found

    @api.model
    def synced(self):
        """Return ``{model: [company ids]}``: whose records have a sync to be shown to this user."""
        if not self.env.user._is_internal():
            return {}
        Flow, mine = self.env["integration.flow"], frozenset(self.env.user._get_company_ids())
        found = {model: companies & mine for model, companies in Flow._synced().items()}
        for model, about in Flow._shown().items():
            found[model] = frozenset().union(found.get(model, ()), *(found[each] for each in about))
        return {model: sorted(companies) for model, companies in found.items() if companies}

    @api.model
    def retry(self, model, res_id):
        """Try what failed of this record again, now."""
        record = self._record(model, res_id, "write")
        ids = self._open_messages(record)
        if not ids:
            raise UserError(self.env._("Nothing of %(record)s waits to be tried again.", record=record.display_name))
        self._run_again(ids)
        return self.env._("It is tried again.")

    @api.model
    def sync_now(self, model, res_id):
        """Send this record, and read it anew where it came from, without waiting for a change."""
        record = self._record(model, res_id, "write")
        flows = self._flows(record).filtered(lambda flow: flow.state == "on")
        units = set()
        for flow in flows:
            units |= flow._sync_now(record)
        again = self._open_messages(record)
        if again:
            self._run_again(again)
        if not units and not again:
            raise UserError(
                self.env._(
                    "No flow that is on takes %(record)s as it is now. Ask whoever looks after the integrations.",
                    record=record.display_name,
                )
            )
        wake_after_commit(self.env.cr, Database(self.env.cr.dbname), units)
        return self.env._("It is being synced.")

    @api.model
    def compare(self, model, res_id, system_id):
        """Return this record beside what the other system has of it now, field by field."""
        record = self._record(model, res_id)
        if not self._may(record)["compare"]:
            raise AccessError(
                self.env._("What is in other systems is shown to integration operators and consultants. Ask one.")
            )
        system = self.env["integration.system"].browse(system_id)
        system.check_access("read")
        return compared(record, system, lambda: end_transaction(self, "compare"))

    @api.model
    def open_field(self, model, res_id, path):
        """Return the action that opens the record on which a field of this one is: the contact of an order."""
        record = self._record(model, res_id)
        for name in path.split(".")[:-1]:
            field = record._fields.get(name)
            record = record[name][:1] if field is not None and field.relational else record
        if not record:
            raise UserError(self.env._("There is none yet. Choose one here first."))
        record.check_access("read")
        return form_of(record._name, record.id)

    @api.model
    def mendable(self):
        """Return what of the sync this user can mend, and which models are synced.

        These are records that the user may write and in which the cause lies itself, and what is missing in a table
        that she looks after: a tax, a currency.
        """
        found = self._mendable()
        return {"count": len(found), "items": found[:LISTED], "models": self.synced()}

    # --- what is behind them ---

    def _record(self, model, res_id, operation="read"):
        """Return a record that the user may read, or write. Raises AccessError."""
        Flow = self.env["integration.flow"]
        if not self.env.user._is_internal() or not (model in Flow._synced() or model in Flow._shown()):
            raise AccessError(self.env._("There is no sync to be shown here."))
        record = self.env[model].browse(int(res_id))
        record.check_access(operation)
        return record

    def _may(self, record, is_synced=True):
        """Return what the user may do here, by the rights on the model: each is asked again when it is done.

        :param is_synced: whether the record itself is, not only what it is about
        """
        user = self.env.user
        write = is_synced and self.env[record._name].has_access("write")
        return {
            "retry": write,
            "sync": write,
            "compare": any(user.has_group(f"integration_hub.group_{name}") for name in ("consultant", "operator")),
            "log": any(user.has_group(f"integration_hub.group_{name}") for name in HUB),
        }

    def _flows(self, record):
        """Return the flows about a record's model, of the companies that the user works in, as superuser."""
        Flow, companies = self.env["integration.flow"].sudo(), self.env.companies.ids
        return Flow.browse(road.flow_id for road in Flow._roads().get(record._name, ()) if road.company_id in companies)

    def _open_messages(self, record):
        """Return the ids of the messages of a record that failed and may be tried again."""
        told = facts(record)["systems"]
        return [each["problem"]["message_id"] for each in told if each["problem"] and each["problem"]["retry"]]

    def _run_again(self, ids):
        units = self.env["integration.event"].sudo().browse(ids)._requeue()
        wake_after_commit(self.env.cr, Database(self.env.cr.dbname), units)

    def _mendable(self):
        """Return what this user can mend, the oldest failure first: records of hers, and what is missing in a table."""
        if not self.env.user._is_internal():
            return []
        self.env.cr.execute(
            SQL(
                """SELECT m.*, m.arrived_at AS since, s.name AS system FROM (%s) m
                     JOIN integration_endpoint p ON p.id = m.endpoint_id JOIN integration_system s ON s.id = p.system_id
                    WHERE (m.res_id IS NOT NULL OR m.error_code = ANY(%s)) AND m.state = 'dead'
                    ORDER BY m.id LIMIT %s""",
                failed(self.env.companies.ids),
                list(words.IN_A_TABLE),
                SEEN,
            )
        )
        rows = {}
        for row in self.env.cr.dictfetchall():
            if table := words.table_of(self.env, row):
                rows.setdefault((table, str(words.looked_for(row)[1])), row)
            elif row["res_id"] and row["res_model"] in self.env and words.kind_of(row) in (words.RECORD, words.WAIT):
                rows.setdefault((row["res_model"], row["res_id"]), row)
        mine = self._mine(key for key in rows if isinstance(key[1], int))
        return [
            self._item(model, what, row, mine.get((model, what)))
            for (model, what), row in rows.items()
            if isinstance(what, str) or (model, what) in mine
        ]

    def _mine(self, keys):
        """Return ``{(model, id): record}`` of those that the user may write."""
        ids, mine = {}, {}
        for model, id_ in keys:
            ids.setdefault(model, []).append(id_)
        for model, found in ids.items():
            if self.env[model].has_access("write"):
                records = self.env[model].browse(found).exists()._filtered_access("write")
                mine |= {(model, record.id): record for record in records}
        return mine

    def _item(self, model, what, row, record):
        told = words.said(record or self.env[model], row["system"], row)
        title = record.display_name if record else f"{self.env['ir.model']._get(model).name}: {what}"
        return {"model": model, "id": record.id if record else False, "name": title, "text": told.text}


class IntegrationFlow(models.Model):
    _inherit = "integration.flow"

    def _sync_now(self, record):
        """Have one record sent, or read anew where it is linked, now; returns the units to wake. As superuser."""
        self.ensure_one()
        db, cr = Database(self.env.cr.dbname), self.env.cr
        if self.direction == "outbound":
            if record.id not in self._takes(record.sudo()):
                return set()
            return insert_outbound(
                cr,
                endpoint_id=self.endpoint_id.id,
                company_id=self.company_id.id,
                flow_id=self.id,
                object_type=self.object_type,
                res_model=record._name,
                changes=[Change(record.id, "upsert")],
                now=db.now(),
            )
        link = self.env["integration.binding"]._of_record(self.system_id, self.entity_id, record)
        if not link or link.deleted_at or not self._is_fetchable():
            return set()
        notification = Notification(
            topic=f"{self.object_type}.fetched",
            object_type=self.object_type,
            external_id=link.external_id,
            partition_key=self._partition_key(link.external_id),
            payload={},
            complete=False,
        )
        return {self._insert(self.endpoint_id, notification, "{}", None, db.now()).unit}
