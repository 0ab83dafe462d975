# Part of Integration Hub. License LGPL-3.0 or later.
"""What may have been created already: held for a person, or repeated as its connector says; and deletions."""

import time
from datetime import datetime, timedelta

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..connectors import registry
from ..connectors.clock import ManualClock
from ..engine.database import Database
from ..engine.perform import Performer
from ..engine.protocol import Drain, Turn
from ..engine.slots import Unit
from ..engine.steps import Gather
from ..models.handler import Handler
from .common import HubCase, crm_objects, faults, requests_to, sandbox

LOST = {"vendor": "hubspot", "kind": "drop", "phase": "after", "count": 1}
TO_COMPANIES = {"method": "POST", "path": "objects/companies$"}


class DoubtCase(HubCase):
    @classmethod
    def set_up_hub(cls):
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=True))
        cls.operator = cls.user("operator")
        cls.crm = cls.connect_hubspot(wanted=("contacts_out", "companies_out"))
        cls.api = cls.crm._endpoint("outbound")
        entities = cls.env["integration.entity"]
        cls.contact, cls.company = (entities.search([("code", "=", code)]) for code in ("contact", "company"))

    def setUp(self):
        super().setUp()
        self.addCleanup(faults)
        self.addCleanup(setattr, sandbox().core.settings.hubspot, "search_delay", 0)
        sandbox().core.settings.hubspot.search_delay = 60  # what was just created is in no search

    def firm(self, name="Fen & Co", **values):
        return self.env["res.partner"].create({"name": name, "is_company": True, **values})

    def tried(self, record=None):
        """Work everything off, retries too; returns the event of a record, the last one."""
        clock = ManualClock(time.time())
        for _time in range(4):
            self.drain(clock)
            clock.advance(3600)
        return self.events(self.api, *([("res_id", "=", record.id)] if record else []))[-1:]

    def held(self, **values):
        faults({**LOST, "match": TO_COMPANIES})
        event = self.tried(self.firm(**values))
        self.assertEqual((event.state, event.error_code, event.in_doubt), ("held", "in-doubt", True))
        return event.with_user(self.operator)

    def there(self, kind="company", **properties):
        wanted = properties.items()
        found = [each for each in crm_objects(kind) if not each["archived"]]
        return [each for each in found if wanted <= each["properties"].items()]

    def link(self, record, entity=None):
        return self.env["integration.binding"]._of_record(self.crm, entity or self.company, record)


