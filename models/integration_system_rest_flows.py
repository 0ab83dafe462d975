# Part of Integration Hub. License LGPL-3.0 or later.
from pathlib import Path

from odoo import models
from odoo.exceptions import UserError

from ..connectors.entities.identity import identity_mapping
from .integration_mapping import RECORD_MAPPINGS
from .integration_system_rest import REST

ONLY = {"contact": "[('is_company', '=', False)]", "company": "[('is_company', '=', True)]"}
SHIPPED = Path(__file__).parent.parent / RECORD_MAPPINGS.partition("/")[2]


class IntegrationSystem(models.Model):
    """Flows for an API that a person described: what the description offers, made on request."""

    _inherit = "integration.system"

    def action_rest_add_flows(self):
        """Add the flows that are possible between this API's objects and Odoo, switched off; opens the flows."""
        self.ensure_one()
        self._rest_offer_flows()
        templates = self._connector().flow_templates
        flows = [self.env["integration.flow"]._install(self, template) for template in templates]
        if not any(flows):
            raise UserError(
                self.env._("No Odoo app that is installed has records for these objects. Install one, e.g. Contacts.")
            )
        return self.action_view_flows()

    def _rest_offer_flows(self):
        """Describe a flow, and a mapping to begin with, for each object and direction that has none yet."""
        definition = self._rest_definition()
        flows, mappings = definition.setdefault("flows", []), definition.setdefault("mappings", {})
        offered = {(flow["object_type"], flow["direction"]) for flow in flows}
        for resource in self.rest_resource_ids:
            for direction, model in self._rest_targets(resource):
                if (resource.name, direction) in offered:
                    continue
                flow = self._rest_flow(resource, direction, model)
                mappings.setdefault(flow["mapping"], self._rest_mapping(resource, direction, flow["title"]))
                flows.append(flow)
        self._rest_load(definition)

    def _mapping_spec(self, template):
        """A description's mapping is named after its system, whatever it calls itself: it can be no other one."""
        spec = super()._mapping_spec(template)
        return {**spec, "name": f"rest.{self.id}.{template.mapping}"} if self.connector == REST else spec

    def _mapping_company(self):
        return self.company_id if self.connector == REST else super()._mapping_company()

    def _ships(self, template):
        """A mapping that only gives each field its own name is ours; whatever else a description brings is not."""
        if self.connector != REST:
            return super()._ships(template)
        resource = self.rest_resource_ids.filtered(lambda resource: resource.name == template.object_type)
        ours = self._rest_mapping(resource, template.direction, template.title)
        named = {name: ours[name] for name in ("name", "title")}
        return {**self._mapping_spec(template), **named} == ours

    def _rest_mapping(self, resource, direction, title):
        inward = direction == "inbound"
        name = f"rest.{resource.name}.{'in' if inward else 'out'}"
        return identity_mapping(resource.entity_id.code, name, title, inward=inward, id_path=resource.id_path)

    def _rest_targets(self, resource):
        """Return the directions in which an object can flow, each with its Odoo model: those with a record mapping."""
        found = {}
        for path in sorted(SHIPPED.glob(f"{resource.entity_id.code}.*.json")):
            model, way = path.stem.removeprefix(f"{resource.entity_id.code}.").rsplit(".", 1)
            possible = way == "in" or resource.create_path or resource.update_path
            if model in self.env and possible:
                found["inbound" if way == "in" else "outbound"] = model
        return found.items()

    def _rest_flow(self, resource, direction, model):
        key = f"{resource.name}_{'in' if direction == 'inbound' else 'out'}"
        records = self.env["ir.model"]._get(model).name
        names = {"system": self.name, "object": resource.title, "records": records}
        if direction == "inbound":
            title = self.env._("%(system)s: %(object)s → %(records)s", **names)
            topics = [rule.topic for rule in self.rest_rule_ids if rule.resource_id == resource]
        else:
            title = self.env._("%(system)s: %(records)s → %(object)s", **names)
            topics = []
        return {
            "key": key,
            "title": title,
            "help": self.env._("Made from the API's description. Look at its mapping before you switch it on."),
            "direction": direction,
            "object_type": resource.name,
            "mapping": key,
            "model": model,
            "topics": topics,
            "domain": ONLY.get(resource.entity_id.code, "[]") if direction == "outbound" else "[]",
        }
