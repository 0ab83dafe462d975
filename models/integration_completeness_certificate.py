# Part of Integration Hub. License LGPL-3.0 or later.
import hashlib
import json
from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from .integration_completeness_figure import COUNTED

SIGNERS = (
    "account.group_account_user", "account.group_account_manager",
    "integration_hub.group_auditor", "integration_hub.group_approver",
)  # fmt: skip
LONGEST = 366  # days


class IntegrationCompletenessCertificate(models.Model):
    """What both sides have of a system and a period, to be printed and signed off; a later check may take that back."""

    _name = "integration.completeness.certificate"
    _description = "Certificate of Completeness"
    _inherit = ["mail.thread"]
    _order = "date_from desc, system_id"
    _check_company_auto = True

    system_id = fields.Many2one("integration.system", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="system_id.company_id", store=True, precompute=True, index=True)
    system_name = fields.Char("System Name", related="system_id.name", related_sudo=True)
    date_from = fields.Date("From", required=True)
    date_to = fields.Date("Until", required=True)
    state = fields.Selection(
        [("open", "Not Signed Off"), ("signed", "Signed Off"), ("withdrawn", "Withdrawn")],
        default="open",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    digest = fields.Char("Digest of the Figures", readonly=True, copy=False, index=True)
    signed_by_id = fields.Many2one("res.users", "Signed Off By", readonly=True, copy=False, tracking=True)
    signed_at = fields.Datetime("Signed Off", readonly=True, copy=False)
    signed_digest = fields.Char("Digest Signed Off", readonly=True, copy=False, index=True)
    day_count = fields.Integer("Days", compute="_compute_days", help="Days of flows that were counted.")
    complete_count = fields.Integer("Complete", compute="_compute_days")
    open_count = fields.Integer("Differences", compute="_compute_days")
    may_sign = fields.Boolean(compute="_compute_may_sign")

    _period = models.Constraint("CHECK (date_from <= date_to)", "The period ends before it begins.")
    _period_unique = models.Constraint(
        "UNIQUE (system_id, date_from, date_to)", "There is a certificate of this system and period already."
    )

    @api.constrains("date_from", "date_to")
    def _check_period(self):
        for one in self:
            if (one.date_to - one.date_from).days >= LONGEST:
                raise ValidationError(self.env._("A certificate is of one year at the most."))

    @api.model_create_multi
    def create(self, vals_list):
        found = super().create(vals_list)
        found._refresh()
        return found

    def write(self, vals):
        if {"system_id", "date_from", "date_to"} & vals.keys() and self.filtered(lambda one: one.state != "open"):
            raise UserError(self.env._("What was signed off keeps its period. Make a new certificate."))
        result = super().write(vals)
        if {"system_id", "date_from", "date_to"} & vals.keys():
            self._refresh()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_signed(self):
        if self.filtered("signed_at"):
            raise UserError(self.env._("A certificate that was signed off is kept, withdrawn or not."))

    # --- what is shown ---

    @api.depends("date_from", "date_to", "system_id")
    def _compute_display_name(self):
        for one in self:
            one.display_name = f"{one.system_name}, {one.date_from} – {one.date_to}"

    @api.depends("date_from", "date_to", "system_id")
    def _compute_days(self):
        for one in self:
            days = one._days()
            one.day_count, one.open_count = len(days), sum(days.mapped("open_count"))
            one.complete_count = len(days.filtered(lambda day: day.state == "complete"))

    @api.depends_context("uid")
    def _compute_may_sign(self):
        self.may_sign = self._may_sign()

    def _days(self):
        """Return the days of its flows that were counted, day by day."""
        return self.env["integration.completeness"].search(
            [("system_id", "=", self.system_id.id), ("day", ">=", self.date_from), ("day", "<=", self.date_to)],
            order="day, flow_id",
        )

    def _not_counted(self):
        """Return ``{name of a flow: days}`` of the period, as far as it is over, on which nobody counted it."""
        counted = self._days().grouped("flow_id")
        flows = self.sudo().system_id.flow_ids.filtered(lambda flow: flow.state == "on" and flow.is_counted)
        period = self._period(min(self.date_to, self._today() - timedelta(days=1)))
        found = {}
        for flow in flows | self.env["integration.flow"].sudo().union(*counted):
            there = counted[flow].mapped("day") if flow in counted else []
            if missing := [day for day in period if day not in there]:
                found[flow.name] = missing
        return found

    def _today(self):
        """Return the day that it is in the system: whoever looks may have another one."""
        return self.sudo().system_id._today()

    def _period(self, last):
        """Return the days from its first one on."""
        return [self.date_from + timedelta(days=number) for number in range((last - self.date_from).days + 1)]

    def _totals(self):
        """Return what the period comes to, ``[{flow, part, both counts, both amounts}]``, the amounts as text."""
        labels = dict(self.env["integration.completeness.figure"]._fields["part"]._description_selection(self.env))
        found = []
        for flow, days in self._days().grouped("flow_id").items():
            for (part, _currency), figures in days.figure_ids.grouped(lambda one: (one.part, one.currency)).items():
                sums = {name: sum(figures.mapped(name)) for name in COUNTED[:4]}
                for name in ("amount_there", "amount_here"):
                    sums[name] = figures[:1]._money(sums[name])
                found.append({"flow": flow.sudo().name, "part": labels[part], **sums})
        return found

    # --- a person's actions ---

    def action_sign(self):
        """Sign off the figures as they are now."""
        self.ensure_one()
        self.check_access("read")
        if not self._may_sign():
            raise AccessError(
                self.env._("Certificates are signed off by accountants, auditors and approvers. Ask one of them.")
            )
        if self.date_to >= self._today():
            raise UserError(self.env._("The period is not over yet. Sign it off from %(day)s on.",
                                       day=self.date_to + timedelta(days=1)))  # fmt: skip
        days = self._days()
        if not days:
            raise UserError(self.env._("Nothing was counted in this period. Ask an integration operator to check it."))
        if unsure := days.filtered(lambda day: day.state in ("running", "unchecked")):
            raise UserError(
                self.env._(
                    "%(days)s days are being checked, or could not be: first %(first)s. Have them checked, then sign.",
                    days=len(unsure),
                    first=unsure[0].display_name,
                )
            )
        one = self.sudo()
        one._refresh()
        one.write(
            {
                "state": "signed",
                "signed_by_id": self.env.user.id,
                "signed_at": fields.Datetime.now(),
                "signed_digest": one.digest,
            }
        )
        one.message_post(body=self.env._("Signed off with digest %(digest)s", digest=one.digest))

    def action_check(self):
        """Count all days of the period again."""
        self.ensure_one()
        self.env["integration.completeness"]._check_operator()
        days = self._period(min(self.date_to, self._today()))
        flows = self.sudo().system_id.flow_ids.filtered(lambda flow: flow.state == "on" and flow.is_counted)
        if not flows or not days:
            raise UserError(self.env._("No flow of %(system)s that is on can be counted.", system=self.system_name))
        for flow in flows:
            flow._check_days(days, self.env.user)
        return self.action_view_days()

    def action_view_days(self):
        """Open its days."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("integration_hub.integration_completeness_action")
        return dict(action, domain=[("id", "in", self._days().ids)], context={"create": False})

    def action_print(self):
        """Print it; in the browser where the server has nothing to make a PDF with."""
        return self.env.ref("integration_hub.integration_completeness_report").report_action(self)

    def _may_sign(self):
        return any(self.env.user.has_group(group) for group in SIGNERS)

    # --- its figures ---

    def _statement(self):
        """Return the figures that are signed off, as JSON has them: of each flow and day, and how that stands."""
        figures = [
            [
                fields.Date.to_string(day.day),
                day.flow_id.id,
                day.state,
                [
                    [figure.part, figure.currency or "", *(_plain(figure[name]) for name in COUNTED)]
                    for figure in day.figure_ids.sorted(lambda figure: (figure.part, figure.currency or ""))
                ],
            ]
            for day in self._days().sorted(lambda day: (day.day, day.flow_id.id))
        ]
        period = [fields.Date.to_string(self.date_from), fields.Date.to_string(self.date_to)]
        return {"system": self.system_id.id, "company": self.company_id.id, "period": period, "days": figures}

    def _refresh(self):
        """Bring the digest in step with the figures; what was signed off with others is withdrawn, and says so.

        Not while a day of it is being checked, or could not be: the next check that succeeds decides.
        """
        for one in self.sudo():
            if one.state == "signed" and one._days().filtered(lambda day: day.state in ("running", "unchecked")):
                continue
            text = json.dumps(one._statement(), sort_keys=True, separators=(",", ":"))
            digest = hashlib.sha256(text.encode()).hexdigest()
            if digest != one.digest:
                one.digest = digest
            if one.state == "signed" and digest != one.signed_digest:
                one.state = "withdrawn"
                one.message_post(
                    body=self.env._(
                        "The sign-off by %(user)s is withdrawn: a later check found other figures. Look at the days, "
                        "then sign it off again.",
                        user=one.signed_by_id.name,
                    )
                )

    @api.model
    def _follow(self, days):
        """Bring the certificates of these days in step."""
        for system, theirs in days.grouped("system_id").items():
            dates = theirs.mapped("day")
            self.sudo().search(
                [("system_id", "=", system.id), ("date_from", "<=", max(dates)), ("date_to", ">=", min(dates))]
            )._refresh()

    @api.model
    def _prepare(self):
        """Have a certificate ready of each month of each system that was counted lately."""
        month = fields.Date.today().replace(day=1)
        for begin in (month - relativedelta(months=1), month):
            end = begin + relativedelta(months=1, days=-1)
            counted = [("day", ">=", begin), ("day", "<=", end)]
            systems = self.env["integration.completeness"].search(counted).system_id
            there = self.search([("date_from", "=", begin), ("date_to", "=", end)]).system_id
            self.create([{"system_id": each.id, "date_from": begin, "date_to": end} for each in systems - there])


def _plain(value):
    return f"{value:.4f}" if isinstance(value, float) else value
