# Part of Integration Hub. License LGPL-3.0 or later.
"""What HubSpot is told: to which company a contact belongs; opportunities, as deals."""

from odoo.tests import tagged

from ..models.integration_target import Arrival, Delivery
from .common import crm_objects, requests_to, sandbox
from .test_flow_hubspot import HubSpotCase


class OutCase(HubSpotCase):
    def there(self, external_id, kind, *wanted):
        (found,) = (one for one in crm_objects(kind) if one["id"] == external_id)
        return tuple(found["properties"].get(name) for name in wanted)

    def id_there(self, record):
        link = self.env["integration.binding"].search(
            [("system_id", "=", self.crm.id), ("res_model", "=", record._name), ("res_id", "=", record.id)]
        )
        self.assertEqual(len(link), 1)
        return link.external_id

    def company_there(self, contact):
        return self.there(self.id_there(contact), "contact", "associatedcompanyid")[0] or None

    def partner(self, name, **values):
        return self.env["res.partner"].create({"name": name, **values})

    def company(self, name="Acme"):
        return self.partner(name, is_company=True)

    def works(self):
        """Whatever waits is worked off, and nothing has failed."""
        self.commit()
        self.drain()
        failed = self.events(self.api).filtered(lambda event: event.state not in ("done", "ignored"))
        self.assertFalse(failed, failed.mapped("error_message"))


@tagged("post_install", "-at_install")
class TestAssociationsOut(OutCase):
    def test_a_contact_follows_to_another_company_and_to_none(self):
        acme, ajax = self.company(), self.company("Ajax")
        ada = self.partner("Ada", email="ada@hs.example", parent_id=acme.id)
        self.works()
        self.assertEqual(self.company_there(ada), self.id_there(acme), "whichever was sent first")
        ada.parent_id = ajax
        self.works()
        self.assertEqual(self.company_there(ada), self.id_there(ajax))
        ada.parent_id = False
        self.works()
        self.assertIsNone(self.company_there(ada))

    def test_a_company_that_is_known_there_only_later(self):
        acme = self.partner("Acme", email="office@acme.example")
        ada = self.partner("Ada", email="ada@hs.example", parent_id=acme.id)
        self.works()
        self.assertIsNone(self.company_there(ada), "a person is nobody's company")
        acme.is_company = True
        self.works()
        company = self.env["integration.binding"].search(
            [("system_id", "=", self.crm.id), ("res_id", "=", acme.id), ("entity_id.code", "=", "company")]
        )
        self.assertEqual(self.company_there(ada), company.external_id)

    def test_what_hubspot_associates_itself_stays(self):
        """It does so by the domain of e-mail addresses; Odoo has never said otherwise."""
        ada = self.partner("Ada", email="ada@hs.example")
        self.works()
        acme = self.make("companies", name="Acme")
        self.act("POST", f"contacts/{self.id_there(ada)}/associate", {"to": "company", "id": acme})
        ada.phone = "+3225550199"
        self.works()
        self.assertEqual(self.company_there(ada), acme)

    def test_who_was_moved_there_is_moved_back_only_by_a_person(self):
        acme, ajax = self.company(), self.company("Ajax")
        ada = self.partner("Ada", email="ada@hs.example", parent_id=acme.id)
        self.works()
        there, before = self.id_there(ada), len(self.events(self.api))
        self.act("POST", f"contacts/{there}/dissociate", {"to": "company", "id": self.id_there(acme)})
        self.act("POST", f"contacts/{there}/associate", {"to": "company", "id": self.id_there(ajax)})
        self.told(there)
        self.works()
        self.assertEqual((ada.parent_id, len(self.events(self.api))), (ajax, before), "no word of it back")
        ada.parent_id = acme
        self.works()
        self.assertEqual(self.company_there(ada), self.id_there(acme))

    def test_a_company_that_was_merged_there_is_not_left(self):
        """Its id leads to the one that survived: to leave it would be to leave that one."""
        acme, ajax = self.company(), self.company("Ajax")
        ada = self.partner("Ada", email="ada@hs.example", parent_id=acme.id)
        self.works()
        new = self.act("POST", f"companies/{self.id_there(acme)}/merge", {"id": self.id_there(ajax)})["id"]
        self.told(new, kind="company")
        self.assertEqual(self.record(new), acme)
        ada.phone = "+3225550199"
        self.works()
        self.assertEqual(self.company_there(ada), new)
        wrote = [each["path"] for each in requests_to("hubspot", "DELETE")]
        self.assertFalse([path for path in wrote if "/associations/" in path])

    def test_where_hubspot_decides_the_company_none_is_sent(self):
        ada = self.partner("Ada", email="ada@hs.example")
        self.works()
        self.env["integration.ownership"].create(
            {
                "system_id": self.crm.id,
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "field_id": self.env["ir.model.fields"]._get("res.partner", "parent_id").id,
            }
        )
        acme = self.company()
        ada.write({"parent_id": acme.id, "function": "Pilot"})
        self.works()
        self.assertEqual(self.there(self.id_there(ada), "contact", "associatedcompanyid", "jobtitle"), (None, "Pilot"))

    def test_a_company_that_is_gone_there_is_said_to_be(self):
        acme = self.company()
        ada = self.partner("Ada", email="ada@hs.example")
        self.works()
        self.act("DELETE", f"companies/{self.id_there(acme)}")
        ada.parent_id = acme
        self.commit()
        event = self.sent()
        self.assertEqual((event.state, event.error_code), ("dead", "associated-is-gone"))
        self.assertFalse(self.link(self.id_there(ada)).deleted_at, "it is not the contact that is gone")


