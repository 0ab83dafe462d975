# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..connectors import registry
from ..connectors.errors import HubError
from .windows import form_of

REPAIRED = ("missing", "waiting", "failed", "different", "extra")


class IntegrationCompletenessLine(models.Model):
    """One thing of a day that is not the same on both sides. While a day is checked, what is the same is here too."""

    _name = "integration.completeness.line"
    _description = "Completeness: Difference"
    _inherit = ["integration.completeness.money"]
    _order = "id"
    _rec_name = "name"

    completeness_id = fields.Many2one("integration.completeness", required=True, ondelete="cascade")
    company_id = fields.Many2one(related="completeness_id.company_id", store=True, precompute=True)
    key = fields.Char(required=True, help="What it is known by within the day.")
    part = fields.Selection(
        [("object", "Document"), ("payment", "Payment"), ("refund", "Refund")], "What", required=True
    )
    external_id = fields.Char("Remote Id")
    name = fields.Char("Number")
    status = fields.Selection(
        [
            ("same", "The Same"),
            ("missing", "Missing"),
            ("waiting", "Waiting"),
            ("failed", "Failed"),
            ("different", "Different"),
            ("extra", "Not There"),
            ("left_out", "Left Out"),
        ],
        required=True,
    )
    reason = fields.Char("Why")
    seen = fields.Boolean(help="The other system has it: it listed it.")
    res_model = fields.Char("Odoo Model")
    res_id = fields.Many2oneReference("Odoo Record", model_field="res_model")
    event_id = fields.Integer("Message Id")
    message_name = fields.Char("Message", compute="_compute_message_name")
    page_url = fields.Char("Page There", compute="_compute_page_url")
    repair_state = fields.Selection([("asked", "To Be Repaired"), ("sent", "Being Repaired")], "Repair")
    may_be_repaired = fields.Boolean(compute="_compute_may_be_repaired")

    _key_unique = models.Constraint("UNIQUE (completeness_id, key)", "This was found already.")
    _repair_idx = models.Index("(completeness_id) WHERE repair_state IS NOT NULL")

    # --- what is shown ---

    @api.depends("status", "repair_state", "external_id")
    def _compute_may_be_repaired(self):
        for line in self:
            asked = line.repair_state or not (line.external_id or line.res_id)
            line.may_be_repaired = line.status in REPAIRED and not asked

    def _compute_message_name(self):
        events = self.env["integration.event"].sudo().browse(filter(None, self.mapped("event_id"))).exists()
        names = {event.id: event.display_name for event in events}
        for line in self:
            line.message_name = names.get(line.event_id, False)

    def _compute_page_url(self):
        for line in self:
            line.page_url = line.sudo()._page()

    def _page(self):
        """Return the address of the vendor's page about it; ``False`` where none is known."""
        flow = self.completeness_id.flow_id
        try:
            connector = registry.get(flow.system_id.connector, flow.system_id.settings or {})
        except HubError:
            return False  # its settings name no shop: the readiness of the system says so
        page = connector.page(flow.system_id.settings or {}, flow.object_type, self.external_id or "")
        return page if page.startswith("https://") else False

    # --- a person's actions ---

    def action_repair(self):
        """Bring it in step: read it anew, try its failed message again, or send it again."""
        self.completeness_id._check_operator()
        lines = self.sudo().filtered("may_be_repaired")
        if not lines:
            raise UserError(self.env._("This is being repaired already, or there is nothing to repair."))
        lines._repair()

    def action_open_page(self):
        """Open the vendor's own page about it."""
        self.ensure_one()
        if not self.page_url:
            raise UserError(self.env._("No page of this is known there."))
        return {"type": "ir.actions.act_url", "url": self.page_url, "target": "new"}

    def action_open_record(self):
        """Open the Odoo record."""
        self.ensure_one()
        return form_of(self.res_model, self.res_id)

    def action_open_message(self):
        """Open the message that failed or waits."""
        self.ensure_one()
        if not self.env["integration.event"].has_access("read"):
            raise AccessError(self.env._("Messages are read by people of the Integration Hub. Ask one of them."))
        return form_of("integration.event", self.event_id)

    # --- what is found ---

    @api.model
    def _put(self, days, found):
        """Keep what was found of these days, each thing once; returns how much of it counted.

        :param days: ``{date: completeness}``
        """
        wanted = [(days[one.day], one) for one in found if one.day in days]
        known = self.search(
            [("completeness_id", "in", [day.id for day, _one in wanted]), ("key", "in", [one.key for _, one in wanted])]
        )
        lines = {(line.completeness_id.id, line.key): line for line in known}
        new = {}
        for day, one in wanted:
            line = lines.get((day.id, one.key))
            if line:
                line.write(self._values(one))
            else:
                new[day.id, one.key] = {"completeness_id": day.id, "key": one.key, **self._values(one, day)}
        self.create(list(new.values()))
        return len(wanted)

    @api.model
    def _values(self, one, day=None):
        """Return the values of a line for what was found."""
        return {
            "part": one.part,
            "external_id": one.external_id,
            "name": one.name,
            "status": one.status,
            "reason": one.reason,
            "currency": one.currency or "",
            "amount_there": float(one.there),
            "amount_here": float(one.here),
            "res_id": one.res_id,
            "event_id": one.event_id,
        } | ({"res_model": day.flow_id.model_name} if day else {})

    def _counted_as(self):
        return (self.part, self.currency, self.status, self.amount_there, self.amount_here)

    def _become(self, one):
        """Take over what was found of it now, in the day's figures too; it goes where it is in step.

        :param one: :class:`Found`; ``None``: there is no such thing any more, on neither side
        """
        day, before = self.completeness_id, self._counted_as()
        figures = self.env["integration.completeness.figure"]
        if one is None:
            figures._shift(day, before, None)
            self.unlink()
            return
        self.write({**self._values(one), "repair_state": False})
        figures._shift(day, before, self._counted_as())
        if self.status == "same":
            self.unlink()

    def _repair(self):
        """Have these lines repaired by a job of each flow; returns the jobs."""
        self.write({"repair_state": "asked"})
        by_flow = self.grouped(lambda line: line.completeness_id.flow_id)
        jobs = (flow._repair_days(len(lines)) for flow, lines in by_flow.items())
        return self.env["integration.sync.job"].union(*jobs)
