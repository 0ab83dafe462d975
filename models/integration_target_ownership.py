# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import models


class IntegrationTarget(models.AbstractModel):
    """Who decides about the records of a target."""

    _inherit = "integration.target"

    def _may(self, arrival, record, transition):
        """Tell whether the arrival's system decides a transition: confirm, cancel, ship, refund or pay.

        By what a person has set for its system, else for another one that the record is linked with; where nobody has,
        the system may.
        """
        model = record._name if record is not None else self._target_model()
        others = []
        for system_id, company_id, _name, rules in self.env["integration.ownership"]._rules(model):
            if transition in rules:
                if system_id == arrival.system.id:
                    return rules[transition].decided_by != "odoo"
                if rules[transition].decided_by == "system" and company_id == arrival.system.company_id.id:
                    others.append(system_id)
        return not (others and record and record.id and self._linked_with(record, others))

    def _decides(self, arrival, record, name):
        """Tell whether the arrival's system may write a field of a record that was there before."""
        rules, claims = self.env["integration.ownership"]._judged(record._name, arrival.system.id)
        if name in rules and rules[name].decided_by == "odoo":
            return False
        return name not in claims or not self._linked_with(record, list(claims[name]))

    def _say(self, arrival, sentence):
        """Have the arrival's message say what was not taken over."""
        if arrival.delivery.notes is not None:
            arrival.delivery.notes.append(sentence)

    def _linked_with(self, record, system_ids):
        domain = [("res_model", "=", record._name), ("res_id", "=", record.id), ("system_id", "in", system_ids)]
        return bool(self.env["integration.binding"].sudo().search_count([*domain, ("deleted_at", "=", False)], limit=1))
