# Part of Integration Hub. License LGPL-3.0 or later.
"""Stock levels follow what happens in Odoo's warehouses, and are what may be sold, on both sides."""

from odoo.fields import Command
from odoo.tests import tagged

from .common import faults, sandbox
from .stock_cases import StockCase

TENT, MUG = "TENT-RIDGE-2", "MUG-ENAMEL-GRN"
HERE, STORE = "Larkfield Warehouse", "Larkfield Store"


@tagged("post_install", "-at_install")
class TestStockLevels(StockCase):
    def available(self, sku=TENT):
        return self.levels(sku)[HERE]

    def test_many_counts_are_one_call_with_the_newest(self):
        for quantity in (3, 9, 7):
            self.count(self.tent, quantity)
            self.commit()
        self.drain()
        self.assertEqual(self.available(), 7)
        self.assertEqual([event.state for event in self.sent()][-1], "done")
        self.assertEqual({event.error_code for event in self.sent()[:-1]}, {"superseded"})
        self.assertEqual(self.calls("InventorySet"), 1)

    def test_from_the_receipt_to_the_delivery(self):
        self.count(self.tent, 10)
        self.work()
        order = self.order(self.tent, 4)
        order.action_confirm()
        self.work()
        self.assertEqual(self.available(), 6, "what is promised is not offered")
        sets = self.calls("InventorySet")
        picking = order.picking_ids
        picking.move_ids.picked = True
        picking.button_validate()
        self.work()
        self.assertEqual((self.available(), self.calls("InventorySet")), (6, sets), "its shipment changes nothing")
        self.assertIn("unchanged", self.sent().mapped("error_code"))
        order = self.order(self.tent, 1)
        order.action_confirm()
        self.work()
        order._action_cancel()
        self.work()
        self.assertEqual(self.available(), 6)

    def test_what_is_promised_counts_though_nothing_is_reserved(self):
        self.count(self.tent, 5)
        self.warehouse.out_type_id.reservation_method = "manual"
        self.order(self.tent, 2).action_confirm()
        self.work()
        self.assertEqual(self.tent.free_qty, 5)
        self.assertEqual(self.available(), 3)

    def test_what_the_shop_has_sold_and_nobody_has_confirmed_is_not_offered_again(self):
        self.count(self.tent, 5)
        self.order(self.tent, 1)
        theirs = self.order(self.tent, 2)
        self.link("order", theirs, {"admin_graphql_api_id": "gid://shopify/Order/77"})
        self.work()
        self.assertEqual(self.available(), 3, "a quotation of ours promises nothing")

    def test_parts_of_pieces_and_debts_are_told_in_words(self):
        self.count(self.tent, 2.5)
        self.work()
        event = self.sent()[-1]
        self.assertEqual((self.available(), event.state, event.error_code), (2, "done", "adjusted"))
        self.assertIn("2.5 is told as 2", event.error_message)
        self.order(self.tent, 4).action_confirm()
        self.work()
        self.assertEqual(self.available(), 0)
        self.assertIn("-1.5 is told as 0", self.sent()[-1].error_message)

    def test_a_second_warehouse_is_stocked_there(self):
        second = self.env["stock.warehouse"].create({"name": STORE, "code": "LS"})
        self.count(self.tent, 4)
        self.count(self.tent, 3, second.lot_stock_id)
        self.work()
        self.assertEqual(self.levels(TENT), {HERE: 4}, "nobody has said where the other one is")
        self.link("location", second, self.locations[STORE])
        self.count(self.tent, 5, second.lot_stock_id)
        self.work()
        self.assertEqual(self.levels(TENT), {HERE: 4, STORE: 5})
        self.assertIn("not stocked at", self.sent()[-1].error_message)

    def test_a_move_between_warehouses_changes_both(self):
        second = self.env["stock.warehouse"].create({"name": STORE, "code": "LS"})
        self.link("location", second, self.locations[STORE])
        self.count(self.tent, 4)
        move = self.env["stock.move"].create(
            {
                "product_id": self.tent.id,
                "product_uom_qty": 1,
                "location_id": self.stock.id,
                "location_dest_id": second.lot_stock_id.id,
            }
        )
        move._action_confirm()
        move._action_assign()
        move.picked = True
        move._action_done()
        self.work()
        self.assertEqual(self.levels(TENT), {HERE: 3, STORE: 1})

    def test_who_is_not_sent_and_why(self):
        stranger = self.env["product.product"].create({"name": "Lantern", "is_storable": True})
        self.count(stranger, 1)
        self.work()
        event = self.sent()
        self.assertEqual((event.state, event.error_code), ("ignored", "not-linked"))
        self.assertIn("Lantern is not linked", event.error_message)
        untracked = self.goods("STOVE-CINDER", is_storable=False)
        self.order(untracked, 1).action_confirm()
        self.tent.active = False
        self.count(self.tent, 3)
        self.mug.company_id = self.env["res.company"].create({"name": "Another"})
        self.work()
        self.assertEqual(self.sent(), event, "untracked, archived, another company's: not even a message")
        self.place.unlink()
        self.tent.active = True
        self.count(self.tent, 4)
        self.work()
        self.assertEqual(self.sent()[-1].error_code, "no-location")
        self.assertIn("No warehouse is linked", self.sent()[-1].error_message)

    def test_what_the_shop_does_not_track_is_refused_in_words(self):
        product = self.env["integration.binding"]._find(
            self.shop, self.flow.env["integration.entity"].search([("code", "=", "product")]),
            self.variants[TENT]["admin_graphql_api_id"],
        )  # fmt: skip
        (there,) = [each for each in self.objects("product") if each["variants"][0]["sku"] == TENT]
        there["variants"][0]["inventory_management"] = None
        sandbox().control("POST", "/seed", {"vendor": "shopify", "objects": {"product": [there]}})
        self.count(self.tent, 3)
        self.work()
        event = self.sent()
        self.assertEqual((event.state, event.error_code, event.res_id), ("dead", "not-tracked", product.res_id))
        self.assertIn("Track quantity", event.error_hint)
        self.count(self.tent, 4)
        self.work()
        self.assertEqual(self.sent()[-1].state, "dead", "it waits for nobody: the newest is all there is to say")

    def test_a_webhook_of_what_we_wrote_is_no_news(self):
        self.shop.flow_ids.filtered(lambda flow: flow.template_key == "products_in").action_switch_on()
        self.count(self.tent, 3)
        self.work()
        level = next(each for each in self.objects("inventory_level") if each["available"] == 3)
        (product,) = [each for each in self.objects("product") if each["variants"][0]["sku"] == TENT]
        self.assertEqual(product["variants"][0]["inventory_quantity"], 3, "Shopify tells this as well")
        sent = self.sent()
        told = self.receive(self.shop, level, topic="inventory_levels/update")
        echo = self.receive(self.shop, product, topic="products/update")
        self.work()
        self.assertEqual(told.state, "ignored")
        self.assertIn(echo.state, ("done", "ignored"))
        self.assertEqual(self.sent(), sent)
        self.assertEqual(self.available(), 3)


