# Part of Integration Hub. License LGPL-3.0 or later.
"""Records that come to match a flow's filter, leave it, are archived, move to another company."""

from odoo.tests import tagged

from .capture_cases import CaptureCase

CONFIRMED = "[('state', '=', 'sale')]"
NAMED = "[('complete_name', 'ilike', 'Acme')]"


@tagged("post_install", "-at_install")
class TestEntering(CaptureCase):
    def test_the_fields_of_the_filter_are_watched(self):
        flow = self.only(self.flow_on("sale.order", "note", CONFIRMED))
        order = self.order()
        order.note = "Not yet"
        self.assertEqual(self.told(flow), [])
        order.action_confirm()
        self.assertEqual(self.told(flow), [(order.id, "upsert", "state")])

    def test_once_when_it_comes_to_match(self):
        flow = self.only(self.flow_on("sale.order", domain=CONFIRMED, trigger="enter"))
        order = self.order()
        order.client_order_ref = "A"
        self.assertEqual(self.told(flow), [])
        order.action_confirm()
        self.assertEqual(self.told(flow), [(order.id, "upsert", "state")])
        order.client_order_ref = "B"
        order.state = "cancel"
        self.assertEqual(len(self.told(flow)), 1)
        order.state = "sale"
        self.assertEqual(len(self.told(flow)), 2)

    def test_within_one_transaction_only_the_ends_count(self):
        flow = self.only(self.flow_on("sale.order", domain=CONFIRMED, trigger="enter"))
        order = self.order()
        for state in ("sale", "cancel"):
            order.state = state
            order.flush_recordset()
        self.assertEqual(self.told(flow), [], "came and went")
        for state in ("sale", "cancel", "sale"):
            order.state = state
            order.flush_recordset()
        self.assertEqual(len(self.told(flow)), 1, "came, went and came")
        for state in ("draft", "sale"):
            order.state = state
            order.flush_recordset()
        self.assertEqual(len(self.told(flow)), 1, "went and came")

    def test_created_as_one_that_matches(self):
        flow = self.only(self.flow_on("res.partner", domain=NAMED, trigger="enter"))
        ada = self.partner("Ada of Acme")
        ada.phone = "1"
        self.partner("Bob")
        self.assertEqual(self.told(flow), [(ada.id, "upsert", "")])

    def test_created_as_one_that_matches_from_the_first(self):
        flow = self.only(self.flow_on("res.partner", domain="[('name', '=', 'Ada')]", trigger="enter"))
        ada = self.partner()
        self.assertEqual(self.told(flow), [(ada.id, "upsert", "")])

    def test_one_that_matched_before_and_is_changed_from_the_other_end(self):
        gold, silver = self.env["res.partner.category"].create([{"name": "Gold"}, {"name": "Silver"}])
        flow = self.only(self.flow_on("res.partner", domain=f"[('category_id', 'in', [{gold.id}])]", trigger="enter"))
        ada = self.partner(category_id=[(4, gold.id)])
        self.forget()
        silver.partner_ids = ada
        self.assertEqual(self.told(flow), [])

    def test_by_a_computed_field(self):
        firm = self.partner("Firm", is_company=True)
        ada = self.partner("Ada", parent_id=firm.id)
        flow = self.only(self.flow_on("res.partner", domain=NAMED, trigger="enter"))
        self.forget()
        firm.name = "Acme"
        self.assertEqual({told[0] for told in self.told(flow)}, {firm.id, ada.id})
        firm.name = "Acme and Sons"
        self.assertEqual(len(self.told(flow)), 2)

    def test_by_a_relation(self):
        tag = self.env["res.partner.category"].create({"name": "Gold"})
        flow = self.only(self.flow_on("res.partner", domain=f"[('category_id', 'in', [{tag.id}])]", trigger="enter"))
        ada = self.partner()
        self.forget()
        ada.category_id = tag
        self.assertEqual(self.told(flow), [(ada.id, "upsert", "category_id")])
        ada.phone = "1"
        ada.category_id += self.env["res.partner.category"].create({"name": "Silver"})
        self.assertEqual(len(self.told(flow)), 1)

    def test_moves_into_the_company(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        ada = self.partner(company_id=other.id)
        self.forget()
        ada.sudo().company_id = self.crm.company_id
        self.assertEqual(self.captured(), [(ada.id, "company_id")])


@tagged("post_install", "-at_install")
class TestLeaving(CaptureCase):
    def leaving(self, on_leave, known=True):
        flow = self.only(self.flow_on("sale.order", "note", CONFIRMED, on_leave=on_leave))
        order = self.order(state="sale")
        if known:
            self.link(order, "77", flow)
        order.state = "cancel"
        return flow, order

    def test_nothing(self):
        flow, _order = self.leaving("nothing")
        self.assertEqual(self.told(flow), [])

    def test_once_more(self):
        flow, order = self.leaving("update")
        self.assertEqual(self.told(flow), [(order.id, "upsert", "state")])
        order.note = "Outside"
        order.state = "draft"
        self.assertEqual(len(self.told(flow)), 1)

    def test_delete_there(self):
        flow, order = self.leaving("delete")
        self.assertEqual(self.told(flow), [(order.id, "delete", "state")])
        event = self.events(self.api, ("flow_id", "=", flow.id))
        self.assertEqual(
            (event.topic, event.external_id, event.partition_key), ("contact.delete", "77", f"sale.order:{order.id}")
        )

    def test_what_the_other_system_never_had(self):
        for on_leave in ("update", "delete"):
            flow, _order = self.leaving(on_leave, known=False)
            self.assertEqual(self.told(flow), [])

    def test_never_inside(self):
        flow = self.only(self.flow_on("sale.order", "note", CONFIRMED, on_leave="delete"))
        order = self.order()
        self.link(order, "77", flow)
        order.state = "cancel"
        self.assertEqual(self.told(flow), [])

    def test_another_flow_of_the_same_object_takes_it_over(self):
        people = self.only(self.flow_on("res.partner", "name", "[('is_company', '=', False)]", on_leave="delete"))
        firms = self.flow_on("res.partner", "name", "[('is_company', '=', True)]")
        ada = self.partner()
        self.link(ada, "77")
        self.forget()
        ada.is_company = True
        self.assertEqual((self.told(people), self.told(firms)), ([], [(ada.id, "upsert", "is_company")]))

    def test_judged_before_what_waits_to_be_flushed(self):
        gold = self.env["res.partner.category"].create({"name": "Gold"})
        domain = f"[('is_company', '=', False), ('category_id', 'not in', [{gold.id}])]"
        flow = self.only(self.flow_on("res.partner", "name", domain, on_leave="delete"))
        ada = self.partner()
        self.link(ada, "77")
        self.forget()
        ada.is_company = True
        ada.category_id = gold
        self.assertEqual(self.told(flow), [(ada.id, "delete", "category_id,is_company")])

    def test_judged_in_the_company_of_the_flow(self):
        root, other = self.env.ref("base.user_root"), self.env["res.company"].create({"name": "Elsewhere"})
        root.write({"company_ids": [(4, other.id)], "company_id": other.id})
        flow = self.only(self.flow_on("res.partner", domain="[('barcode', '=', 'X')]"))
        ada, bob = self.partner(), self.partner("Bob")
        self.forget()
        ada.with_company(self.crm.company_id).barcode = "X"
        bob.with_company(other).barcode = "X"
        self.assertEqual(self.told(flow), [(ada.id, "upsert", "barcode")])

    def test_moves_to_another_company(self):
        self.flow.on_leave = "delete"
        other = self.env["res.company"].create({"name": "Elsewhere"})
        ada = self.partner(company_id=self.crm.company_id.id)
        self.link(ada, "77")
        self.forget()
        ada.company_id = other
        self.assertEqual(self.told(self.flow), [(ada.id, "delete", "company_id")])

    def test_archived(self):
        archived, restored = [], []
        for on_archive in ("update", "delete", "nothing"):
            flow = self.only(self.flow_on("res.partner", "phone", on_archive=on_archive))
            ada = self.partner()
            self.link(ada, f"of {on_archive}", flow)
            self.forget()
            ada.action_archive()
            archived += [on_archive, [told[1:] for told in self.told(flow)]]
            ada.phone = "1"
            archived.append([told[1:] for told in self.told(flow)][1:])
            self.forget()
            ada.action_unarchive()
            restored += [on_archive, [told[1:] for told in self.told(flow)]]
        self.assertEqual(archived, ["update", [], [], "delete", [("delete", "active")], [], "nothing", [], []])
        self.assertEqual(restored, ["update", [], "delete", [("upsert", "active")], "nothing", [("upsert", "active")]])

    def test_archived_records_are_sent_like_others(self):
        ada = self.partner()
        self.forget()
        ada.active = False
        ada.phone = "1"
        self.assertEqual(self.captured(), [(ada.id, "phone")])
