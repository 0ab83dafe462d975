# Part of Integration Hub. License LGPL-3.0 or later.
"""The sync of a record, for the people who work on it: who sees what, in which words, and who may do what."""

import json

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ..models import record_words
from .common import HubCase, crm_objects, sandbox
from .record_cases import RecordMixin


@tagged("post_install", "-at_install")
class TestFacts(RecordMixin, HubCase):
    def test_in_step(self):
        partner = self.sent()
        facts = self.facts(partner)
        (system,) = facts["systems"]
        self.assertEqual((facts["state"], system["state"], system["name"]), ("ok", "ok", "HubSpot"))
        self.assertEqual(system["external_id"], self.there("ada@x.example")["id"])
        self.assertTrue(system["last_out"])
        self.assertEqual([line["text"] for line in system["history"]], ["Sent to HubSpot"])

    def test_page_of_the_vendor(self):
        self.crm.settings = {**self.crm.settings, "account_id": "4711"}
        partner = self.sent()
        there = self.there("ada@x.example")["id"]
        self.assertEqual(self.system(partner)["url"], f"https://app.hubspot.com/contacts/4711/record/0-1/{there}")

    def test_never_waiting_gone(self):
        plain = self.env["res.partner"].create({"name": "No address"})
        self.assertEqual(self.facts(plain)["state"], "never")
        partner = self.env["res.partner"].create({"name": "Ada", "email": "ada@x.example"})
        self.env.cr.flush()
        self.assertEqual((self.facts(partner)["state"], self.system(partner)["pending"]), ("waiting", 1))
        self.drain()
        self.env["integration.binding"].search([("res_id", "=", partner.id)]).deleted_at = "2026-01-01 10:00:00"
        self.assertEqual((self.facts(partner)["state"], self.system(partner)["external_id"]), ("gone", ""))

    def test_failed_in_her_words(self):
        partner = self.broken()
        facts = self.facts(partner)
        problem = facts["systems"][0]["problem"]
        self.assertEqual((facts["state"], problem["kind"], problem["field"]), ("failed", "record", "email"))
        self.assertRegex(problem["text"], r"^Not in HubSpot since \d\d:\d\d: Email is not a mail address\.$")
        self.assertEqual(problem["next"], "Correct it: it sends itself.")
        self.assertTrue(problem["retry"])

    def test_what_came_later_makes_it_good(self):
        """Where a flow goes on after a failure, the last that took effect counts."""
        self.flow.on_dead = "skip"
        partner = self.broken()
        self.env.cr.execute("UPDATE integration_event SET in_doubt = true WHERE id = %s", [self.last(partner).id])
        partner.email = "bo@x.example"
        self.drain()
        self.assertEqual(self.events(self.api, ("res_id", "=", partner.id)).mapped("state"), ["dead", "done"])
        self.assertEqual(self.facts(partner)["state"], "ok")

    def test_disconnected(self):
        partner = self.env["res.partner"].create({"name": "Ada", "email": "ada@x.example"})
        self.env.cr.flush()
        self.api.write({"state": "suspended", "state_reason": "The key is refused (401)"})
        problem = self.system(partner)["problem"]
        self.assertRegex(problem["text"], r"^HubSpot is disconnected\. IT knows since \d\d:\d\d\.$")
        self.assertNotIn("401", json.dumps(problem))

    def test_does_not_answer(self):
        partner = self.env["res.partner"].create({"name": "Ada", "email": "ada@x.example"})
        self.env.cr.flush()
        self.env.cr.execute(
            """UPDATE integration_event SET state = 'retry', error_code = 'timeout', next_try_at = now()
                WHERE res_id = %s""",
            [partner.id],
        )
        system = self.system(partner)
        self.assertEqual((system["state"], system["problem"]["kind"]), ("waiting", "wait"))
        self.assertEqual(system["problem"]["text"], "HubSpot does not answer.")

    def test_owner(self):
        partner = self.sent()
        self.env["integration.ownership"].create(
            {
                "system_id": self.crm.id,
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "field_id": self.env["ir.model.fields"]._get("res.partner", "phone").id,
                "decided_by": "system",
            }
        )
        self.assertEqual(self.facts(partner)["owners"], {"phone": "HubSpot"})
        unlinked = self.env["res.partner"].create({"name": "Nobody's"})
        self.assertEqual(self.facts(unlinked)["owners"], {})

    def test_at_most_two_queries(self):
        partner = self.broken()
        for record in (partner, self.sent()):
            self.facts(record)
            self.env.invalidate_all()
            with self.assertQueryCount(2):
                self.env["integration.record"].with_user(self.seller).facts("res.partner", record.id)

    def test_a_model_made_at_run_time(self):
        model = self.env["ir.model"].create({"name": "Boat", "model": "x_boat"})
        self.env["ir.model.access"].create(
            {"name": "boats", "model_id": model.id, "group_id": self.env.ref("base.group_user").id, "perm_read": True}
        )
        boat = self.env["x_boat"].create({"x_name": "Argo"})
        self.assertNotIn("x_boat", self.env["integration.record"].with_user(self.seller).synced())
        self.env["integration.binding"]._link(self.crm, self.flow.entity_id, "77", boat)
        self.assertIn("x_boat", self.env["integration.record"].with_user(self.seller).synced())
        self.assertEqual(self.system(boat)["external_id"], "77")
        boat.unlink()
        with self.assertRaises(UserError):
            self.facts(boat)
        model.unlink()
        self.env.registry.clear_cache()
        self.assertNotIn("x_boat", self.env["integration.record"].with_user(self.seller).synced())
        with self.assertRaises(AccessError):
            self.env["integration.record"].with_user(self.seller).facts("x_boat", 1)