@tagged("post_install", "-at_install")
class TestHeld(DoubtCase):
    def test_nothing_more_is_sent_until_a_person_decides(self):
        event = self.held()
        self.assertEqual(len(self.there(name="Fen & Co")), 1)
        self.assertIn("HubSpot", event.error_message)
        self.assertTrue(event.error_hint)
        self.assertIn(event.partition_key, self.blocked_keys(self.api))
        self.assertEqual(event.attempt_ids.mapped("outcome"), ["retry", "held"])
        self.assertEqual(event.waiting_reason, "A person's decision")
        self.assertEqual(self.crm.needs_person_count, 1)
        self.assertEqual(event.search(self.crm.action_view_failures()["domain"]), event)
        self.assertEqual(event.attempt_ids[0].display_name, f"{event.display_name}, try 1")

    def test_later_changes_wait_and_others_go_on(self):
        event = self.held()
        firm = self.env["res.partner"].browse(event.res_id)
        firm.phone = "+32 2 555 01 23"
        other = self.firm("Marsh")
        self.assertEqual((self.tried(firm).state, self.tried(other).state), ("pending", "done"))

    def test_it_is_there(self):
        event = self.held()
        firm = self.env["res.partner"].browse(event.res_id)
        (there,) = self.there(name="Fen & Co")
        self.assertEqual(event.action_resolve()["res_model"], "integration.resolve")
        wizard = self.env["integration.resolve"].with_user(self.operator)
        wizard.create({"event_id": event.id, "external_id": f" {there['id']} "}).action_resolve()
        self.assertEqual((event.state, event.external_id, event.in_doubt), ("done", there["id"], False))
        self.assertIn(self.operator.name, event.error_message)
        self.assertEqual(self.link(firm).external_id, there["id"])
        self.assertFalse(self.blocked_keys(self.api))
        firm.phone = "+32 2 555 01 23"
        self.assertEqual(self.tried(firm).state, "done")
        self.assertEqual(len(self.there(name="Fen & Co", phone="+32 2 555 01 23")), 1, "the change reaches it")

    def test_it_is_there_without_saying_where(self):
        event = self.held()
        self.env["integration.resolve"].with_user(self.operator).create({"event_id": event.id}).action_resolve()
        self.assertEqual((event.state, len(self.there(name="Fen & Co"))), ("done", 1))
        self.assertFalse(self.link(self.env["res.partner"].browse(event.res_id)))

    def test_send_again(self):
        event = self.held()
        self.seed_nothing()
        event.action_send_again()
        self.assertEqual(self.tried().state, "done")
        self.assertEqual((event.in_doubt, len(self.there(name="Fen & Co"))), (False, 1))

    def seed_nothing(self):
        """It was not there after all: somebody looked, and took it away."""
        for found in self.there(name="Fen & Co"):
            sandbox().control("DELETE", f"/hubspot/companies/{found['id']}")

    def test_retrying_many_does_not_send_it_again(self):
        event = self.held()
        with self.assertRaisesRegex(UserError, "one by one"):
            event.action_retry()
        self.assertEqual(event.state, "held")

    def test_who_may_decide(self):
        event = self.held()
        for group in ("user", "consultant", "auditor"):
            person = self.user(group)
            for action in ("action_resolve", "action_send_again"):
                with self.assertRaises(UserError):
                    getattr(event.with_user(person), action)()
        self.assertEqual(event.state, "held")

    def test_what_is_in_no_doubt_is_not_decided_about(self):
        event = self.tried(self.firm()).with_user(self.operator)
        self.assertEqual(event.state, "done")
        for action in (event.action_resolve, event.action_send_again, event._resolve):
            with self.assertRaisesRegex(UserError, "Nothing is in doubt"):
                action()

    def resolve(self, event, external_id):
        values = {"event_id": event.id, "external_id": external_id}
        return self.env["integration.resolve"].with_user(self.operator).create(values).action_resolve()

    def test_an_id_that_is_not_there(self):
        event = self.held()
        with self.assertRaisesRegex(UserError, "999999"):
            self.resolve(event, "999999")
        with self.assertRaisesRegex(UserError, "not an id"):
            self.resolve(event, "../contacts/1")
        self.assertEqual(event.state, "held")

    def test_an_id_that_is_another_records(self):
        other = self.firm("Marsh")
        self.assertEqual(self.tried(other).state, "done")
        event = self.held()
        with self.assertRaisesRegex(UserError, "Marsh"):
            self.resolve(event, self.link(other).external_id)
        self.assertEqual(event.state, "held")

    def test_found_there_it_needs_nobody(self):
        """A search that does not lag shows it: it is linked, and changed to what is so now."""
        sandbox().core.settings.hubspot.search_delay = 0
        faults({**LOST, "match": TO_COMPANIES})
        event = self.tried(self.firm(website="https://fen.example"))
        self.assertEqual((event.state, len(self.there(name="Fen & Co"))), ("done", 1))

    def test_the_record_is_deleted_while_it_is_in_doubt(self):
        faults({**LOST, "match": TO_COMPANIES})
        firm = self.firm()
        self.drain()
        self.assertEqual(self.events(self.api).state, "retry")
        firm.unlink()
        event = self.tried().with_user(self.operator)
        self.assertEqual((event.state, event.error_code), ("held", "in-doubt"))
        self.assertIn("delete it there", event.error_hint)
        event.action_ignore()
        self.assertEqual(event.state, "ignored")


