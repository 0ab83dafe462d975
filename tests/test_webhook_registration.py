# Part of Integration Hub. License LGPL-3.0 or later.
"""Webhooks that the hub registers with the sandbox: they follow the flows, come back, and go."""

import json

from odoo.exceptions import AccessError, ConcurrencyError, UserError
from odoo.tests import tagged

from ..connectors.errors import ConfigurationError, Unauthorized
from ..connectors.vendors.shopify import Shopify
from ..engine import vault
from ..engine.database import LOST_RACE, Database
from ..models import intake
from ..models.integration_endpoint_registration import Plan
from .common import ROOT, HubCase, faults, requests_to, sandbox, signed

CUSTOMERS = ["customers/create", "customers/delete", "customers/merge", "customers/update"]
DEFINITION = ROOT / "connectors" / "vendors" / "generic_rest" / "fixtures" / "definition.json"


def registered(vendor="shopify"):
    """Return ``{address: [topics]}`` of what the sandbox delivers because an API client asked for it."""
    found = {}
    for one in sandbox().control("GET", "/webhooks")["registered"]:
        if one["vendor"] == vendor:
            found[one["url"]] = sorted([*found.get(one["url"], []), *one["topics"]])
    return found


class RegistrationCase(HubCase):
    @classmethod
    def set_up_hub(cls):
        cls.shop = cls.connect_shopify(wanted=("customers_in",))
        cls.hook = cls.shop._endpoint("inbound")
        cls.customers = cls.shop.flow_ids.filtered(lambda flow: flow.template_key == "customers_in")

    def register(self):
        """Press Register; what is kept of the vendor's limits shares the test's transaction."""
        with self.engine_mode():
            return self.hook._register_webhooks()

    def look(self, later=True):
        """Let the cron come by, an hour later unless something called it."""
        if later:
            self.env["integration.endpoint"].search(
                [("webhooks_managed", "=", True)]
            ).webhooks_checked_at = "2020-01-01"
        self.env.flush_all()
        with self.engine_mode():
            db = Database(self.env.cr.dbname)
            Endpoint = self.env["integration.endpoint"]
            seen = Endpoint._webhooks_due(db)
            for endpoint_id in seen:
                Endpoint._see_to_webhooks(db, endpoint_id)
        self.env.invalidate_all()
        return seen

    def told(self, endpoint=None):
        """Return the newest note in the chatter, as text."""
        return (endpoint or self.hook).message_ids.sorted("id")[-1:].preview

    def called(self):
        """Return whether the cron was called, and forget it."""
        cron = self.env.ref("integration_hub.cron_webhooks")
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        found = bool(triggers)
        triggers.unlink()
        return found


