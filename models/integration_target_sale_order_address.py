# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import models

from .integration_target import RecordError
from .integration_target_lookup import looked_for

ADDRESS = ("name", "street", "street2", "city", "zip", "phone")
SAME = ("street", "street2", "city", "zip")


class IntegrationTargetSaleOrder(models.AbstractModel):
    """Where an order is invoiced and delivered to."""

    _inherit = "integration.target.sale.order"
    _looks_for = {"res.country.state": ("code", "name", "country_id"), "product.product": ("id", "active")}

    def _address(self, system, partner, address, kind):
        """Return the customer, or the address of theirs that equals the order's; a new one is added."""
        if not address:
            return partner
        wanted = {name: address.get(name) for name in ADDRESS}
        wanted["name"] = wanted["name"] or partner.name
        country, state = self._place(system, address)
        for known in partner | partner.child_ids:
            if known.name == wanted["name"] and self._is_there(known, wanted, country, state, address.get("company")):
                return known
        if not any(wanted[name] for name in SAME):
            return partner
        added = self.env["res.partner"].create(
            {
                **{name: value for name, value in wanted.items() if value},
                "type": kind,
                "parent_id": partner.id,
                "country_id": country.id,
                "state_id": state.id,
            }
        )
        added.company_name = address.get("company")  # Odoo empties it when somebody's address is created
        return added

    def _is_there(self, known, wanted, country, state, company):
        """Tell whether a partner is where an address is: one that differs by the flat or the company is another one."""
        return (
            all((known[name] or "") == (wanted[name] or "") for name in SAME)
            and known.country_id == country
            and known.state_id == state
            and (known.company_name or company or "") == (company or known.company_name or "")
        )

    def _place(self, system, address):
        """Return country and state; raises RecordError for a state that its country does not have in Odoo.

        Where Odoo has no states of a country at all, the state is left out.
        """
        country_code = address.get("country_code") or ""
        country = self._meant(system, "res.country", country_code) or self.env["res.country"].search(
            [("code", "=", country_code)], limit=1
        )
        State = self.env["res.country.state"]
        code = address.get("state_code")
        if not country or not code:
            return country, State
        state = self._lookup_state(system, country.code, code) or State.search(
            [("country_id", "=", country.id), ("name", "=ilike", code)], limit=1
        )
        if not state and country.state_ids:
            raise RecordError(
                self.env._("State “%(code)s” of %(country)s is unknown in Odoo", code=code, country=country.name),
                code="unknown-state",
                hint=self.env._("Add it to the country's states: what waits for it is taken in by itself."),
                params=looked_for("res.country.state", code, scope=country.code),
            )
        return country, state
