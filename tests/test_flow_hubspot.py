# Part of Integration Hub. License LGPL-3.0 or later.
"""HubSpot's lifecycles: who belongs to whom, merges, deletions, restorals, mailings, deals; in whatever order."""

import itertools
import time

from odoo.tests import tagged

from ..connectors.clock import ManualClock
from ..engine.database import Database
from ..models.sync_run import SyncRun
from .common import HubCase, crm_objects, sandbox
from .test_enrich import entry

_events = itertools.count(1)


class HubSpotCase(HubCase):
    @classmethod
    def set_up_hub(cls):
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=True))
        cls.crm = cls.connect_hubspot()
        cls.api, cls.hook = cls.crm._endpoint("outbound"), cls.crm._endpoint("inbound")

    def act(self, method, path, document=None):
        """What a person does at HubSpot's screens."""
        return sandbox().control(method, f"/hubspot/{path}", document or {})

    def make(self, plural, **properties):
        return self.act("POST", plural, {"properties": properties})["id"]

    def person(self, name="Ada", **properties):
        return self.make("contacts", firstname=name, email=f"{name.lower()}@hs.example", **properties)

    def told(self, *ids, kind="contact", failing=False):
        """HubSpot tells that these objects changed; returns the messages, worked off."""
        entries = [entry(next(_events), int(one), f"{kind}.propertyChange") for one in ids]
        self.receive(self.crm, entries, topic=None)
        self.drain()
        events = self.events(self.hook)[-len(ids) :]
        if not failing:
            self.assertFalse(set(events.mapped("state")) - {"done", "ignored"}, events.mapped("error_message"))
        return events

    def sent(self, *domain):
        """What went out, worked off."""
        self.drain()
        return self.events(self.api, *domain)[-1:]

    def link(self, external_id):
        return self.env["integration.binding"].search(
            [("system_id", "=", self.crm.id), ("external_id", "=", external_id)]
        )

    def record(self, external_id):
        return self.link(external_id)._record()

    def portal_user(self, login, partner):
        """A customer who looks at her documents."""
        self.env["res.users"].create(
            {"login": login, "partner_id": partner.id, "group_ids": [(6, 0, self.env.ref("base.group_portal").ids)]}
        )

    def flow(self, key):
        return self.crm.flow_ids.filtered(lambda flow: flow.template_key == key)

    def poll(self, key):
        job = self.flow(key)._poll()
        self.env.flush_all()
        with self.engine_mode():
            SyncRun(Database(self.env.cr.dbname, ManualClock(time.time())), job.id).turn()
        self.env.invalidate_all()
        self.assertEqual((job.state, job.error_message), ("done", False))
        self.drain()


