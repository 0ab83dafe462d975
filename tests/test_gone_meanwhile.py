# Part of Integration Hub. License LGPL-3.0 or later.
"""What a message needs is gone when its turn comes: it says so, nothing else changes, and other messages go on."""

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..engine.database import Database
from ..engine.perform import Performer
from ..engine.protocol import Drain, Turn
from ..engine.slots import Unit
from ..engine.steps import Claim
from ..models import intake
from ..models.handler import Handler
from .common import HubCase, crm_objects, requests_to, signed


class GoneCase(HubCase):
    """A customer on the way in, a contact on the way out, and then something is taken away."""

    @classmethod
    def set_up_hub(cls):
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=True))
        cls.operator = cls.user("operator")
        cls.shop = cls.connect_shopify(wanted=("customers_in",))
        cls.hook = cls.shop._endpoint("inbound")
        cls.crm = cls.connect_hubspot(wanted=("contacts_out",))
        cls.api = cls.crm._endpoint("outbound")
        cls.endpoints = cls.hook | cls.api
        cls.flow_in = cls.shop.flow_ids.filtered(lambda flow: flow.template_key == "customers_in")
        cls.flow_out = cls.crm.flow_ids.filtered(lambda flow: flow.template_key == "contacts_out")
        cls.flows = cls.flow_in | cls.flow_out

    def customer(self, number):
        """Take in a customer; the CRM is to get nothing of it."""
        document = {
            "id": number,
            "email": f"c{number}@example.com",
            "first_name": "C",
            "last_name": str(number),
            "updated_at": "2026-01-01T00:00:00Z",
        }
        return self.receive(self.shop, document, topic="customers/update")

    def contact(self, name="ada"):
        partner = self.env["res.partner"].create({"name": name, "email": f"{name}@x.example"})
        self.env.cr.flush()
        return self.events(self.api, ("res_id", "=", partner.id))

    def arrived(self):
        """A message each way; returns both."""
        self.flow_out.domain = "[('email', 'like', '@x.example')]"
        return self.customer(5), self.contact()

    def assert_nothing_happened(self):
        self.assertFalse(self.env["res.partner"].search([("email", "=", "c5@example.com")]))
        self.assertFalse([each for each in crm_objects() if each["properties"].get("email") == "ada@x.example"])

    def assert_waiting(self, events, code):
        for event in events:
            self.assertEqual((event.state, event.waiting_reason and code in event.waiting_reason), ("pending", True))

    def both(self, gone, state, code, *, said="", then=None):
        """Take something away; assert how both end, what a person reads, and that a retry works once it is back."""
        incoming, outgoing = self.arrived()
        gone()
        self.drain()
        for event in (incoming, outgoing):
            with self.subTest(event.direction):
                event.invalidate_recordset()
                self.assertEqual((event.state, event.error_code), (state, code), event.error_message)
                self.assertIn(said, event.error_message)
                self.assertTrue(event.error_hint, "what to do")
                self.assertNotIn("Traceback", f"{event.error_message} {event.error_hint}")
        self.assert_nothing_happened()
        if then:
            then()
            (incoming | outgoing).with_user(self.operator).action_retry()
            self.drain()
            self.assertEqual((incoming | outgoing).mapped("state"), ["done", "done"])
            self.assertTrue([each for each in crm_objects() if each["properties"].get("email") == "ada@x.example"])


