# Part of Integration Hub. License LGPL-3.0 or later.
"""Who changed it: a system is not told of its own changes, and of everything else, in one transaction with them."""

from odoo.tests import tagged

from .capture_cases import CaptureCase


@tagged("post_install", "-at_install")
class TestOrigin(CaptureCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.connect_hubspot(wanted=("contacts_out",))

    def by(self, record, system=None):
        return record.with_context(integration_origin=(system or self.crm).id)

    def sent_to(self, system):
        self.env.cr.flush()
        return [(event.res_id, event.changed_fields or "", event.origin_id) for event in self.events(system)]

    def existing(self, name="Ada", **values):
        partner = self.partner(name, **values)
        self.forget()
        return partner

    def test_its_own_change(self):
        ada = self.existing()
        self.by(ada).phone = "1"
        self.assertEqual(self.sent_to(self.crm), [])
        self.assertEqual(self.sent_to(self.other), [(ada.id, "phone", self.crm)])

    def test_a_person_changes_another_field(self):
        ada = self.existing()
        nobody = self.env["integration.system"]
        self.by(ada).phone = "1"
        ada.function = "Pilot"
        self.assertEqual(self.sent_to(self.crm), [(ada.id, "function", nobody)])
        self.assertEqual(self.sent_to(self.other), [(ada.id, "function,phone", nobody)], "two origins are told as none")

    def test_a_person_changes_the_same_field(self):
        for first_is_the_person in (True, False):
            ada = self.existing()
            for number, is_person in enumerate((first_is_the_person, not first_is_the_person)):
                (ada if is_person else self.by(ada)).phone = str(number)
            self.assertEqual([told[:2] for told in self.sent_to(self.crm)], [(ada.id, "phone")])

    def test_each_record_has_its_own_origins(self):
        ada, bob, cleo = (self.existing(name) for name in ("Ada", "Bob", "Cleo"))
        self.by(ada).phone = "1"
        self.by(bob, self.other).phone = "1"
        cleo.phone = "1"
        nobody = self.env["integration.system"]
        self.assertEqual(self.sent_to(self.crm), [(bob.id, "phone", self.other), (cleo.id, "phone", nobody)])
        self.assertEqual(self.sent_to(self.other), [(ada.id, "phone", self.crm), (cleo.id, "phone", nobody)])

    def test_two_systems_change_one_record(self):
        ada = self.existing()
        self.by(ada).phone = "1"
        self.by(ada, self.other).function = "Pilot"
        self.assertEqual(self.sent_to(self.crm), [(ada.id, "function", self.other)])
        self.assertEqual(self.sent_to(self.other), [(ada.id, "phone", self.crm)])

    def test_created_by_a_system_and_changed_by_a_person(self):
        ada = self.by(self.env["res.partner"]).create({"name": "Ada", "email": "ada@x.example"})
        ada.with_context(integration_origin=None).phone = "1"
        self.assertEqual(
            [told[:2] for told in self.sent_to(self.crm)],
            [(ada.id, "email_normalized,phone")],
            "what Odoo computes late of the address is told with it",
        )
        self.assertEqual([told[:2] for told in self.sent_to(self.other)], [(ada.id, "")])

    def test_what_odoo_computes_of_it_is_its_own_change_too(self):
        flow = self.only(self.flow_on("res.partner", "complete_name"))
        firm = self.existing("Firm", is_company=True)
        ada = self.existing("Ada", parent_id=firm.id)
        self.by(ada).name = "Adele"
        self.assertEqual(self.told(flow), [])
        self.by(firm).name = "Company"
        self.assertEqual(self.told(flow), [(ada.id, "upsert", "complete_name")], "but not that of another record")

    def test_a_line_that_it_changes_is_its_own_change_of_the_order(self):
        flow = self.only(self.flow_on("sale.order", "order_line amount_total"))
        order = self.order()
        self.by(order).write({"order_line": [(1, order.order_line.id, {"price_unit": 20})]})
        self.assertEqual(self.told(flow), [])
        order.order_line.price_unit = 30
        self.assertEqual(self.told(flow), [(order.id, "upsert", "amount_total,order_line")])

    def test_its_own_change_that_leaves_the_filter(self):
        flow = self.only(self.flow_on("res.partner", "phone", "[('is_company', '=', False)]", on_leave="delete"))
        ada = self.existing()
        self.link(ada, "77", flow)
        self.by(ada).is_company = True
        self.assertEqual(self.told(flow), [])

    def test_changed_by_a_hook_of_the_commit(self):
        ada = self.existing()
        self.env.cr.precommit.add(lambda: self.by(ada).write({"phone": "1"}))
        self.assertEqual(self.sent_to(self.crm), [])
        self.assertEqual([told[:2] for told in self.sent_to(self.other)], [(ada.id, "phone")])

    def test_flushed_in_between(self):
        ada = self.existing()
        self.by(ada).phone = "1"
        with self.env.cr.savepoint():
            ada.function = "Pilot"
        self.assertEqual([told[:2] for told in self.sent_to(self.crm)], [(ada.id, "function")])
