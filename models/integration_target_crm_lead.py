# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import models

from .integration_target import RecordError

STATUS = {"won": "won", "lost": "lost", "pending": "open"}  # Odoo's, as a deal says them
STEPS = {"won": "win", "lost": "lose"}


class IntegrationTargetCrmLead(models.AbstractModel):
    """Deals become opportunities: of their contact, else of their company; won, lost, or open again."""

    _name = "integration.target.crm.lead"
    _inherit = "integration.target"
    _description = "Integration Target: Opportunity"
    _model = "crm.lead"
    _is_plain = False
    _shown_as = {"_contact_id": "partner_id", "_company_id": "partner_id", "_status": "won_status"}
    _sent_as = {
        "_amount": "expected_revenue",
        "_currency": "expected_revenue",
        "_status": "won_status",
        "_stage": "stage_id",
        **dict.fromkeys(("_contact_id", "_company_id", "_left_contact_id", "_left_company_id"), "partner_id"),
    }

    def _prepare_values(self, arrival, record):
        values, given = super()._prepare_values(arrival, record), arrival.values
        if "contact" in arrival.document or "company" in arrival.document:
            values["partner_id"] = given.get("_contact_id") or given.get("_company_id") or False
        if values.get("expected_revenue"):
            values["expected_revenue"] = self._in_company_currency(arrival, values["expected_revenue"])
        if not record:
            partner = self.env["res.partner"].browse(values.get("partner_id") or [])
            values |= {"company_id": arrival.system.company_id.id, "user_id": partner.user_id.id}
        return values

    def _in_company_currency(self, arrival, amount):
        code, company = arrival.document.get("currency"), arrival.system.company_id
        if not code or code == company.currency_id.name:
            return amount
        currency = self.env["res.currency"].search([("name", "=", code)])
        if not currency:
            raise RecordError(
                self.env._("The currency %(code)s of deal %(deal)s is not active in Odoo", code=code,
                           deal=arrival.document.get("name")),
                code="no-currency",
                hint=self.env._("Activate it under Invoicing, Configuration, Currencies, and retry."),
            )  # fmt: skip
        return currency._convert(amount, company.currency_id, company, self.env.cr.now().date())

    def _after(self, arrival, record, created):
        status = arrival.values.get("_status")
        if arrival.delivery.is_late or not self._may_leave(arrival, record, created, status):
            return
        if status == "won" and record.won_status != "won":
            record.action_set_won()
        elif status == "lost" and record.won_status != "lost":
            self._leave_won(record)
            record.action_set_lost()
        elif status == "open" and record.won_status == "lost":
            record.action_unarchive()
        elif status == "open":
            self._leave_won(record)

    def _may_leave(self, arrival, record, created, status):
        """Tell whether the system decides about the step to a status, and about the one that is taken back by it."""
        if created or not status or status == STATUS[record.won_status]:
            return True
        steps = [STEPS[each] for each in (status, STATUS[record.won_status]) if each in STEPS]
        refused = [step for step in steps if not self._may(arrival, record, step)]
        if refused and arrival.delivery.notes is not None:
            said = self.env._("%(record)s stays %(status)s in Odoo: %(system)s does not decide it")
            labels = dict(record._fields["won_status"]._description_selection(self.env))
            names = {"record": record.display_name, "status": labels[record.won_status].lower()}
            arrival.delivery.notes.append(said % {**names, "system": arrival.system.name})
        return not refused

    def _leave_won(self, record):
        """What is in a won stage can be neither lost nor open."""
        if record.stage_id.is_won:
            stage = record._stage_find(team_id=record.team_id.id, domain=[("is_won", "=", False)], limit=1)
            record.write({"stage_id": stage.id})
            record.action_set_automated_probability()
