# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import api, fields, models


class IntegrationConnect(models.TransientModel):
    """The step between choosing flows and switching them on: what exists on both sides is matched."""

    _inherit = "integration.connect"

    load_state = fields.Selection(
        lambda self: self.env["integration.load"]._fields["state"].selection, compute="_compute_load"
    )
    load_written = fields.Integer(compute="_compute_load")

    @api.depends("step")
    def _compute_load(self):
        for wizard in self:
            load = wizard._last_load()
            wizard.load_state, wizard.load_written = load.state, load.written_count

    def _last_load(self):
        """Return the system's first load, if it is under way or done."""
        domain = [("system_id", "=", self.system_id.id), ("state", "not in", ("cancelled", "undone"))]
        return self.env["integration.load"].search(domain, limit=1)

    def _after_flows(self):
        return "load" if self._has_load() else super()._after_flows()

    def _step_before(self):
        if self.step == "on" and self._has_load():
            return "load"
        return "flows" if self.step == "load" else super()._step_before()

    def _has_load(self):
        """Tell whether what flows into Odoo can be read as a whole."""
        return bool(self.env["integration.load"].new({"system_id": self.system_id.id})._loadable_flows())

    def action_first_load(self):
        """Open the first load; whoever comes back from it goes on here."""
        self.ensure_one()
        return self.env["integration.load"]._open(self.system_id)

    def action_load_done(self):
        """From the first load, or without one, to the last step."""
        self._go("on")


class IntegrationLoad(models.Model):
    """A first load that is a step of a set-up leads back to it."""

    _inherit = "integration.load"

    setup_step = fields.Selection(related="system_id.setup_step")

    def action_continue_setup(self):
        """Go on with the set-up that this load is a step of."""
        self.ensure_one()
        return self.system_id.action_continue_setup()
