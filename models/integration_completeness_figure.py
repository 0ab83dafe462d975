# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import api, fields, models

STATUSES = ("missing", "failed", "different", "extra", "left_out")


class IntegrationCompletenessFigure(models.Model):
    """What a day comes to on both sides: of one kind of thing, in one currency."""

    _name = "integration.completeness.figure"
    _description = "Completeness: Figures"
    _inherit = ["integration.completeness.money"]
    _order = "completeness_id, part, currency"

    completeness_id = fields.Many2one("integration.completeness", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="completeness_id.company_id", store=True)
    part = fields.Selection(
        [("object", "Documents"), ("payment", "Payments"), ("refund", "Refunds")], "Of", required=True
    )
    count_there = fields.Integer()
    count_here = fields.Integer("Count in Odoo")
    difference = fields.Float(compute="_compute_difference", digits=(16, 4))
    missing = fields.Integer()
    failed = fields.Integer()
    different = fields.Integer()
    extra = fields.Integer()
    left_out = fields.Integer()

    _one = models.Constraint("UNIQUE (completeness_id, part, currency)", "These figures are there already.")

    @api.depends("amount_there", "amount_here")
    def _compute_difference(self):
        for figure in self:
            figure.difference = round(figure.amount_here - figure.amount_there, 4)

    @api.model
    def _of_lines(self, day):
        """Make the figures of a day from all that was found of it."""
        groups = self.env["integration.completeness.line"]._read_group(
            [("completeness_id", "=", day.id)],
            ["part", "currency", "status"],
            ["__count", "amount_there:sum", "amount_here:sum"],
        )
        found = {}
        for part, currency, status, number, there, here in groups:
            values = found.setdefault((part, currency or ""), dict.fromkeys(COUNTED, 0))
            for name, value in counted(status, number, there, here, day.direction).items():
                values[name] += value
        self.create(
            [
                {"completeness_id": day.id, "part": part, "currency": currency, **values}
                for (part, currency), values in found.items()
            ]
        )

    @api.model
    def _shift(self, day, before, after):
        """Bring the figures of a day in step with what became of one line.

        :param before: part, currency, status and both amounts, as it was counted; ``None``: it was not
        :param after: the same, as it is now
        """
        for sign, line in ((-1, before), (1, after)):
            if line is None:
                continue
            part, currency, status, there, here = line
            known = {(figure.part, figure.currency or ""): figure for figure in day.figure_ids}
            figure = known.get((part, currency or "")) or self.create(
                {"completeness_id": day.id, "part": part, "currency": currency or ""}
            )
            for name, value in counted(status, 1, there, here, day.direction).items():
                figure[name] += sign * value


COUNTED = ("count_there", "amount_there", "count_here", "amount_here", *STATUSES)


def counted(status, number, there, here, direction):
    """Return what so many lines of a status count: what is missing only where it is, what is left out nowhere."""
    found = {"missing" if status == "waiting" else status: number} if status != "same" else {}
    both, inbound = status in ("same", "different"), direction == "inbound"
    if both or (status != "left_out" and inbound == (status != "extra")):
        found |= {"count_there": number, "amount_there": there or 0}
    if both or (status != "left_out" and inbound == (status == "extra")):
        found |= {"count_here": number, "amount_here": here or 0}
    return found