@tagged("post_install", "-at_install")
class TestRegistration(RegistrationCase):
    def test_what_the_flows_take_is_delivered(self):
        self.assertEqual(self.hook.webhooks_summary, "Not registered by the hub.")
        settled = self.register()
        self.assertEqual(sorted(settled.added), CUSTOMERS)
        self.assertEqual(registered(), {self.hook.webhook_url: CUSTOMERS})
        self.assertEqual(self.hook.webhook_ids.mapped("topic"), CUSTOMERS)
        self.assertEqual(set(self.hook.webhook_ids.mapped("state")), {"registered"})
        self.assertIn("delivers from now on: customers/create", self.told())
        self.assertEqual(self.hook.webhooks_summary, "4 remote events are delivered.")
        rows, notes = self.hook.webhook_ids.ids, len(self.hook.message_ids)
        self.assertEqual(self.register().added, ())
        self.assertEqual(
            (self.hook.webhook_ids.ids, len(self.hook.message_ids)), (rows, notes), "repeated, nothing is new"
        )

    def test_a_person_presses_the_button(self):
        operator = self.user("operator")
        with self.engine_mode():
            shown = self.hook.with_user(operator).action_register_webhooks()
            self.assertEqual(shown["params"]["message"], "4 remote events are delivered.")
            self.hook.with_user(operator).action_remove_webhooks()
        self.assertEqual((registered(), self.hook.webhook_ids.ids, self.hook.webhooks_managed), ({}, [], False))
        for hook in (self.hook.with_user(self.user("consultant")), self.hook.with_user(self.user("auditor"))):
            for action in (hook.action_register_webhooks, hook.action_remove_webhooks, hook.action_forget_webhooks):
                self.assertRaises(AccessError, action)

    def test_they_follow_the_flows(self):
        self.register()
        self.assertFalse(self.called())
        products = self.shop.flow_ids.filtered(lambda flow: flow.template_key == "products_in")
        if not products:
            self.skipTest("the app of products is not installed")
        products.action_switch_on()
        self.assertTrue(self.called())
        self.assertEqual(self.look(later=False), [self.hook.id])
        self.assertEqual(len(registered()[self.hook.webhook_url]), 7)
        self.customers.action_switch_off()
        self.assertTrue(self.called())
        self.look(later=False)
        self.assertEqual(registered()[self.hook.webhook_url], ["products/create", "products/delete", "products/update"])
        self.assertIn("no longer delivers: customers/create", self.told())
        products.topics = "products/delete"
        self.look(later=False)
        self.assertEqual(registered()[self.hook.webhook_url], ["products/delete"])

    def test_flows_of_others_register_nothing(self):
        self.customers.action_switch_off()
        self.customers.action_switch_on()
        self.assertFalse(self.called(), "nobody asked the hub to register this endpoint's webhooks")
        self.assertEqual(self.look(), [])
        self.assertEqual(requests_to("shopify"), [])

    def test_what_was_forgotten_comes_back(self):
        self.register()
        sandbox().control("DELETE", "/webhooks?vendor=shopify")
        self.assertEqual(registered(), {})
        self.assertEqual(self.look(later=False), [], "it was looked at just now")
        self.hook.webhooks_checked_at = "2020-01-01"
        with self.engine_mode():
            self.env.ref("integration_hub.cron_webhooks").method_direct_trigger()
        self.assertEqual(registered(), {self.hook.webhook_url: CUSTOMERS})
        self.assertIn("had forgotten the webhooks for customers/create", self.told())
        notes = len(self.hook.message_ids)
        self.look()
        self.assertEqual(len(self.hook.message_ids), notes)

    def test_an_archived_endpoint_is_told_nothing(self):
        self.register()
        for off, on in (
            (lambda: setattr(self.hook, "active", False), lambda: setattr(self.hook, "active", True)),
            (self.hook.action_disable, self.hook.action_resume),
            (lambda: setattr(self.shop, "lifecycle", "retired"), lambda: setattr(self.shop, "lifecycle", "live")),
        ):
            off()
            self.assertTrue(self.called())
            self.look(later=False)
            self.assertEqual((registered(), self.hook.webhook_ids.ids), ({}, []))
            on()
            self.look(later=False)
            self.assertEqual(registered(), {self.hook.webhook_url: CUSTOMERS})

    def test_a_paused_one_goes_on_being_told(self):
        self.register()
        self.hook.action_pause()
        self.look()
        self.assertEqual(registered(), {self.hook.webhook_url: CUSTOMERS})

    def test_a_new_address_replaces_the_old_one(self):
        self.register()
        before = self.hook.webhook_url
        self.env["ir.config_parameter"].set_param("web.base.url", "https://hub.example")
        self.hook.invalidate_recordset(["webhook_url"])
        self.look()
        self.assertNotEqual(self.hook.webhook_url, before)
        self.assertEqual(registered(), {self.hook.webhook_url: CUSTOMERS})
        self.assertIn("delivers to the new address", self.told())

    def test_whom_it_was_registered_for_is_not_deleted(self):
        self.register()
        with self.assertRaisesRegex(UserError, "Remove its webhooks first"):
            self.hook.unlink()
        with self.assertRaisesRegex(UserError, "Remove its webhooks first"):
            self.shop.unlink()

    def test_where_they_were_registered_stays(self):
        """The next shop knows nothing of them, and nobody would remove them at this one."""
        self.register()
        caller, elsewhere = self.shop._endpoint("outbound"), {"url": "https://another-shop.example"}
        for record, values in ((caller, elsewhere), (self.hook, {"slug": "another-slug"})):
            with self.assertRaisesRegex(UserError, "Remove its webhooks first"), self.env.cr.savepoint():
                record.write(values)
        self.shop.settings = {**self.shop.settings, "shop": "same-address.myshopify.com"}
        with self.engine_mode():
            self.hook.action_remove_webhooks()
        self.hook.slug = "another-slug"
        caller.write(elsewhere)

    def test_another_shop_in_the_settings(self):
        self.register()
        elsewhere = "https://another-shop.example"
        with self.assertRaisesRegex(UserError, "Remove its webhooks first"):
            self.shop.settings = {**self.shop.settings, "api_url": elsewhere}

    # --- what stands in the way ---

    def scopes(self, *names):
        """Grant the app these scopes, all of them at first."""
        sandbox().control("PUT", "/settings", {"shopify": {"scopes": [*names]}})

    def test_a_topic_without_its_scope(self):
        """The others are registered; once the scope is granted, so is this one."""
        self.customers.topics += " orders/create"
        granted = list(sandbox().core.settings.shopify.scopes)
        self.addCleanup(self.scopes, *granted)
        self.scopes("read_customers", "read_customer_merge")
        settled = self.register()
        self.assertEqual(list(settled.refused), ["orders/create"])
        self.assertEqual(registered(), {self.hook.webhook_url: CUSTOMERS})
        refused = self.hook.webhook_ids.filtered(lambda webhook: webhook.state == "refused")
        self.assertEqual(refused.mapped("topic"), ["orders/create"])
        self.assertIn("You cannot create a webhook subscription", refused.message)
        self.assertIn("refuses orders/create. Grant the app the access scope read_orders", self.hook.webhooks_problem)
        self.scopes(*granted)
        self.look()
        self.assertFalse(self.hook.webhooks_problem)
        self.assertEqual(registered(), {self.hook.webhook_url: [*CUSTOMERS, "orders/create"]})

    def test_a_refusal_takes_nothing_away(self):
        """Odoo's address is another, and the app may not register anew: what is there goes on, and somebody is told."""
        self.register()
        before = {webhook.topic: webhook.external_id for webhook in self.hook.webhook_ids}
        there = registered()
        granted = list(sandbox().core.settings.shopify.scopes)
        self.addCleanup(self.scopes, *granted)
        self.scopes("read_orders")
        self.env["ir.config_parameter"].set_param("web.base.url", "https://hub.example")
        self.look()
        self.assertEqual(registered(), there)
        self.assertEqual({webhook.topic: webhook.external_id for webhook in self.hook.webhook_ids}, before)
        self.assertEqual(set(self.hook.webhook_ids.mapped("state")), {"registered"})
        self.assertIn("You cannot create a webhook subscription", self.hook.webhook_ids[0].message)
        self.assertIn("refuses customers/create", self.told())
        self.assertIn("still there: customers/create", self.hook.webhooks_problem)
        notes = len(self.hook.message_ids)
        self.look()
        self.assertEqual(len(self.hook.message_ids), notes, "told once")
        self.scopes(*granted)
        self.look()
        self.assertEqual(registered(), {self.hook.webhook_url: CUSTOMERS})
        self.assertFalse(self.hook.webhooks_problem or any(self.hook.webhook_ids.mapped("message")))

    # --- half way ---

    def breaking_after(self, count):
        """Have the shop answer no more after so many registrations."""
        register, done = Shopify.register_webhook, []

        def register_webhook(shop, *args, **options):
            if len(done) == count:
                faults({"vendor": "shopify", "kind": "status", "status": 503})
            done.append(args)
            return register(shop, *args, **options)

        self.patch(Shopify, "register_webhook", register_webhook)

    def meanwhile(self, *, before=lambda: None, after=lambda: None):
        """Let something happen once between what the cron reads, its calls, and what it makes of them."""
        carry_out, waiting = Plan.carry_out, [after, before]

        def change():
            self.env.invalidate_all()
            waiting.pop()()
            self.env.flush_all()

        def changing(plan):
            if not waiting:
                return carry_out(plan)
            change()
            settled = carry_out(plan)
            change()
            return settled

        self.patch(Plan, "carry_out", changing)

    def test_a_shop_that_breaks_down_half_way(self):
        """What was registered is known; the cron does the others."""
        self.breaking_after(1)
        with self.engine_mode():
            shown = self.hook.action_register_webhooks()
        self.assertEqual(shown["params"]["type"], "warning")
        self.assertEqual(self.hook.webhook_ids.mapped("topic"), registered()[self.hook.webhook_url])
        self.assertEqual(len(self.hook.webhook_ids), 1)
        self.assertIn("could not be looked after", self.told())
        self.assertTrue(self.hook.webhooks_managed and self.called())
        faults()
        self.assertEqual(self.look(later=False), [self.hook.id])
        self.assertEqual(registered(), {self.hook.webhook_url: CUSTOMERS})
        self.assertFalse(self.hook.webhooks_problem)

    def test_what_cannot_be_removed_is_still_known(self):
        self.register()
        remove = Shopify.remove_webhook

        def remove_webhook(shop, identifier):
            remove(shop, identifier)
            faults({"vendor": "shopify", "kind": "status", "status": 503})

        self.patch(Shopify, "remove_webhook", remove_webhook)
        with self.engine_mode():
            self.hook.action_remove_webhooks()
        self.assertFalse(self.hook.webhooks_managed)
        self.assertEqual(self.hook.webhook_ids.mapped("topic"), registered()[self.hook.webhook_url])
        self.assertEqual(len(self.hook.webhook_ids), 3)
        with self.engine_mode(), self.assertRaises(UserError):
            self.hook.action_remove_webhooks()
        self.hook.action_forget_webhooks()
        self.assertFalse(self.hook.webhook_ids or self.hook.webhooks_problem)
        self.assertIn("a person removes them there", self.told())

    def test_removed_while_the_cron_registers(self):
        """The person who removes them is faster: what the cron has registered since is removed again."""
        self.hook._register_webhooks_later()
        self.meanwhile(before=lambda: setattr(self.hook, "webhooks_managed", False))
        self.look(later=False)
        self.assertEqual((registered(), self.hook.webhook_ids.ids, self.hook.webhooks_managed), ({}, [], False))

    def test_registered_while_the_cron_looks(self):
        """What others have noted since is not overwritten with what was read before."""
        self.register()

        def anew():
            self.hook._remove_webhooks()
            self.hook._register_webhooks()

        self.meanwhile(after=anew)
        self.look()
        there = [one["id"] for one in sandbox().control("GET", "/webhooks")["registered"]]
        known = [webhook.external_id.rpartition("/")[2] for webhook in self.hook.webhook_ids]
        self.assertEqual(sorted(known), sorted(str(each).rpartition("/")[2] for each in there))

    def test_whoever_loses_a_race_begins_again(self):
        self.hook._register_webhooks_later()
        lost, touch = [LOST_RACE[0](), ConcurrencyError()], type(self.hook)._touch

        def losing(endpoint):
            if lost:
                raise lost.pop()
            touch(endpoint)

        self.patch(type(self.hook), "_touch", losing)
        self.look(later=False)
        self.assertEqual(registered(), {self.hook.webhook_url: CUSTOMERS})

    def test_a_topic_that_the_vendor_does_not_have(self):
        self.customers.topics = "carts/*"
        with self.assertRaisesRegex(ConfigurationError, "no webhook for “carts/\\*”"):
            self.register()

    def test_a_key_that_is_refused_is_told_once(self):
        self.register()
        faults({"vendor": "shopify", "kind": "expired_token"})
        self.look()
        self.assertIn("401 Unauthorized", self.hook.webhooks_problem)
        self.assertIn("could not be looked after", self.told())
        notes = len(self.hook.message_ids)
        self.look()
        self.assertEqual(len(self.hook.message_ids), notes)
        with self.assertRaises(Unauthorized):
            self.register()
        faults()
        self.look()
        self.assertFalse(self.hook.webhooks_problem)
        self.assertEqual(self.hook.webhook_ids.mapped("topic"), CUSTOMERS, "what was known stayed")

    def test_an_address_that_cannot_be_reached(self):
        """A shop on the public network delivers to public https addresses: it says so, and that polls serve."""
        self.shop._endpoint("outbound").url = False
        self.shop.settings = {"shop": "larkfield-outfitters.myshopify.com"}
        parameters = self.env["ir.config_parameter"]
        for base, reason in (
            ("http://hub.example", "https addresses only"),
            ("https://localhost:8069", "not on the public internet"),
            ("https://10.0.0.7", "not on the public internet"),
            ("https://odoo.lan", "not on the public internet"),
        ):
            parameters.set_param("web.base.url", base)
            self.hook.invalidate_recordset(["webhook_url"])
            with self.subTest(base), self.assertRaisesRegex(ConfigurationError, reason) as caught:
                self.register()
            self.assertEqual(caught.exception.code, "address-unreachable")
            self.assertIn("read by polls", caught.exception.hint)
        self.assertEqual(requests_to("shopify"), [])

    def test_without_a_secret_nothing_could_be_verified(self):
        self.hook.credential_id = False
        with self.assertRaisesRegex(ConfigurationError, "no secret"):
            self.register()

    def test_without_an_api_that_is_on(self):
        self.shop._endpoint("outbound").action_pause()
        with self.assertRaisesRegex(UserError, "no API endpoint that is on"):
            self.hook.action_register_webhooks()

    def test_another_environment_looks_after_nothing(self):
        self.register()
        other = self.env["integration.environment"].search([("is_running", "=", False)], limit=1)
        self.hook.credential_id = False
        self.hook.environment_id = other
        self.assertEqual(self.look(), [])