@tagged("post_install", "-at_install")
class TestLifecycles(HubSpotCase):
    # --- who belongs to whom ---

    def test_a_contact_is_below_its_company_whichever_comes_first(self):
        ada, acme = self.person(city="Ghent"), self.make("companies", name="Acme", city="Liège")
        self.act("POST", f"contacts/{ada}/associate", {"to": "company", "id": acme})
        self.told(ada)
        company = self.record(acme)
        self.assertEqual((company.name, company.is_company), ("Acme", True), "known by name before it has come")
        self.assertEqual(self.record(ada).parent_id, company)
        self.told(acme, kind="company")
        self.assertEqual(self.record(acme), company, "one, not two")
        self.assertEqual(
            (company.city, self.record(ada).city), ("Liège", "Liège"), "the company's, never the contact's"
        )

    def test_who_leaves_a_company_has_an_address_of_their_own_again(self):
        ada, acme = self.person(city="Ghent"), self.make("companies", name="Acme", city="Liège")
        self.act("POST", f"contacts/{ada}/associate", {"to": "company", "id": acme})
        self.told(ada)
        self.told(acme, kind="company")
        self.act("POST", f"contacts/{ada}/dissociate", {"to": "company", "id": acme})
        self.told(ada)
        self.assertFalse(self.record(ada).parent_id)
        self.assertEqual((self.record(ada).city, self.record(acme).city), ("Ghent", "Liège"))

    def test_a_company_that_was_chosen_in_odoo_is_left_alone(self):
        ada, acme = self.person(), self.make("companies", name="Acme")
        self.act("POST", f"contacts/{ada}/associate", {"to": "company", "id": acme})
        self.told(ada)
        self.act("POST", f"contacts/{ada}/dissociate", {"to": "company", "id": acme})
        self.told(ada)
        own = self.env["res.partner"].create({"name": "Own company", "is_company": True})
        self.record(ada).parent_id = own
        self.drain()
        self.act("PATCH", f"contacts/{ada}", {"properties": {"jobtitle": "Pilot"}})
        self.told(ada)
        self.assertEqual((self.record(ada).parent_id, self.record(ada).function), (own, "Pilot"))

    def test_what_is_emptied_there_is_emptied_here(self):
        ada = self.person(phone="+3225550123", country="BE", city="Ghent")
        self.told(ada)
        self.assertEqual(self.record(ada).country_code, "BE")
        self.act("PATCH", f"contacts/{ada}", {"properties": {"phone": "", "country": "", "city": ""}})
        self.told(ada)
        partner = self.record(ada)
        self.assertFalse(partner.phone or partner.country_id or partner.city)

    def test_addresses_that_change_hands(self):
        ada = self.person()
        self.told(ada)
        self.act("PATCH", f"contacts/{ada}", {"properties": {"email": "other@hs.example"}})
        eva = self.make("contacts", firstname="Eva", email="ada@hs.example")
        self.told(eva)
        self.told(ada)
        self.assertNotEqual(self.record(eva), self.record(ada))
        self.assertEqual((self.record(eva).name, self.record(ada).email), ("Eva", "other@hs.example"))

    # --- changes here and there ---

    def test_who_unsubscribed_before_a_change_was_sent_from_here(self):
        """What is read since was sent by Odoo itself; but that she wants no mailings was said there."""
        for name, hear in (("Ada", self.told), ("Eva", lambda _one: self.poll("contacts_in"))):
            with self.subTest(name=name):
                one = self.person(name)
                self.told(one)
                self.act("POST", f"contacts/{one}/unsubscribe")
                self.record(one).function = "Pilot"
                self.assertEqual(self.sent().state, "done")
                hear(one)
                self.assertTrue(self.record(one).is_blacklisted)

    def test_who_has_a_last_name_alone_is_not_called_by_it_twice(self):
        ada = self.make("contacts", lastname="Lind", email="lind@hs.example")
        self.told(ada)
        self.record(ada).function = "Pilot"
        self.assertEqual(self.sent().state, "done")
        self.told(ada)
        there = next(one for one in crm_objects("contact") if one["id"] == ada)["properties"]
        said = " ".join(filter(None, (there.get("firstname"), there.get("lastname"))))
        self.assertEqual((self.record(ada).name, said), ("Lind", "Lind"))

    def test_what_was_only_named_erases_nothing_there(self):
        """A deal has named her; who changes her here before she has come says nothing of the rest of her."""
        ada = self.person(phone="+3225550123", city="Ghent", country="BE")
        deal = self.make("deals", dealname="Tents", dealstage="contractsent")
        self.act("POST", f"deals/{deal}/associate", {"to": "contact", "id": ada})
        self.told(deal, kind="deal")
        partner = self.record(ada)
        self.assertFalse(partner.city)
        for job in ("Pilot", "Captain"):
            partner.function = job
            self.assertEqual(self.sent().state, "done")
        there = next(one for one in crm_objects("contact") if one["id"] == ada)["properties"]
        self.assertEqual((there["jobtitle"], there["phone"], there["city"]), ("Captain", "+3225550123", "Ghent"))
        self.told(ada)
        self.assertEqual((partner.function, partner.city, partner.country_code), ("Captain", "Ghent", "BE"))
        partner.phone = False
        self.sent()
        there = next(one for one in crm_objects("contact") if one["id"] == ada)["properties"]
        self.assertFalse(there["phone"], "by now it is known, and emptied")

    # --- deletion ---

    def test_it_is_archived_and_comes_back(self):
        ada = self.person()
        self.told(ada)
        partner = self.record(ada)
        self.act("DELETE", f"contacts/{ada}")
        event = self.told(ada)
        self.assertEqual((event.state, event.error_code, partner.active), ("done", "deleted-remotely", False))
        self.act("POST", f"contacts/{ada}/restore")
        self.told(ada)
        self.assertEqual((partner.active, self.link(ada).deleted_at), (True, False))

    def test_what_a_person_archived_stays_archived(self):
        ada = self.person()
        self.told(ada)
        partner = self.record(ada)
        partner.active = False
        self.act("DELETE", f"contacts/{ada}")
        self.told(ada)
        self.act("POST", f"contacts/{ada}/restore")
        self.told(ada)
        self.assertFalse(partner.active)

    def test_a_log_in_is_kept_and_the_message_says_so(self):
        ada = self.person()
        self.told(ada)
        partner = self.record(ada)
        self.portal_user("ada-portal", partner)
        self.act("DELETE", f"contacts/{ada}")
        event = self.told(ada)
        self.assertTrue(partner.active)
        self.assertIn("ada-portal", event.error_message)

    def test_a_flow_may_keep_it(self):
        self.flow("contacts_in").on_remote_delete = "keep"
        ada = self.person()
        self.told(ada)
        self.act("DELETE", f"contacts/{ada}")
        self.told(ada)
        self.assertTrue(self.record(ada).active)

    def test_what_another_system_has_too_is_kept(self):
        ada = self.person()
        self.told(ada)
        partner = self.record(ada)
        other = self.connect_hubspot()
        self.env["integration.binding"]._link(other, self.contact_entity, "9", partner)
        self.act("DELETE", f"contacts/{ada}")
        event = self.told(ada)
        self.assertTrue(partner.active)
        self.assertIn(other.name, event.error_message)

    @property
    def contact_entity(self):
        return self.env["integration.entity"].search([("code", "=", "contact")])

    def test_the_poll_sees_a_deletion_that_no_webhook_told(self):
        ada, bo = self.person("Ada"), self.person("Bo")
        self.told(ada, bo)
        self.act("DELETE", f"contacts/{ada}")
        self.poll("contacts_in")
        self.assertEqual((self.record(ada).active, self.record(bo).active), (False, True))
        asked = len(self.events(self.crm))
        self.poll("contacts_in")
        self.assertEqual(len(self.events(self.crm)), asked, "it is known now")

    # --- mailings ---

    def is_blacklisted(self, email="ada@hs.example"):
        return bool(self.env["mail.blacklist"].search_count([("email", "=", email)]))

    def test_unsubscribed_and_subscribed_again(self):
        ada = self.person()
        self.told(ada)
        self.assertFalse(self.is_blacklisted())
        self.act("POST", f"contacts/{ada}/unsubscribe")
        self.told(ada)
        self.assertTrue(self.is_blacklisted())
        self.act("POST", f"contacts/{ada}/resubscribe")
        self.told(ada)
        self.assertFalse(self.is_blacklisted())

    def test_what_a_person_put_on_the_blacklist_stays(self):
        ada = self.person()
        self.env["mail.blacklist"]._add("ada@hs.example")
        self.told(ada)
        self.act("PATCH", f"contacts/{ada}", {"properties": {"jobtitle": "Pilot"}})
        self.told(ada)
        self.assertTrue(self.is_blacklisted())

    def test_who_is_blacklisted_here_is_unsubscribed_there(self):
        self.env["res.partner"].create({"name": "Ada Arden", "email": "ada@hs.example"})
        self.sent()
        self.env["mail.blacklist"]._add("ada@hs.example")
        event = self.sent()
        self.assertEqual((event.state, event.error_message), ("done", False))
        (there,) = (one for one in crm_objects() if one["properties"].get("email") == "ada@hs.example")
        self.assertEqual(there["properties"]["hs_email_optout"], "true")

    def test_who_unsubscribed_there_is_not_sent_back(self):
        ada = self.person()
        self.told(ada)
        self.act("POST", f"contacts/{ada}/unsubscribe")
        self.told(ada)
        self.assertFalse(self.sent(("direction", "=", "outbound")))

    # --- deals ---

    def deal(self, **properties):
        given = {"dealname": "Tables", "dealstage": "contractsent", "amount": "1480.50", "closedate": "2027-02-11"}
        return self.make("deals", **given | properties)

    def test_an_opportunity_of_its_contact(self):
        deal, ada = self.deal(), self.person()
        self.act("POST", f"deals/{deal}/associate", {"to": "contact", "id": ada})
        event = self.told(deal, kind="deal")
        self.assertEqual((event.state, event.error_message), ("done", False))
        lead = self.record(deal)
        self.assertEqual((lead.type, lead.name, lead.expected_revenue), ("opportunity", "Tables", 1480.5))
        self.assertEqual((str(lead.date_deadline), lead.partner_id), ("2027-02-11", self.record(ada)))
        self.assertFalse(lead.user_id, "nobody's, not the hub's")

    def test_won_lost_open_again(self):
        deal = self.deal()
        self.told(deal, kind="deal")
        lead = self.record(deal)
        for stage, status in (("closedwon", "won"), ("contractsent", "pending"), ("closedlost", "lost"),
                              ("closedwon", "won"), ("closedlost", "lost"), ("contractsent", "pending")):  # fmt: skip
            self.act("PATCH", f"deals/{deal}", {"properties": {"dealstage": stage}})
            self.told(deal, kind="deal")
            self.assertEqual((lead.won_status, lead.active), (status, status != "lost"))

    def test_deleted_and_restored(self):
        deal = self.deal()
        self.told(deal, kind="deal")
        self.act("DELETE", f"deals/{deal}")
        self.told(deal, kind="deal")
        lead = self.record(deal)
        self.assertEqual((lead.active, lead.won_status), (False, "pending"))
        self.act("POST", f"deals/{deal}/restore")
        self.told(deal, kind="deal")
        self.assertTrue(lead.active)

    def test_merged_and_lost_before_anybody_read_it(self):
        deal, other = self.deal(), self.deal()
        self.told(deal, kind="deal")
        lead = self.record(deal)
        self.act("PATCH", f"deals/{deal}", {"properties": {"dealstage": "closedlost"}})
        new = self.act("POST", f"deals/{deal}/merge", {"id": other})["id"]
        self.told(deal, kind="deal")
        self.assertFalse(lead.active, "gone, as far as anybody knows")
        self.told(new, kind="deal")
        self.assertEqual((self.record(new), lead.active, lead.won_status), (lead, False, "lost"))

    def test_a_currency_that_odoo_does_not_use(self):
        deal = self.deal(deal_currency_code="ISK")
        event = self.told(deal, kind="deal", failing=True)
        self.assertEqual((event.state, event.error_code), ("dead", "no-currency"))
        self.assertIn("ISK", event.error_message)


