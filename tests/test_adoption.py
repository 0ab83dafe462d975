# Part of Integration Hub. License LGPL-3.0 or later.
"""Links that an import or another connector left behind are taken over, line by line."""

import base64

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.orm.model_classes import add_to_registry
from odoo.tests import tagged

from .common import HubCase

FORM = "gid://shopify/Customer/{id}"


@tagged("post_install", "-at_install")
class TestAdoption(HubCase):
    @classmethod
    def set_up_hub(cls):
        cls.admin = cls.user("admin")
        cls.shop = cls.connect_shopify(wanted=("customers_in",))
        cls.flow = cls.shop.flow_ids.filtered(lambda flow: flow.template_key == "customers_in")
        cls.ada, cls.ben = cls.env["res.partner"].create([{"name": "Ada", "ref": "A-1"}, {"name": "Ben", "ref": "B-1"}])

    def adoption(self, source, **values):
        given = {"system_id": self.shop.id, "flow_id": self.flow.id, "source": source, "id_form": FORM}
        return self.env["integration.adoption"].with_user(self.admin).create(given | values)

    def csv(self, *lines, **values):
        return self.adoption("csv", file=base64.b64encode("\n".join(lines).encode()), **values)

    def links(self):
        links = self.env["integration.binding"].search([("system_id", "=", self.shop.id)])
        return {link.external_id: link.res_id for link in links}

    def problems(self, adoption):
        return {line.place: line.message for line in adoption.problem_ids}

    def counts(self, adoption):
        return adoption.new_count, adoption.known_count, adoption.problem_count

    def adopted(self, adoption):
        """Check, see that nothing was written, take over."""
        before = self.links()
        adoption.action_check()
        self.assertEqual(self.links(), before)
        partners = self.env["res.partner"].search_count([])
        adoption.action_adopt()
        self.assertEqual(self.env["res.partner"].search_count([]), partners)
        return adoption

    def test_from_a_file(self):
        self.adopted(self.csv("external_id;odoo_id", f"11;{self.ada.id}", f"12;{self.ben.id}"))
        self.assertEqual(
            self.links(), {FORM.replace("{id}", "11"): self.ada.id, FORM.replace("{id}", "12"): self.ben.id}
        )
        again = self.csv("external_id,ref", "11,A-1", "12,B-1")
        again.action_check()
        self.assertEqual(self.counts(again), (0, 2, 0))

    def test_each_bad_line_is_named(self):
        other = self.env["res.company"].create({"name": "Other"})
        _foreign, _cora, dan = self.env["res.partner"].create(
            [{"name": "F", "ref": "F-1", "company_id": other.id}, {"name": "Cora", "ref": "C-1"}, {"name": "Dan"}]
        )
        self.env["res.partner"].create([{"name": "E1", "ref": "E"}, {"name": "E2", "ref": "E"}])
        self.adopted(self.csv("external_id,odoo_id", f"20,{dan.id}"))
        adoption = self.csv(
            "external_id,ref",
            "1,A-1",  # in order
            "2,Z-9",  # unknown
            "3,F-1",  # of another company
            "4,B-1",
            "4,C-1",  # one remote id, two records
            "5,E",  # two records
            ",A-1",
            "6,",
            "20,C-1",  # linked with another one
        )
        self.adopted(adoption)
        self.assertEqual(
            self.problems(adoption),
            {
                "line 3": "Odoo has no such record: “Z-9”.",
                "line 4": "The Odoo record belongs to another company.",
                "line 5": "The remote id is named 2 times.",
                "line 6": "The remote id is named 2 times.",
                "line 7": "2 records in Odoo have “E”.",
                "line 8": "It names no remote id.",
                "line 9": "It names no Odoo record.",
                "line 10": "This remote id is linked with another record already.",
            },
        )
        self.assertEqual(self.counts(adoption), (1, 0, 8))
        self.assertEqual(self.links().keys(), {FORM.replace("{id}", "1"), FORM.replace("{id}", "20")})

    def test_lines_that_end_as_on_an_old_computer(self):
        self.adopted(self.adoption("csv", file=base64.b64encode(b"external_id,ref\r11,A-1\r12,B-1\r")))
        self.assertEqual(set(self.links().values()), {self.ada.id, self.ben.id})

    def test_what_is_no_id(self):
        """Digits of a kind that are no number, and numbers that no record can have."""
        adoption = self.csv("external_id,odoo_id", "1,²", f"2,{2**31}", f"3,{'9' * 5000}", f"4,{self.ada.id}")
        adoption.action_check()
        self.assertEqual(self.counts(adoption), (1, 0, 3))
        self.assertEqual(self.problems(adoption)["line 2"], "Odoo has no such record: “²”.")

    def test_a_record_that_another_kind_of_object_has(self):
        company = self.env["integration.entity"].search([("code", "=", "company")])
        self.env["integration.binding"]._link(self.shop, company, "C-7", self.ada)
        adoption = self.csv("external_id,ref", "1,A-1", "2,B-1")
        adoption.action_check()
        self.assertEqual(self.problems(adoption), {"line 2": "The Odoo record is linked already, with C-7."})

    def test_two_remote_ids_for_one_record(self):
        adoption = self.csv("external_id,ref", "1,A-1", "2,A-1")
        adoption.action_check()
        self.assertEqual(set(self.problems(adoption).values()), {"2 remote ids name this record."})
        with self.assertRaises(UserError):
            adoption.action_adopt()

    def test_a_file_that_cannot_be_read(self):
        for content, said in (
            (b"\xff\xfe", "UTF-8"),
            (b"name\nAda", "separated"),
            (b"name,city\nAda,Ghent", "name, city"),
            (b"external_id,odoo_id\n", "Nothing was found"),
            (b"external_id,odoo_id\n1,\x002\n", "UTF-8"),
        ):
            with self.assertRaisesRegex(UserError, said):
                self.adoption("csv", file=base64.b64encode(content)).action_check()

    def test_from_external_ids(self):
        self.env["ir.model.data"].create(
            [
                {"module": "__shop__", "name": f"customer_{number}", "model": "res.partner", "res_id": partner.id}
                for number, partner in ((7, self.ada), (8, self.ben))
            ]
            + [{"module": "__shop__", "name": "customerx9", "model": "res.partner", "res_id": self.ada.id}]
        )
        self.adopted(self.adoption("xmlid", module="__shop__", prefix="customer_"))
        self.assertEqual(self.links(), {FORM.replace("{id}", "7"): self.ada.id, FORM.replace("{id}", "8"): self.ben.id})

    def test_from_a_field(self):
        self.env["res.partner"].search([("ref", "!=", False), ("id", "not in", (self.ada + self.ben).ids)]).ref = False
        self.adopted(self.adoption("field", field_name="ref", id_form="{id}"))
        self.assertEqual(self.links(), {"A-1": self.ada.id, "B-1": self.ben.id})
        with self.assertRaises(UserError):
            self.adoption("field", field_name="image_1920").action_check()

    def other_connector(self):
        """Give the registry the tables of another connector for as long as the test takes; returns the name of one."""

        class Backend(models.Model):
            _name = _description = "hub.test.backend"
            _module = None
            name = fields.Char()

        class Link(models.Model):
            _name = _description = "hub.test.partner"
            _module = None
            backend_id = fields.Many2one(Backend._name)
            external_id = fields.Char()
            odoo_id = fields.Many2one("res.partner")

        names = [Backend._name, Link._name]
        for model in (Backend, Link):
            add_to_registry(self.registry, model)
        self.addCleanup(self.registry._setup_models__, self.env.cr, ["res.partner"])
        self.addCleanup(lambda: [self.registry.models.pop(name) for name in names])
        self.registry._setup_models__(self.env.cr, names)
        self.registry.init_models(self.env.cr, names, {"module": "hub_test"})
        return Link._name

    def test_from_another_connectors_table(self):
        table = self.other_connector()
        one, other = self.env["hub.test.backend"].create([{"name": "One"}, {"name": "Other"}])
        self.env[table].create(
            [
                {"backend_id": one.id, "external_id": "31", "odoo_id": self.ada.id},
                {"backend_id": one.id, "external_id": False, "odoo_id": self.ben.id},  # not exported yet
                {"backend_id": other.id, "external_id": "32", "odoo_id": self.ben.id},
            ]
        )
        self.assertIn(table, dict(self.env["integration.adoption"]._selection_table()))
        adoption = self.adoption("table", table=table, backend_id=one.id)
        self.assertEqual(adoption.backend_model, "hub.test.backend")
        self.adopted(adoption)
        self.assertEqual(self.links(), {FORM.replace("{id}", "31"): self.ada.id})

    def test_the_form_of_ids_is_suggested(self):
        adoption = self.env["integration.adoption"].new({"system_id": self.shop.id, "flow_id": self.flow.id})
        adoption._onchange_flow_id()
        self.assertEqual(adoption.id_form, FORM)
        adoption.flow_id = False
        adoption._onchange_flow_id()
        self.assertEqual(adoption.id_form, "{id}")

    def test_what_was_taken_over_is_updated_and_not_created_again(self):
        self.adopted(self.csv("external_id,ref", "8080808001,A-1"))
        document = {
            "id": 8080808001,
            "admin_graphql_api_id": FORM.replace("{id}", "8080808001"),
            "first_name": "Ada",
            "last_name": "Arden",
            "email": "ada@x.example",
            "updated_at": "2026-01-01T10:00:00Z",
        }
        event = self.receive(self.shop, document, topic="customers/update")
        self.drain()
        self.assertEqual((event.state, event.res_id, self.ada.name), ("done", self.ada.id, "Ada Arden"))