@tagged("post_install", "-at_install")
class TestRights(RecordMixin, HubCase):
    def test_only_records_she_may_read(self):
        partner = self.broken()
        rule = {"name": "not this one", "domain_force": f"[('id', '!=', {partner.id})]"}
        self.env["ir.rule"].create({**rule, "model_id": self.env["ir.model"]._get_id("res.partner")})
        for method in ("facts", "retry", "sync_now"):
            with self.subTest(method), self.assertRaises(AccessError):
                getattr(self.env["integration.record"].with_user(self.seller), method)("res.partner", partner.id)
        self.assertEqual(self.env["integration.record"].with_user(self.seller).mendable()["count"], 0)

    def test_who_may_read_reads_and_does_nothing_else(self):
        reader = new_test_user(self.env, "reader", groups="base.group_user")
        partner = self.broken()
        facts = self.facts(partner, reader)
        self.assertEqual(facts["state"], "failed")
        self.assertEqual(facts["may"], {"retry": False, "sync": False, "compare": False, "log": False})
        for method in ("retry", "sync_now"):
            with self.subTest(method), self.assertRaises(AccessError):
                getattr(self.env["integration.record"].with_user(reader), method)("res.partner", partner.id)
        with self.assertRaises(AccessError):
            self.env["integration.record"].with_user(self.seller).compare("res.partner", partner.id, self.crm.id)

    def test_nothing_of_payload_secret_or_address(self):
        text = json.dumps(self.facts(self.broken()))
        for secret in ("pat-sandbox", "127.0.0.1", "bo at x.example", "api_url"):
            self.assertNotIn(secret, text)

    def test_other_companies_systems(self):
        partner = self.sent()
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self.seller.write({"company_ids": [Command.link(elsewhere.id)]})
        Record = self.env["integration.record"].with_user(self.seller)
        there = Record.with_context(allowed_company_ids=elsewhere.ids).facts("res.partner", partner.id)
        self.assertEqual(there["systems"], [])
        self.seller.write({"company_id": elsewhere.id, "company_ids": [Command.set(elsewhere.ids)]})
        self.assertEqual(Record.synced(), {})

    def test_customers_see_none_of_it(self):
        partner = self.sent()
        portal = new_test_user(self.env, "customer", groups="base.group_portal")
        Record = self.env["integration.record"].with_user(portal)
        self.assertEqual((Record.synced(), Record.mendable()["count"]), ({}, 0))
        with self.assertRaises(AccessError):
            Record.facts("res.partner", partner.id)

    def test_only_of_synced_models(self):
        admin = self.user("admin")
        for model in ("integration.system", "res.partner.category", "mail.thread", "no.such.model"):
            with self.subTest(model), self.assertRaises(AccessError):
                self.env["integration.record"].with_user(admin).facts(model, 1)