@tagged("post_install", "-at_install")
class TestRepeated(DoubtCase):
    def test_every_way_an_answer_is_lost(self):
        """Contacts are known by their e-mail address: nobody is asked."""
        ways = [
            {"kind": "drop", "phase": "after"},
            {"kind": "truncate"},
            {"kind": "status", "status": 504, "phase": "after"},
        ]
        for number, way in enumerate(ways):
            with self.subTest(way["kind"]):
                faults({"vendor": "hubspot", "match": {"method": "POST"}, "count": 1, **way})
                person = self.env["res.partner"].create({"name": "Ada", "email": f"ada{number}@x.example"})
                self.drain()
                first = self.events(self.api, ("res_id", "=", person.id))
                self.assertEqual((first.state, first.in_doubt), ("retry", True))
                event = self.tried(person)
                self.assertEqual((event.state, event.in_doubt), ("done", False), event.error_message)
                (there,) = self.there("contact", email=f"ada{number}@x.example")
                self.assertEqual(self.link(person, self.contact).external_id, there["id"])

    def test_the_key_is_the_same_at_each_try_and_in_each_process(self):
        faults({"vendor": "hubspot", "kind": "status", "status": 503, "match": {"method": "POST"}, "count": 2})
        person = self.env["res.partner"].create({"name": "Ada", "email": "ada@x.example"})
        event = self.tried(person)
        self.assertEqual((event.state, event.attempt_count), ("done", 3))
        keys = {entry["idempotency_key"] for entry in requests_to("hubspot", "POST")}
        uuid = self.env["ir.config_parameter"].sudo().get_param("database.uuid")
        self.assertEqual(keys, {f"hub-{uuid}-{event.id}"})

    def test_a_doubt_outlives_a_clear_refusal(self):
        faults({**LOST, "match": TO_COMPANIES}, {"vendor": "hubspot", "kind": "status", "status": 429, "count": 1})
        event = self.tried(self.firm())
        self.assertEqual((event.state, event.error_code), ("held", "in-doubt"))

    def test_a_clear_refusal_leaves_no_doubt(self):
        faults({"vendor": "hubspot", "kind": "status", "status": 429, "match": TO_COMPANIES, "count": 1})
        event = self.tried(self.firm())
        self.assertEqual((event.state, len(self.there(name="Fen & Co"))), ("done", 1))

    def test_an_error_page_may_hide_a_creation(self):
        faults({"vendor": "hubspot", "kind": "garbage_200", "match": TO_COMPANIES, "count": 1})
        event = self.tried(self.firm()).with_user(self.operator)
        self.assertEqual((event.state, event.error_code, event.in_doubt), ("held", "in-doubt", True))
        self.assertEqual(event.attempt_ids.sorted("id")[0].error_code, "error-page", "the retry looked, and asks")

    def test_companies_with_a_mark_are_not_held(self):
        definition = {"name": "odoo_key", "label": "Odoo key", "type": "string", "hasUniqueValue": True}
        sandbox().vendor("hubspot", "POST", "/crm/v3/properties/companies", json=definition)
        self.crm.settings = {**self.crm.settings, "company_key": "odoo_key"}
        faults({**LOST, "match": {"method": "POST", "path": "companies/batch/upsert"}})
        firm = self.firm()
        event = self.tried(firm)
        self.assertEqual((event.state, event.attempt_count), ("done", 2))
        (there,) = self.there(name="Fen & Co")
        self.assertEqual(self.link(firm).external_id, there["id"])


@tagged("post_install", "-at_install")
class TestWorkerDied(DoubtCase):
    def die_with(self, record):
        self.env.cr.flush()
        event = self.events(self.api, ("res_id", "=", record.id))
        unit = Unit(event.endpoint_id.id, event.direction, event.slot)
        with self.engine_mode():
            db = Database(self.env.cr.dbname)
            worker, steps = Performer(db, Handler(db)), Drain(unit, Turn(db.clock)).steps()
            step = answer = None
            while not isinstance(step, Gather):  # the call is made, and nothing can be written down any more
                step = steps.send(answer)
                answer = worker.perform(step)
            worker._held.close()  # the database lets its lock go
        self.assertEqual(self.events(self.api, ("id", "=", event.id)).attempt_ids.mapped("outcome"), ["started"])
        return event

    def test_what_nothing_tells_is_held(self):
        firm = self.firm()
        event = self.die_with(firm)
        self.assertEqual((self.tried(firm), event.state, event.error_code), (event, "held", "in-doubt"))
        self.assertEqual(event.attempt_ids.mapped("outcome"), ["lost", "held"])
        self.assertEqual(len(self.there(name="Fen & Co")), 1)

    def test_what_the_vendor_knows_is_done(self):
        """The record was changed between the death and the next try."""
        person = self.env["res.partner"].create({"name": "Ada", "email": "ada@x.example"})
        event = self.die_with(person)
        person.phone = "+32 2 555 01 23"
        self.tried(person)
        self.assertEqual((event.state, event.in_doubt), ("done", False))
        (there,) = self.there("contact", email="ada@x.example")
        self.assertEqual(there["properties"]["phone"], "+32 2 555 01 23")
        keys = {entry["idempotency_key"] for entry in requests_to("hubspot", "POST")}
        self.assertEqual(len(keys), 1, "two processes, one key")


