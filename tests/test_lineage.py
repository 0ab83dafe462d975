# Part of Integration Hub. License LGPL-3.0 or later.
"""How something came about, for those who may read the log, as far as each may see what messages carry."""

import json

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL

from ..engine import causation
from .common import HUBSPOT_TOKEN, faults
from .order_cases import ShopOrderCase
from .test_lineage_causes import CausesCase, customer


class LineageMixin:
    def timeline(self, event, user=None):
        """Return the timeline of a message, as a person gets it."""
        self.env.flush_all()
        self.env.invalidate_all()
        return self.env["integration.lineage"].with_user(user or self.consultant).of_message(event.id)

    def moments(self, told, kind):
        return [moment for moment in told["moments"] if moment["kind"] == kind]

    def changes(self, told):
        """Return ``{(model, name): {label: (old, new)}}`` of what was written."""
        return {
            (change["model"], change["name"]): {
                field["label"]: (field["old"], field["new"]) for field in change["fields"]
            }
            for moment in told["moments"]
            for change in moment["changes"]
        }


@tagged("post_install", "-at_install")
class TestLineage(LineageMixin, CausesCase):
    @classmethod
    def set_up_hub(cls):  # pylint: disable=missing-return
        super().set_up_hub()
        cls.consultant, cls.auditor = cls.user("consultant"), cls.user("auditor")
        for user in cls.consultant, cls.auditor:
            user.group_ids += cls.env.ref("base.group_partner_manager")
        cls.seller = new_test_user(cls.env, "seller", groups="base.group_user,base.group_partner_manager")

    def setUp(self):
        super().setUp()
        self.addCleanup(faults)

    def test_from_the_request_to_the_record(self):
        event = self.tell(customer(1))
        told = self.timeline(event)
        kinds = [moment["kind"] for moment in told["moments"]]
        self.assertEqual((kinds[0], kinds[-1]), ("received", "written"))
        facts = dict(self.moments(told, "received")[0]["facts"])
        self.assertIn("right", facts["Signature"])
        self.assertIn("bytes", facts["Size"])
        (written,) = self.moments(told, "written")
        self.assertIn("created 1", written["text"])
        self.assertEqual(self.changes(told)["res.partner", "Ada Arden 1"]["Email"], ("", "ada.1@x.example"))

    def test_before_and_after(self):
        self.tell(customer(1))
        again = self.tell(customer(1, email="new@x.example", updated_at="2030-01-01T00:00:00Z"))
        self.assertEqual(
            self.changes(self.timeline(again)),
            {("res.partner", "Ada Arden 1"): {"Email": ("ada.1@x.example", "new@x.example")}},
        )

    def test_what_it_led_to_elsewhere_and_back(self):
        event = self.tell(customer(1))
        (line,) = self.timeline(event)["led_to"]
        self.assertEqual((line["system"], line["inward"], line["state"]), (self.crm.name, False, "done"))
        out = self.timeline(self.env["integration.event"].browse(line["id"]))
        self.assertEqual(out["cause"]["id"], event.id)
        self.assertEqual(out["correlation"], self.timeline(event)["correlation"])
        (try_,) = self.moments(out, "try")
        self.assertTrue(try_["exchanges"][0]["url"].endswith("/crm/v3/objects/contacts"))

    def test_which_line_made_which_value(self):
        event = self.tell(customer(1))
        found = self.env["integration.lineage"].with_user(self.consultant).mapping(event.id)
        results = {row["label"]: row["result"] for row in found["rows"]}
        self.assertEqual(results["Email"], "ada.1@x.example")

    def test_of_what_is_kept_no_longer_it_says_so(self):
        event = self.tell(customer(1))
        self.env.cr.execute("DELETE FROM integration_event_payload WHERE event_id = %s", [event.id])
        self.env.invalidate_all()
        found = self.env["integration.lineage"].with_user(self.consultant).mapping(event.id)
        self.assertIn("no longer", found["why_not"])
        self.assertTrue(self.timeline(event)["moments"])

    def test_an_auditor_reads_that_a_field_changed_but_no_content(self):
        faults({"vendor": "hubspot", "kind": "status", "status": 400, "match": {"path": "/crm/"}})
        event = self.tell(customer(1))
        told = self.timeline(event, self.auditor)
        (change,) = [each for each in self.moments(told, "written")[0]["changes"] if each["model"] == "res.partner"]
        self.assertIn("Email", [field["label"] for field in change["fields"]])
        self.assertTrue(all(field["hidden"] for field in change["fields"]))
        (line,) = told["led_to"]
        out = self.timeline(self.env["integration.event"].browse(line["id"]), self.auditor)
        (exchange,) = self.moments(out, "try")[0]["exchanges"][-1:]
        self.assertEqual(exchange["status"], 400)
        text = json.dumps([told, out], default=str)
        for content in ("ada.1@x.example", HUBSPOT_TOKEN, '"sent"'):
            self.assertNotIn(content, text)
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            self.env["integration.lineage"].with_user(self.auditor).mapping(event.id)
        Attempt = self.env["integration.event.attempt"]
        self.assertNotIn("exchange", Attempt.with_user(self.auditor).fields_get())
        self.assertIn("exchange", Attempt.with_user(self.consultant).fields_get())

    def test_who_may_not_read_the_record_reads_no_value(self):
        event = self.tell(customer(1))
        stranger = self.user("consultant")
        rule = {"name": "Not these", "model_id": self.env["ir.model"]._get_id("res.partner")}
        self.env["ir.rule"].create(rule | {"domain_force": [("id", "!=", event.res_id)]})
        text = json.dumps(self.timeline(event, stranger), default=str)
        self.assertNotIn("ada.1@x.example", text)
        self.assertNotIn("Ada Arden 1", text)

    def test_a_salesperson_sees_nothing_of_it(self):
        event = self.tell(customer(1))
        for ask in (
            lambda lineage: lineage.of_message(event.id),
            lambda lineage: lineage.mapping(event.id),
            lambda lineage: lineage.of_record("res.partner", event.res_id),
        ):
            with self.assertRaises(UserError), self.env.cr.savepoint():
                ask(self.env["integration.lineage"].with_user(self.seller))

    def test_another_company_sees_nothing_of_it(self):
        event = self.tell(customer(1))
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = self.user("consultant", company_id=elsewhere.id, company_ids=[(6, 0, elsewhere.ids)])
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            self.timeline(event, stranger)

    def test_of_a_record_with_those_that_wrote_it(self):
        event = self.tell(customer(1))
        same = self.tell(customer(1))
        found = self.env["integration.lineage"].with_user(self.auditor).of_record("res.partner", event.res_id)
        wrote = {line["id"]: line["wrote"] for line in found["messages"]}
        self.assertTrue(wrote[event.id])
        self.assertFalse(wrote.get(same.id, False) and same.state == "ignored")

    def test_what_people_did_about_it(self):
        faults({"vendor": "hubspot", "kind": "status", "status": 400, "match": {"path": "/crm/"}})
        operator = self.user("operator")
        partner = self.env["res.partner"].create({"name": "Bo", "email": "bo@x.example"})
        self.drain()
        event = self.events(self.api, ("res_id", "=", partner.id))
        event.with_user(operator).action_retry()
        self.drain()
        event.with_user(operator).action_ignore()
        texts = [moment["text"] for moment in self.moments(self.timeline(event), "deed")]
        self.assertEqual(texts, [f"Tried again by {operator.name}", f"Given up by {operator.name}"])
        self.assertEqual(len(self.moments(self.timeline(event), "try")), 2)

    def test_what_a_newer_one_made_needless(self):
        first = self.receive(self.shop, customer(1), topic="customers/update")
        newer = self.tell(customer(1, last_name="Newer", updated_at="2030-01-01T00:00:00Z"))
        self.env.invalidate_all()
        self.assertEqual(first.error_code, "superseded")
        self.assertEqual(self.timeline(first)["newer"]["id"], newer.id)
        self.assertEqual(self.timeline(newer)["merged"], 1)


