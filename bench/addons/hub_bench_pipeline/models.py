# Part of Integration Hub. License LGPL-3.0 or later.
"""Three ways from the same documents to the same contacts, each a burst that waits in the same channel of the queue."""

import json

from odoo import models
from odoo.addons.integration_hub.connectors import jsondoc, registry
from odoo.addons.integration_hub.engine.claim import COLUMNS, Event
from odoo.addons.integration_hub.engine.database import Database
from odoo.addons.integration_hub.engine.store import insert_inbound
from odoo.addons.integration_hub.engine.wake import wake
from odoo.addons.integration_hub.models.handler import Handler
from odoo.addons.integration_hub.models.handler_parts import service_environment
from odoo.addons.integration_hub.models.mapping_transforms import RecordContext

TOPIC = "customers/update"
EVENT = Event(*[None] * len(COLUMNS))


class Pipeline(models.AbstractModel):
    _name = "hub.bench.pipeline"
    _description = "Benchmark: inbound pipeline"

    # --- what fills the queue ---

    def _enqueue_hold(self, key, count):
        """Jobs that keep the channel until the benchmark lets it go."""
        for _number in range(count):
            self._later()._wait(key)

    def _enqueue_hub(self, documents):
        """Events, stored as intake stores them, and a wake-up of each unit."""
        endpoint, flow = self._shop()
        self._store(endpoint, flow.id, [self._message(document) for document in documents])

    def _store(self, endpoint, flow_id, messages):
        """Store messages as intake does, and wake their units."""
        db, units = Database(self.env.cr.dbname), set()
        with db.read_committed() as cr:
            for message in messages:
                accepted = insert_inbound(
                    cr,
                    endpoint_id=endpoint.id,
                    company_id=endpoint.company_id.id,
                    flow_id=flow_id,
                    message=message,
                    dedupe_key=None,
                    headers={},
                    body=json.dumps(message.payload),
                    now=db.now(),
                )
                units.add(accepted.unit)
        wake(db, units)

    def _enqueue_jobs(self, documents):
        """One job an event, with the payload in it."""
        endpoint, flow = self._shop()
        for document in documents:
            message = self._message(document)
            known = {
                "endpoint_id": endpoint.id,
                "flow_id": flow.id,
                "topic": message.topic,
                "operation": "upsert",
                "object_type": message.object_type,
                "external_id": message.external_id,
                "partition_key": message.partition_key,
            }
            self._later()._receive(known, json.dumps(document))

    def _enqueue_create(self, documents, processes):
        """The values that the mappings make, in one job a process."""
        _endpoint, flow = self._shop()
        env = self._service()
        (_, system_hop), (_, record_hop) = flow.mapping_id._compiled(), flow.record_mapping_id._compiled()
        values = []
        for document in documents:
            canonical = system_hop.apply(document)
            context = RecordContext(env, flow.system_id, flow.company_id, canonical)
            mapped = record_hop.apply(canonical, context)
            fields = env["res.partner"]._fields
            values.append({name: env["integration.target"]._to_field(fields[name], mapped[name]) for name in mapped})
        for number in range(processes):
            self._later()._create_each(values[number::processes])

    # --- the jobs ---

    def _wait(self, key):
        self.env.cr.execute("SELECT pg_advisory_xact_lock_shared(%s)", [key])

    def _receive(self, known, body):
        """What a drain does with one event, in the job's transaction; nothing is written about the event."""
        handler = Handler(Database(self.env.cr.dbname))
        (outcome,) = handler.apply(self.env.cr, [EVENT._replace(**known)], [jsondoc.parse(body.encode())])
        if outcome.state != "done":
            raise RuntimeError(outcome.message)

    def _create_each(self, values_list):
        partners = self._service()["res.partner"]
        for values in values_list:
            with self.env.cr.savepoint():
                partners.create(values)

    # --- what they share ---

    def _later(self):
        endpoint, _flow = self._shop()
        return self.with_delay(channel=endpoint._drain_channel())

    def _shop(self):
        endpoint = self.env["integration.endpoint"].search([("slug", "=", "bench")])
        flows = self.env["integration.flow"]
        return endpoint, flows.browse(flows._route(endpoint.id, TOPIC))

    def _service(self):
        endpoint, flow = self._shop()
        return service_environment(self.env, endpoint.id, flow)

    def _message(self, document):
        connector = registry.get("shopify", {"shop": "bench.myshopify.com"})
        return connector.parse_webhook({"X-Shopify-Topic": TOPIC}, document)[0]
