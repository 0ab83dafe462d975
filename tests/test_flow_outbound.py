# Part of Integration Hub. License LGPL-3.0 or later.
"""Outbound, and both ways: a contact in Odoo and in the CRM, through the sandbox's API."""

import json

from odoo.tests import tagged

from .common import HubHttpCase, crm_objects, own_payload, requests_to, sandbox, vendor_payload


class CrmCase(HubHttpCase):
    @classmethod
    def set_up_hub(cls):
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=True))
        cls.crm = cls.connect_hubspot()
        cls.api = cls.crm._endpoint("outbound")
        cls.hook = cls.crm._endpoint("inbound")
        cls.contact = cls.env["integration.entity"].search([("code", "=", "contact")])
        cls.company = cls.env["integration.entity"].search([("code", "=", "company")])

    def remote(self, email, kind="contact"):
        found = [each for each in crm_objects(kind) if each["properties"].get("email") == email]
        self.assertLessEqual(len(found), 1, "one, not two")
        return found[0] if found else None

    def sent(self, *domain):
        self.drain()
        return self.events(self.api, *domain)[-1:]

    def seed(self, kind, *documents):
        sandbox().control("POST", "/seed", {"vendor": "hubspot", "objects": {kind: list(documents)}})


@tagged("post_install", "-at_install")
class TestOutbound(CrmCase):
    def ada(self, **values):
        return self.env["res.partner"].create(
            {
                "name": "Ada Arden",
                "email": "ada@x.example",
                "phone": "+1 202 555 0100",
                "function": "Pilot",
                "street": "Main 1",
                "city": "Ghent",
                "zip": "9000",
                "country_id": self.env.ref("base.be").id,
            }
            | values
        )

    def test_create(self):
        partner = self.ada()
        event = self.sent()
        self.assertEqual((event.state, event.error_message), ("done", False))
        there = self.remote("ada@x.example")
        expected = {"firstname": "Ada", "lastname": "Arden", "phone": "+1 202 555 0100", "jobtitle": "Pilot",
                    "city": "Ghent", "zip": "9000", "country": "BE"}  # fmt: skip
        self.assertEqual({name: there["properties"].get(name) for name in expected}, expected)
        self.assertIn("Main 1", there["properties"]["address"])
        link = self.env["integration.binding"]._of_record(self.crm, self.contact, partner)
        self.assertEqual((link.external_id, event.external_id), (there["id"], there["id"]))
        self.assertTrue(link.last_out_at and link.hash_out)

    def test_update_and_clear(self):
        partner = self.ada()
        self.sent()
        partner.write({"function": False, "city": "Bruges"})
        self.assertEqual(self.sent().state, "done")
        there = self.remote("ada@x.example")["properties"]
        self.assertEqual((there.get("jobtitle") or "", there["city"]), ("", "Bruges"))
        self.assertEqual([entry["method"] for entry in requests_to("hubspot")], ["POST", "PATCH"])

    def test_changed_mail_address_is_the_same_contact(self):
        partner = self.ada()
        self.sent()
        first = self.remote("ada@x.example")["id"]
        partner.email = "ada.arden@x.example"
        self.sent()
        self.assertIsNone(self.remote("ada@x.example"))
        self.assertEqual(self.remote("ada.arden@x.example")["id"], first)

    def test_unchanged_is_not_sent(self):
        partner = self.ada()
        self.sent()
        phone = partner.phone
        for value in ("0", phone):
            partner.phone = value
            partner.flush_recordset()
        event = self.sent()
        self.assertEqual((event.state, event.error_code), ("ignored", "unchanged"))
        self.assertEqual(len(requests_to("hubspot")), 1)

    def test_one_that_exists_there_is_linked_not_doubled(self):
        there = next(each for each in crm_objects() if each["properties"]["email"] == "elliot.marsh@example.org")
        partner = self.ada(name="Elliot Marsh", email="elliot.marsh@example.org")
        self.assertEqual(self.sent().state, "done")
        link = self.env["integration.binding"]._of_record(self.crm, self.contact, partner)
        self.assertEqual(link.external_id, there["id"])
        self.assertEqual(self.remote("elliot.marsh@example.org")["properties"]["jobtitle"], "Pilot")

    def test_idempotency_key_is_the_messages(self):
        self.ada()
        event = self.sent()
        (entry,) = requests_to("hubspot", "POST")
        uuid = self.env["ir.config_parameter"].sudo().get_param("database.uuid")
        self.assertEqual(entry["idempotency_key"], f"hub-{uuid}-{event.id}")

    def test_company(self):
        firm = self.env["res.partner"].create(
            {"name": "Fen & Co", "is_company": True, "website": "https://fen.example", "phone": "1"}
        )
        event = self.sent(("res_id", "=", firm.id))
        self.assertEqual((event.state, event.object_type, event.error_message), ("done", "company", False))
        self.assertEqual(
            [each["properties"]["name"] for each in crm_objects("company") if "Fen" in each["properties"]["name"]],
            ["Fen & Co"],
        )

    def test_invalid_mail_address_is_dead_and_says_which_line(self):
        self.ada(email="not an address")
        event = self.sent()
        self.assertEqual(event.state, "dead")
        self.assertTrue(event.error_line)
        problem = event.error_params["problems"][0]
        self.assertEqual(problem["target"], "email")
        self.assertNotIn("Traceback", event.error_message)

    def test_service_user_reads(self):
        """What its rights do not show, is not sent."""
        partner = self.ada()
        self.env["ir.rule"].create(
            {
                "name": "Not this one",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "domain_force": f"[('id', '!=', {partner.id})]",
            }
        )
        event = self.sent()
        self.assertEqual((event.state, event.error_code), ("dead", "access"))
        self.assertEqual(requests_to("hubspot"), [])


