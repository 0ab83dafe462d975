# Part of Integration Hub. License LGPL-3.0 or later.
"""What shops send and Odoo cannot take as it is: each is done right, or refused in words that name what, where and the
next step, with all left as it was; and whoever mends the cause has it run again."""

import copy

from odoo.tests import new_test_user, tagged

from .common import sandbox
from .order_cases import ShopOrderCase
from .test_flow_hubspot import HubSpotCase

LATER = {"updated_at": "2035-01-01T10:00:05-07:00"}


class BadInputCase(ShopOrderCase):
    def refused_saying(self, document, code, *words, topic="orders/updated"):
        """Tell it and have it refused in these words, with all left as it was; returns the message."""
        event = self.refused(document, code, topic)
        self.assert_says(event, *words, document["name"])
        return event

    def assert_says(self, event, *words):
        said = f"{event.error_message} {event.error_hint}"
        for word in words:
            self.assertIn(word, said)
        self.assertNotRegex(said, r"False|None|Traceback|Error|res\.|sale\.|account\.")

    def goes_through(self, event):
        """What was mended runs again by itself; returns the order."""
        self.env.cr.flush()
        self.drain()
        self.env.invalidate_all()
        self.assertEqual(event.state, "done", (event.error_code, event.error_message))
        return self.env["sale.order"].browse(event.res_id)

    def line(self, document, sku="TENT-RIDGE-2"):
        return next(line for line in document["line_items"] if line["sku"] == sku)


@tagged("post_install", "-at_install")
class TestWhatOdooLacks(BadInputCase):
    """Refused for what Odoo does not have: whoever adds it has the order come in."""

    def test_archived_product(self):
        document = self.place()
        product = self.env["integration.entity"].search([("code", "=", "product")])
        variant = f"gid://shopify/ProductVariant/{self.line(document)['variant_id']}"
        self.env["integration.binding"]._link(self.shop, product, variant, self.tent)
        self.tent.active = False
        event = self.refused(document, "archived-product", "orders/create")
        self.assert_says(event, "TENT-RIDGE-2", "archived in Odoo", "Restore it")
        self.assertFalse(self.order_of(document))
        self.env["product.product"].create({"name": "Another tent", "active": False}).active = True
        self.env.cr.flush()
        self.assertEqual(event.state, "dead", "another product")
        self.tent.product_tmpl_id.active = True
        order = self.goes_through(event)
        self.assertIn(self.tent, order.order_line.product_id)

    def test_product_archived_after_it_was_ordered(self):
        document = self.place()
        order = self.told(document, "orders/create")
        self.tent.active = False
        self.told(self.change(document, note="Ring twice"))
        self.assertIn("Ring twice", order.note)

    def test_unknown_tax(self):
        document = self.place(tax_rate="0.1234", tax_title="County tax")
        event = self.refused(document, "unknown-tax", "orders/create")
        self.assert_says(event, "Tax “County tax” (12.34 %, on top of prices) is unknown in Odoo", "Accounting creates")
        self.env["account.tax"].create({"name": "Other", "amount": 11.11, "type_tax_use": "sale"})
        self.env.cr.flush()
        self.assertEqual(event.state, "dead", "another tax")
        tax = self.env["account.tax"].create({"name": "County", "amount": 12.34, "type_tax_use": "sale"})
        order = self.goes_through(event)
        self.assertEqual(order.order_line.tax_ids, tax)
        self.assert_worth(order, document)

    def test_unknown_state(self):
        document = self.place()
        document["shipping_address"] |= {"address1": "Elsewhere 1", "province_code": "ZZ", "province": "Nowhere"}
        event = self.refused(document, "unknown-state", "orders/create")
        self.assert_says(event, "State “ZZ” of United States is unknown in Odoo", "Add it to the country's states")
        usa = self.env.ref("base.us")
        self.env["res.country.state"].create({"name": "Nowhere", "code": "ZZ", "country_id": usa.id})
        order = self.goes_through(event)
        self.assertEqual(order.partner_shipping_id.state_id.code, "ZZ")
        self.assert_worth(order, document)

    def test_currencies_without_and_with_three_decimals(self):
        """Done right where the currency is switched on, refused where it is not; see test_order_money.py for more."""
        for name, price in (("JPY", "1999"), ("KWD", "19.995"), ("BHD", "0.333")):
            with self.subTest(name):
                currency = self.env["res.currency"].with_context(active_test=False).search([("name", "=", name)])
                currency.active = False
                document = self.place({"sku": "TENT-RIDGE-2", "quantity": 3, "price": price}, currency=name)
                event = self.refused(document, "inactive-value", "orders/create")
                self.assert_says(event, f"Currency “{name}” is switched off in Odoo", "Activate it")
                currency.active = True
                order = self.goes_through(event)
                self.assertEqual(order.currency_id, currency)
                self.assert_worth(order, document)
                invoice = order._create_invoices()
                invoice.action_post()
                self.assertAlmostEqual(invoice.amount_total, float(document["total_price"]), currency.decimal_places)