@tagged("post_install", "-at_install")
class TestComparing(StockCase):
    def test_only_what_differs_is_sent_again(self):
        self.count(self.tent, 3)
        self.count(self.mug, 4)
        self.work()
        before = self.sent()
        job = self.compare()
        self.assertEqual((job.state, job.done_count, self.sent()), ("done", 0, before), "nothing differs")
        level = next(each for each in self.objects("inventory_level") if each["available"] == 3)
        sandbox().control("PATCH", f"/shopify/inventory_levels/{level['id']}", {"available": 11})
        self.assertEqual(self.compare().done_count, 1, "somebody counted there")
        self.assertEqual(self.levels(TENT)[HERE], 3)
        self.env.cr.execute(
            "UPDATE stock_quant SET quantity = 9 WHERE product_id = %s AND location_id = %s",
            [self.mug.id, self.stock.id],
        )
        self.env.invalidate_all()
        self.assertEqual(self.compare().done_count, 1, "past the ORM: nobody has heard of it")
        self.assertEqual(self.levels(MUG)[HERE], 9)

    def test_what_was_never_sent_is_sent(self):
        self.env["stock.quant"]._update_available_quantity(self.tent, self.stock, 6)
        self.env.cr.flush()
        self.env.cr.execute("DELETE FROM integration_event WHERE flow_id = %s", [self.flow.id])
        self.compare()
        self.assertEqual(self.levels(TENT)[HERE], 6)
        self.assertEqual(self.levels(MUG)[HERE], 0, "there were some, and here are none")

    def test_a_comparison_that_stops_is_told_once(self):
        faults({"vendor": "shopify", "kind": "status", "status": 400, "count": 2})
        self.assertEqual([self.compare().state, self.compare().state], ["failed", "failed"])
        self.assertEqual(len(self.flow.activity_ids), 1)
        self.assertIn("Missed changes cannot be looked for", self.flow.activity_ids.summary)
        self.assertEqual(self.compare().state, "done")
        self.assertFalse(self.flow.activity_ids)

    def test_begins_by_itself(self):
        self.flow._comparisons()._end("done")
        self.flow._cron_compare()
        self.assertFalse(self.flow._comparisons(), "it was a moment ago")
        jobs = self.env["integration.sync.job"].search([("flow_id", "=", self.flow.id)])
        jobs.started_at = "2026-01-01 00:00:00"
        self.flow._cron_compare()
        self.assertEqual(self.flow._comparisons().kind, "compare")
        self.flow.action_switch_off()
        self.assertFalse(self.flow._comparisons())