@tagged("post_install", "-at_install")
class TestSearch(CausesCase):
    """How messages are found, and that none of it reads a large log."""

    def found(self, **by):
        ((name, value),) = by.items()
        return self.env["integration.event"].search([(name, "ilike", value)], order="id")

    def test_by_correlation_and_traceparent(self):
        event = self.tell(customer(1))
        out = self.events(self.api, ("causation_id", "=", event.id))
        self.env.invalidate_all()
        for text in (event.correlation_id, event.correlation_id.upper(), f"00-{event.correlation_id}-{'a' * 16}-01"):
            self.assertEqual(self.found(correlation_id=text), event | out)
        self.assertEqual(out.correlation_id, event.correlation_id)
        self.assertFalse(self.found(correlation_id="nothing"))
        self.assertFalse(self.found(correlation_id="ab" * 16))

    def test_by_remote_id_and_its_number(self):
        event = self.tell(customer(4711))
        for text in ("gid://shopify/Customer/4711", "4711"):
            self.assertIn(event, self.found(remote=text), text)
        self.assertFalse(self.found(remote="4712"))

    def test_by_remote_id_of_what_failed(self):
        self.hook.service_user_id.group_ids = self.env.ref("base.group_user")
        event = self.tell(customer(4711))
        self.assertEqual(event.state, "dead")
        self.assertEqual(self.found(remote="gid://shopify/Customer/4711"), event)

    def test_by_name(self):
        event, other = self.tell(customer(1), customer(2))
        self.assertIn(event, self.found(about="Arden 1"))
        self.assertNotIn(other, self.found(about="Arden 1"))

    def test_a_large_log_is_not_read(self):
        event = self.tell(customer(4711, last_name="Findable"))
        self.env.cr.execute(
            """INSERT INTO integration_event (direction, state, endpoint_id, company_id, flow_id, slot, topic,
                                              external_id, res_model, res_id, arrived_at, done_at, attempt_count)
               SELECT 'inbound', 'done', %s, %s, 1, n %% 64, 'customers/update', 'gid://shopify/Customer/9' || n,
                      'res.partner', 10000000 + n, now(), now(), 1 FROM generate_series(1, 30000) n""",
            [self.hook.id, self.env.company.id],
        )
        self.env.cr.execute("ANALYZE integration_event")
        Event = self.env["integration.event"]
        for name, value in (("correlation_id", event.correlation_id), ("remote", "4711"), ("about", "Findable")):
            query = Event._search([(name, "ilike", value)])
            self.env.cr.execute(SQL("EXPLAIN (ANALYZE, FORMAT JSON) %s", query.select()))
            plan = self.env.cr.fetchone()[0][0]["Plan"]
            self.assertLess(self.looked_at(plan), 200, (name, plan))
        self.assertIn(event, self.found(remote="4711"))

    def looked_at(self, plan):
        """Return how many rows of the log a plan reads."""
        kinds = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck")
        mine = sum(plan.get(kind, 0) for kind in kinds)
        own = mine * plan.get("Actual Loops", 1) if plan.get("Relation Name") == "integration_event" else 0
        return own + sum(self.looked_at(each) for each in plan.get("Plans", ()))