@tagged("post_install", "-at_install")
class TestContradictions(BadInputCase):
    """Orders that contradict themselves: the shop is where they are corrected."""

    def test_line_of_quantity_nothing(self):
        """It orders nothing, so it is left out: what it took from the total would be missed there."""
        document = self.place()
        nothing = copy.deepcopy(self.line(document)) | {"id": 77, "quantity": 0, "current_quantity": 0}
        document["line_items"].append(nothing | {"fulfillable_quantity": 0})
        order = self.told(document, "orders/create")
        self.assertEqual(self.quantities(order), {"TENT-RIDGE-2": 2, "MUG-ENAMEL-GRN": 3})
        self.assert_worth(order, document)

    def test_quantity_that_was_lost(self):
        document = self.place()
        self.line(document)["quantity"] = 0
        self.refused_saying(document, "totals-differ", document["total_price"], topic="orders/create")

    def test_line_of_less_than_nothing(self):
        document = self.place()
        right = copy.deepcopy(document)
        self.line(document)["quantity"] = -1
        self.refused_saying(
            document, "bad-quantity", "Ridgeline 2 Tent", "is -1", "Correct the order", topic="orders/create"
        )
        self.assert_worth(self.told(right | LATER), right)

    def test_total_that_does_not_add_up(self):
        document = self.place()
        order = self.told(document, "orders/create")
        wrong = self.change(document, note="Ring twice") | {"current_total_price": "999.00"}
        self.refused_saying(wrong, "totals-differ", f"{order.amount_total:.2f}", "999.00")
        self.assertFalse(order.note)
        self.told(self.there(document) | LATER)
        self.assertIn("Ring twice", order.note)

    def test_taxes_that_do_not_add_up(self):
        """In prices that include them the total is right whatever they are."""
        document = self.place(taxes_included=True)
        right = copy.deepcopy(document)
        document |= {"total_tax": "5.00"}
        self.refused_saying(document, "taxes-differ", right["total_tax"], "5.00", topic="orders/create")
        self.assert_worth(self.told(right | LATER), right)

    def test_refund_of_more_than_was_ordered(self):
        document = self.place()
        order = self.told(document, "orders/create")
        now = self.change(document, refund={"lines": [{"id": self.line(document)["id"], "restock": "cancel"}]})
        for member, value in (("refund_line_items", {"quantity": 5}), ("transactions", {"amount": "9999.00"})):
            with self.subTest(member):
                more = copy.deepcopy(now)
                more["refunds"][0][member][0] |= value
                self.refused_saying(more, "refund-exceeds-order", "more was refunded than was ordered")
        self.told(now | LATER)
        self.assert_worth(order, now)

    def test_fulfilment_of_a_line_that_was_removed(self):
        document = self.place()
        order = self.told(document, "orders/create")
        line = self.line(document)
        removed = self.change(document, edit={"quantities": {str(line["id"]): 0}})
        wrong = copy.deepcopy(removed)
        wrong["fulfillments"] = [{"id": 77, "status": "success", "line_items": [{"id": line["id"], "quantity": 1}]}]
        self.refused_saying(wrong, "shipped-and-removed", "more of “Ridgeline 2 Tent” was shipped than is left of it")
        self.assertEqual(self.quantities(order)["TENT-RIDGE-2"], 2)
        self.told(removed | LATER)
        self.assertEqual(self.quantities(order), {"MUG-ENAMEL-GRN": 3})

    def test_fulfilment_of_no_line_of_the_order(self):
        document = self.place()
        document["fulfillments"] = [{"id": 77, "status": "success", "line_items": [{"id": 1, "quantity": 1}]}]
        self.refused_saying(document, "unknown-line", "what was shipped is none of its lines", topic="orders/create")

    def test_what_was_overtaken_is_closed(self):
        """Of what failed and was corrected there nothing is left to do; what is newer than what came in stays."""
        document = self.place()
        right = copy.deepcopy(document)
        self.line(document)["quantity"] = -1
        older = self.tell(document)
        newer = self.tell(document | {"updated_at": "2036-01-01T10:00:00-07:00"})
        self.assertEqual((older.state, newer.state), ("dead", "dead"))
        self.told(right | LATER)
        self.env.invalidate_all()
        self.assertEqual((older.state, older.error_code, newer.state), ("ignored", "superseded", "dead"))


