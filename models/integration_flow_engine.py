# Part of Integration Hub. License LGPL-3.0 or later.
from fnmatch import fnmatchcase

from odoo import api, models
from odoo.tools import ormcache

from ..connectors import registry
from .capture_watch import Watch, gate_of, is_watchable, watches
from .record_mend import mends

# What the hub's own service user needs to write the records of shipped flows.
SERVICE_GROUPS = {
    "res.partner": ("base.group_partner_manager",),
    "product.template": ("product.group_product_manager",),
    "sale.order": ("sales_team.group_sale_manager", "stock.group_stock_user", "account.group_account_invoice"),
    "stock.picking": ("stock.group_stock_user",),
    "stock.warehouse": ("stock.group_stock_user",),
    "product.product": ("stock.group_stock_user",),
    "crm.lead": ("sales_team.group_sale_salesman_all_leads",),
}


class IntegrationFlow(models.Model):
    """What the engine and the catalogue ask of flows."""

    _inherit = "integration.flow"

    @api.model
    def _grant_service_rights(self):
        """Give the hub's own service user the groups that shipped flows need for the apps that are installed."""
        user = self.env.ref("integration_hub.user_service").sudo()
        for model, groups in SERVICE_GROUPS.items():
            if model in self.env:
                found = [self.env.ref(group, raise_if_not_found=False) for group in groups]
                user.group_ids |= self.env["res.groups"].union(*filter(None, found))

    @api.model
    @ormcache()
    def _listening(self):
        """Return ``{model: Watch}``: what listens to each model that is listened to, and what changes may mend."""
        flows = self.sudo().search([("trigger", "!=", "ask"), ("state", "=", "on")])
        found = watches(flows.filtered(lambda flow: flow.direction == "outbound"))
        for flow in flows.filtered(lambda flow: flow.model_name in flow.env):
            for model, mend in mends(flow):
                found[model] = found.get(model, Watch()).and_(names=mend.names, mends=(mend,))
        return found

    def _takes(self, records):
        """Return the ids of those of the records that the flow sends, as they are now."""
        return gate_of(self, records).check(records)

    @api.model
    @ormcache("endpoint_id", "topic")
    def _route(self, endpoint_id, topic):
        """Return the id of the flow that takes a topic on an endpoint; ``False`` when none is switched on for it."""
        flows = self.sudo().search(
            [("endpoint_id", "=", endpoint_id), ("direction", "=", "inbound"), ("state", "=", "on")]
        )
        for flow in flows:
            if any(fnmatchcase(topic, pattern) for pattern in (flow.topics or "").split()):
                return flow.id
        return False

    def _works(self):
        """Tell whether the flow takes messages. Hook."""
        self.ensure_one()
        return self.active and self.state == "on"

    def _is_plain(self):
        """Tell whether what the flow writes are plain values of records, with no business method that is called."""
        self.ensure_one()
        return self.env["integration.target"]._of_model(self.model_name)._is_plain

    @api.model
    def _install(self, system, template):
        """Return the system's flow of a template, created switched off; ``None`` where its Odoo app is missing."""
        if template.model not in self.env:
            return None
        flow = self.with_context(active_test=False).search(
            [("system_id", "=", system.id), ("template_key", "=", template.key)], limit=1
        )
        if flow:
            return flow
        mapping, record_mapping = self.env["integration.mapping"]._install_from_template(system, template)
        self.env["integration.ownership"]._install(system, template.model)
        return self.create(
            {
                "name": template.title,
                "description": template.help,
                "template_key": template.key,
                "system_id": system.id,
                "direction": template.direction,
                "endpoint_id": system._endpoint(template.direction).id,
                "entity_id": mapping.entity_id.id,
                "object_type": template.object_type,
                "mapping_id": mapping.id,
                "record_mapping_id": record_mapping.id,
                "model_id": self.env["ir.model"]._get_id(template.model),
                "topics": " ".join(template.topics),
                "trigger_fields": " ".join(
                    name
                    for name in template.trigger_fields or self._fields_read(template, record_mapping)
                    if is_watchable(self.env[template.model], name)  # some are another app's
                ),
                "domain": template.domain,
                "on_remote_delete": template.when_deleted,
                "on_dead": template.on_dead,
                "compare_every": template.compare_every,
                "data_class": "personal" if template.entity in ("contact", "order") else "internal",
            }
        )

    @api.model
    def _fields_read(self, template, record_mapping):
        """Return the fields of the record that an outbound flow's mapping reads: what it has to watch."""
        if template.direction == "inbound":
            return ()
        sources = record_mapping._compiled()[1].sources
        names = dict.fromkeys(source.partition(".")[0] for source in sources)
        return [name for name in names if name in self.env[template.model]._fields]

    @api.model
    def _templates(self, connector_name):
        """Return ``(template, available)`` of a connector: available where the Odoo app it needs is installed."""
        return [(template, template.model in self.env) for template in registry.get(connector_name).flow_templates]
