# Part of Integration Hub. License LGPL-3.0 or later.
from decimal import Decimal

from odoo import models
from odoo.fields import Command

from .integration_target import RecordError


class IntegrationTargetSaleOrder(models.AbstractModel):
    """Taxes that were calculated outside: Odoo's own, found by their rate, with the amounts that were answered."""

    _inherit = "integration.target.sale.order"

    def _fill(self, arrival, record):
        """Give each line its taxes, to the cent; raises RecordError where the order's tax is not the answered total."""
        answered = {line["key"]: line for line in arrival.values["_lines"]}
        lines = record.order_line.filtered(lambda line: not line.display_type)
        missing = lines.filtered(lambda line: str(line.id) not in answered)
        if missing:
            raise RecordError(
                self.env._("The taxes of “%(line)s” are missing", line=missing[0].name),
                code="line-without-taxes",
                hint=self.env._("Tell whoever runs %(system)s.", system=arrival.system.name),
            )
        record.write(
            {"order_line": [Command.update(line.id, self._taxes_of(line, answered[str(line.id)])) for line in lines]}
        )
        self._check_tax(arrival, record)

    def _taxes_of(self, line, answered):
        """Return the values of a line. Odoo takes the amounts for as long as price, quantity and discount are these."""
        amounts = {}
        for tax, amount in zip(answered["tax_ids"], answered["amounts"], strict=True):
            amounts[str(tax)] = amounts.get(str(tax), Decimal(0)) + Decimal(amount)
        base = {"base_amount_currency": line.price_subtotal}
        return {
            "tax_ids": [Command.set(answered["tax_ids"])],
            "extra_tax_data": {
                "manual_tax_amounts": {
                    tax: {"tax_amount_currency": float(amount), **base} for tax, amount in amounts.items()
                },
                "currency_id": line.currency_id.id,
                "price_unit": line.price_unit,
                "discount": line.discount,
                "quantity": line.product_uom_qty,
                "rate": line.order_id.currency_rate,
            },
        }

    def _check_tax(self, arrival, record):
        total = Decimal(arrival.values["_total"])
        if record.currency_id.compare_amounts(record.amount_tax, float(total)):
            raise RecordError(
                self.env._(
                    "The taxes of %(order)s add up to %(ours)s %(currency)s, %(system)s says %(theirs)s",
                    order=record.name,
                    ours=f"{record.amount_tax:.2f}",
                    theirs=f"{total:.2f}",
                    currency=record.currency_id.name,
                    system=arrival.system.name,
                ),
                code="taxes-differ",
                hint=self.env._("Compare the taxes in Odoo with those there: rates, and whether prices include them."),
            )
