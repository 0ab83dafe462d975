# Part of Integration Hub. License LGPL-3.0 or later.
from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL, ormcache

from .record_followed import followers


class Road(NamedTuple):
    """What a record's form needs of a flow that is about its model, without a query."""

    flow_id: int
    name: str
    system_id: int
    system: str
    company_id: int
    entity_id: int
    direction: str
    object_type: str
    is_on: bool
    endpoint_id: int


class IntegrationFlow(models.Model):
    """Which models' records are synced, and by which flows; read once, and cached in each process."""

    _inherit = "integration.flow"

    @api.model
    @ormcache()
    def _roads(self):
        """Return ``{model: (Road, …)}``, what flows that are on first."""
        found = {}
        flows = self.sudo().search([("trigger", "!=", "ask")], order="state desc, system_id, sequence, id")
        for flow in flows.filtered(lambda flow: flow.system_id.active):
            road = Road(
                flow.id,
                flow.name,
                flow.system_id.id,
                flow.system_id.name,
                flow.company_id.id,
                flow.entity_id.id,
                flow.direction,
                flow.object_type,
                flow.state == "on",
                flow.endpoint_id.id,
            )
            found[flow.model_name] = (*found.get(flow.model_name, ()), road)
        return found

    @api.model
    @ormcache()
    def _synced(self):
        """Return ``{model: frozenset(company ids)}`` of the models whose records are, or were, synced.

        A record may be linked as a part of another one, as a product's variant: its model has no flow of its own.
        """
        found = {
            model: frozenset(road.company_id for road in roads if road.is_on) for model, roads in self._roads().items()
        }
        systems = self.env["integration.system"].sudo().search([("lifecycle", "!=", "retired")])
        everywhere = frozenset(systems.company_id.ids)
        self.env.cr.execute(
            SQL(
                """WITH RECURSIVE model AS (
                       SELECT min(res_model) AS name FROM integration_binding
                       UNION ALL
                       SELECT (SELECT min(res_model) FROM integration_binding WHERE res_model > name)
                         FROM model WHERE name IS NOT NULL)
                   SELECT name FROM model WHERE name IS NOT NULL"""
            )
        )
        found |= {name: everywhere for (name,) in self.env.cr.fetchall()}
        return {model: companies for model, companies in found.items() if companies and model in self.env}

    @api.model
    @ormcache()
    def _shown(self):
        """Return ``{model: models whose sync its records' forms show}``, beside or instead of their own."""
        return followers(self.env, self._synced().keys())


class IntegrationBinding(models.Model):
    _inherit = "integration.binding"

    @api.model_create_multi
    def create(self, vals_list):
        """The first link of a model is news to those who open its forms."""
        links = super().create(vals_list)
        if not self.env["integration.flow"]._synced().keys() >= {link.res_model for link in links}:
            self.env.registry.clear_cache()
            self.env.cr.postcommit.add(self.env.registry.clear_cache)
        return links