@tagged("post_install", "-at_install")
class TestBothWays(CrmCase):
    def arrive(self, entries):
        self.assertEqual(self.deliver(self.hook, entries).status_code, 202)
        self.drain()
        return self.events(self.hook)

    def entry(self, number, topic="contact.propertyChange", **values):
        return {
            "eventId": number, "subscriptionId": 1, "objectId": 70451, "occurredAt": 1763109011340 + number,
            "subscriptionType": topic, "attemptNumber": 0,
        } | values  # fmt: skip

    def test_contact_comes_in_and_is_not_sent_back(self):
        self.seed("contact", own_payload("hubspot/contact"))
        event = self.arrive([self.entry(1, "contact.creation")])
        self.assertEqual((event.state, event.error_message), ("done", False))
        partner = self.env["res.partner"].browse(event.res_id)
        self.assertEqual(
            (partner.name, partner.email, partner.function, partner.city, partner.country_id.code),
            ("Noor Peeters", "noor.peeters@example.com", "Owner", "Bruxelles", "BE"),
        )
        self.env.cr.flush()
        self.drain()
        self.assertFalse(self.events(self.api), "what came from there does not go back")
        wrote = [entry["path"] for entry in requests_to("hubspot") if entry["method"] != "GET"]
        self.assertEqual(wrote, ["/crm/v3/objects/companies/batch/read"], "it asks who the company is")

    def test_it_goes_to_another_system(self):
        other = self.connect_hubspot(wanted=("contacts_out",))
        self.env.cr.flush()
        self.seed("contact", own_payload("hubspot/contact"))
        event = self.arrive([self.entry(1, "contact.creation")])
        sent = self.events(other._endpoint("outbound"))
        self.assertEqual((sent.res_id, sent.origin_id), (event.res_id, self.crm))

    def test_an_echo_of_our_own_change_is_no_news(self):
        partner = self.env["res.partner"].create({"name": "Ada Arden", "email": "ada@x.example"})
        self.sent()
        there = self.remote("ada@x.example")
        event = self.arrive([self.entry(1, objectId=int(there["id"]))])
        self.assertEqual((event.state, event.error_code, event.res_id), ("ignored", "echo", partner.id))

    def test_an_edit_there_comes_in(self):
        partner = self.env["res.partner"].create({"name": "Ada Arden", "email": "ada@x.example"})
        self.sent()
        there = self.remote("ada@x.example")
        sandbox().control(
            "PATCH", f"/hubspot/contacts/{there['id']}", {"properties": {"jobtitle": "Captain"}, "webhook": False}
        )
        event = self.arrive([self.entry(1, objectId=int(there["id"]))])
        self.assertEqual((event.state, event.res_id), ("done", partner.id), event.error_message)
        self.assertEqual(partner.function, "Captain")

    def edit_there(self, number, **properties):
        there = self.remote("ada@x.example")
        change = {"properties": properties, "webhook": False}
        sandbox().control("PATCH", f"/hubspot/contacts/{there['id']}", change)
        return self.arrive([self.entry(number, objectId=int(there["id"]))])[-1:]

    def test_going_back_to_what_was_sent_before_is_a_change(self):
        partner = self.env["res.partner"].create({"name": "Ada Arden", "email": "ada@x.example", "function": "Pilot"})
        self.sent()
        self.edit_there(1, jobtitle="Captain")
        self.assertEqual(partner.function, "Captain")
        partner.function = "Pilot"
        self.assertEqual(self.sent().state, "done")
        self.assertEqual(self.remote("ada@x.example")["properties"]["jobtitle"], "Pilot")

    def test_going_back_to_what_came_before_is_a_change(self):
        partner = self.env["res.partner"].create({"name": "Ada Arden", "email": "ada@x.example"})
        self.sent()
        self.edit_there(1, jobtitle="Captain")
        partner.function = "Pilot"
        self.assertEqual(self.sent().state, "done")
        event = self.edit_there(2, jobtitle="Captain")
        self.assertEqual((event.state, event.error_code), ("done", False))
        self.assertEqual(partner.function, "Captain")

    def test_changes(self):
        """Our own fixture: a new contact, a change of it, a company; what both say of the contact is read once."""
        self.seed("contact", own_payload("hubspot/contact"))
        self.seed("company", own_payload("hubspot/company"))
        events = self.arrive(own_payload("hubspot/webhook__changes"))
        self.assertEqual(events.mapped("state"), ["ignored", "done", "done"], events.mapped("error_message"))
        self.assertEqual(events[0].error_code, "superseded")
        self.assertEqual([entry["method"] for entry in requests_to("hubspot")], ["GET", "GET", "POST"])
        firm = self.env["res.partner"].browse(events[2].res_id)
        self.assertEqual((firm.name, firm.is_company, firm.street2), ("Atelier Peeters", True, "Bte 4"))

    def test_deletions(self):
        self.seed("contact", own_payload("hubspot/contact"))
        known = self.arrive([self.entry(1, "contact.creation")])
        sandbox().control("DELETE", "/hubspot/contacts/70451")
        events = self.arrive(own_payload("hubspot/webhook__deletion"))[1:]
        self.assertEqual(events.mapped("error_code"), ["deleted-remotely", "unknown-object"])
        self.assertTrue(self.env["res.partner"].browse(known.res_id).exists())

    def test_generic(self):
        self.seed("contact", own_payload("hubspot/contact") | {"id": "70453"})
        self.seed("company", own_payload("hubspot/company"))
        events = self.arrive(own_payload("hubspot/webhook__generic"))
        self.assertEqual(events.mapped("state"), ["done", "done", "ignored"], events.mapped("error_message"))
        self.assertEqual((events[2].topic, events[2].error_code), ("deal.creation", "unknown-object"))

    def test_merge(self):
        self.seed("contact", own_payload("hubspot/contact") | {"id": "70460"})
        events = self.arrive(own_payload("hubspot/webhook__merge"))
        self.assertEqual(events[0].state, "done", events[0].error_message)
        self.assertEqual(set(events[1:].mapped("error_code")), {"unknown-object"})

    def test_gone_before_it_was_read(self):
        event = self.arrive([self.entry(1, "contact.creation", objectId=999_999)])
        self.assertEqual((event.state, event.error_code), ("ignored", "unknown-object"))