@tagged("post_install", "-at_install")
class TestDeleted(DoubtCase):
    def setUp(self):
        super().setUp()
        self.crm.flow_ids.filtered(lambda flow: flow.direction == "outbound").on_unlink = "delete"

    def known(self, **values):
        person = self.env["res.partner"].create({"name": "Ada", "email": "ada@x.example", **values})
        self.assertEqual(self.tried(person).state, "done")
        return person

    def test_it_is_deleted_there(self):
        person = self.known()
        link = self.link(person, self.contact)
        person.unlink()
        event = self.tried()
        self.assertEqual((event.operation, event.state, event.external_id), ("delete", "done", link.external_id))
        self.assertFalse(self.there("contact", email="ada@x.example"))
        self.assertTrue(link.deleted_at and link.deleted_here and link.last_out_at)

    def test_what_is_gone_there_already_is_a_success(self):
        person = self.known()
        sandbox().control("DELETE", f"/hubspot/contacts/{self.link(person, self.contact).external_id}")
        person.unlink()
        self.assertEqual(self.tried().state, "done")

    def test_a_lost_answer_is_asked_for_again(self):
        person = self.known()
        faults({**LOST, "match": {"method": "DELETE"}})
        person.unlink()
        event = self.tried()
        self.assertEqual((event.state, event.attempt_count, event.in_doubt), ("done", 2, False))

    def test_what_was_never_sent_is_not_deleted(self):
        person = self.env["res.partner"].create({"name": "Ada", "email": "ada@x.example"})
        flow = self.crm.flow_ids.filtered(lambda flow: flow.template_key == "contacts_out")
        self.env.cr.flush()
        person_id = person.id
        person.unlink()
        self.env.cr.execute(
            "UPDATE integration_event SET operation = 'delete' WHERE flow_id = %s AND res_id = %s", [flow.id, person_id]
        )
        event = self.tried()
        self.assertEqual((event.state, event.error_code), ("ignored", "never-sent"))
        self.assertEqual(requests_to("hubspot"), [])

    def test_what_was_deleted_there_is_not_created_again_by_a_change(self):
        person = self.known()
        sandbox().control("DELETE", f"/hubspot/contacts/{self.link(person, self.contact).external_id}")
        person.phone = "+32 2 555 01 23"
        event = self.tried(person)
        self.assertEqual((event.state, event.error_code), ("dead", "deleted-remotely"))
        self.assertIn("hubspot", event.error_message.lower())
        self.assertIn("link", event.error_hint)
        self.assertFalse(self.there("contact", email="ada@x.example"))
        self.link(person, self.contact).unlink()
        event.with_user(self.operator).action_retry()
        self.assertEqual(self.tried(person).state, "done")
        self.assertTrue(self.there("contact", email="ada@x.example"), "without the link it is created anew")

    def test_what_is_known_to_be_deleted_there_is_not_even_asked_for(self):
        person = self.known()
        self.link(person, self.contact).deleted_at = datetime.now()
        asked = len(requests_to("hubspot"))
        person.phone = "+32 2 555 01 23"
        self.assertEqual(self.tried(person).error_code, "deleted-remotely")
        self.assertEqual(len(requests_to("hubspot")), asked)

    def test_what_odoo_deleted_comes_back_with_the_record(self):
        flow = self.crm.flow_ids.filtered(lambda flow: flow.template_key == "contacts_out")
        flow.write({"on_archive": "delete", "on_unlink": "nothing"})
        person = self.known()
        gone = self.link(person, self.contact)
        person.active = False
        self.assertEqual((self.tried(person).operation, gone.deleted_here), ("delete", True))
        person.active = True
        self.assertEqual(self.tried(person).state, "done")
        (there,) = self.there("contact", email="ada@x.example")
        self.assertEqual(self.link(person, self.contact).external_id, there["id"])


@tagged("post_install", "-at_install")
class TestForgottenKeys(DoubtCase):
    """A vendor that honours idempotency keys remembers them for a day or so."""

    def kind(self, repetition):
        contact = {"name": "contact", "title": "Contact", "entity": "contact", "repetition": repetition}
        definition = {"base_url": "https://api.example.com", "check": {"path": "/me"}, "resources": [contact]}
        return registry.get("generic_rest", {"definition": definition})

    def test_a_key_is_given_while_it_is_remembered(self):
        person = self.env["res.partner"].create({"name": "Ada", "email": "ada@x.example"})
        event = self.tried(person)
        handler = Handler(Database(self.env.cr.dbname))
        self.env.cr.execute("UPDATE integration_event SET in_doubt = true WHERE id = %s", [event.id])
        for hours, remembered in ((1, True), (25, False)):
            started_at = datetime.now() - timedelta(hours=hours)
            self.env.cr.execute(
                "UPDATE integration_event_attempt SET started_at = %s WHERE event_id = %s", [started_at, event.id]
            )
            self.env.invalidate_all()
            given = {
                kind: bool(handler._key(self.env, event, self.kind(kind))) for kind in ("idempotency-key", "upsert")
            }
            self.assertEqual(given, {"idempotency-key": remembered, "upsert": True}, "a mark is never forgotten")
