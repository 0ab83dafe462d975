# Part of Integration Hub. License LGPL-3.0 or later.
"""Records that are deleted here, and are to be deleted there: once, where they are known, and by whose flow it is."""

import contextlib

from odoo.tests import tagged

from .capture_cases import CaptureCase


@tagged("post_install", "-at_install")
class TestDeleting(CaptureCase):
    def test_nothing_unless_it_is_chosen(self):
        ada = self.partner()
        self.link(ada, "77")
        self.forget()
        ada.unlink()
        self.assertEqual(self.told(self.flow), [])

    def test_delete_there(self):
        self.flow.on_unlink = "delete"
        ada, unknown = self.partner(), self.partner("Bob")
        self.link(ada, "77")
        self.forget()
        (ada + unknown).unlink()
        self.assertEqual(self.told(self.flow), [(ada.id, "delete", "")])
        event = self.events(self.api)
        self.assertEqual(
            (event.res_model, event.external_id, event.res_name, event.record_name, event.state, event.partition_key),
            ("res.partner", "77", "Ada", "Ada", "pending", f"res.partner:{ada.id}"),
        )

    def test_left_then_deleted_is_deleted(self):
        self.flow.on_leave = "delete"
        ada = self.partner()
        self.link(ada, "77")
        self.forget()
        ada.is_company = True
        ada.flush_recordset()
        ada.unlink()
        self.assertEqual(self.told(self.flow), [], "and deletions are not sent")

    def test_what_the_other_system_deleted_itself_is_not_told(self):
        self.flow.on_unlink = "delete"
        ada = self.partner()
        self.link(ada, "77").deleted_at = "2026-01-01 00:00:00"
        self.forget()
        ada.unlink()
        self.assertEqual(self.told(self.flow), [])

    def test_what_only_another_system_has(self):
        self.flow.on_unlink = "delete"
        other = self.connect_hubspot(wanted=("contacts_out",))
        ada = self.partner()
        self.link(ada, "78", other.flow_ids.filtered(lambda flow: flow.template_key == "contacts_out"))
        self.forget()
        ada.unlink()
        self.assertEqual(self.told(self.flow), [])

    def test_what_is_linked_under_its_number_but_is_something_else(self):
        self.flow.on_unlink = "delete"
        ada = self.partner()
        company = self.env["integration.entity"].search([("code", "=", "company")])
        links = self.env["integration.binding"]
        links._link(self.crm, self.flow.entity_id, "78", self.env["sale.order"].browse(ada.id))
        links._link(self.crm, company, "79", ada)
        self.forget()
        ada.unlink()
        self.assertEqual(self.told(self.flow), [])

    def test_changed_then_deleted_is_deleted(self):
        self.flow.on_unlink = "delete"
        ada = self.partner()
        self.link(ada, "77")
        self.forget()
        ada.phone = "1"
        ada.flush_recordset()
        ada.unlink()
        self.assertEqual(self.told(self.flow), [(ada.id, "delete", "")])

    def test_created_and_deleted_is_nothing(self):
        self.flow.on_unlink = "delete"
        ada = self.partner()
        ada.phone = "1"
        ada.unlink()
        self.assertEqual(self.told(self.flow), [])

    def test_two_flows_one_deletion(self):
        self.flow.on_unlink = "delete"
        other = self.flow_on("res.partner", "phone", on_unlink="delete")
        ada = self.partner()
        self.link(ada, "77")
        self.forget()
        ada.unlink()
        self.assertEqual(len(self.told(self.flow) + self.told(other)), 1)

    def test_what_a_system_deletes_goes_to_the_others(self):
        self.flow.on_unlink = "delete"
        other = self.connect_hubspot(wanted=("contacts_out",))
        flow = other.flow_ids.filtered(lambda flow: flow.template_key == "contacts_out")
        flow.on_unlink = "delete"
        ada = self.partner()
        self.link(ada, "77")
        self.link(ada, "78", flow)
        self.forget()
        ada.with_context(integration_origin=self.crm.id).unlink()
        self.assertEqual((self.told(self.flow), self.told(flow)), ([], [(ada.id, "delete", "")]))

    def test_what_is_deleted_along_with_another_record(self):
        flow = self.only(self.flow_on("product.product", "name", on_unlink="delete"))
        product = self.env["product.product"].create({"name": "Chair"})
        self.link(product, "77", flow)
        self.forget()
        product.product_tmpl_id.unlink()
        self.assertFalse(product.exists())
        self.assertEqual(self.told(flow), [(product.id, "delete", "")])

    def test_refused_or_undone_deletions_are_none(self):
        self.flow.on_unlink = "delete"
        ada = self.partner()
        self.link(ada, "77")
        self.forget()
        for flush in (True, False):
            # assertRaises would put a savepoint of its own around it
            with contextlib.suppress(ZeroDivisionError), self.env.cr.savepoint(flush=flush):
                ada.unlink()
                raise ZeroDivisionError
            self.env.invalidate_all(flush=False)
            self.assertTrue(ada.exists())
            self.assertEqual(self.told(self.flow), [])

    def test_deleting_is_decided_by_the_flow_that_takes_the_record(self):
        people = self.only(self.flow_on("res.partner", "name", "[('is_company', '=', False)]", on_unlink="delete"))
        self.flow_on("res.partner", "name", "[('is_company', '=', True)]")
        firm, ada = self.partner("Firm", is_company=True), self.partner()
        self.link(firm, "77")
        self.link(ada, "78")
        self.forget()
        (firm + ada).unlink()
        self.assertEqual(self.told(people), [(ada.id, "delete", "")])

    def test_two_flows_that_delete_share_one_record_each(self):
        people = self.only(self.flow_on("res.partner", "name", "[('is_company', '=', False)]", on_unlink="delete"))
        firms = self.flow_on("res.partner", "name", "[('is_company', '=', True)]", on_unlink="delete")
        self.flow_on("res.partner", "name")
        firm, ada = self.partner("Firm", is_company=True), self.partner()
        self.link(firm, "77")
        self.link(ada, "78")
        self.forget()
        (firm + ada).unlink()
        self.assertEqual((self.told(people), self.told(firms)), ([(ada.id, "delete", "")], [(firm.id, "delete", "")]))
