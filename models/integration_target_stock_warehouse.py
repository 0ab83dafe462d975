# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import models

from ..engine import matching
from .integration_target import RecordError
from .integration_target_match import MatchRule


class IntegrationTargetStockWarehouse(models.AbstractModel):
    """A location of another system is linked with the warehouse of its name. None is made, none is changed."""

    _name = "integration.target.stock.warehouse"
    _inherit = "integration.target"
    _description = "Integration Target: Warehouse"
    _model = "stock.warehouse"
    _shown_as = {"_name": "name"}

    def _operations(self):
        return ("read",)

    def _identities(self, arrival):
        yield "name", arrival.document["name"], [("company_id", "=", arrival.system.company_id.id)]

    def _match_rules(self, system, entity):
        return [MatchRule("name", lambda document: [(document.get("name"),)], ("name",), matching.code)]

    def _create_records(self, arrivals, values_list):
        for arrival in arrivals:
            raise RecordError(
                self.env._(
                    "%(company)s has no warehouse named “%(name)s”",
                    company=arrival.system.company_id.name,
                    name=arrival.document["name"],
                ),
                code="no-warehouse",
                hint=self.env._(
                    "Give the location and its warehouse the same name, then retry. Or choose the warehouse by a first "
                    "load. Give this message up if no stock of yours is there."
                ),
            )
        return super()._create_records(arrivals, values_list)

    def _link_many(self, arrivals, records, links, more=None):
        """What is at a location that is known only now is told for the first time."""
        made = super()._link_many(arrivals, records, links, more)
        if arrivals and not all(links):
            self.env["integration.flow"].sudo()._compare_stock(arrivals[0].system)
        return made

    def _link_as_is(self, arrivals, records, links):
        made = super()._link_as_is(arrivals, records, links)
        if made:
            self.env["integration.flow"].sudo()._compare_stock(arrivals[0].system)
        return made
