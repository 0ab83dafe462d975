# Part of Integration Hub. License LGPL-3.0 or later.
import logging

from odoo import fields, models

from ..connectors import entities
from ..connectors.errors import HubError
from ..connectors.jsondoc import parse
from .integration_target import Arrival

_logger = logging.getLogger(__name__)


class IntegrationEvent(models.Model):
    """What a message is worth: of what goes out its record says it, of what comes in the business object in it."""

    _inherit = "integration.event"

    def _worth(self):
        """Return the amount in the company's currency and a key of the customer; ``None`` for what is not known."""
        self.ensure_one()
        if self.direction == "outbound":
            return self._worth_of_record()
        return self._worth_of_document()

    def _worth_of_record(self):
        if not self.res_id or self.res_model not in self.env:
            return None, None
        record = self.env[self.res_model].browse(self.res_id).exists()
        if not record:
            return None, None
        target = self.env["integration.target"]._of_model(self.res_model)
        amount, customer = target._amount_of(record), target._customer_of(record)
        return self._in_company_currency(*amount) if amount else None, customer and f"{customer._name}:{customer.id}"

    def _worth_of_document(self):
        flow, body = self.flow_id, self.payload_ids[:1].body
        if not flow or not body:
            return None, None
        try:
            document, _left_out = flow.mapping_id._compiled()[1].run(parse(body.encode()))
        except HubError as error:
            _logger.debug("What message %s is worth cannot be read: %s", self.id, error)
            return None, None
        target = self.env["integration.target"]._of_model(flow.model_name)
        customer = target._customer_there(document)
        if entities.problems(flow.entity_id.code, document):
            return None, customer
        arrival = Arrival(self.env, flow.system_id, flow.entity_id, document, {})
        amount = target._amount_there(arrival, self.env[flow.model_name])
        if not amount:
            return None, customer
        currency = self.env["res.currency"].with_context(active_test=False).search([("name", "=", amount[1])], limit=1)
        return self._in_company_currency(float(amount[0]), currency), customer

    def _in_company_currency(self, amount, currency):
        company = self.company_id or self.endpoint_id.company_id
        if not currency or currency == company.currency_id:
            return amount
        return currency._convert(amount, company.currency_id, company, fields.Date.today())
