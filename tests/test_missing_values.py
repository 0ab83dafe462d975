# Part of Integration Hub. License LGPL-3.0 or later.
"""Missing values through the real pipeline: one line a value, mapped or made, and what waited goes on by itself."""

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import HubCase
from .mapping_cases import LIGHT, ScreenCase
from .order_cases import ShopOrderCase
from .record_cases import RecordMixin


class MissingMixin:
    def missing(self, **values):
        """Return the lines of the list as it is now."""
        self.env.flush_all()
        self.env.invalidate_all()
        self.env["integration.missing.value"]._refresh()
        domain = [("system_id", "=", self.shop.id), *((name, "=", value) for name, value in values.items())]
        return self.env["integration.missing.value"].search(domain)

    def map(self, missing, record, user=None, **values):
        """Map a value as a consultant does, by the wizard."""
        user = user or self.env.ref("base.user_admin")
        wizard = (
            self.env["integration.map.value"]
            .with_user(user)
            .create({"missing_id": missing.id, "res_id": record.id, **values})
        )
        wizard.action_map()
        self.env.flush_all()
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestMissingValues(MissingMixin, ShopOrderCase):
    def setUp(self):
        super().setUp()
        self.consultant = self.env.ref("base.user_admin")
        self.env["integration.missing.value"].search([]).unlink()

    def lacks(self, document, code):
        event = self.tell(document, "orders/create")
        self.assertEqual((event.state, event.error_code), ("dead", code), event.error_message)
        return event

    def goes_on(self, event):
        """The message is on its way already; return the order that it becomes."""
        self.env.invalidate_all()
        self.assertEqual(event.state, "pending", "it goes on by itself")
        self.drain()
        event = self.events(self.hook, ("id", "=", event.id))
        self.assertEqual(event.state, "done", event.error_message)
        return self.env["sale.order"].browse(event.res_id)

    def test_currency_switched_on(self):
        xaf = self.env.ref("base.XAF")
        xaf.active = False
        first, second = (
            self.lacks(self.place(("TENT-RIDGE-2", 1), currency="XAF"), "inactive-value") for _ in range(2)
        )
        missing = self.missing()
        self.assertEqual(
            (missing.kind, missing.value, missing.message_count, missing.state), ("Currency", "XAF", 2, "open")
        )
        self.assertEqual((missing.example_id, missing.oldest_at), (second, first.arrived_at))
        self.assertTrue(missing.may_switch_on)
        self.assertFalse(missing.may_create)
        missing.action_switch_on()
        self.env.cr.flush()
        self.assertEqual(self.goes_on(first).currency_id, xaf)
        self.assertEqual((self.missing(), missing.state, missing.message_count), (missing, "closed", 0))

    def test_currency_mapped_to_another(self):
        self.env.ref("base.XAF").active = False
        event = self.lacks(self.place(("TENT-RIDGE-2", 1), currency="XAF"), "inactive-value")
        yen = self.env["res.currency"].with_context(active_test=False).search([("name", "=", "JPY")])
        yen.active = True
        self.map(self.missing(), yen)
        self.assertEqual(self.goes_on(event).currency_id, yen)
        value_map = self.env["integration.value.map"].search([("system_id", "=", self.shop.id)])
        self.assertEqual((value_map.res_model, value_map.company_id), ("res.currency", self.shop.company_id))
        self.assertEqual((value_map.line_ids.value, value_map.line_ids.record_name), ("XAF", yen.display_name))
        later = self.tell(self.place(("TENT-RIDGE-2", 1), currency="XAF"), "orders/create")
        self.assertEqual(later.state, "done", "the next one is known at once")

    def test_tax(self):
        event = self.lacks(self.place(tax_rate="0.1234", tax_title="County tax"), "unknown-tax")
        missing = self.missing()
        self.assertEqual((missing.res_model, missing.value, missing.scope), ("account.tax", "12.34", ""))
        self.assertEqual(missing.action_create_record()["context"]["default_amount"], 12.34)
        self.map(missing, self.taxes[False])
        self.drain()
        event = self.events(self.hook, ("id", "=", event.id))
        self.assertEqual(event.error_code, "totals-differ", "the books are still asked: fifteen is not 12.34")
        self.assertFalse(self.missing(state="open"))
        tax = self.env["account.tax"].create({"name": "County", "amount": 12.34, "type_tax_use": "sale"})
        line = self.env["integration.value.map.line"].search([("value", "=", "12.34")])
        line.res_id = tax.id
        event.with_user(self.consultant).action_retry()
        self.assertEqual(self.goes_on(event).order_line.tax_ids, tax)

    def test_tax_switched_on(self):
        values = {"name": "County", "amount": 12.34, "active": False}
        purchase, sale = self.env["account.tax"].create(
            [values | {"type_tax_use": use, "name": use} for use in ("purchase", "sale")]
        )
        event = self.lacks(self.place(tax_rate="0.1234"), "unknown-tax")
        missing = self.missing()
        self.assertTrue(missing.may_switch_on)
        missing.action_switch_on()
        self.env.cr.flush()
        self.assertEqual((self.goes_on(event).order_line.tax_ids, purchase.active), (sale, False))

    def test_state(self):
        document = self.place()
        document["shipping_address"] |= {"address1": "Elsewhere 1", "province_code": "ZZ", "province": "Nowhere"}
        event = self.lacks(document, "unknown-state")
        missing = self.missing()
        self.assertEqual((missing.kind, missing.scope, missing.value), ("Country state", "US", "ZZ"))
        self.assertEqual(missing.action_create_record()["context"]["default_country_id"], self.env.ref("base.us").id)
        texas = self.env.ref("base.state_us_44")
        self.map(missing, texas)
        self.assertEqual(self.goes_on(event).partner_shipping_id.state_id, texas)
        self.assertEqual(
            self.env["integration.value.map"]._record_for(self.shop, "res.country.state", "ZZ", "CA"),
            self.env["res.country.state"],
            "within its country only",
        )

    def test_country(self):
        document = self.place()
        country = self.env["res.country"].search([("code", "=", document["shipping_address"]["country_code"])])
        country.code = "X9"
        address = {"country_code": "US", "country": "Elsewhere"}
        document["customer"]["default_address"] = dict(document["shipping_address"], **address)
        event = self.lacks(document, "unknown-value")
        missing = self.missing()
        self.assertEqual((missing.res_model, missing.value), ("res.country", "US"))
        self.map(missing, country)
        order = self.goes_on(event)
        self.assertEqual((order.partner_id.country_id, order.partner_shipping_id.country_id), (country, country))

    def test_archived_product(self):
        document = self.place(("TENT-RIDGE-2", 1))
        product = self.env["integration.entity"].search([("code", "=", "product")])
        variant = f"gid://shopify/ProductVariant/{document['line_items'][0]['variant_id']}"
        self.env["integration.binding"]._link(self.shop, product, variant, self.tent)
        self.tent.active = False
        event = self.lacks(document, "archived-product")
        missing = self.missing()
        self.assertEqual((missing.res_model, missing.value), ("product.product", "TENT-RIDGE-2"))
        self.assertTrue(missing.may_switch_on)
        successor = self.goods("TENT-RIDGE-3")
        self.map(missing, successor)
        self.assertIn(successor, self.goes_on(event).order_line.product_id)

    def test_switching_an_archived_product_on(self):
        document = self.place(("TENT-RIDGE-2", 1))
        product = self.env["integration.entity"].search([("code", "=", "product")])
        variant = f"gid://shopify/ProductVariant/{document['line_items'][0]['variant_id']}"
        self.env["integration.binding"]._link(self.shop, product, variant, self.tent)
        self.tent.active = False
        event = self.lacks(document, "archived-product")
        self.missing().action_switch_on()
        self.env.cr.flush()
        self.assertIn(self.tent, self.goes_on(event).order_line.product_id)

    # --- the list ---

    def test_one_activity_for_who_looks_after_it(self):
        self.shop.business_owner_id = owner = self.user("operator")
        accountant = self.user("user")
        self.lacks(self.place(tax_rate="0.1234"), "unknown-tax")
        missing = self.missing()
        self.assertEqual((missing.user_id, missing.activity_ids.user_id), (owner, owner))
        self.env["integration.value.responsible"].create(
            {"model_id": self.env["ir.model"]._get_id("account.tax"), "user_id": accountant.id}
        )
        self.lacks(self.place(tax_rate="0.1234"), "unknown-tax")
        missing = self.missing()
        self.assertEqual((missing.message_count, missing.activity_ids.user_id), (2, accountant))
        self.assertEqual(len(missing.activity_ids), 1)
        self.env["integration.record"]._cron_tell()
        told = self.env["mail.activity"].search([("integration_cause", "!=", False), ("note", "like", "12.34")])
        self.assertFalse(told, "nobody is told twice")
        missing.activity_ids.with_user(accountant).note  # noqa: B018 - may be read

    def test_ignored_with_a_reason(self):
        event = self.lacks(self.place(tax_rate="0.1234"), "unknown-tax")
        operator = self.user("operator")
        missing = self.missing().with_user(operator)
        action = missing.action_ignore()
        form = Form(self.env[action["res_model"]].with_user(operator).with_context(**action["context"]))
        form.reason = "The agency's tests"
        form.save().action_ignore()
        self.assertEqual((missing.state, missing.ignored_reason), ("ignored", "The agency's tests"))
        self.assertFalse(missing.activity_ids)
        self.lacks(self.place(tax_rate="0.1234"), "unknown-tax")
        self.assertEqual((self.missing().state, missing.message_count), ("ignored", 2))
        self.assertFalse(missing.activity_ids)
        self.assertEqual(event.state, "dead")
        missing.action_reopen()
        self.assertEqual(self.missing().state, "open")

    def test_given_up_with_the_value(self):
        event = self.lacks(self.place(tax_rate="0.1234"), "unknown-tax")
        operator = self.user("operator")
        wizard = (
            self.env["integration.ignore.value"]
            .with_user(operator)
            .create({"missing_ids": self.missing().ids, "reason": "Tests", "give_up": True})
        )
        shown = wizard.action_ignore()
        self.assertEqual(shown["res_model"], "integration.repair")
        self.assertEqual(self.env["integration.repair"].browse(shown["res_id"]).job_id.expected, 1)
        self.assertEqual(event.missing_value_id, self.missing())

    def test_messages_of_a_line(self):
        first = self.lacks(self.place(tax_rate="0.1234"), "unknown-tax")
        self.lacks(self.place(tax_rate="0.2345"), "unknown-tax")
        missing = self.missing(value="12.34")
        action = missing.action_view_messages()
        self.assertEqual(self.env["integration.event"].search(action["domain"]), first)
        self.assertEqual(first.missing_value_id, missing)

    def test_the_next_time_it_comes_back(self):
        tax = {"name": "County", "amount": 12.34, "type_tax_use": "sale"}
        self.lacks(self.place(tax_rate="0.1234"), "unknown-tax")
        missing = self.missing()
        tax = self.env["account.tax"].create(tax)
        self.drain()
        self.assertEqual(self.missing().state, "closed")
        tax.active = False
        self.lacks(self.place(tax_rate="0.1234"), "unknown-tax")
        self.assertEqual((self.missing(), missing.state), (missing, "open"))

    def test_many_messages_are_one_line_and_run_again_in_the_background(self):
        event = self.lacks(self.place(tax_rate="0.1234"), "unknown-tax")
        self.env.cr.execute(
            """INSERT INTO integration_event (direction, state, kind, endpoint_id, company_id, flow_id, slot, topic,
                   arrived_at, attempt_count, error_code, error_params)
               SELECT direction, state, kind, endpoint_id, company_id, flow_id, slot, topic, arrived_at, 1, error_code,
                      error_params FROM integration_event, generate_series(1, 600) WHERE id = %s""",
            [event.id],
        )
        missing = self.missing()
        self.assertEqual(missing.message_count, 601)
        tax = self.env["account.tax"].create({"name": "x", "amount": 7.7, "type_tax_use": "sale", "active": False})
        self.map(missing, tax)
        self.assertEqual(event.state, "dead", "not in the click")
        begun = [("remedy", "=", "retry")]
        repair = self.env["integration.repair"].search(begun, order="id desc", limit=1)
        self.assertEqual(repair.job_id.expected, 601)
        self.env["account.tax"].create({"name": "County", "amount": 12.34, "type_tax_use": "sale"})
        self.env.cr.flush()
        self.env.invalidate_all()
        self.assertEqual(event.state, "dead", "nor in the save of who creates it")
        mended = self.env["integration.repair"].search(begun, order="id desc", limit=1)
        self.assertEqual((mended - repair).job_id.expected, 601)

    # --- value maps ---

    def test_a_general_map_and_the_systems_own(self):
        Map = self.env["integration.value.map"]
        currency = self.env["ir.model"]._get_id("res.currency")
        euro, dollar = self.env.ref("base.EUR"), self.env.ref("base.USD")
        general = Map.create({"model_id": currency, "line_ids": [(0, 0, {"value": "Cash", "res_id": euro.id})]})
        self.assertEqual(Map._record_for(self.shop, "res.currency", " CASH "), euro)
        own = Map.create(
            {
                "model_id": currency,
                "system_id": self.shop.id,
                "line_ids": [(0, 0, {"value": "cash", "res_id": dollar.id})],
            }
        )
        self.assertEqual(Map._record_for(self.shop, "res.currency", "Cash"), dollar)
        own.unlink()
        self.assertEqual(Map._record_for(self.shop, "res.currency", "Cash"), euro)
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        general.company_id = elsewhere
        self.assertFalse(Map._record_for(self.shop, "res.currency", "Cash"))

    def test_a_record_of_another_company(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        product = self.env["product.product"].create({"name": "Theirs", "company_id": elsewhere.id})
        Map, model = self.env["integration.value.map"], self.env["ir.model"]._get_id("product.product")
        line = [(0, 0, {"value": "X", "res_id": product.id})]
        with self.assertRaisesRegex(ValidationError, "another company"):
            Map.create({"model_id": model, "system_id": self.shop.id, "line_ids": line})
        Map.create({"model_id": model, "line_ids": line})
        self.assertFalse(Map._record_for(self.shop, "product.product", "X"), "not even by a general map")

    def test_what_is_refused(self):
        Map = self.env["integration.value.map"]
        with self.assertRaisesRegex(ValidationError, "may not touch"):
            Map.create({"model_id": self.env["ir.model"]._get_id("res.users")})
        currency = {"model_id": self.env["ir.model"]._get_id("res.currency")}
        with self.assertRaisesRegex(ValidationError, "Choose the Odoo record"):
            Map.create({**currency, "line_ids": [(0, 0, {"value": "x", "res_id": 0})]})
        euro, currency["company_id"] = self.env.ref("base.EUR").id, self.env.company.id
        with mute_logger("odoo.sql_db"), self.assertRaisesRegex(Exception, "value_unique"):
            Map.create(
                {**currency, "line_ids": [(0, 0, {"value": value, "res_id": euro}) for value in ("Euro", "EURO ")]}
            )

    def test_who_may(self):
        self.lacks(self.place(tax_rate="0.1234"), "unknown-tax")
        missing = self.missing()
        for name in ("user", "operator", "auditor", "approver"):
            with self.subTest(name), self.assertRaises(AccessError):
                self.map(missing, self.taxes[False], self.user(name))
        for name in ("user", "auditor", "approver"):
            with self.subTest(name), self.assertRaises(UserError):
                missing.with_user(self.user(name)).action_reopen()
        seller = missing.with_user(self.user("user"))
        self.assertFalse(seller.may_create or seller.may_switch_on)
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = self.user("consultant", company_id=elsewhere.id, company_ids=[(6, 0, elsewhere.ids)])
        self.assertFalse(self.env["integration.missing.value"].with_user(stranger).search([]))

    def test_no_map_no_query(self):
        Map = self.env["integration.value.map"]
        Map._record_for(self.shop, "res.currency", "EUR")
        with self.assertQueryCount(0):
            Map._record_for(self.shop, "res.currency", "EUR")


@tagged("post_install", "-at_install")
class TestSentValues(RecordMixin, HubCase):
    """What the other system calls a record is what it is told."""

    def test_in_the_words_of_the_other_system(self):
        belgium = self.env.ref("base.be")
        Map, country = self.env["integration.value.map"], self.env["ir.model"]._get_id("res.country")
        lines = [(0, 0, {"value": value, "res_id": belgium.id}) for value in ("Belgique", "Belgien")]
        value_map = Map.create({"model_id": country, "system_id": self.crm.id, "line_ids": lines})
        self.assertEqual(value_map.known_by, "code")
        self.sent(country_id=belgium.id)
        self.assertEqual(self.there("ada@x.example")["properties"]["country"], "Belgique", "the first of its values")
        value_map.known_by = False
        self.sent(name="Bo", email="bo@x.example", country_id=belgium.id)
        self.assertEqual(self.there("bo@x.example")["properties"]["country"], "BE")


@tagged("post_install", "-at_install")
class TestMappedLookUps(MissingMixin, ScreenCase):
    """What a consultant's own mapping lines look up: payment terms, carriers."""

    def test_payment_term_and_carrier(self):
        consultant, flow = self.env.ref("base.user_admin"), self.flow("orders_in")
        wanted = {"payment_term_id": "account.payment.term", "carrier_id": "delivery.carrier"}
        names = [name for name in wanted if name in self.env["sale.order"]._fields]
        for place, name in enumerate(names):
            self.call(flow, "mapping_add", name, {"pointer": ["note_attributes", place, "value"]}, self.light())
        self.call(self.flow("orders_in", self.approver), "mapping_approve", self.digest(), self.light())
        order = dict(self.light()["document"], updated_at="2026-01-01T00:00:00Z")
        event = self.receive(self.shop, order, topic="orders/create", webhook_id="lookup")
        self.drain()
        self.env.invalidate_all()
        self.assertEqual((event.state, event.error_code), ("dead", "unknown-value"), event.error_message)
        lines = self.missing()
        self.assertEqual(set(lines.mapped("res_model")), {wanted[name] for name in names}, "each that it lacks")
        for name in names:
            record = self.env[wanted[name]].search([], limit=1)
            self.assertTrue(record)
            missing = lines.filtered(lambda one, name=name: one.res_model == wanted[name])
            self.map(missing, record, consultant)
            self.drain()
        self.assertFalse(self.missing(state="open"))

    def light(self):
        """Return an order without lines, which finds or creates nothing but what is asked for here."""
        attributes = [{"name": "Terms", "value": "Net 77"}, {"name": "Carrier", "value": "Hermes night"}]
        return {"label": "Mine", "document": dict(LIGHT["document"], note_attributes=attributes, line_items=[])}

    def digest(self):
        return self.screen("orders_in", self.light(), self.approver)["digest"]
