# Part of Integration Hub. License LGPL-3.0 or later.
"""Inbound, the whole road: a signed order webhook becomes a sales order whose totals are the shop's."""

import copy
import json
from decimal import Decimal

from odoo.tests import tagged

from .common import HubHttpCase, own_payload, vendor_payload


class OrderCase(HubHttpCase):
    @classmethod
    def set_up_hub(cls):
        if "sale.order" not in cls.env:
            raise cls.skipTest(cls, "needs the app Sales")
        cls.env.ref("base.EUR").active = True
        cls.env.ref("base.XAF").active = False
        cls.shop = cls.connect_shopify()
        cls.hook = cls.shop._endpoint("inbound")
        cls.api = cls.shop._endpoint("outbound")
        cls.tax = cls.tax_of(15)
        cls.env["product.product"].search([("default_code", "in", ("TOTE-NAT", "WAX-01"))]).default_code = False

    @classmethod
    def tax_of(cls, percent, included=False):
        override = "tax_included" if included else "tax_excluded"
        company = cls.env.company
        return cls.env["account.tax"].search(
            [
                ("type_tax_use", "=", "sale"), ("amount_type", "=", "percent"), ("amount", "=", percent),
                ("company_id", "=", company.id), ("price_include", "=", included),
            ],
            limit=1,
        ) or cls.env["account.tax"].create(
            {
                "name": f"{percent} % {override}", "amount": percent, "type_tax_use": "sale",
                "price_include_override": override, "company_id": company.id,
            }
        )  # fmt: skip

    def counts(self):
        return {
            model: self.env[model].with_context(active_test=False).search_count([])
            for model in ("sale.order", "sale.order.line", "res.partner", "product.product", "integration.binding",
                          "product.pricelist")
        }  # fmt: skip

    def arrive(self, payload, topic="orders/create", **options):
        """Deliver by HTTP, drain, and return the event."""
        response = self.deliver(self.hook, payload, topic=topic, **options)
        self.assertEqual(response.status_code, 202, response.text)
        self.drain()
        return self.events(self.hook, ("id", "=", response.json()["id"]))

    def order_of(self, event):
        self.assertEqual((event.state, event.error_message), ("done", False), event.error_params)
        return self.env["sale.order"].browse(event.res_id)