@tagged("post_install", "-at_install")
class TestMerge(HubSpotCase):
    def setUp(self):
        super().setUp()
        sandbox().control("PUT", "/settings", {"hubspot": {"merge_makes_new": True}})
        self.ada, self.eva = self.person("Ada"), self.person("Eva", phone="+3225550123")

    def merge(self, makes_new=True):
        sandbox().control("PUT", "/settings", {"hubspot": {"merge_makes_new": makes_new}})
        return self.act("POST", f"contacts/{self.ada}/merge", {"id": self.eva})["id"]

    def test_all_links_lead_to_one_and_the_other_keeps_its_documents(self):
        self.told(self.ada)
        self.told(self.eva)
        ada, eva = self.record(self.ada), self.record(self.eva)
        attachment = self.env["ir.attachment"].create({"name": "Offer", "res_model": "res.partner", "res_id": eva.id})
        new = self.merge()
        self.told(new, self.ada, self.eva)
        self.assertEqual(self.record(new), ada)
        self.assertEqual((self.record(self.ada), self.record(self.eva)), (ada, ada))
        self.assertEqual((ada.active, ada.phone, eva.active), (True, "+3225550123", False))
        self.assertEqual(attachment.res_id, eva.id)
        self.assertTrue([message for message in eva.message_ids if "Merged in" in message.body])

    def test_any_order_ends_alike(self):
        self.told(self.ada)
        self.told(self.eva)
        ada, eva = self.record(self.ada), self.record(self.eva)
        new = self.merge()
        before = self.link(self.ada) | self.link(self.eva)
        state = before.read(["res_id", "deleted_at", "merged_into_id", "archived_here"])
        for order in itertools.permutations((new, self.ada, self.eva)):
            with self.subTest(order=order):
                for one in order:
                    self.told(one)
                self.assertEqual(self.record(new), ada)
                self.assertEqual((ada.active, eva.active), (True, False))
                self.assertEqual(self.link(self.eva).merged_into_id, self.link(new))
                self.link(new).unlink()
                for link, values in zip(before, state, strict=True):
                    link.write({name: values[name] for name in values if name not in ("id", "merged_into_id")})
                    link.merged_into_id = False
                (ada | eva).write({"active": True})

    def test_one_that_never_came_is_taken_in_no_more(self):
        self.told(self.ada)
        new = self.merge()
        self.told(new)
        self.assertEqual(
            self.record(self.eva), self.record(new), "a link, so that nothing told late makes a second one"
        )
        event = self.told(self.eva)
        self.assertEqual((event.state, event.error_code), ("ignored", "merged"))

    def test_the_one_with_a_log_in_remains(self):
        self.told(self.ada, self.eva)
        eva = self.record(self.eva)
        self.portal_user("eva-portal", eva)
        new = self.merge()
        self.told(new)
        self.assertEqual((self.record(new), eva.name, eva.active), (eva, "Ada", True))

    def test_a_log_in_that_would_be_lost_is_told_to_a_person(self):
        self.told(self.ada, self.eva)
        eva = self.record(self.eva)
        self.portal_user("eva-portal", eva)
        survivor = self.merge(makes_new=False)
        event = self.told(survivor)
        self.assertEqual((event.state, survivor), ("done", self.ada))
        self.assertTrue(eva.active)
        self.assertIn("eva-portal", eva.activity_ids.summary)
        self.assertEqual(self.record(self.eva), self.record(self.ada))

    def test_companies_and_who_belongs_to_them(self):
        acme, ajax = self.make("companies", name="Acme"), self.make("companies", name="Ajax")
        self.act("POST", f"contacts/{self.eva}/associate", {"to": "company", "id": ajax})
        self.told(self.eva)
        self.told(acme, ajax, kind="company")
        new = self.act("POST", f"companies/{acme}/merge", {"id": ajax})["id"]
        self.told(self.eva)
        self.told(new, kind="company")
        self.assertEqual(self.record(self.eva).parent_id, self.record(new))
        self.assertEqual(self.record(ajax), self.record(new))
        self.assertFalse(self.env["res.partner"].search([("name", "=", "Ajax")]))

    def test_the_outcome_was_deleted_before_anybody_read_it(self):
        """No list names those that were merged: only the outcome does, among what was deleted."""
        self.told(self.ada)
        self.told(self.eva)
        ada, eva = self.record(self.ada), self.record(self.eva)
        self.act("DELETE", f"contacts/{self.merge()}")
        self.poll("contacts_in")
        self.assertEqual((ada.active, eva.active), (False, False))

    def test_the_outcome_is_no_stranger_to_the_record_that_it_takes_over(self):
        """Nobody has changed the address here, whatever else was changed since: that of the outcome is taken."""
        self.told(self.eva)
        eva = self.record(self.eva)
        self.env.cr.execute("UPDATE res_partner SET write_date = write_date + interval '1 day' WHERE id = %s", [eva.id])
        eva.invalidate_recordset()
        new = self.merge()
        self.told(new)
        self.assertEqual((self.record(new), eva.email), (eva, "ada@hs.example"))

    def test_the_outcome_leaves_the_company_of_what_was_merged_into_it(self):
        acme = self.make("companies", name="Acme")
        self.act("POST", f"contacts/{self.eva}/associate", {"to": "company", "id": acme})
        self.told(self.eva)
        new = self.merge()
        self.act("POST", f"contacts/{new}/dissociate", {"to": "company", "id": acme})
        self.told(new)
        self.assertFalse(self.record(new).parent_id)

    def test_who_is_merged_in_odoo_keeps_the_links(self):
        self.told(self.ada, self.eva)
        ada, eva = self.record(self.ada), self.record(self.eva)
        self.env["base.partner.merge.automatic.wizard"]._merge((ada | eva).ids, ada, extra_checks=False)
        self.assertEqual(self.record(self.eva), ada)
