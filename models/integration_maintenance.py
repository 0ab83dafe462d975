# Part of Integration Hub. License LGPL-3.0 or later.
import logging

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..engine import maintenance
from ..engine.database import Database
from ..engine.sweep import waiting
from ..engine.wake import wake_or_log

_logger = logging.getLogger(__name__)


class IntegrationMaintenance(models.Model):
    """Drain mode: who stopped the processing of messages, why, and from when to when. See ``engine/maintenance.py``.

    To create a record switches it on, to end it switches it off; a record is never changed otherwise.
    """

    _name = "integration.maintenance"
    _description = "Drain Mode"
    _order = "id desc"
    _rec_name = "reason"
    _log_access = False

    reason = fields.Char(
        required=True,
        help="Why, and until when: what people read on every message that waits for the end of drain mode.",
    )
    started_at = fields.Datetime("On", required=True, readonly=True)
    started_by_id = fields.Many2one("res.users", "Switched On By", readonly=True, ondelete="set null")
    ended_at = fields.Datetime("Off", readonly=True)
    ended_by_id = fields.Many2one("res.users", "Switched Off By", readonly=True, ondelete="set null")

    # What a drain asks at each step is this index, however long the list has become.
    _running_uniq = models.UniqueIndex("((ended_at IS NULL)) WHERE ended_at IS NULL", "Drain mode is on already.")
    _reason_given = models.Constraint("CHECK (trim(reason) <> '')", "Say why: people read it on messages that wait.")

    @api.model_create_multi
    def create(self, vals_list):
        self._check_is_off()
        facts = {"started_at": fields.Datetime.now(), "started_by_id": self.env.uid, "ended_at": False}
        records = super().create([values | facts for values in vals_list])
        for record in records:
            _logger.info("Drain mode is on, by %s: %s", self.env.user.login, record.reason)
        return records

    def action_switch_on(self):
        """Ask for the reason, in a dialog that says what stops and what goes on."""
        self._check_is_off()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Switch Drain Mode On"),
            "res_model": self._name,
            "views": [(self.env.ref("integration_hub.integration_maintenance_view_form_new").id, "form")],
            "target": "new",
        }

    def action_end(self):
        """Switch drain mode off, and wake every unit that has work once that is committed."""
        if not self.env.su and not self.env.user.has_group("integration_hub.group_operator"):
            raise AccessError(self.env._("Only integration operators switch drain mode off. Ask one of them."))
        running = self & self._running()
        if not running:
            return
        running.sudo().write({"ended_at": fields.Datetime.now(), "ended_by_id": self.env.uid})
        running.flush_recordset()
        _logger.info("Drain mode is off, by %s", self.env.user.login)
        db = Database(self.env.cr.dbname)
        self.env.cr.postcommit.add(lambda: wake_or_log(db, waiting(db)))

    @api.model
    def _check_is_off(self):
        if running := self._running():
            raise UserError(self.env._("Drain mode is on already: %(reason)s", reason=running.reason))

    @api.model
    def _running(self):
        """Return the record that is on, or none."""
        return self.search([("ended_at", "=", False)])

    @api.model
    def _busy_units(self):
        """Return the units that a drain still works on though drain mode is on."""
        with Database(self.env.cr.dbname).read_committed() as cr:
            if not maintenance.halted(cr):
                raise UserError(self.env._("Drain mode is off: wait for the end of the work after switching it on."))
            return maintenance.busy(cr)