@tagged("post_install", "-at_install")
class TestDealsOut(OutCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.crm.flow_ids.filtered(lambda flow: flow.template_key == "deals_out").state = "on"
        cls.acme = cls.env["res.partner"].create({"name": "Acme", "is_company": True})
        cls.stage = cls.env["crm.stage"].create({"name": "Qualified", "sequence": 2})
        cls.new = cls.env["crm.stage"].create({"name": "New", "sequence": 1})

    def opportunity(self, **values):
        given = {"name": "Tables", "type": "opportunity", "expected_revenue": 1480.5, "stage_id": self.new.id}
        return self.env["crm.lead"].create({**given, "date_deadline": "2027-02-11", **values})

    def deal(self, lead, *wanted):
        return self.there(self.id_there(lead), "deal", *wanted)

    def belongs(self, lead):
        """The ids of the companies and contacts of a deal, as HubSpot has them."""
        return tuple(
            [str(one["toObjectId"]) for one in self.associated(self.id_there(lead), kind)]
            for kind in ("companies", "contacts")
        )

    def associated(self, external_id, kind):
        path = f"/crm/v4/objects/deals/{external_id}/associations/{kind}"
        return sandbox().vendor("hubspot", "GET", path).json()["results"]

    def test_a_deal_of_its_customer(self):
        ada = self.env["res.partner"].create({"name": "Ada", "email": "ada@hs.example", "parent_id": self.acme.id})
        lead = self.opportunity(partner_id=ada.id)
        self.works()
        self.assertEqual(
            self.deal(lead, "dealname", "amount", "dealstage", "closedate", "deal_currency_code"),
            ("Tables", "1480.5", "appointmentscheduled", "2027-02-11T12:00:00Z", "USD"),
        )
        self.assertEqual(self.belongs(lead), ([self.id_there(self.acme)], [self.id_there(ada)]))

    def test_it_moves_on_and_is_won_lost_and_open_again(self):
        lead = self.opportunity()
        self.works()
        for step, stage in (
            (lambda: lead.write({"stage_id": self.stage.id}), "qualifiedtobuy"),
            (lead.action_set_won, "closedwon"),
            (lambda: lead.write({"stage_id": self.stage.id}), "qualifiedtobuy"),
            (lead.action_set_lost, "closedlost"),
            (lead.action_unarchive, "qualifiedtobuy"),
        ):
            step()
            self.works()
            self.assertEqual(self.deal(lead, "dealstage"), (stage,))

    def test_what_nobody_changed_here_is_not_set_back_there(self):
        """Stages and currencies that Odoo does not have, and associations of others."""
        lead = self.opportunity()
        self.works()
        there = self.id_there(lead)
        self.act("PATCH", f"deals/{there}", {"properties": {"dealstage": "contractsent"}})
        self.told(there, kind="deal")
        lead.name = "Tables and chairs"
        self.works()
        self.assertEqual(self.deal(lead, "dealname", "dealstage"), ("Tables and chairs", "contractsent"))
        lead.stage_id = self.stage
        self.works()
        self.assertEqual(self.deal(lead, "dealstage"), ("qualifiedtobuy",), "but what somebody moves is")

    def test_its_customer_changes_hands(self):
        other = self.env["res.partner"].create({"name": "Ajax", "is_company": True})
        lead = self.opportunity(partner_id=self.acme.id)
        self.works()
        lead.partner_id = other
        self.works()
        self.assertEqual(self.belongs(lead), ([self.id_there(other)], []))
        self.told(self.id_there(lead), kind="deal")
        self.assertEqual(lead.partner_id, other, "and HubSpot agrees")
        lead.partner_id = False
        self.works()
        self.assertEqual(self.belongs(lead), ([], []))

    def test_a_stage_that_the_mapping_does_not_know_waits_and_is_mended_by_moving_on(self):
        lead = self.opportunity(stage_id=self.env["crm.stage"].create({"name": "Negotiation"}).id)
        self.commit()
        event = self.sent()
        self.assertEqual((event.state, event.error_code), ("dead", "lookup"))
        lead.stage_id = self.stage
        self.works()
        self.assertEqual(self.deal(lead, "dealstage"), ("qualifiedtobuy",))

    def rule(self, transition, decided_by):
        rules = self.crm.ownership_ids.filtered(lambda row: row.transition == transition)
        self.assertEqual(rules.decided_by, "both", "as the connector declares it")
        rules.decided_by = decided_by

    def test_what_was_read_before_it_was_won_here_does_not_open_it_again(self):
        lead = self.opportunity(partner_id=self.acme.id)
        self.works()
        lead.action_set_won()
        self.works()
        link = self.link(self.id_there(lead))
        target = self.env["integration.target"]._of_model("crm.lead")
        document = {"id": link.external_id, "name": "Tables", "status": "open", "company": None}
        values = {"name": "Tables", "_status": "open", "_company_id": None}
        late = Arrival(self.env, self.crm, link.entity_id, document, values, Delivery(is_late=True))
        target._receive_many([late], [link], [lead])
        self.assertEqual((lead.won_status, lead.partner_id), ("won", self.acme))
        self.assertEqual((link.last_told["status"], link.last_told["company"]), ("won", self.id_there(self.acme)))

    def test_hubspot_decides_who_wins(self):
        self.rule("win", "system")
        lead = self.opportunity()
        self.works()
        lead.action_set_won()
        self.works()
        self.assertEqual(self.deal(lead, "dealstage"), ("appointmentscheduled",), "not by Odoo")
        there = self.id_there(lead)
        self.act("PATCH", f"deals/{there}", {"properties": {"dealname": "Chairs"}})
        self.told(there, kind="deal")
        self.assertEqual((lead.name, lead.won_status), ("Chairs", "pending"), "and what it says counts here")

    def test_odoo_decides_who_wins(self):
        self.rule("win", "odoo")
        lead = self.opportunity()
        self.works()
        there = self.id_there(lead)
        self.act("PATCH", f"deals/{there}", {"properties": {"dealstage": "closedwon", "dealname": "Chairs"}})
        event = self.told(there, kind="deal")
        self.assertEqual((lead.name, lead.won_status), ("Chairs", "pending"))
        self.assertIn("stays pending in Odoo", event.error_message)

    def test_both_have_changed_the_amount(self):
        lead = self.opportunity()
        self.works()
        there = self.id_there(lead)
        self.flow("deals_out").state = "off"  # else it may be written over there before anybody reads it
        self.act("PATCH", f"deals/{there}", {"properties": {"amount": "900"}})
        lead.expected_revenue = 700
        self.told(there, kind="deal")
        self.assertIn(lead.expected_revenue, (700, 900))
        noted = self.env["integration.conflict"].search([("res_model", "=", "crm.lead"), ("res_id", "=", lead.id)])
        self.assertEqual({noted.ours, noted.theirs}, {700.0, 900.0}, "and the other one is told of")
