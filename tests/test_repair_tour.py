# Part of Integration Hub. License LGPL-3.0 or later.
"""An operator retries a group of ten thousand messages in a real browser, and cancels half-way."""

from odoo import api
from odoo.tests import HttpCase, tagged

from .test_repair import RepairCase, at_once

COUNT = 10_000
_COPY = """
    WITH first AS (SELECT setval('integration_event_id_seq', nextval('integration_event_id_seq') + %(count)s)),
         made AS (
             INSERT INTO integration_event (
                    id, direction, state, kind, endpoint_id, company_id, flow_id, slot, partition_key, topic,
                    object_type, external_id, operation, arrived_at, done_at, attempt_count, error_code,
                    error_message, error_hint, fingerprint)
             SELECT setval - %(count)s + n, direction, state, kind, endpoint_id, company_id, flow_id, n %% 64,
                    partition_key || n, topic, object_type, external_id || n, operation, arrived_at, done_at,
                    attempt_count, error_code, error_message, error_hint, fingerprint
               FROM integration_event, first, generate_series(1, %(count)s) n WHERE id = %(like)s RETURNING id)
    INSERT INTO integration_event_payload (event_id, body)
    SELECT made.id, replace(replace(body, %(number)s, (70000000000 + made.id)::text), 'c0@', 'c' || made.id || '@')
      FROM made, integration_event_payload WHERE event_id = %(like)s"""


@tagged("post_install", "-at_install")
class TestRepairTour(RepairCase, HttpCase):
    def setUp(self):
        super().setUp()
        self.failed[1:].with_user(self.operator).action_ignore()
        like = self.failed[0]
        self.env.cr.execute(_COPY, {"count": COUNT - 1, "like": like.id, "number": like.external_id})
        self.env.cr.execute("ANALYZE integration_event, integration_event_payload")  # as autovacuum does
        self.env.invalidate_all()
        self.env["integration.failure"]._refresh()

    def work_at_each_look(self):
        """Let the workers take a turn whenever the page looks at the repair, and work off what it released."""
        case, Repair = self, self.env.registry["integration.repair"]
        web_read = Repair.web_read

        @api.readonly
        def after_the_workers(records, specification):
            if records.state == "running":
                case.work(records.with_env(case.env))
            return web_read(records, specification)

        self.patch(Repair, "web_read", after_the_workers)

    def test_half_of_ten_thousand(self):
        self.mend()
        self.work_at_each_look()
        failing = [("endpoint_id", "=", self.hook.id), ("state", "=", "dead")]
        with at_once(page=20, most=20):
            self.start_tour("/odoo/integration-systems", "integration_hub_repair", login=self.operator.login)
        repair = self.env["integration.repair"].search([], limit=1)
        self.assertEqual((repair.state, repair.expected), ("cancelled", COUNT))
        self.assertGreater(repair.done_now_count, 0)
        self.assertEqual(repair.done_now_count + repair.next_count, COUNT)
        self.assertEqual(self.env["integration.event"].search_count(failing), repair.next_count)