@tagged("post_install", "-at_install")
class TestRefundLineage(LineageMixin, ShopOrderCase):
    def test_from_the_refunds_webhook_to_the_credit_note(self):
        self.env["ir.config_parameter"].sudo().set_param("sale.automatic_invoice", "True")
        consultant = self.user("consultant")
        for group in ("account.group_account_readonly", "sales_team.group_sale_salesman_all_leads"):
            consultant.group_ids += self.env.ref(group)
        self.consultant = consultant
        document = self.place()
        order = self.told(document, "orders/create")
        tents, _mugs = document["line_items"]
        now = self.change(document, refund={"lines": [{"id": tents["id"], "quantity": 1, "restock": "cancel"}]})
        event = self.tell(now)
        credit = order.invoice_ids.filtered(lambda move: move.move_type == "out_refund")
        self.assertEqual((event.state, credit.state), ("done", "posted"))
        told = self.timeline(event)
        moves = [each for each in self.moments(told, "written")[0]["changes"] if each["model"] == "account.move"]
        self.assertIn(
            ("create", credit.id, credit.display_name), [(each["what"], each["id"], each["name"]) for each in moves]
        )
        found = self.env["integration.lineage"].with_user(consultant).of_record("account.move", credit.id)
        wrote = [line["id"] for line in found["messages"] if line["wrote"]]
        self.assertEqual(wrote, [event.id])
        self.assertEqual(causation.roots(self.env.cr, [event.id])[event.id][0], event.id)