@tagged("post_install", "-at_install")
class TestLocations(StockCase):
    @classmethod
    def set_up_hub(cls):  # pylint: disable=missing-return
        super().set_up_hub()
        cls.place.unlink()
        cls.hook = cls.shop._endpoint("inbound")
        cls.shop.flow_ids.filtered(lambda flow: flow.template_key == "locations_in").action_switch_on()

    def test_a_location_is_the_warehouse_of_its_name(self):
        self.flow._comparisons()._end("done")
        event = self.receive(self.shop, self.locations[HERE], topic="locations/update")
        self.drain()
        self.assertEqual((event.state, event.res_model, event.res_id), ("done", "stock.warehouse", self.warehouse.id))
        self.assertTrue(self.flow._comparisons(), "what is there is told at once")
        self.assertEqual(self.warehouse.name, HERE)

    def test_no_warehouse_is_made(self):
        count = self.env["stock.warehouse"].search_count([])
        event = self.receive(self.shop, self.locations[STORE], topic="locations/create")
        self.drain()
        self.assertEqual((event.state, event.error_code), ("dead", "no-warehouse"))
        self.assertIn(STORE, event.error_message)
        self.assertEqual(self.env["stock.warehouse"].search_count([]), count)
        second = self.env["stock.warehouse"].create({"name": STORE, "code": "LS"})
        event._requeue()
        self.work()
        self.assertEqual((event.state, event.res_id), ("done", second.id))


@tagged("post_install", "-at_install")
class TestStockIsNotSlower(StockCase):
    def test_a_receipt_costs_some_statements_whatever_its_size(self):
        sizes, extra = (1, 30), []
        for size in sizes:
            counts = []
            for state in ("off", "on"):
                self.flow.write({"state": state})
                picking = self.receipt(size)
                self.env.cr.flush()
                before = self.env.cr.sql_log_count
                picking.button_validate()
                self.env.cr.flush()
                counts.append(self.env.cr.sql_log_count - before)
            extra.append(counts[1] - counts[0])
        self.assertLessEqual(max(extra), 12, extra)

    def receipt(self, size):
        products = self.env["product.product"].create(
            [{"name": f"Part {number}", "is_storable": True} for number in range(size)]
        )
        supplier = self.env.ref("stock.stock_location_suppliers")
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.in_type_id.id,
                "location_id": supplier.id,
                "location_dest_id": self.stock.id,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "product_uom_qty": 2,
                            "location_id": supplier.id,
                            "location_dest_id": self.stock.id,
                        }
                    )
                    for product in products
                ],
            }
        )
        picking.action_confirm()
        picking.move_ids.picked = True
        return picking

    def test_other_columns_of_quants_are_not_heard(self):
        self.count(self.tent, 3)
        self.work()
        sent = self.sent()
        quant = self.tent.stock_quant_ids.filtered(lambda quant: quant.location_id == self.stock)
        quant.user_id = self.env.user
        self.work()
        self.assertEqual(self.sent(), sent)