@tagged("post_install", "-at_install")
class TestGone(GoneCase):
    def test_control(self):
        incoming, outgoing = self.arrived()
        self.drain()
        self.assertEqual((incoming.state, outgoing.state), ("done", "done"))

    def test_the_record(self):
        event = self.contact()
        self.env["res.partner"].browse(event.res_id).unlink()
        other = self.contact("grace")
        self.drain()
        self.assertEqual((event.state, event.error_code, other.state), ("ignored", "record-gone", "done"))
        self.assert_nothing_happened()

    def test_the_app_of_the_record(self):
        event = self.contact()
        self.env.cr.execute("UPDATE integration_event SET res_model = 'gone.app' WHERE id = %s", [event.id])
        self.env.invalidate_all()
        self.drain()
        self.assertEqual((event.state, event.error_code), ("ignored", "no-app"))
        self.assertIn("gone.app", event.error_message)

    def test_the_mapping_is_archived(self):
        """What is in use stays in use: archiving only takes it out of lists."""
        incoming, outgoing = self.arrived()
        (self.flows.mapping_id | self.flows.record_mapping_id).active = False
        self.drain()
        self.assertEqual((incoming.state, outgoing.state), ("done", "done"))

    def test_the_mapping_has_no_version(self):
        mappings = self.flows.mapping_id.sudo()
        versions = {mapping: mapping.version_id for mapping in mappings}

        def put_back():
            for mapping, version in versions.items():
                mapping.version_id = version

        def gone():
            mappings.version_id = False

        self.both(gone, "dead", "no-mapping-version", said="has no version in use", then=put_back)

    def test_a_version_that_was_in_use_cannot_be_deleted(self):
        event = self.contact()
        self.drain()
        for version in (event.mapping_version_id, event.record_mapping_version_id):
            with self.assertRaisesRegex(UserError, "stays, so that past messages can be explained"):
                version.sudo().unlink()
            with self.assertRaisesRegex(UserError, "stays, so that past messages can be explained"):
                version.mapping_id.sudo().unlink()

    def test_a_retry_takes_the_version_in_use_now(self):
        """The one that read it first may be retired since."""
        incoming, _outgoing = self.arrived()
        self.flow_in.sudo().mapping_id.version_id = False
        self.drain()
        first = self.flow_in.mapping_id.version_ids
        draft = first._new_draft().sudo()
        draft._approve()
        incoming.with_user(self.operator).action_retry()
        self.drain()
        self.assertEqual((incoming.state, incoming.mapping_version_id), ("done", draft))

    def test_the_service_user_is_archived(self):
        incoming, outgoing = self.arrived()
        self.endpoints.service_user_id.active = False
        self.drain()
        self.assertEqual((incoming.state, outgoing.state), ("done", "done"))

    def test_the_service_user_lost_its_rights(self):
        incoming, _outgoing = self.arrived()
        user = self.hook.service_user_id
        user.group_ids = [Command.set(self.env.ref("base.group_user").ids)]
        self.drain()
        self.assertEqual((incoming.state, incoming.error_code), ("dead", "access"))
        self.assertIn("service user", incoming.error_hint)
        self.assertFalse(self.env["res.partner"].search([("email", "=", "c5@example.com")]))

    def test_the_service_user_lost_its_company(self):
        users = self.endpoints.service_user_id
        company, other = self.shop.company_id, self.env["res.company"].create({"name": "Elsewhere"})
        self.both(
            lambda: users.write({"company_id": other.id, "company_ids": [Command.set(other.ids)]}),
            "dead",
            "no-company",
            said=company.name,
            then=lambda: users.write({"company_ids": [Command.link(company.id)]}),
        )

    def test_the_company_is_archived(self):
        company = self.shop.company_id

        def archive(active):
            self.env.cr.execute("UPDATE res_company SET active = %s WHERE id = %s", [active, company.id])
            self.env.invalidate_all()
            self.env.registry.clear_cache()

        self.both(lambda: archive(False), "dead", "no-company", said=company.name, then=lambda: archive(True))

    def test_the_flow_is_switched_off(self):
        self.both(
            lambda: self.flows.write({"state": "off"}),
            "ignored",
            "no-flow",
            then=lambda: self.flows.write({"state": "on"}),
        )

    def test_the_flow_is_archived(self):
        self.both(
            lambda: self.flows.write({"active": False}),
            "ignored",
            "no-flow",
            then=lambda: self.flows.write({"active": True}),
        )


