# Part of Integration Hub. License LGPL-3.0 or later.
"""Two ways from the same contacts to the same calls: the hub's drains, and one queue job a call."""

import functools

import requests

from odoo import models
from odoo.addons.integration_hub.connectors.vendors.hubspot.search import properties_of
from odoo.addons.integration_hub.models.handler_parts import service_environment
from odoo.addons.integration_hub.models.record_reader import RecordReader

TOKEN = "bench"
TIMEOUT = (5, 30)


@functools.cache
def session():
    """The pooled connections of this process."""
    return requests.Session()


class Outbound(models.AbstractModel):
    _inherit = "hub.bench.pipeline"

    # --- what fills the queue ---

    def _enqueue_crm(self, api_url):
        """Connect the CRM that contacts go to, with limits that are kept and never reached."""
        wizard = self.env["integration.connect"].create({"connector": "hubspot", "name": "Bench CRM"})
        settings = {"access_token": TOKEN, "client_secret": "bench-secret", "api_url": api_url}
        for line in wizard.field_ids:
            line.value = settings.get(line.name)
        for line in wizard.flow_ids:
            line.wanted = line.key == "contacts_out"
        endpoint = wizard._create_system(check=False)._endpoint("outbound")
        endpoint.write({"rate_calls": 100_000, "rate_period": "1"})

    def _enqueue_contacts(self, numbers):
        """Contacts that somebody enters; their capture makes the events, and wakes the drains."""
        self._people(numbers)

    def _enqueue_calls(self, numbers):
        """The same contacts, and a job for each."""
        for partner in self.with_context(integration_origin=self._crm().system_id.id)._people(numbers):
            self._later()._call_for(partner.id)

    def _people(self, numbers):
        country = self.env.ref("base.be").id
        return self.env["res.partner"].create(
            [
                {
                    "name": f"Noor Peeters{number}",
                    "email": f"noor.{number}@example.com",
                    "phone": "+32 2 555 01 00",
                    "function": "Owner",
                    "street": "Vlaanderenstraat 1",
                    "city": "Gent",
                    "zip": "9000",
                    "country_id": country,
                }
                for number in numbers
            ]
        )

    # --- the job ---

    def _call_for(self, partner_id):
        """What a drain does with one contact, as a job of one call does it; nothing is written about the event."""
        flow = self._crm()
        env = service_environment(self.env, flow.endpoint_id.id, flow)
        record_hop, system_hop = flow.record_mapping_id._compiled()[1], flow.mapping_id._compiled()[1]
        partner = env["res.partner"].browse(partner_id)
        payload = system_hop.apply(record_hop.apply(RecordReader(partner, record_hop.sources).document(partner)))
        properties = {name: value for name, value in properties_of(payload).items() if value}
        answer = session().post(
            f"{flow.endpoint_id._base_url()}/crm/v3/objects/contacts",
            json={"associations": [], "properties": properties},
            headers={"Authorization": f"Bearer {TOKEN}", "Idempotency-Key": f"bench-{partner_id}"},
            timeout=TIMEOUT,
        )
        answer.raise_for_status()
        made = answer.json()
        links = self.env["integration.binding"]
        links._link(
            flow.system_id,
            flow.entity_id,
            made["id"],
            partner,
            hash_out=links._digest(payload),
            sent_version=made["updatedAt"],
            last_out_at=self.env.cr.now(),
        )

    def _crm(self):
        """The flow that sends contacts."""
        return self.env["integration.flow"].search([("template_key", "=", "contacts_out")])
