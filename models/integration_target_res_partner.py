# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import models

from ..engine import matching
from .integration_target_match import MatchRule


class IntegrationTargetResPartner(models.AbstractModel):
    """Contacts and companies become partners."""

    _name = "integration.target.res.partner"
    _inherit = "integration.target"
    _description = "Integration Target: Partner"
    _model = "res.partner"

    def _identities(self, arrival):
        company = [("company_id", "in", (False, arrival.system.company_id.id))]
        kind = [("is_company", "=", arrival.entity.code == "company"), ("type", "=", "contact")]
        email, vat = arrival.document.get("email"), arrival.document.get("vat")
        if vat:
            yield "vat", vat, [*kind, *company]
        if email:
            yield "email_normalized", email.strip().lower(), [*kind, *company]

    def _match_rules(self, system, entity):
        codes = {country.id: country.code for country in self.env["res.country"].search([])}
        home = system.company_id.country_id.code

        def phone(number, country):
            return matching.phone(number, codes.get(country, country) or home)

        def place(document):
            return document.get("address") or {}

        email = MatchRule("email", lambda document: [(document.get("email"),)], ("email",), matching.email)
        vat = MatchRule("vat", lambda document: [(document.get("vat"),)], ("vat",), matching.vat)
        return [
            *((vat, email) if entity.code == "company" else (email, vat)),
            MatchRule(
                "phone",
                lambda document: [(document.get("phone"), place(document).get("country_code"))],
                ("phone", "country_id"),
                phone,
                sure=False,
            ),
            MatchRule(
                "name",
                lambda document: [(document.get("name"), place(document).get("street"), place(document).get("zip"))],
                ("name", "street", "zip"),
                matching.name_and_address,
                sure=False,
            ),
        ]

    def _match_domain(self, system, entity):
        return [*super()._match_domain(system, entity), ("type", "=", "contact")]

    def _match_preferred(self, system, entity):
        return [("is_company", "=", entity.code == "company")]