@tagged("post_install", "-at_install")
class TestStopped(GoneCase):
    """What is the endpoint's matter stops the endpoint: no message is lost over it."""

    def stopped(self, gone, back, reason):
        incoming, outgoing = self.arrived()
        gone()
        self.drain()
        self.assert_waiting(incoming | outgoing, reason)
        self.assert_nothing_happened()
        back()
        self.drain()
        self.assertEqual((incoming.state, outgoing.state), ("done", "done"))

    def test_the_endpoint_is_archived(self):
        self.stopped(
            lambda: self.endpoints.write({"active": False}),
            lambda: self.endpoints.write({"active": True}),
            "archived",
        )

    def test_the_system_is_retired(self):
        systems = self.shop | self.crm
        self.stopped(
            lambda: systems.write({"lifecycle": "retired"}), lambda: systems.write({"lifecycle": "live"}), "retired"
        )

    def test_the_system_is_archived(self):
        systems = self.shop | self.crm
        self.stopped(lambda: systems.write({"active": False}), lambda: systems.write({"active": True}), "retired")

    def test_another_environment_runs(self):
        """A copy of the database on a server that runs another environment sends and takes nothing."""
        here = self.endpoints.environment_id
        elsewhere = self.env["integration.environment"].search([("code", "=", "production")])
        self.stopped(lambda: self.move(elsewhere.id), lambda: self.move(here.id), elsewhere.name)

    def move(self, environment_id):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE integration_endpoint SET environment_id = %s WHERE id IN %s",
            [environment_id, tuple(self.endpoints.ids)],
        )
        self.env.invalidate_all()

    def no_secret(self, gone, said):
        first, second = self.contact(), self.contact("grace")
        gone()
        self.drain()
        self.assertEqual((first.state, second.state), ("pending", "pending"))
        self.assertEqual(first.attempt_count + second.attempt_count, 1, "the first one to find out stops the endpoint")
        self.assertEqual(self.api.state, "suspended")
        self.assertIn(said, self.api.state_reason)
        self.assertIn(said, first.waiting_reason)
        self.assertTrue(self.api.activity_ids, "somebody is told")
        self.assertEqual(requests_to("hubspot"), [])
        return first | second

    def test_the_credential_is_taken_away(self):
        credential = self.api.credential_id
        events = self.no_secret(lambda: self.api.write({"credential_id": False}), "has no credential")
        self.api.credential_id = credential
        self.api.with_user(self.operator)._set_state("active", False)
        self.drain()
        self.assertEqual(events.mapped("state"), ["done", "done"])

    def test_the_secret_is_deleted(self):
        self.no_secret(lambda: self.api.credential_id.version_ids.sudo().unlink(), "No secret")

    def test_the_credential_is_another_environments(self):
        def move():
            self.env.cr.execute(
                """UPDATE integration_credential SET environment_id =
                          (SELECT id FROM integration_environment WHERE code = 'production') WHERE id = %s""",
                [self.api.credential_id.id],
            )
            self.env.invalidate_all()

        self.no_secret(move, "production")

    def test_what_is_to_be_read_waits_for_the_api_endpoint(self):
        """The webhook's endpoint is not at fault."""
        crm = self.connect_hubspot(wanted=("contacts_in",))
        hook, api = crm._endpoint("inbound"), crm._endpoint("outbound")
        event = self.notified(hook)
        api.credential_id = False
        self.drain()
        self.assertEqual((event.state, event.error_code), ("retry", "api-endpoint-stopped"))
        self.assertEqual((hook.state, api.state), ("active", "suspended"))

    def notified(self, hook):
        entry = {
            "eventId": 1, "subscriptionId": 1, "objectId": 70451, "occurredAt": 1763109011340,
            "subscriptionType": "contact.creation", "attemptNumber": 0,
        }  # fmt: skip
        delivery = signed(hook, [entry], url=hook.webhook_url)
        with self.engine_mode():
            route = intake.find_route(self.env, hook.slug)
            intake.receive(Database(self.env.cr.dbname), self.env, route, delivery)
        return self.events(hook)


class Interrupted(Performer):
    """Does something to the database between a claim and the first try."""

    def __init__(self, db, handler, between):
        super().__init__(db, handler)
        self.between = between

    def perform(self, step):
        answer = super().perform(step)
        if isinstance(step, Claim) and self.between:
            between, self.between = self.between, None
            between()
        return answer


@tagged("post_install", "-at_install")
class TestBetweenClaimAndTry(GoneCase):
    def interrupt(self, event, between):
        unit = Unit(event.endpoint_id.id, event.direction, event.slot)
        with self.engine_mode():
            db = Database(self.env.cr.dbname)
            Interrupted(db, Handler(db), between).run(Drain(unit, Turn(db.clock)).steps())
        self.env.invalidate_all()

    def switch(self, *states):
        for state in states:
            self.env.cr.execute("UPDATE integration_flow SET state = %s WHERE id IN %s", [state, tuple(self.flows.ids)])
            self.env.invalidate_all()
            self.env.registry.clear_cache()

    def test_the_flow_is_switched_off(self):
        for event in self.arrived():
            with self.subTest(event.direction):
                self.switch("on")
                self.interrupt(event, lambda: self.switch("off"))
                self.assertEqual((event.state, event.error_code), ("ignored", "no-flow"))
        self.assert_nothing_happened()

    def test_the_flow_is_switched_off_and_on(self):
        for event in self.arrived():
            with self.subTest(event.direction):
                self.interrupt(event, lambda: self.switch("off", "on"))
                self.assertEqual(event.state, "done", event.error_message)

    def test_the_message_is_given_up(self):
        for event in self.arrived():
            with self.subTest(event.direction):
                self.interrupt(event, event.with_user(self.operator).action_ignore)
                self.assertEqual(event.state, "ignored")
        self.assert_nothing_happened()

    def test_the_credential_is_taken_away(self):
        _incoming, event = self.arrived()

        def take():
            self.api.credential_id = False
            self.env.flush_all()

        self.interrupt(event, take)
        self.assertEqual((event.state, self.api.state), ("pending", "suspended"))