@tagged("post_install", "-at_install")
class TestOrder(OrderCase):
    def test_order(self):
        payload = own_payload("shopify/orders__create")
        event = self.arrive(payload)
        order = self.order_of(event)
        self.assertEqual((event.res_model, event.external_id), ("sale.order", "gid://shopify/Order/6120010001"))
        self.assertEqual((order.state, order.client_order_ref), ("sale", "#1042"))
        self.assertEqual(str(order.date_order), "2025-11-14 08:30:08", "UTC of 09:30:08+01:00")
        self.assertEqual((order.currency_id.name, order.company_id), ("EUR", self.shop.company_id))
        self.assertEqual(order.create_uid, self.hook.service_user_id, "never a superuser's")
        self.assertEqual((order.amount_untaxed, order.amount_tax, order.amount_total), (122.80, 18.42, 141.22))
        self.assertEqual(
            [(line.product_id.default_code, line.product_uom_qty, line.price_unit, line.tax_ids.mapped("amount"))
             for line in order.order_line if line.product_id.type == "consu" and line.price_unit > 0],
            [("TOTE-NAT", 2, 49.9, [15.0]), ("WAX-01", 1, 25.0, [15.0])],
        )  # fmt: skip
        by_product = {}
        for line in order.order_line:
            by_product[line.product_id] = by_product.get(line.product_id, 0) + line.price_subtotal
        tote = order.order_line.product_id.filtered(lambda product: product.default_code == "TOTE-NAT")
        self.assertAlmostEqual(by_product[tote], 89.80, 2, "2 × 49.90 less the discount of 10.00")
        shipping = order.order_line.filtered(lambda line: line.product_id.type == "service")
        self.assertEqual((shipping.name, shipping.price_subtotal, shipping.tax_ids), ("Standard", 8.0, self.tax))
        partner = order.partner_id
        self.assertEqual((partner.name, partner.email), ("Noor Peeters", "noor.peeters@example.com"))
        self.assertEqual(
            (partner.street, partner.street2, partner.zip, partner.city, partner.country_id.code),
            ("Rue des Tanneurs 60", "Bte 4", "1000", "Bruxelles", "BE"),
        )
        self.assertEqual((order.partner_invoice_id, order.partner_shipping_id), (partner, partner), "the same address")
        self.assertEqual(self.env["integration.binding"]._find(
            self.shop, event.flow_id.entity_id, "gid://shopify/Order/6120010001")._record(), order)  # fmt: skip
        self.assertEqual((event.attempt_count, event.attempt_ids.outcome), (1, "done"))
        self.assertTrue(event.mapping_version_id and event.record_mapping_version_id)
        self.assertIn("Please ring twice", order.note)

    def test_a_repeated_delivery_changes_nothing(self):
        payload = own_payload("shopify/orders__create")
        order = self.order_of(self.arrive(payload, webhook_id="a"))
        before, written = self.counts(), order.write_date
        again = self.arrive(payload, webhook_id="a")
        self.assertEqual(again.attempt_count, 1, "known: not even tried")
        other = self.arrive(payload, webhook_id="b", topic="orders/updated")
        self.assertEqual((other.state, other.error_code, other.res_id), ("ignored", "unchanged", order.id))
        self.assertEqual(self.counts(), before)
        self.assertEqual(order.write_date, written)

    def test_a_tampered_one_is_refused(self):
        before = self.counts()
        response = self.deliver(self.hook, own_payload("shopify/orders__create"), topic="orders/create", secret="x")
        self.assert_problem(response, 401, "signature-mismatch")
        self.drain()
        self.assertEqual(self.counts(), before)

    def test_tax_included(self):
        self.tax_of(15, included=True)
        order = self.order_of(self.arrive(own_payload("shopify/orders__create__tax_included")))
        self.assertEqual((order.amount_untaxed, order.amount_tax, order.amount_total), (110.0, 16.5, 126.5))
        self.assertEqual(order.order_line.mapped("price_unit"), [115.0, 11.5])
        self.assertEqual(set(order.order_line.tax_ids.mapped("price_include")), {True})

    def test_unknown_tax(self):
        payload = own_payload("shopify/orders__create")
        for lines in (payload["line_items"], payload["shipping_lines"], [payload]):
            for line in lines:
                for tax in line["tax_lines"]:
                    tax["rate"] = 0.1234
        before = self.counts()
        event = self.arrive(payload)
        self.assertEqual((event.state, event.error_code), ("dead", "unknown-tax"))
        self.assertIn("12.34 %", event.error_message)
        self.assertIn("on top of prices", event.error_message)
        self.assertIn("sales tax", event.error_hint)
        self.assertEqual(self.counts(), before)
        self.tax_of(12.34)
        self.commit()
        self.drain()
        event = self.events(self.hook)
        self.assertEqual((event.state, event.error_code), ("dead", "totals-differ"), "15 % of it was charged")

    def test_unknown_currency_then_mended(self):
        """A dead event that says so; the currency is activated, and that is the retry."""
        payload = own_payload("shopify/orders__create__unknown_currency")
        payload["customer"] = own_payload("shopify/orders__create")["customer"]
        before = self.counts()
        event = self.arrive(payload)
        self.assertEqual((event.state, event.attempt_count), ("dead", 1))
        self.assertEqual(event.error_message, "Currency “XAF” is switched off in Odoo")
        self.assertIn("Activate it", event.error_hint)
        self.assertEqual(event.error_params["problems"][0]["target"], "_currency_id")
        self.assertEqual(self.counts(), before, "nothing half-written")
        self.assertEqual(self.blocked_keys(self.hook), {}, "each message says the whole order")
        self.env.ref("base.XAF").active = True
        self.commit()
        self.drain()
        event = self.events(self.hook)
        order = self.order_of(event)
        self.assertEqual((order.currency_id.name, order.amount_total), ("XAF", 15000.0))
        self.assertEqual(event.attempt_ids.mapped("outcome"), ["dead", "done"])
        self.assertEqual((event.error_code, event.fingerprint, event.error_params), (False, False, False))
        self.assertEqual(self.blocked_keys(self.hook), {})

    def test_currency_that_does_not_exist(self):
        payload = own_payload("shopify/orders__create") | {"currency": "QQQ"}
        event = self.arrive(payload)
        self.assertEqual(event.state, "dead")
        self.assertEqual(event.error_message, "Currency “QQQ” is unknown in Odoo")

    def test_no_customer(self):
        self.env.ref("base.XAF").active = True
        event = self.arrive(own_payload("shopify/orders__create__unknown_currency"))
        self.assertEqual((event.state, event.error_code), ("dead", "no-customer"))
        self.assertIn("#1043", event.error_message)
        self.assertIn(self.shop.name, event.error_hint)

    def test_wrong_total(self):
        before = self.counts()
        event = self.arrive(own_payload("shopify/orders__create") | {"current_total_price": "999.00"})
        self.assertEqual((event.state, event.error_code), ("dead", "totals-differ"))
        for part in ("#1042", "141.22 EUR", "999.00", self.shop.name):
            self.assertIn(part, event.error_message)
        self.assertEqual(self.counts(), before)

    def test_a_cent_of_rounding_is_settled_in_a_line_of_its_own(self):
        payload = own_payload("shopify/orders__create") | {"total_price": "141.23", "current_total_price": "141.23"}
        order = self.order_of(self.arrive(payload))
        self.assertEqual(order.amount_total, 141.23)
        rounding = order.order_line.filtered(lambda line: line.name == "Rounding")
        self.assertEqual((rounding.price_total, rounding.tax_ids.ids), (0.01, []))
        self.assertEqual(order.order_line[-1], rounding)

    def test_line_discounts(self):
        """A discount that is no whole hundredth of a percent becomes a line; totals stay equal."""
        payload = own_payload("shopify/orders__create")
        tote = payload["line_items"][0]
        for discount in ("0.01", "3.33", "9.98", "33.27", "99.80"):
            with self.subTest(discount):
                document = copy.deepcopy(payload)
                document["id"] += int(Decimal(discount) * 100)
                document["line_items"] = [dict(tote, discount_allocations=[{"amount": discount}], tax_lines=[])]
                document["shipping_lines"], document["tax_lines"] = [], []
                total = Decimal("99.80") - Decimal(discount)
                document |= {"total_price": str(total), "total_tax": "0.00", "total_discounts": discount}
                document |= {"current_total_price": str(total)}
                order = self.order_of(self.arrive(document))
                self.assertEqual(Decimal(str(order.amount_total)), total)
                self.assertFalse(order.order_line.filtered(lambda line: line.name == "Rounding"))

    def test_products_by_sku_and_link(self):
        tote = self.env["product.product"].create({"name": "Our tote", "default_code": "TOTE-NAT", "list_price": 1})
        first = self.order_of(self.arrive(own_payload("shopify/orders__create")))
        self.assertIn(tote, first.order_line.product_id)
        self.assertEqual((tote.name, tote.list_price), ("Our tote", 1), "one that exists is left as it is")
        tote.default_code = "RENAMED"
        payload = own_payload("shopify/orders__create") | {"id": 6120019999, "name": "#1999"}
        before = self.env["product.product"].search_count([])
        second = self.order_of(self.arrive(payload))
        self.assertNotEqual(first, second)
        self.assertEqual(first.order_line.product_id, second.order_line.product_id, "known by their links")
        self.assertEqual(self.env["product.product"].search_count([]), before)

    def test_products_of_another_company_are_not_taken(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        theirs = self.env["product.product"].create(
            {"name": "Theirs", "default_code": "TOTE-NAT", "company_id": other.id}
        )
        order = self.order_of(self.arrive(own_payload("shopify/orders__create")))
        self.assertNotIn(theirs, order.order_line.product_id)

    def test_customer_by_email(self):
        partner = self.env["res.partner"].create({"name": "N. Peeters", "email": "Noor.Peeters@Example.com"})
        order = self.order_of(self.arrive(own_payload("shopify/orders__create")))
        self.assertEqual(order.partner_id, partner)
        self.assertEqual(partner.name, "N. Peeters")
        again = own_payload("shopify/orders__create") | {"id": 6120019998}
        partner.email = "changed@example.com"
        again["customer"]["email"] = "new-address@example.com"
        self.assertEqual(self.order_of(self.arrive(again)).partner_id, partner, "known by the link")

    def test_addresses(self):
        payload = own_payload("shopify/orders__create")
        payload["shipping_address"] |= {"address1": "Kerkstraat 1", "city": "Gent", "zip": "9000", "name": "Warehouse"}
        order = self.order_of(self.arrive(payload))
        self.assertEqual(order.partner_invoice_id, order.partner_id)
        delivery = order.partner_shipping_id
        self.assertEqual((delivery.type, delivery.parent_id, delivery.city), ("delivery", order.partner_id, "Gent"))
        again = self.order_of(self.arrive(payload | {"id": 6120019997}))
        self.assertEqual(again.partner_shipping_id, delivery, "known, not added again")

    def test_vendor_sends_an_older_state(self):
        payload = own_payload("shopify/orders__create")
        order = self.order_of(self.arrive(payload))
        older = payload | {"note": "old", "updated_at": "2025-11-14T09:29:00+01:00"}
        event = self.arrive(older, topic="orders/updated")
        self.assertEqual((event.state, event.error_code, event.res_id), ("ignored", "stale", order.id))
        newer = payload | {"note": "Leave it at the door", "updated_at": "2025-11-15T09:29:00+01:00"}
        event = self.arrive(newer, topic="orders/updated")
        self.assertEqual(self.order_of(event), order)
        self.assertIn("Leave it at the door", order.note)

    def test_open_order_follows_its_original(self):
        payload = own_payload("shopify/orders__create") | {"financial_status": "pending", "total_outstanding": "141.22"}
        order = self.order_of(self.arrive(payload))
        changed = copy.deepcopy(payload) | {"updated_at": "2025-11-16T09:00:00+01:00"}
        changed["line_items"] = changed["line_items"][1:]
        changed["shipping_lines"] = []
        changed |= {
            "total_price": "28.75",
            "current_total_price": "28.75",
            "total_tax": "3.75",
            "subtotal_price": "25.00",
        }
        self.assertEqual(self.order_of(self.arrive(changed, topic="orders/updated")), order)
        self.assertEqual((order.amount_total, len(order.order_line)), (28.75, 1))

    def test_cancelled(self):
        payload = own_payload("shopify/orders__create")
        order = self.order_of(self.arrive(payload))
        gone = payload | {"cancelled_at": "2025-11-17T09:00:00+01:00", "updated_at": "2025-11-17T09:00:00+01:00"}
        self.order_of(self.arrive(gone, topic="orders/cancelled"))
        self.assertEqual(order.state, "cancel")


@tagged("post_install", "-at_install")
class TestVendorPayloads(OrderCase):
    """Shopify's own sample payloads, through the real path."""

    def payload(self, name):
        return next(iter(json.loads(vendor_payload(f"shopify/{name}.json")).values()))

    def test_order(self):
        """The sample adds up to something else than it says: refused in words, nothing half-written."""
        before = self.counts()
        payload = self.payload("order")
        event = self.arrive(payload)
        self.assertEqual((event.state, event.error_code), ("dead", "totals-differ"))
        for part in ("#1001", "USD", "409.94", self.shop.name):
            self.assertIn(part, event.error_message)
        lines = sum(Decimal(line["price"]) * line["quantity"] for line in payload["line_items"])
        shipping = sum(Decimal(line["price"]) for line in payload["shipping_lines"])
        self.assertIn(f"{lines + shipping:.2f} USD", event.error_message)
        self.assertIn("Compare lines and taxes", event.error_hint)
        self.assertEqual(self.counts(), before)
        self.assertEqual(event.attempt_ids.mapped("outcome"), ["dead"])

    def test_order_that_adds_up(self):
        payload = self.payload("order")
        lines = sum(Decimal(line["price"]) * line["quantity"] for line in payload["line_items"])
        shipping = sum(Decimal(line["price"]) for line in payload["shipping_lines"])
        payload |= {"total_price": str(lines + shipping), "total_tax": "0.00"}  # its lines have none
        order = self.order_of(self.arrive(payload))
        self.assertEqual(order.amount_total, float(lines + shipping))
        self.assertEqual(len(order.order_line), len(payload["line_items"]) + len(payload["shipping_lines"]))
        self.assertEqual(
            set(order.order_line.product_id.mapped("default_code")) - {False},
            {line["sku"] for line in payload["line_items"]},
        )
        self.assertEqual(order.partner_id.email, "bob.norman@hostmail.com")

    def test_customer(self):
        event = self.arrive(self.payload("customer"), topic="customers/create")
        self.assertEqual((event.state, event.error_message), ("done", False))
        partner = self.env["res.partner"].browse(event.res_id)
        self.assertEqual(
            (partner.name, partner.email, partner.street, partner.city, partner.zip, partner.state_id.code,
             partner.country_id.code, partner.is_company),
            ("Bob Norman", "bob.norman@hostmail.com", "Chestnut Street 92", "Louisville", "40202", "KY", "US", False),
        )  # fmt: skip
        self.assertEqual(event.external_id, "gid://shopify/Customer/207119551")

    def test_product(self):
        payload = self.payload("product")
        event = self.arrive(payload, topic="products/create")
        self.assertEqual((event.state, event.error_message), ("done", False))
        template = self.env["product.template"].browse(event.res_id)
        self.assertEqual(template.name, "IPod Nano - 8GB")
        variants = template.product_variant_ids
        skus = {variant["sku"] for variant in payload["variants"]}
        self.assertEqual((len(variants), set(variants.mapped("default_code"))), (4, skus))
        self.assertEqual(set(variants.mapped("lst_price")), {199.0})
        self.assertEqual(set(variants.mapped("weight")), {0.2})
        links = self.env["integration.binding"].search([("system_id", "=", self.shop.id)])
        by_id = {link.external_id: link._record() for link in links}
        self.assertEqual(by_id[event.external_id], template)
        for variant in payload["variants"]:
            linked = by_id[f"gid://shopify/ProductVariant/{variant['id']}"]
            self.assertEqual((linked._name, linked.default_code), ("product.product", variant["sku"]))
        self.assertEqual(
            {value for each in variants for value in each.product_template_attribute_value_ids.mapped("name")},
            {"Pink", "Red", "Green", "Black"},
        )
        before = self.counts()
        again = self.arrive(payload, topic="products/update")
        self.assertEqual((again.state, again.error_code), ("ignored", "unchanged"))
        self.assertEqual(self.counts(), before)


@tagged("post_install", "-at_install")
class TestProductAndCustomer(OrderCase):
    def test_product_with_two_options(self):
        event = self.arrive(own_payload("shopify/products__create"), topic="products/create")
        self.assertEqual((event.state, event.error_message), ("done", False))
        variants = self.env["product.template"].browse(event.res_id).product_variant_ids
        self.assertEqual(
            {variant.default_code: (variant.barcode, variant.lst_price, variant.weight) for variant in variants},
            {"TOTE-NAT": ("5400000000017", 49.9, 0.35), "TOTE-IND": (False, 54.9, 0.35)},
        )

    def test_prices_of_variants_follow(self):
        payload = own_payload("shopify/products__create")
        self.arrive(payload, topic="products/create")
        for moment, prices in (("2025-12-01", ("60.00", "50.00")), ("2025-12-02", ("45.00", "45.00"))):
            for variant, price in zip(payload["variants"], prices, strict=True):
                variant["price"] = price
            event = self.arrive(payload | {"updated_at": f"{moment}T00:00:00Z"}, topic="products/update")
            self.assertEqual((event.state, event.error_message), ("done", False))
            variants = self.env["product.template"].browse(event.res_id).product_variant_ids
            self.assertEqual(
                {variant.default_code: f"{variant.lst_price:.2f}" for variant in variants},
                dict(zip(("TOTE-NAT", "TOTE-IND"), prices, strict=True)),
            )

    def test_product_update_then_order_uses_the_same_variant(self):
        self.arrive(own_payload("shopify/products__create"), topic="products/create")
        tote = self.env["product.product"].search([("default_code", "=", "TOTE-NAT")])
        order = self.order_of(self.arrive(own_payload("shopify/orders__create")))
        self.assertIn(tote, order.order_line.product_id)

    def test_draft_product_is_archived_and_deletion_keeps_the_record(self):
        event = self.arrive(own_payload("shopify/products__update__no_options"), topic="products/update")
        template = self.env["product.template"].browse(event.res_id)
        self.assertEqual((event.state, template.active, template.name), ("done", False, "Wax thread"))
        gone = self.arrive(own_payload("shopify/products__delete"), topic="products/delete")
        self.assertEqual((gone.state, gone.error_code, gone.res_id), ("done", "deleted-remotely", template.id))
        self.assertTrue(template.exists())
        link = self.env["integration.binding"].search(
            [("system_id", "=", self.shop.id), ("res_model", "=", "product.template"), ("res_id", "=", template.id)]
        )
        self.assertTrue(link.deleted_at)
        never = self.arrive({"id": 1234567}, topic="products/delete")
        self.assertEqual((never.state, never.error_code), ("ignored", "unknown-object"))

    def test_customer_is_updated_not_doubled(self):
        first = self.arrive(own_payload("shopify/customers__update"), topic="customers/create")
        partner = self.env["res.partner"].browse(first.res_id)
        moved = own_payload("shopify/customers__update") | {"updated_at": "2025-12-01T00:00:00Z"}
        moved["default_address"] |= {"address1": "Kerkstraat 1", "city": "Gent", "zip": "9000"}
        second = self.arrive(moved, topic="customers/update")
        self.assertEqual((second.state, second.res_id), ("done", partner.id))
        self.assertEqual((partner.street, partner.city), ("Kerkstraat 1", "Gent"))

    def test_a_message_without_the_agreed_form(self):
        """An empty customer: neither name, e-mail nor phone."""
        before = self.counts()
        event = self.arrive({"id": 4242}, topic="customers/create")
        self.assertEqual(event.state, "dead")
        self.assertTrue(event.error_message and event.error_hint)
        self.assertNotIn("Traceback", event.error_message)
        self.assertEqual(self.counts(), before)
