# Part of Integration Hub. License LGPL-3.0 or later.
"""Forty things are wrong in an estate, and thousands of messages fail: forty rows, and who answers is told once."""

import random
from types import SimpleNamespace

from psycopg2.extras import Json

from odoo.tests import tagged
from odoo.tools import SQL

from ..engine.fingerprint import fingerprint
from .common import HubCase
from .failing_estate import Estate
from .record_cases import RecordMixin
from .test_fingerprint import MESSAGES

MENDED_ON_RECORD = {"email", "required", "phone", "rejected", "conflict", "user-errors"}
INSERT = """
    INSERT INTO integration_event (
        direction, state, kind, endpoint_id, company_id, flow_id, slot, partition_key, topic, operation, external_id,
        res_model, res_id, arrived_at, attempt_count, error_code, error_message, error_params, fingerprint)
    SELECT %(direction)s, 'dead', 'state', %(endpoint)s, %(company)s, %(flow)s, n %% 64, 'k' || n, %(name)s, 'upsert',
           %(name)s || n, %(model)s, %(record)s, now() at time zone 'UTC' - n * interval '1 second', 1, %(code)s,
           %(message)s, %(params)s, %(fingerprint)s
      FROM generate_series(1, %(count)s) n"""


@tagged("post_install", "-at_install")
class TestEstate(RecordMixin, HubCase):
    @classmethod
    def set_up_hub(cls):
        super().set_up_hub()
        cls.shop = cls.connect_shopify()
        cls.orders = cls.shop.flow_ids.filtered(lambda flow: flow.template_key == "orders_in")
        cls.people = [cls.user("operator") for _person in range(3)]
        cls.orders.owner_id, cls.flow.owner_id, cls.assigned = cls.people
        cls.contact = cls.env["res.partner"].with_context(integration_origin=cls.crm.id)
        cls.contact = cls.contact.create({"name": "Bo Berg", "user_id": cls.seller.id})

    def let_fail(self, name, make, count):
        """Let so many messages fail for a cause, a share of them with each of its texts; returns the flow."""
        flow = self.orders if name.startswith("in_") else self.flow
        found = set()
        for _text in range(8):
            outcome = make()
            event = SimpleNamespace(endpoint_id=flow.endpoint_id.id, flow_id=flow.id)
            found.add(fingerprint(event, outcome))
            self.env.cr.execute(
                SQL(
                    INSERT,
                    direction=flow.direction,
                    endpoint=flow.endpoint_id.id,
                    company=flow.company_id.id,
                    flow=flow.id,
                    name=name,
                    model=None if flow == self.orders else "res.partner",
                    record=None if flow == self.orders else self.contact.id,
                    code=outcome.code,
                    message=outcome.message,
                    params=Json(outcome.params) if outcome.params else None,
                    fingerprint=max(found),
                    count=count // 8,
                )
            )
        return flow

    def test_a_row_each_and_nobody_is_told_twice(self):
        causes = Estate(random.Random(8)).causes()
        each = MESSAGES // len(causes)
        for name, make in causes.items():
            self.let_fail(name, make, each)
        self.env.flush_all()
        with self.engine_mode():
            self.env["integration.failure"]._refresh()
        failures = self.env["integration.failure"].search([("state", "=", "open")])
        failures = failures.filtered(lambda failure: failure.system_id in self.shop | self.crm)
        self.assertEqual(len(failures), len(causes))
        self.assertEqual(set(failures.mapped("message_count")), {each // 8 * 8})
        failures[:1].user_id = self.assigned
        for _time in range(2):
            self.env["integration.record"]._cron_tell()
        causes_told = failures.mapped("fingerprint")
        told = self.env["mail.activity"].search([("integration_cause", "in", causes_told)])
        self.assertEqual(sorted(told.mapped("integration_cause")), sorted(causes_told), "each has one, and only one")
        reached = {activity.integration_cause: activity.user_id for activity in told}
        for failure in failures:
            on_record = failure.direction == "outbound" and failure.error_code in MENDED_ON_RECORD
            wanted = failure.user_id or (self.seller if on_record else failure.flow_id.owner_id)
            with self.subTest(failure.cause):
                self.assertEqual(reached[failure.fingerprint], wanted)