@tagged("post_install", "-at_install")
class TestWhatIsDecidedHere(BadInputCase):
    """Changes of orders with which Odoo has gone on: whoever undoes that has the change come in."""

    def credit(self, invoice):
        """Credit an invoice as accounting does it."""
        context = {"active_model": "account.move", "active_ids": invoice.ids}
        wizard = self.env["account.move.reversal"].with_context(**context).create({"journal_id": invoice.journal_id.id})
        self.env["account.move"].browse(wizard.reverse_moves()["res_id"]).action_post()

    def test_edit_of_an_invoiced_order(self):
        document = self.place()
        order = self.told(document, "orders/create")
        invoice = order._create_invoices()
        invoice.action_post()
        edited = self.change(document, edit={"quantities": {str(self.line(document)["id"]): 1}})
        event = self.refused_saying(
            edited, "edited-after-invoicing", "after it was invoiced here", "Credit the invoice"
        )
        self.credit(invoice)
        self.assertEqual(self.goes_through(event), order)
        self.assertEqual(self.quantities(order)["TENT-RIDGE-2"], 1)
        self.assert_worth(order, edited)
        self.assertEqual(len(order.invoice_ids), 2, "accounting invoices it anew")

    def test_locked_order(self):
        document = self.place()
        order = self.told(document, "orders/create")
        order.action_lock()
        edited = self.change(document, edit={"quantities": {str(self.line(document)["id"]): 1}})
        event = self.refused_saying(edited, "locked-order", "is locked here", "Unlock it")
        seller = new_test_user(self.env, "seller", groups="sales_team.group_sale_salesman_all_leads")
        (shown,) = self.env["integration.record"].with_user(seller).facts("sale.order", order.id)["systems"]
        self.assertIn("is locked here", shown["problem"]["text"])
        self.assertEqual(shown["problem"]["next"], event.error_hint, "who sells reads what to do")
        order.action_unlock()
        self.assertEqual(self.goes_through(event), order)
        self.assert_worth(order, edited)

    def test_cancelled_and_locked(self):
        document = self.place()
        order = self.told(document, "orders/create")
        order.action_lock()
        event = self.refused_saying(self.change(document, cancelled=True), "locked-order", "Unlock it")
        order.action_unlock()
        self.assertEqual(self.goes_through(event).state, "cancel")

    def test_cancelled_after_delivery(self):
        document = self.place()
        order = self.told(document, "orders/create")
        for picking in order.picking_ids:
            picking.move_ids.picked = True
            picking.button_validate()
        event = self.tell(self.change(document, cancelled=True))
        self.assertEqual((event.state, event.error_code), ("dead", "cancelled-after-delivery"))
        self.assert_says(event, document["name"], "“Ridgeline 2 Tent” was delivered", "Take back what was delivered")

    def test_line_that_a_person_added(self):
        document = self.place()
        order = self.told(document, "orders/create")
        order.write({"order_line": [(0, 0, {"product_id": self.mug.id, "name": "Gift wrap", "price_unit": 5.0})]})
        noted = self.change(document, note="Ring twice")
        event = self.refused_saying(noted, "totals-differ", "“Gift wrap”", "Take them off the order")
        order.order_line.filtered(lambda line: line.name == "Gift wrap").write({"price_unit": 0.0})
        self.goes_through(event)
        self.assertIn("Ring twice", order.note)


@tagged("post_install", "-at_install")
class TestMergeOfAPortalUser(HubSpotCase):
    """Two contacts are merged there, and one of them has a log-in and documents here."""

    def setUp(self):
        super().setUp()
        self.ada, self.eva = self.person("Ada"), self.person("Eva")
        self.told(self.ada, self.eva)
        self.kept, self.portal = self.record(self.ada), self.record(self.eva)
        self.portal_user("eva-portal", self.portal)
        self.log_in = self.portal.user_ids

    def merge(self, makes_new):
        sandbox().control("PUT", "/settings", {"hubspot": {"merge_makes_new": makes_new}})
        survivor = self.act("POST", f"contacts/{self.ada}/merge", {"id": self.eva})["id"]
        self.assertEqual(set(self.told(survivor).mapped("state")), {"done"})
        return survivor

    def test_into_a_new_one_hers_remains(self):
        survivor = self.merge(makes_new=True)
        self.assertEqual((self.record(survivor), self.portal.active, self.kept.active), (self.portal, True, False))
        self.assertEqual((self.log_in.active, self.log_in.partner_id), (True, self.portal))

    def test_into_the_other_hers_stays_until_a_person_merges_them(self):
        survivor = self.merge(makes_new=False)
        self.assertEqual(self.record(survivor), self.kept)
        self.assertEqual((self.log_in.active, self.log_in.partner_id, self.portal.active), (True, self.portal, True))
        (activity,) = self.portal.activity_ids
        self.assertIn(f"Merged in {self.crm.name}, but still here: it has the log-in eva-portal", activity.summary)
        self.assertIn("Merge both here too, or archive this one yourself", activity.note)
        self.env["base.partner.merge.automatic.wizard"]._merge((self.kept | self.portal).ids, self.kept)
        self.assertFalse(self.portal.exists())
        self.assertEqual((self.log_in.partner_id, self.log_in.active), (self.kept, True))
        self.assertEqual((self.record(self.ada), self.record(self.eva)), (self.kept, self.kept))
        self.told(survivor)
        self.assertFalse(self.kept.activity_ids.filtered(lambda each: each.summary and "Merged" in each.summary))