@tagged("post_install", "-at_install")
class TestVendorPayloads(CrmCase):
    """HubSpot's own samples, through the real path."""

    def test_webhook_contact_creation(self):
        contact = json.loads(vendor_payload("hubspot/contact.json"))
        body = vendor_payload("hubspot/webhook_contact_creation.json")
        (entry,) = json.loads(body)
        self.seed("contact", contact | {"id": str(entry["objectId"])})
        self.assertEqual(self.deliver(self.hook, body).status_code, 202)
        self.drain()
        event = self.events(self.hook)
        self.assertEqual((event.state, event.error_message), ("done", False))
        partner = self.env["res.partner"].browse(event.res_id)
        self.assertEqual((partner.name, partner.email), ("Bryan Cooper", "bcooper@biglytics.net"))
        self.assertEqual(self.deliver(self.hook, body).json()["status"], "duplicate")

    def test_webhook_batch(self):
        body = vendor_payload("hubspot/webhook_batch.json")
        entries = json.loads(body)
        contact = json.loads(vendor_payload("hubspot/contact.json"))
        self.seed("contact", contact | {"id": str(entries[0]["objectId"])})
        response = self.deliver(self.hook, body)
        self.assertEqual((response.status_code, len(response.json()["ids"])), (202, 2))
        self.drain()
        read, gone = self.events(self.hook)
        self.assertEqual((read.state, read.external_id), ("done", "1246965"))
        self.assertEqual((gone.state, gone.error_code), ("ignored", "unknown-object"), "HubSpot answers 404")

    def test_contact(self):
        """The API's object as it is, read by its own id."""
        contact = json.loads(vendor_payload("hubspot/contact.json"))
        self.seed("contact", contact)
        flow = self.crm.flow_ids.filtered(lambda flow: flow.template_key == "contacts_in")
        wizard = self.env["integration.fetch"].create({"flow_id": flow.id, "external_id": contact["id"]})
        action = wizard.action_fetch()
        self.drain()
        event = self.env["integration.event"].browse(action["res_id"])
        self.assertEqual((event.state, event.error_message), ("done", False))
        partner = self.env["res.partner"].browse(event.res_id)
        self.assertEqual(
            (partner.name, partner.email, partner.phone, partner.website),
            ("Bryan Cooper", "bcooper@biglytics.net", "(877) 929-0687", "http://biglytics.net"),
        )