@tagged("post_install", "-at_install")
class TestByHand(HubCase):
    def test_a_person_is_told_what_to_enter_where(self):
        crm = self.connect_hubspot(wanted=("contacts_in",))
        hook = crm._endpoint("inbound")
        self.assertIn("Private Apps", hook.webhooks_by_hand)
        self.assertIn("contact.creation", hook.webhook_events)
        self.assertEqual(hook.webhooks_summary, f"A person registers them in {crm.name}.")
        with self.assertRaisesRegex(UserError, "Private Apps"):
            hook.action_register_webhooks()
        self.assertEqual(requests_to("hubspot"), [])


@tagged("post_install", "-at_install")
class TestDescribedApi(RegistrationCase):
    """An API that a person described: each registration has a secret of its own, made here and kept in the vault."""

    @classmethod
    def set_up_hub(cls):
        definition = json.loads(DEFINITION.read_text(encoding="utf-8"))
        description = json.loads((DEFINITION.parent / "sandbox.json").read_text(encoding="utf-8"))
        sandbox().control("PUT", "/vendors/generic_rest", description)
        definition |= {"base_url": f"{sandbox().url}/generic_rest", "flows": [], "mappings": {}}
        cls.system = cls.connect(
            "generic_rest",
            definition=json.dumps(definition),
            api_key="bookings-sandbox-token",
            webhook_secret="whsec_AAAA",
        )
        cls.hook = cls.system._endpoint("inbound")
        cls.system.action_rest_add_flows()
        cls.flow = cls.system.flow_ids.filtered(lambda flow: flow.template_key == "guest_in")

    def test_its_secret_is_kept(self):
        self.flow.action_switch_on()
        self.register()
        [(address, topics)] = registered("generic_rest").items()
        self.assertEqual((address, len(topics)), (self.hook.webhook_url, 3))
        [there] = sandbox().control("GET", "/objects/generic_rest/webhook")["objects"]
        self.assertEqual(self.opened()[0], there["secret"])
        first = there["secret"]
        self.look()
        self.assertEqual(self.opened()[0], first)
        sandbox().control("DELETE", "/webhooks?vendor=generic_rest")
        self.look()
        [there] = sandbox().control("GET", "/objects/generic_rest/webhook")["objects"]
        self.assertNotEqual(there["secret"], first)
        self.assertEqual(self.opened()[:2], [there["secret"], first], "the earlier one is taken for its overlap")
        for secret in self.opened()[:2]:
            self.assertEqual(self.delivered(secret), "accepted")
        with self.assertRaisesRegex(intake.Refused, "signature"):
            self.delivered("whsec_" + "B" * 44)

    def test_a_new_secret_is_kept_whatever_fails_after_it(self):
        """The earlier webhook cannot be removed: the new one signs with its own secret nevertheless."""
        self.flow.action_switch_on()
        self.register()
        self.flow.topics = self.flow.topics.split()[0]
        faults({"vendor": "generic_rest", "kind": "status", "status": 503, "match": {"method": "DELETE"}})
        self.look(later=False)
        self.assertIn("could not be looked after", self.told())
        there = sandbox().control("GET", "/objects/generic_rest/webhook")["objects"]
        self.assertEqual(len(there), 2)
        for one in there:
            self.assertEqual(self.delivered(one["secret"]), "accepted")
        faults()
        self.look()
        [left] = sandbox().control("GET", "/objects/generic_rest/webhook")["objects"]
        self.assertEqual((self.opened()[0], self.hook.webhooks_problem), (left["secret"], False))

    def delivered(self, secret):
        """Return what the API is answered to a delivery that it signs with this secret."""
        guest = {"event": "guest.changed", "message_id": secret[:9], "guest": {"id": 7, "full_name": "Ada King"}}
        delivery = signed(self.hook, guest, url=self.hook.webhook_url, secret=secret)
        with self.engine_mode():
            route = intake.find_route(self.env, self.hook.slug)
            return intake.receive(Database(self.env.cr.dbname), self.env, route, delivery).body["status"]

    def opened(self):
        self.env.flush_all()
        return vault.open_secrets(self.env.cr, self.hook.credential_id.id, "inbound")