@tagged("post_install", "-at_install")
class TestButtons(RecordMixin, HubCase):
    def test_retry(self):
        partner = self.broken()
        self.env.cr.execute("UPDATE res_partner SET email = 'bo@x.example' WHERE id = %s", [partner.id])
        self.env.invalidate_all()
        self.env["integration.record"].with_user(self.seller).retry("res.partner", partner.id)
        self.drain()
        self.assertEqual(self.facts(partner)["state"], "ok")
        with self.assertRaisesRegex(UserError, "Nothing of Bo Berg waits"):
            self.env["integration.record"].with_user(self.seller).retry("res.partner", partner.id)

    def test_sync_now(self):
        """What was changed past Odoo is sent by the button."""
        partner = self.sent()
        self.env.cr.execute("UPDATE res_partner SET function = 'Pilot' WHERE id = %s", [partner.id])
        self.env.invalidate_all()
        self.env["integration.record"].with_user(self.seller).sync_now("res.partner", partner.id)
        self.assertEqual(self.facts(partner)["state"], "waiting")
        self.drain()
        self.assertEqual(self.there("ada@x.example")["properties"]["jobtitle"], "Pilot")

    def test_sync_now_reads_what_comes_from_there(self):
        self.crm.flow_ids.filtered(lambda flow: flow.template_key == "contacts_in").action_switch_on()
        partner = self.sent()
        self.there_is("ada@x.example", phone="+1 202 555 0199")
        self.env["integration.record"].with_user(self.seller).sync_now("res.partner", partner.id)
        self.drain()
        self.env.invalidate_all()
        self.assertEqual(partner.phone, "+1 202 555 0199")

    def test_sync_now_without_a_flow_that_takes_it(self):
        company = self.env["res.partner"].create({"name": "Fen & Co", "is_company": True})
        with self.assertRaisesRegex(UserError, "No flow that is on takes Fen & Co"):
            self.env["integration.record"].with_user(self.seller).sync_now("res.partner", company.id)

    def test_compare(self):
        self.crm.flow_ids.filtered(lambda flow: flow.template_key == "contacts_in").action_switch_on()
        partner = self.sent(function="Pilot")
        self.there_is("ada@x.example", jobtitle="Captain")
        operator = self.user("operator")
        operator.group_ids += self.env.ref("base.group_partner_manager")
        rows = self.env["integration.record"].with_user(operator).compare("res.partner", partner.id, self.crm.id)
        (differing,) = [row for row in rows if not row["same"]]
        self.assertEqual(
            (differing["label"], differing["here"], differing["there"]), ("Job Position", "Pilot", "Captain")
        )
        self.assertIn(("Email", "ada@x.example"), [(row["label"], row["here"]) for row in rows])

    def test_mendable(self):
        partner = self.broken()
        reader = new_test_user(self.env, "reader", groups="base.group_user")
        found = self.env["integration.record"].with_user(self.seller).mendable()
        self.assertEqual([(item["name"], item["id"]) for item in found["items"]], [("Bo Berg", partner.id)])
        self.assertEqual(self.env["integration.record"].with_user(reader).mendable()["count"], 0)
        partner.email = "bo@x.example"
        self.drain()
        self.assertEqual(self.env["integration.record"].with_user(self.seller).mendable()["count"], 0)

    def there_is(self, email, **properties):
        """Change a contact in the CRM, as somebody there does."""
        (number,) = [each["id"] for each in crm_objects() if each["properties"].get("email") == email]
        sandbox().control("PATCH", f"/hubspot/contacts/{number}", {"properties": properties, "webhook": False})


@tagged("post_install", "-at_install")
class TestWords(HubCase):
    def test_every_kind_has_a_sentence_and_a_next_step(self):
        """Whatever the code, no class name, no code and no status reaches the reader."""
        partner = self.env["res.partner"]
        for code in (*record_words.KINDS, "unauthorized", "internal-error", "mapping-spec", "vault", "anything"):
            for direction in ("inbound", "outbound"):
                message = {
                    "direction": direction,
                    "state": "dead",
                    "error_code": code,
                    "error_message": "Currency “XAF” is switched off in Odoo",
                    "error_params": {"problems": [{"source": "email", "target": "email", "code": code}]},
                    "since": "2026-01-01 10:00:00",
                }
                said = record_words.said(partner, "HubSpot", message)
                with self.subTest(code=code, direction=direction):
                    self.assertTrue(said.text.endswith(".") and "HubSpot" in said.text, said.text)
                    self.assertTrue(said.next or said.kind == record_words.DOUBT)
                    for technical in ("error", "Error", "-spec", "401", "None", "()"):
                        self.assertNotIn(technical, said.text + said.next)

    def test_the_other_systems_own_reason_is_said(self):
        refusal = {"words": "Phone number is too short", "field": "phone", "rule": "INVALID"}
        message = {"direction": "outbound", "state": "dead", "error_code": "rejected"}
        bare = record_words.said(self.env["res.partner"], "HubSpot", message)
        said = record_words.said(self.env["res.partner"], "HubSpot", message | {"error_params": {"refusal": refusal}})
        self.assertIn("it does not accept it: “Phone number is too short”.", said.text)
        self.assertIn("it does not accept what is in the record.", bare.text)

    def test_a_field_of_another_record(self):
        Order = self.env["sale.order"]
        message = {
            "direction": "outbound",
            "state": "dead",
            "error_code": "required",
            "error_params": {
                "problems": [{"source": "partner_id.email", "target": "customer.email", "code": "required"}]
            },
            "since": "2026-01-01 10:00:00",
            "is_linked": True,
        }
        said = record_words.said(Order, "HubSpot", message)
        self.assertRegex(said.text, r"^The last change is not in HubSpot since .+: Customer: Email is missing\.$")
        self.assertEqual(said.path, "partner_id.email")
